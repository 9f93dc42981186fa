"""Forgetting what is due, every night."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import partial

from butler.cards.jobs import forget_scans
from butler.files import actions as files
from butler.kit import clock
from butler.kit.database import unit_of_work
from butler.rights import actions, keeping, queries
from butler.rights.rules import BATCH, MESSAGES_AT_ONCE, ROWS_AT_ONCE, is_night_over

NAMELESS_PEOPLE = "people"


def forget_tonight() -> int:
    """Forget what is due, once a day from two in the morning on, by the clock of the place; how many rows.

    Any number of schedulers may ask at any time: one has the run of a day, the others nothing to do.
    """
    if not is_night_over(clock.now()):
        return 0
    with unit_of_work():
        day = actions.begin_run()
    return sum(forget_due(day)) if day is not None else 0


def forget_due(day: date, tell: Callable[[int], object] = lambda _: None) -> tuple[int, int, int]:
    """Forget all there is, in small transactions; how many cases, messages and other rows. `tell` hears of each batch of
    cases."""
    cases = messages = 0
    while taken := _forget_cases(day):
        cases += taken
        tell(taken)
    while taken := _forget_messages(day):
        messages += taken
    while _forget_scans():
        pass
    rows = sum(_forget_rows(day, table) for table in (*keeping.RULES, NAMELESS_PEOPLE))
    with unit_of_work():
        actions.end_run(day)
    return cases, messages, rows


def count_due() -> dict[str, int]:
    """How many rows of which tables are due, cases and messages apart: what would go is deleted, counted and taken back."""
    counted: dict[str, int] = {}
    with suppress(_TakenBack), unit_of_work():
        counted = keeping.count_old(clock.now())
        raise _TakenBack
    return {table: many for table, many in counted.items() if many}


class _TakenBack(Exception):
    """Nothing of this transaction stays."""


def _forget_rows(day: date, table: str) -> int:
    done = 0
    while True:
        with unit_of_work():
            forget = keeping.forget_nameless if table == NAMELESS_PEOPLE else partial(keeping.forget_rows, table)
            gone = forget(clock.now(), ROWS_AT_ONCE)
            actions.count_forgotten(day, rows=gone)
        done += gone
        if gone < ROWS_AT_ONCE:
            return done


def _forget_cases(day: date) -> int:
    names: list[str] = []
    with unit_of_work():
        some = queries.cases_to_forget(clock.now(), BATCH)
        for case_id in some:
            names += actions.forget_case(case_id)
        actions.count_forgotten(day, cases=len(some))
    files.remove(names)
    return len(some)


def _forget_scans() -> int:
    with unit_of_work():
        return forget_scans()


def _forget_messages(day: date) -> int:
    with unit_of_work():
        gone = actions.forget_messages(MESSAGES_AT_ONCE)
        actions.count_forgotten(day, messages=gone)
        return gone
