"""What the privacy officer sees and writes down; alarms, doubts, seals, commands."""

from collections.abc import Callable
from datetime import date

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from butler.cases.actions.looking import record_look
from butler.cases.models import Case
from butler.cases.queries import checking as cases_checking
from butler.identity import actions as identity
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from butler.kit.outbox import OutboxMessage
from butler.looks import checking
from butler.looks.actions import Seen, record_looks
from butler.looks.models import Look, LookDay, LookRoot
from butler.looks.states import LookKind, Standing
from butler.notifications.models import Notice
from butler.org.models import Unit
from butler.privacy import wording
from butler.privacy.actions import review, seal
from butler.privacy.commands import looks
from butler.privacy.decoys import add_decoy
from butler.privacy.jobs import close_days, tell_of_verdicts
from butler.privacy.models import Finding
from factories import LONG_AGO, Town, actor_of, file_consult
from surfing import browser_of

Clock = Callable[[str], None]
WORDS = "问了本人：居民到柜台来问过进度，有登记"


def officer_in(unit: Unit) -> Actor:
    person = Person(name="钱隐", is_demo=True, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    identity.appoint(person=person, role=Role.PRIVACY_OFFICER, unit=unit, since=LONG_AGO)
    return actor_of(person)


@pytest.fixture
def officer(town: Town, at: Clock) -> Actor:
    at("2026-11-25 10:00")
    return officer_in(town.district)


def stranger_looks(town: Town, case: Case) -> Finding:
    """A butler of another street looks at a case, and the review finds it."""
    record_look(town.sibling.butler, case, LookKind.FULL)
    review(clock.today())
    db.session.commit()
    return db.session.scalars(select(Finding)).one()


def test_a_finding_is_asked_about_and_settled(client: FlaskClient, town: Town, officer: Actor) -> None:
    case = file_consult(town.here.residents[0], town.here)
    finding = stranger_looks(town, case)
    desk = browser_of(client, officer.person_id)
    assert desk.open("/sign-in/staff").address == "/privacy/findings"
    assert desk.page.links["查看核对"] == "/privacy/findings"

    desk.open("/privacy/findings").follow(
        next(link for link in _links(desk.open("/privacy/findings")) if "不归自己" in link)
    )
    assert "陈管家" in desk.text
    for secret in (town.here.residents[0].name, case.summary, case.matter_name):
        assert secret not in desk.text
    desk.press("记下核对结果", verdict="confirmed", words="没有")
    assert desk.status == 422
    desk.press("记下核对结果", verdict="confirmed", words=WORDS)

    db.session.refresh(finding)
    assert (finding.verdict, finding.words, finding.settler_id) == ("confirmed", WORDS, officer.person_id)
    assert (tell_of_verdicts(), tell_of_verdicts()) == (1, 0)
    told = db.session.scalars(select(Notice).where(Notice.dedupe_id.contains(":finding-")))
    assert [(one.person_id, one.text) for one in told] == [(town.sibling.butler.person_id, wording.TO_LOOKER)]
    assert WORDS in desk.open("/privacy/findings?verdict=confirmed").open(f"/privacy/findings/{finding.id}").text
    assert "记下核对结果" not in desk.text


def _links(browser: object) -> list[str]:
    return list(browser.page.links)  # type: ignore[attr-defined]


def test_findings_are_for_the_officers_of_the_unit_alone(client: FlaskClient, town: Town, officer: Actor) -> None:
    finding = stranger_looks(town, file_consult(town.here.residents[0], town.here))
    near, far = officer_in(town.sibling.street), officer_in(town.here.street)
    path = f"/privacy/findings/{finding.id}"
    expected = {officer.person_id: 200, near.person_id: 200, far.person_id: 404, town.district_staff.person_id: 403}

    seen = {who: browser_of(client, who).open(path).status for who in expected}

    assert seen == expected
    for actor in (officer, near):  # no cases for them, whatever they know the number of
        for address in ("/desk", "/desk/queue", "/desk/all"):
            assert browser_of(client, actor.person_id).open(address).status == 403


def test_nobody_settles_a_finding_about_themselves(client: FlaskClient, town: Town, officer: Actor) -> None:
    finding = stranger_looks(town, file_consult(town.here.residents[0], town.here))
    person = db.session.get_one(Person, finding.looker_id)
    identity.appoint(person=person, role=Role.PRIVACY_OFFICER, unit=town.district, since=LONG_AGO)
    db.session.commit()

    assert browser_of(client, person.id).open(f"/privacy/findings/{finding.id}").status == 404
    finding.verdict, finding.words, finding.settler_id, finding.settled_at = "explained", WORDS, person.id, clock.now()
    with pytest.raises(IntegrityError, match="nobody_settles_their_own"):
        db.session.flush()


def test_a_decoy_alarms_in_the_transaction_of_the_look(town: Town, officer: Actor) -> None:
    decoy = add_decoy(unit_code=town.here.community.code, name="罗秀英")
    db.session.commit()
    assert db.session.scalars(select(Notice).where(Notice.case_id == decoy.id)).all() == []
    assert (decoy.stage, decoy.outcome) == ("closed", "cancelled")

    with db.session.begin_nested() as undone:
        record_look(town.here.community_staff, decoy, LookKind.LIST)
        assert db.session.scalars(select(Finding.rule)).all() == ["decoy"]
        undone.rollback()
    assert db.session.scalars(select(Finding.rule)).all() == []
    for _ in range(3):
        record_look(town.here.community_staff, decoy, LookKind.FULL)

    (finding,) = db.session.scalars(select(Finding))
    assert (finding.looker_id, finding.case_id) == (town.here.community_staff.person_id, decoy.id)
    (notice,) = db.session.scalars(select(Notice).where(Notice.case_id == decoy.id))
    assert (notice.person_id, notice.text) == (officer.person_id, wording.ALARM)
    assert db.session.scalar(select(OutboxMessage.topic).where(OutboxMessage.dedupe_id == notice.dedupe_id)) == "notice"
    assert list(cases_checking.violations()) == []


def test_a_resident_asks_why(client: FlaskClient, town: Town, officer: Actor) -> None:
    resident = town.here.residents[0]
    case = file_consult(resident, town.here)
    record_look(town.here.butler, case, LookKind.FULL)
    db.session.commit()
    home = browser_of(client, resident.person_id)

    home.open(f"/my/cases/{case.number}/looks")
    link = next(words for words in _links(home) if words.startswith("我觉得不对"))
    for _ in range(2):
        home.open(f"/my/cases/{case.number}/looks").follow(link).press("请隐私专员去问", words="他是我家邻居")

    assert "已经请隐私专员去问" in home.text
    (finding,) = db.session.scalars(select(Finding))
    assert (finding.rule, finding.looker_id, finding.doubt) == ("doubted", town.here.butler.person_id, "他是我家邻居")
    told = db.session.scalars(select(Notice.person_id).where(Notice.dedupe_id.contains(":doubt-"))).all()
    assert told == [officer.person_id]
    (look,) = db.session.scalars(select(Look.id))
    other = browser_of(client, town.here.residents[1].person_id)
    assert other.open(f"/my/cases/{case.number}/looks/{look}/doubt").status == 404
    elsewhere = file_consult(town.here.residents[1], town.here)
    record_look(town.here.butler, elsewhere, LookKind.FULL)
    db.session.commit()
    theirs = db.session.scalars(select(Look.id).where(Look.case_id == elsewhere.id)).one()
    within = f"/my/cases/{elsewhere.number}/looks"
    assert [other.open(f"{within}/{one}/doubt").status for one in (look, 2**40)] == [404, 404]
    form = other.open(f"{within}/{theirs}/doubt").form("请隐私专员去问")
    other.send(f"{within}/{look}/doubt", other.filled_in(form, words="试试"))
    assert (other.status, len(db.session.scalars(select(Finding)).all())) == (404, 1)


def test_a_day_is_sealed_once_it_is_over_and_shows_what_was_changed(town: Town, at: Clock) -> None:
    for day in (23, 25):
        at(f"2026-11-{day} 10:00")
        record_looks(town.here.butler, LookKind.FULL, [Seen(1, 1), Seen(2, 2)])
        record_looks(town.here.grid_worker, LookKind.FULL, [Seen(1, 1)])
    at("2026-11-26 01:00")

    assert [(root.day.day, root.rows, root.lookers) for root in seal()] == [(23, 3, 2), (24, 0, 0), (25, 3, 2)]
    assert seal() == []
    assert list(checking.violations()) == []
    which = (LookDay.looker_id == town.here.butler.person_id) & (LookDay.day == date(2026, 11, 23))
    db.session.execute(delete(LookDay).where(which))  # as the owner of the database could, rows and all
    assert "2026-11-23: the day is not what was sealed" in list(checking.violations())
    with pytest.raises(Exception, match="permission denied"), db.session.begin_nested():
        db.session.execute(text("UPDATE look_roots SET rows = 0"))


def test_every_night_seals_and_looks_through_the_days_that_are_over(town: Town, at: Clock) -> None:
    at("2026-11-25 10:00")
    record_looks(town.here.butler, LookKind.FULL, [Seen(1, 1, "330106", Standing.NONE)])
    assert close_days() == 0
    at("2026-11-26 00:30")

    assert (close_days(), close_days()) == (1, 0)
    assert db.session.scalars(select(Finding.rule)).all() == ["unassigned"]
    assert db.session.scalars(select(LookRoot.day)).all() == [date(2026, 11, 25)]


def test_commands(app: ButlerFlask, town: Town, at: Clock) -> None:
    at("2026-11-25 10:00")
    record_looks(town.here.butler, LookKind.FULL, [Seen(1, 1, "330106", Standing.NONE)])
    at("2026-11-26 10:00")
    run = CliRunner()

    assert run.invoke(looks, ["verify"], obj=None).exit_code == 0
    assert '"rows": 1' in run.invoke(looks, ["seal"]).output
    assert "新增 1 条" in run.invoke(looks, ["review", "--day", "2026-11-25"]).output
    end = db.session.scalars(select(LookDay)).one()
    end.rows = 2
    db.session.flush()
    broken = run.invoke(looks, ["verify"])
    assert (broken.exit_code, "2 rows announced, 1 found" in broken.output) == (1, True)
