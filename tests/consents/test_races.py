"""Real connections that give, take back and use a consent at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from files.hostile import picture
from sqlalchemy import func, select

from apart import application_apart
from butler.cases.actions.attaching import attach
from butler.cases.actions.consenting import agree, take_back
from butler.consents.models import Consent
from butler.consents.states import Channel, Purpose
from butler.dev.servers import Urls
from butler.files.actions import Sent
from butler.files.models import Attachment
from butler.files.states import FileKind
from butler.identity.scope import Actor
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.errors import Conflict
from butler.kit.files import Store
from butler.notifications.models import Notice
from butler.settings import Settings
from factories import HAND_OVER, PAPERS, Street, file_errand, load_calendar, make_town

ROUNDS = 4


@pytest.fixture(scope="module")
def apart(urls: Urls, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ButlerFlask]:
    with application_apart(urls, settings, "consents", connections=4) as app:
        app.extensions["files"] = Store(tmp_path_factory.mktemp("files") / "files", margin=0)
        yield app


@pytest.fixture(scope="module")
def here(apart: ButlerFlask) -> Street:
    with apart.app_context(), unit_of_work():
        load_calendar()
        street = make_town().here
        db.session.flush()
        db.session.expunge_all()
    return street


def filed(apart: ButlerFlask, here: Street, consents: list[str]) -> tuple[str, int]:
    """A new errand; its number and id."""
    with apart.app_context(), unit_of_work():
        case = file_errand(here.residents[0], here, consents=consents)
        return case.number, case.id


def at_once(apart: ButlerFlask, *deeds: Callable[[], Any]) -> list[str]:
    """Each on a connection of its own: done, or refused."""
    barrier = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> str:
        with apart.app_context():
            barrier.wait()
            try:
                with unit_of_work():
                    deed()
            except Conflict:
                return "refused"
            finally:
                db.session.remove()
            return "done"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def rows(apart: ButlerFlask, case_id: int, purpose: str) -> list[bool]:
    """Whether each consent is in force."""
    with apart.app_context(), unit_of_work():
        found = select(Consent.withdrawn_at).where(Consent.case_id == case_id, Consent.purpose == purpose)
        return [at is None for at in db.session.scalars(found.order_by(Consent.id))]


def back(actor: Actor, number: str) -> Callable[[], Any]:
    return lambda: take_back(actor, number, Purpose.PAPERS, channel=Channel.PAGE)


def test_given_twice_at_once_is_given_once(apart: ButlerFlask, here: Street) -> None:
    for _ in range(ROUNDS):
        number, case_id = filed(apart, here, [HAND_OVER])

        def give(number: str = number) -> Any:
            return agree(here.residents[0], number, [PAPERS], channel=Channel.PAGE)

        assert at_once(apart, give, give, give) == ["done"] * 3
        assert rows(apart, case_id, "papers") == [True]


def test_taken_back_twice_at_once_is_taken_back_and_told_once(apart: ButlerFlask, here: Street) -> None:
    for _ in range(ROUNDS):
        number, case_id = filed(apart, here, [HAND_OVER, PAPERS])
        assert at_once(apart, *[back(here.residents[0], number)] * 3) == ["done"] * 3
        assert rows(apart, case_id, "papers") == [False]
        with apart.app_context(), unit_of_work():
            told = select(func.count()).where(Notice.case_id == case_id, Notice.dedupe_id.contains("-withdrawn:"))
            assert db.session.scalar(told) == 1


def test_no_paper_outlives_the_consent_it_was_sent_under(apart: ButlerFlask, here: Street) -> None:
    sent = Sent(kind=FileKind.PAPER, purpose="", name="a.jpg", data=picture())
    for _ in range(ROUNDS):
        number, case_id = filed(apart, here, [HAND_OVER, PAPERS])

        def send(number: str = number) -> Any:
            return attach(here.residents[0], number, sent)

        outcomes = at_once(apart, send, back(here.residents[0], number), send)
        assert outcomes[1] == "done"
        with apart.app_context(), unit_of_work():
            states = db.session.scalars(select(Attachment.state).where(Attachment.case_id == case_id)).all()
        assert set(states) <= {"destroyed"}
        assert len(states) == outcomes.count("done") - 1
