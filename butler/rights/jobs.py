"""Forgetting what is due, every night."""

from collections.abc import Callable
from datetime import date

from butler.cards.jobs import forget_scans
from butler.files import actions as files
from butler.kit import clock
from butler.kit.database import unit_of_work
from butler.rights import actions, queries
from butler.rights.rules import BATCH, MESSAGES_AT_ONCE, is_night_over


def forget_tonight() -> int:
    """Forget what is due, once a day from two in the morning on, by the clock of the place; how many rows.

    Any number of schedulers may ask at any time: one has the run of a day, the others nothing to do.
    """
    if not is_night_over(clock.now()):
        return 0
    with unit_of_work():
        day = actions.begin_run()
    return sum(forget_due(day)) if day is not None else 0


def forget_due(day: date, tell: Callable[[int], object] = lambda _: None) -> tuple[int, int]:
    """Forget all there is, in small transactions; how many cases and messages. `tell` hears of each batch of cases."""
    cases = messages = 0
    while taken := _forget_cases(day):
        cases += taken
        tell(taken)
    while taken := _forget_messages(day):
        messages += taken
    while _forget_scans():
        pass
    with unit_of_work():
        actions.end_run(day)
    return cases, messages


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
