"""Sealing what was there before, and opening it again, with real rows: nothing is lost on the way down and up."""

from collections.abc import Callable

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, select, text

from apart import MIGRATIONS, application_apart
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.looking import record_look
from butler.cases.actions.moving import take_step
from butler.cases.actions.revealing import reveal
from butler.cases.actions.shredding import shred_case
from butler.cases.models import Case
from butler.cases.queries import checking, showing
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.custody import queries as custody_queries
from butler.dev.servers import Urls
from butler.identity import queries as identity_queries
from butler.kit import clock, rekeying
from butler.kit.database import db, unit_of_work
from butler.kit.envelopes import GONE
from butler.kit.outbox import OutboxMessage
from butler.looks import checking as looks_checking
from butler.looks.models import Look
from butler.looks.states import FieldClass, LookKind, Why
from butler.notifications.models import Notice
from butler.privacy.actions import note, seal
from butler.privacy.models import Finding
from butler.privacy.states import Rule, Verdict
from butler.settings import Settings
from factories import Street, file_consult, file_errand, load_calendar, make_town

UNSEALED = "0003"
OPEN_REASONS = "0022"  # before the words of staff were sealed
SUMMARY, NOTE, PAPER = "请帮我办一张优待证", "腿脚不便", "户口簿"


def test_rows_are_opened_on_the_way_down_and_sealed_on_the_way_up(
    urls: Urls, settings: Settings, at: Callable[[str], None]
) -> None:
    at("2026-11-23 09:00")
    with application_apart(urls, settings, "unsealed", connections=2) as app, app.app_context():
        with unit_of_work():
            load_calendar()
            street = make_town().here
            number = file_errand(street.residents[0], street, answers={"M012-Q1": "杭州户籍"}).number
            claimed = claim_next(street.butler)
            assert claimed is not None
            for step, sent in (
                ("note", {"note": NOTE}),
                ("authorise", {}),
                ("receive_originals", {"items": [{"name": PAPER, "copies": 1}]}),
            ):
                loaded = STEP_INPUTS[Step(step)].load(sent)
                claimed = take_step(street.butler, number, Step(step), loaded, version=claimed.version)
            gone = file_consult(street.residents[1], street).number
            question = claim_next(street.butler)
            assert question is not None
            loaded = STEP_INPUTS[Step.ANSWER].load({"note": "在街道办。"})
            question = take_step(street.butler, gone, Step.ANSWER, loaded, version=question.version)
            question = take_step(
                street.residents[1], gone, Step.CONFIRM, STEP_INPUTS[Step.CONFIRM].load({}), version=question.version
            )
            shred_case(question.id)
            phone = identity_queries.phone_of(street.residents[0].person_id)
            assert phone is not None
        before = everything(number)

        db.session.remove()
        db.engine.dispose()
        downgrade(directory=MIGRATIONS, revision=UNSEALED)
        owner = create_engine(app.extensions["settings"].database_owner_url)
        with owner.connect() as connection:
            plain = connection.execute(
                text(
                    "SELECT people.name, phone, summary, answers, case_steps.note, payload FROM cases "
                    "JOIN people ON people.id = asker_id JOIN case_steps ON case_id = cases.id AND case_steps.seq = 3, "
                    "outbox WHERE number = :number ORDER BY outbox.id LIMIT 1"
                ),
                {"number": number},
            ).one()
            destroyed = connection.execute(
                text("SELECT summary, note FROM cases JOIN case_steps ON case_id = cases.id WHERE number = :number"),
                {"number": gone},
            ).all()
        owner.dispose()
        assert tuple(plain)[:5] == ("张北山街道", phone, SUMMARY, {"M012-Q1": "杭州户籍"}, NOTE)
        assert plain.payload.keys() == {"notice_id"}
        assert {row.summary for row in destroyed} == {GONE}

        upgrade(directory=MIGRATIONS)
        assert everything(number) == before
        found = identity_queries.find_by_phone(phone)
        assert found is not None
        assert found.name == "张北山街道"
        assert list(checking.violations()) == []
        opened = list(rekeying.check())
        assert [row for one in opened for row in one.unreadable] == []
        assert sum(sum(one.by_key.values()) for one in opened) > 50
        db.session.remove()


def everything(number: str) -> list[object]:
    """What there is to read of a case and of those in it."""
    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    lines = [(line.seq, line.note, line.data) for line in showing.timeline(case)]
    papers = [(one.name, one.condition) for one in custody_queries.of_case(case.id)]
    notices = [one.text for one in db.session.scalars(select(Notice).order_by(Notice.id)) if one.case_id == case.id]
    payloads = list(db.session.scalars(select(OutboxMessage.payload).order_by(OutboxMessage.id)))
    said = [case.summary, case.answers, case.routed_why, lines, papers, notices, payloads]
    db.session.remove()
    return said


def test_a_history_that_was_changed_stops_the_migration(
    urls: Urls, settings: Settings, at: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    at("2026-11-23 09:00")
    with application_apart(urls, settings, "tampered", connections=2) as app, app.app_context():
        with unit_of_work():
            load_calendar()
            street = make_town().here
            number = file_errand(street.residents[0], street).number
        db.session.remove()
        db.engine.dispose()
        downgrade(directory=MIGRATIONS, revision=UNSEALED)
        owner = create_engine(app.extensions["settings"].database_owner_url)
        with owner.begin() as connection:
            connection.execute(text("UPDATE case_steps SET note = '别的'"))
        owner.dispose()

        with pytest.raises(SystemExit):
            upgrade(directory=MIGRATIONS)
        assert f"{number}: line 1 does not fit its hash" in caplog.text


def test_the_words_of_staff_are_sealed_and_the_log_of_before_stays_proven(
    urls: Urls, settings: Settings, at: Callable[[str], None]
) -> None:
    at("2026-11-23 09:00")
    said = "居民说没有收到回电，要回一个电话"
    with application_apart(urls, settings, "openreasons", connections=2) as app, app.app_context():
        with unit_of_work():
            load_calendar()
            street = make_town().here
            number = file_consult(street.residents[0], street).number
            looks(street, number, said)
        db.session.remove()
        db.engine.dispose()
        downgrade(directory=MIGRATIONS, revision=OPEN_REASONS)
        owner = create_engine(app.extensions["settings"].database_owner_url)
        with owner.begin() as connection:
            connection.execute(text("SET butler.system = 'test'"))
            was = connection.execute(text("SELECT id, words, hash FROM looks ORDER BY id")).all()
            reveals = connection.scalars(text("SELECT words FROM reveals")).all()
            finding = connection.execute(text("SELECT doubt, words FROM findings")).one()
        assert [row.words for row in was] == ["", said]
        assert (reveals, tuple(finding)) == ([said], (said, said))
        upgrade(directory=MIGRATIONS)
        with owner.connect() as connection:
            now = connection.execute(text("SELECT id, hash FROM looks ORDER BY id")).all()
        assert [tuple(row) for row in now] == [(row.id, row.hash) for row in was]  # heads that left the house still fit
        assert list(looks_checking.violations()) == []
        with unit_of_work():
            assert [one.words for one in db.session.scalars(select(Look).order_by(Look.id))] == ["", said]
            settled = db.session.scalars(select(Finding)).one()
            assert (settled.doubt, settled.words) == (said, said)
        at("2026-11-24 09:00")
        with unit_of_work():
            seal()
            looks(street, number, said)
        opened = {one.place: one for one in rekeying.check()}
        assert [one.unreadable for one in opened.values() if one.unreadable] == []
        assert dict(opened["looks.sealed_words"].by_key) == {"of the day": 2}
        assert list(looks_checking.violations()) == []

        db.session.remove()
        downgrade(directory=MIGRATIONS, revision=OPEN_REASONS)
        upgrade(directory=MIGRATIONS)
        assert list(looks_checking.violations()) == []  # chains and roots are written anew on the way down
        with owner.begin() as connection:
            connection.execute(text("SET butler.system = 'test'"))
            connection.execute(text("UPDATE looks SET reason = 'danger' WHERE id = :id"), {"id": was[1].id})
        owner.dispose()
        assert list(looks_checking.violations()) == [
            f"looker {street.butler.person_id} on 2026-11-23: row 2 was altered"
        ]
        db.session.remove()


def looks(street: Street, number: str, said: str) -> None:
    """The butler looks, gives a reason, is doubted; the officer has asked."""
    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    record_look(street.butler, case, LookKind.FULL)
    reveal(street.butler, number, fields=[FieldClass.PHONE], reason=Why.CONTACT, words=said)
    note(
        f"doubted:{clock.today()}", rule=Rule.DOUBTED, doubt=said, day=clock.today(), looker_id=street.butler.person_id,
        role="butler", unit_path=case.unit_path, person_id=None, case_id=case.id, number=number, looks=1,
        first_at=clock.now(),
    )  # fmt: skip
    for finding in db.session.scalars(select(Finding).where(Finding.verdict == Verdict.OPEN)):
        finding.verdict, finding.words = Verdict.EXPLAINED.value, said
        finding.settler_id, finding.settled_at = street.community_staff.person_id, clock.now()
