"""Who sends and who opens which kind of file, how much of it, and for how long. Pure: one page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from butler.files.states import FileKind, FileState
from butler.kit.errors import RateLimited, TooLarge
from butler.looks.states import Standing

MB = 1024 * 1024
LARGEST = 10 * MB  # bytes of one file as it is sent
MOST_IN_A_CASE = 40  # files
LARGEST_CASE = 120 * MB  # of all files of a case, as sent
MOST_A_DAY = 60  # files of one person
LARGEST_DAY = 200 * MB  # of all files of one person in a day
FRESH_MINUTES = 15  # how old the proof may be with which a resident opens papers; at work: `identity.rules.RECENTLY`
DAY = timedelta(days=1)


class Opening(StrEnum):
    """Whether somebody may open a file."""

    YES = "yes"
    FRESH = "fresh"  # only after proving lately that it is oneself: every paper, whoever opens it (T25)
    WHILE_NEEDED = "while_needed"  # only as long as the case is being worked on
    NO = "no"


OPENING: Mapping[tuple[Standing, FileKind], Opening] = {
    (Standing.OWN, FileKind.PHOTO): Opening.YES,
    (Standing.OWN, FileKind.PAPER): Opening.FRESH,
    (Standing.HOLDER, FileKind.PHOTO): Opening.YES,
    (Standing.HOLDER, FileKind.PAPER): Opening.WHILE_NEEDED,
    (Standing.DESK, FileKind.PHOTO): Opening.YES,
    (Standing.DESK, FileKind.PAPER): Opening.NO,  # who has not taken the case does not need them
    (Standing.ABOVE, FileKind.PHOTO): Opening.WHILE_NEEDED,
    (Standing.ABOVE, FileKind.PAPER): Opening.NO,  # supervising a case takes no look at somebody's identity card
    (Standing.NONE, FileKind.PHOTO): Opening.NO,
    (Standing.NONE, FileKind.PAPER): Opening.NO,
}
"""Whoever stands in several ways has the widest of them."""

SENDING: Mapping[Standing, frozenset[FileKind]] = {
    Standing.OWN: frozenset(FileKind),
    Standing.HOLDER: frozenset(FileKind),
    Standing.DESK: frozenset(),
    Standing.ABOVE: frozenset(),
    Standing.NONE: frozenset(),
}
"""While the case is open; a closed one takes nothing any more."""

_WIDEST = (Opening.YES, Opening.WHILE_NEEDED, Opening.FRESH)


AT_WORK = frozenset({Standing.HOLDER, Standing.DESK, Standing.ABOVE})
"""Who may uncover the papers of a case for a reason and a while (`looks.rules.way_to_uncover`), and opens them then."""


def opening(
    standings: Collection[Standing],
    kind: FileKind,
    *,
    needed: bool,
    taken_back: bool = False,
    uncovered: bool = False,
) -> Opening:
    """YES, FRESH or NO for somebody who stands so. `needed`: the case is still being worked on; `taken_back`: the consent
    to keep papers has been, and nobody but the resident opens what has to be kept all the same; `uncovered`: they have
    uncovered its papers, for a reason, and the while is not over."""
    if taken_back and kind is FileKind.PAPER:
        standings = {Standing.OWN} & set(standings)
    yes = Opening.FRESH if kind is FileKind.PAPER else Opening.YES
    if uncovered and not AT_WORK.isdisjoint(standings):
        return yes
    found = {OPENING[standing, kind] for standing in standings}
    for one in _WIDEST:
        if one in found and (one is not Opening.WHILE_NEEDED or needed):
            return yes if one is Opening.WHILE_NEEDED else one
    return Opening.NO


def may_send(standings: Collection[Standing], kind: FileKind, *, is_open: bool) -> bool:
    """Whether somebody who stands so may add a file of this kind."""
    return is_open and any(kind in SENDING[standing] for standing in standings)


@dataclass(frozen=True)
class Used:
    """What has been sent already."""

    files: int
    size: int  # bytes


def check_room(*, size: int, of_case: Used, of_person_today: Used) -> None:
    """Raise TooLarge or RateLimited when one more file of `size` bytes is too much."""
    if size > LARGEST:
        raise TooLarge(f"一个文件最多 {LARGEST // MB} MB，这一份没有收下。照片请用手机的普通模式拍，PDF 请分成几份。")
    if of_case.files + 1 > MOST_IN_A_CASE or of_case.size + size > LARGEST_CASE:
        raise TooLarge(
            f"这件事的照片和材料已经满了（最多 {MOST_IN_A_CASE} 份、共 {LARGEST_CASE // MB} MB），这一份没有收下。"
            "还有要给的，请打电话给您的管家。"
        )
    if of_person_today.files + 1 > MOST_A_DAY or of_person_today.size + size > LARGEST_DAY:
        raise RateLimited(
            f"您今天传的照片和材料已经满了（一天最多 {MOST_A_DAY} 份、共 {LARGEST_DAY // MB} MB），这一份没有收下。"
            "请明天再传；着急的话，请打电话给您的管家。",
            retry_after=timedelta(hours=1),
        )


def destroyed_on(closed_at: datetime | None, kept_days: int) -> datetime | None:
    """When the papers of a case are destroyed; None while it is open."""
    return closed_at + timedelta(days=kept_days) if closed_at else None


def can_be_opened(state: FileState) -> bool:
    """Whether there is something to open."""
    return state is FileState.STORED
