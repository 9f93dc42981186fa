"""Who opens and sends what, over the whole table; and how much."""

from datetime import UTC, datetime, timedelta
from itertools import chain, combinations, product

import pytest

from butler.files.rules import (
    LARGEST,
    LARGEST_CASE,
    LARGEST_DAY,
    MOST_A_DAY,
    MOST_IN_A_CASE,
    OPENING,
    SENDING,
    Opening,
    Used,
    check_room,
    destroyed_on,
    may_send,
    opening,
)
from butler.files.states import FileKind
from butler.kit.errors import RateLimited, TooLarge
from butler.looks.states import Standing

YES, FRESH, NO = Opening.YES, Opening.FRESH, Opening.NO
EXPECTED = {  # standing, kind: while it is being worked on, after that
    (Standing.OWN, FileKind.PHOTO): (YES, YES),
    (Standing.OWN, FileKind.PAPER): (FRESH, FRESH),
    (Standing.HOLDER, FileKind.PHOTO): (YES, YES),
    (Standing.HOLDER, FileKind.PAPER): (FRESH, NO),
    (Standing.DESK, FileKind.PHOTO): (YES, YES),
    (Standing.DESK, FileKind.PAPER): (NO, NO),
    (Standing.ABOVE, FileKind.PHOTO): (YES, NO),
    (Standing.ABOVE, FileKind.PAPER): (NO, NO),
    (Standing.NONE, FileKind.PHOTO): (NO, NO),
    (Standing.NONE, FileKind.PAPER): (NO, NO),
}
ALL_STANDINGS = list(chain.from_iterable(combinations(Standing, number) for number in range(len(Standing) + 1)))


def test_the_table_is_whole() -> None:
    assert OPENING.keys() == set(product(Standing, FileKind))
    assert SENDING.keys() == set(Standing)


def test_who_opens_what() -> None:
    found = {
        (standing, kind): tuple(opening([standing], kind, needed=needed) for needed in (True, False))
        for standing, kind in product(Standing, FileKind)
    }
    assert found == EXPECTED


def test_whoever_has_uncovered_the_papers_opens_them_and_nobody_else() -> None:
    at_work = {Standing.HOLDER, Standing.DESK, Standing.ABOVE}
    for standings, kind, needed in product(ALL_STANDINGS, FileKind, (True, False)):
        usual = opening(standings, kind, needed=needed)
        open_now = FRESH if kind is FileKind.PAPER else YES
        assert opening(standings, kind, needed=needed, uncovered=True) == (
            open_now if at_work & set(standings) else usual
        )


def test_whoever_stands_in_several_ways_has_the_widest() -> None:
    widest = {YES: 2, FRESH: 1, NO: 0}
    for standings, kind, needed in product(ALL_STANDINGS, FileKind, (True, False)):
        single = [EXPECTED[standing, kind][not needed] for standing in standings]
        assert opening(standings, kind, needed=needed) == max(single, key=widest.__getitem__, default=NO)


def test_papers_open_for_their_owner_alone_once_the_consent_is_taken_back() -> None:
    for standings, kind, needed in product(ALL_STANDINGS, FileKind, (True, False)):
        own = [Standing.OWN] if Standing.OWN in standings else []
        left = standings if kind is FileKind.PHOTO else own
        expected = opening(left, kind, needed=needed)
        assert opening(standings, kind, needed=needed, taken_back=True) == expected


def test_who_sends_what() -> None:
    for standings, kind, is_open in product(ALL_STANDINGS, FileKind, (True, False)):
        expected = is_open and bool({Standing.OWN, Standing.HOLDER} & set(standings))
        assert may_send(standings, kind, is_open=is_open) == expected


@pytest.mark.parametrize(
    ("size", "of_case", "of_person", "refusal"),
    [
        (LARGEST, Used(0, 0), Used(0, 0), None),
        (LARGEST + 1, Used(0, 0), Used(0, 0), TooLarge),
        (1, Used(MOST_IN_A_CASE - 1, 0), Used(0, 0), None),
        (1, Used(MOST_IN_A_CASE, 0), Used(0, 0), TooLarge),
        (1, Used(0, LARGEST_CASE - 1), Used(0, 0), None),
        (1, Used(0, LARGEST_CASE), Used(0, 0), TooLarge),
        (1, Used(0, 0), Used(MOST_A_DAY - 1, 0), None),
        (1, Used(0, 0), Used(MOST_A_DAY, 0), RateLimited),
        (1, Used(0, 0), Used(0, LARGEST_DAY - 1), None),
        (1, Used(0, 0), Used(0, LARGEST_DAY), RateLimited),
    ],
)
def test_how_much_is_too_much(size: int, of_case: Used, of_person: Used, refusal: type[Exception] | None) -> None:
    def check() -> None:
        check_room(size=size, of_case=of_case, of_person_today=of_person)

    if refusal is None:
        check()
    else:
        with pytest.raises(refusal):
            check()


def test_papers_are_destroyed_so_many_days_after_the_end() -> None:
    closed = datetime(2026, 11, 26, tzinfo=UTC)
    assert destroyed_on(None, 30) is None
    assert destroyed_on(closed, 30) == closed + timedelta(days=30)
