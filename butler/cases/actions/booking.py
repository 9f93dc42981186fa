"""错峰代办: seats in a butler's off-hours windows. A seat is given once, by constraint."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from butler.cases.models import SlotBooking
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid
from butler.kit.wording import say_clock, say_day
from butler.org import queries as org_queries
from butler.org.models import SlotPattern

AHEAD = 14  # how many days ahead can be booked
_SLOT_ID = re.compile(r"(\d{1,18})-(\d{4})(\d{2})(\d{2})", re.ASCII)


@dataclass(frozen=True)
class Slot:
    """One window on one day, and how many seats are free. `id` is what clients send back."""

    id: str
    starts_at: datetime
    ends_at: datetime
    place: str
    free: int


@dataclass(frozen=True)
class Seat:
    """A seat about to be given to a case."""

    pattern: SlotPattern
    day: date
    starts_at: datetime

    @property
    def words(self) -> str:
        """“11月25日（周三）19:00，在物业服务中心”."""
        return f"{say_day(self.day)}{say_clock(self.starts_at)}，在{self.pattern.place}"

    def give_to(self, case_id: int) -> None:
        """Take the lowest free seat for this case. Raises Conflict when the window is full."""
        for seat in range(1, self.pattern.capacity + 1):
            given = db.session.scalar(
                insert(SlotBooking)
                .values(case_id=case_id, pattern_id=self.pattern.id, day=self.day, seat=seat)
                .on_conflict_do_nothing()
                .returning(SlotBooking.id)
            )
            if given is not None:
                return
        raise Conflict("这个时段刚刚约满了。请选别的时段，已填的内容没有丢。", code="state-conflict")


def open_slots(desk_id: int, *, first: date | None = None, days: int = AHEAD) -> Sequence[Slot]:
    """Windows of a desk that can still be booked, the earliest first."""
    now = clock.now()
    first = max(first or now.date(), now.date())
    last = min(first + timedelta(days=days - 1), now.date() + timedelta(days=AHEAD))
    patterns = org_queries.slot_patterns(desk_id)
    taken: dict[tuple[int, date], int] = {}
    seats = func.seats_taken([pattern.id for pattern in patterns], first, last).table_valued("pattern_id", "day")
    for pattern_id, day in db.session.execute(select(seats.c.pattern_id, seats.c.day)):  # whose, nobody is told
        taken[pattern_id, day] = taken.get((pattern_id, day), 0) + 1
    slots = []
    for offset in range(max(0, (last - first).days + 1)):
        day = first + timedelta(days=offset)
        for pattern in patterns:
            starts_at = datetime.combine(day, pattern.starts, clock.CHINA)
            if pattern.weekday != day.weekday() or starts_at - timedelta(minutes=pattern.cutoff_minutes) <= now:
                continue
            free = pattern.capacity - taken.get((pattern.id, day), 0)
            ends_at = datetime.combine(day, pattern.ends, clock.CHINA)
            slots.append(Slot(f"{pattern.id}-{day:%Y%m%d}", starts_at, ends_at, pattern.place, free))
    return sorted(slots, key=lambda slot: slot.starts_at)


def take_seat(slot_id: str, *, desk_id: int, now: datetime) -> Seat:
    """The window behind a slot id, if it can still be booked at this desk. Raises Invalid."""
    read = _SLOT_ID.fullmatch(slot_id)
    pattern = db.session.get(SlotPattern, int(read[1])) if read else None
    if read is None or pattern is None or pattern.desk_id != desk_id:
        raise Invalid.at("/slot_id", "没有这个时段，请重新选择", code="unknown_slot")
    try:
        day = date(int(read[2]), int(read[3]), int(read[4]))
    except ValueError:
        raise Invalid.at("/slot_id", "没有这个时段，请重新选择", code="unknown_slot") from None
    starts_at = datetime.combine(day, pattern.starts, clock.CHINA)
    cutoff = timedelta(minutes=pattern.cutoff_minutes)
    if day.weekday() != pattern.weekday or not now < starts_at - cutoff or day > now.date() + timedelta(days=AHEAD):
        raise Invalid.at("/slot_id", "这个时段已经不能预约了，请选别的时段", code="slot_over")
    return Seat(pattern, day, starts_at)
