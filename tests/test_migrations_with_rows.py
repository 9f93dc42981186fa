"""Sealing what was there before, and opening it again, with real rows: nothing is lost on the way down and up."""

from collections.abc import Callable

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, select, text

from apart import MIGRATIONS, application_apart
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.moving import take_step
from butler.cases.actions.shredding import shred_case
from butler.cases.models import Case
from butler.cases.queries import checking, showing
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.custody import queries as custody_queries
from butler.dev.servers import Urls
from butler.identity import queries as identity_queries
from butler.kit import rekeying
from butler.kit.database import db, unit_of_work
from butler.kit.envelopes import GONE
from butler.kit.outbox import OutboxMessage
from butler.notifications.models import Notice
from butler.settings import Settings
from factories import file_consult, file_errand, load_calendar, make_town

UNSEALED = "0003"
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
