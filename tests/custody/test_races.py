"""Two real connections that move the same papers at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from butler.custody import actions, queries
from butler.custody.models import Handover, Holding
from butler.custody.rules import Paper
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.errors import Conflict
from rows import NOON, make_case, make_person

ROUNDS = 15
PAPERS = [Paper(name="户口簿", copies=1, condition=""), Paper(name="结婚证", copies=1, condition="")]


@pytest.fixture
def committed(app: ButlerFlask) -> Iterator[None]:
    """Rows of this test are really committed; afterwards the owner of the schema empties the tables."""
    with app.app_context():
        yield
        db.session.remove()
    owner = create_engine(app.extensions["settings"].database_owner_url)
    with owner.begin() as connection:
        connection.execute(text("TRUNCATE people, units CASCADE"))
    owner.dispose()


@pytest.mark.usefixtures("committed")
def test_give_back_twice_at_once_succeeds_once(app):
    for _ in range(ROUNDS):
        case_id, owner_id, butler_id, _ = papers_with_a_butler()

        def give_back(case_id=case_id, owner_id=owner_id, butler_id=butler_id):
            actions.give_back(case_id=case_id, butler_id=butler_id, owner_id=owner_id, now=NOON)

        outcomes = at_once(app, give_back, give_back)

        assert sorted(outcomes) == ["done", "refused"]
        assert chains(case_id) == [[owner_id, butler_id, owner_id]] * 2
        assert holders(case_id) == [(Holding.OWNER, owner_id)] * 2


@pytest.mark.usefixtures("committed")
def test_give_back_and_hand_over_at_once_leave_one_holder(app):
    for _ in range(ROUNDS):
        case_id, owner_id, butler_id, successor_id = papers_with_a_butler()

        def give_back(case_id=case_id, owner_id=owner_id, butler_id=butler_id):
            actions.give_back(case_id=case_id, butler_id=butler_id, owner_id=owner_id, now=NOON)

        def hand_over(case_id=case_id, butler_id=butler_id, successor_id=successor_id):
            actions.hand_over(case_id=case_id, from_id=butler_id, to_id=successor_id, now=NOON)

        given, moved = at_once(app, give_back, hand_over)

        assert moved == "done"  # with nothing to move, when the papers had gone back
        if given == "done":
            assert chains(case_id) == [[owner_id, butler_id, owner_id]] * 2
            assert holders(case_id) == [(Holding.OWNER, owner_id)] * 2
        else:
            assert chains(case_id) == [[owner_id, butler_id, successor_id]] * 2
            assert holders(case_id) == [(Holding.BUTLER, successor_id)] * 2


def papers_with_a_butler() -> tuple[int, int, int, int]:
    """A case whose two papers a butler has; and a second butler."""
    with unit_of_work():
        owner_id, butler_id, successor_id = (make_person().id for _ in range(3))
        case_id = make_case(asker_id=owner_id).id
        actions.receive(
            case_id=case_id,
            items=PAPERS,
            owner_id=owner_id,
            butler_id=butler_id,
            now=NOON,
            due_back_at=NOON + timedelta(days=1),
        )
    return case_id, owner_id, butler_id, successor_id


def at_once(app: ButlerFlask, *deeds: Callable[[], Any]) -> list[str]:
    """Do each deed on its own connection, all starting together; tell which were done and which refused."""
    barrier = Barrier(len(deeds))

    def do(deed: Callable[[], Any]) -> str:
        with app.app_context():
            try:
                with unit_of_work():
                    db.session.execute(text("SELECT 1"))  # connected before the others are waited for
                    barrier.wait(timeout=10)
                    deed()
                return "done"
            except Conflict:
                return "refused"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def holders(case_id: int) -> list[tuple[str, int]]:
    with unit_of_work():
        db.session.expire_all()
        return [(original.holding, original.holder_id) for original in queries.of_case(case_id)]


def chains(case_id: int) -> list[list[int]]:
    """For each paper of the case the hands it went through, the owner's first."""
    with unit_of_work():
        found = []
        for original in queries.of_case(case_id):
            links = db.session.scalars(
                select(Handover).where(Handover.original_id == original.id).order_by(Handover.seq)
            ).all()
            found.append([links[0].giver_id, *(link.taker_id for link in links)])
        return found
