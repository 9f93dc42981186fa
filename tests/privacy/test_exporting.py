"""An export takes two people, is marked on every line, is gone in a day, and everybody in it reads it."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from butler.identity import actions as identity
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid, NotFound
from butler.looks.models import Look
from butler.looks.states import Why
from butler.privacy.decoys import add_decoy
from butler.privacy.exporting import ask_export, decide_export
from butler.privacy.jobs import export_lists
from butler.privacy.models import Export, Finding
from factories import LONG_AGO, Town, actor_of, file_consult
from surfing import browser_of

Clock = Callable[[str], None]
WORDS = "区里要核对十一月的办件，给孙主任看"
DAYS = {"first_day": date(2026, 11, 1), "last_day": date(2026, 11, 30)}


@pytest.fixture
def officer(town: Town, at: Clock) -> Actor:
    at("2026-11-25 10:00")
    person = Person(name="钱隐", is_demo=True, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    identity.appoint(person=person, role=Role.PRIVACY_OFFICER, unit=town.district, since=LONG_AGO)
    return actor_of(person)


def ask(actor: Actor) -> Export:
    return ask_export(actor, **DAYS, reason=Why.CHECK, words=WORDS)


def test_from_the_request_to_the_table(client: FlaskClient, town: Town, officer: Actor, at: Clock) -> None:
    resident = db.session.get_one(Person, town.here.residents[0].person_id)
    resident.name = "=张（演示）"
    case, other = file_consult(town.here.residents[0], town.here), file_consult(town.sibling.residents[0], town.sibling)
    street, watch = (browser_of(_fresh(client), one.person_id) for one in (town.here.street_staff, officer))
    db.session.commit()

    street.open("/desk/exports")
    street.press("申请导出", first_day="2026-11-01", last_day="2026-11-30", reason="check", words="看看")
    assert street.status == 422
    street.press("申请导出", first_day="2026-11-01", last_day="2026-11-30", reason="check", words=WORDS)
    export_id = db.session.scalars(select(Export.id)).one()
    assert export_lists() == 0  # nobody has approved it
    assert street.open(f"/desk/exports/{export_id}.csv").status == 404
    watch.open("/privacy/findings").follow("等着批的导出").press(f"批准第 {export_id} 号")
    assert export_lists() == 1

    text = street.open(f"/desk/exports/{export_id}.csv").response.get_data().decode("utf-8-sig")
    lines = text.strip().split("\r\n")
    assert case.number in text
    assert other.number not in text
    assert '"\'=张（演示）"' in text
    assert resident.phone not in text
    assert lines[0].startswith(f'"孙街道工作人员导出，2026-11-25 10:00，第{export_id}号。理由：上级检查，{WORDS}')
    assert all(f"第{export_id}号" in line for line in lines if "单号" not in line)
    book = zipfile.ZipFile(io.BytesIO(street.client.get(f"/desk/exports/{export_id}.xlsx").get_data()))
    assert case.number in book.read("xl/worksheets/sheet1.xml").decode()
    row = db.session.execute(select(Look.looker_id, Look.case_id, Look.fields).where(Look.kind == "export")).one()
    assert tuple(row) == (town.here.street_staff.person_id, case.id, ["name", "outline"])
    home = browser_of(_fresh(client), resident.id).open(f"/my/cases/{case.number}/looks")
    assert re.search(f"导出的表格里有这件事.*{WORDS}", home.text)
    for actor in (town.district_staff, town.here.community_staff):
        assert browser_of(_fresh(client), actor.person_id).open(f"/desk/exports/{export_id}.csv").status == 404
    for path in ("csv", "xlsx"):
        assert watch.open(f"/desk/exports/{export_id}.{path}").status == 403

    at("2026-11-26 10:00")
    street = browser_of(_fresh(client), town.here.street_staff.person_id)
    db.session.commit()
    assert street.open(f"/desk/exports/{export_id}.csv").status == 410
    assert export_lists() == 1
    assert db.session.scalars(select(Export.content)).one() is None


def _fresh(client: FlaskClient) -> FlaskClient:
    return type(client)(client.application, client.application.response_class, use_cookies=True)


def test_nobody_decides_about_their_own(town: Town, officer: Actor) -> None:
    person = db.session.get_one(Person, town.here.street_staff.person_id)
    identity.appoint(person=person, role=Role.PRIVACY_OFFICER, unit=town.district, since=LONG_AGO)
    both = actor_of(person)
    export = ask(both)

    with pytest.raises(NotFound):
        decide_export(both, export.id, approve=True)
    with pytest.raises(IntegrityError, match="two_people"), db.session.begin_nested():
        export.state, export.decider_id, export.decided_at = "approved", person.id, clock.now()
        db.session.flush()
    db.session.refresh(export)
    decide_export(officer, export.id, approve=False)
    with pytest.raises(Conflict):
        decide_export(officer, export.id, approve=True)
    assert export_lists() == 0


def test_who_may_ask_and_for_how_much(town: Town, officer: Actor) -> None:
    for nobody in (town.here.butler, town.here.grid_worker, town.here.residents[0], officer):
        with pytest.raises(NotFound):
            ask(nobody)
    assert ask(town.here.community_staff).unit_path == town.here.community.path
    for wrong in ({"last_day": date(2026, 10, 31)}, {"last_day": date(2027, 2, 2)}, {"words": "要"}):
        with pytest.raises(Invalid):
            ask_export(town.here.street_staff, **(DAYS | {"reason": Why.CHECK, "words": WORDS} | wrong))


def test_whoever_has_left_meanwhile_gets_nothing_and_a_decoy_alarms(town: Town, officer: Actor, at: Clock) -> None:
    decoy = add_decoy(unit_code=town.here.community.code)
    left, stays = ask(town.here.street_staff), ask(town.district_staff)
    for export in (left, stays):
        decide_export(officer, export.id, approve=True)
    identity.disable(db.session.get_one(Person, town.here.street_staff.person_id))

    assert export_lists() == 2

    db.session.refresh(left)
    assert (left.state, left.content) == ("refused", None)
    assert db.session.execute(select(Finding.rule, Finding.case_id)).all() == [("decoy", decoy.id)]
