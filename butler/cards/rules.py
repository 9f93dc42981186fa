"""How we say who answers a card, and what stands out in how often it is scanned. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low

from butler.cards.states import Odd
from butler.identity.rules import Limit

TITLE = "管家"
REPORTS_FROM_ADDRESS = (Limit(5, timedelta(hours=1)), Limit(20, timedelta(days=1)))
MOST_ASKED_SHOWN = 6  # favourites on the page of a card
PHOTO_KEPT_SECONDS = 300  # by the browser that has seen it; taken down, it is gone everywhere so much later


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Who answers at a butler desk at one moment: surnames and duty telephones, nothing private."""

    surname: str | None  # of the butler appointed here, present or not
    on_duty: bool
    substitute: str | None  # surname of a neighbour who stands in while ours is away
    phone: str
    phone_of: str  # whose telephone that is, in words
    is_demo: bool  # an invented person of the demonstration
    photo: str | None = None  # the name of the picture of whoever is there now

    @property
    def name(self) -> str | None:
        """陈管家: a surname is enough to call somebody."""
        return self.surname and f"{self.surname}{TITLE}"

    @property
    def substitute_name(self) -> str | None:
        """王管家."""
        return self.substitute and f"{self.substitute}{TITLE}"

    @property
    def present_name(self) -> str | None:
        """Whoever is there now."""
        return self.name if self.on_duty else self.substitute_name

    @property
    def words(self) -> str:
        """One honest sentence, without promising a time nobody has promised."""
        if self.on_duty:
            return f"{self.name}在岗。"
        away = f"{self.name}休息" if self.surname else "这里暂时没有管家"
        if self.substitute:
            return f"{away}，{self.substitute_name}代班。"
        return f"{away}，眼下没有人代班。急事请打电话；不急的可以先提交，有人到岗就处理。"


COMPARED_DAYS = 28  # with which a day is compared
KNOWN_DAYS = 7  # so long a card has to hang before anybody knows what is usual for it
NIGHT_HOURS = frozenset({23, 0, 1, 2, 3, 4})
TIMES = 5  # so many times its usual is far more
FAR_MORE_FROM = 30  # scans of a day; below nothing is far more, however few there usually are
AT_NIGHT_FROM = 12
UNKNOWN_FROM = 20  # of all codes together that are not ours
OUT_OF_USE_FROM = 3
OUT_OF_USE_AFTER = 7  # days in which old prints are taken down
COUNTS_KEPT = timedelta(days=90)
JUDGED_HOURS = range(8, 20)  # whoever is told has to go and look: nobody is woken for it


@dataclass(frozen=True, slots=True)
class Scanned:
    """How often, on one day."""

    total: int
    night: int = 0  # of these in `NIGHT_HOURS`


@dataclass(frozen=True, slots=True)
class StandsOut:
    """What somebody has to look into."""

    odd: Odd
    scans: int
    usual: int


def judge_scans(
    day: Scanned, before: Sequence[Scanned], *, ours: bool = True, out_of_use_days: int | None = None
) -> StandsOut | None:
    """Whether a day stands out against the days before it (those without a scan too, at most `COMPARED_DAYS`).

    The usual is the median, so that a few wild days do not make wildness usual, nor the day after a feast odd. `ours`:
    a card of ours, not a code that we never issued. `out_of_use_days`: since when it must not hang any more, if so.
    """
    usual, at_night = _median([one.total for one in before]), _median([one.night for one in before])
    if not ours:
        return StandsOut(Odd.UNKNOWN, day.total, usual) if day.total >= max(UNKNOWN_FROM, TIMES * usual) else None
    if out_of_use_days is not None:
        hangs = out_of_use_days >= OUT_OF_USE_AFTER and day.total >= OUT_OF_USE_FROM
        return StandsOut(Odd.OUT_OF_USE, day.total, usual) if hangs else None
    if len(before) < KNOWN_DAYS:
        return None
    if day.night >= max(AT_NIGHT_FROM, TIMES * at_night):
        return StandsOut(Odd.AT_NIGHT, day.night, at_night)
    if day.total >= max(FAR_MORE_FROM, TIMES * usual):
        return StandsOut(Odd.FAR_MORE, day.total, usual)
    return None


def _median(counts: Sequence[int]) -> int:
    return median_low(counts) if counts else 0
