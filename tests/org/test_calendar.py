"""Loading holiday notices, and the calendar every process works by."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.worktime import WorkCalendar
from butler.kit.worktime_data import SHIPPED_NOTICES, shipped_calendar, shipped_days
from butler.org import queries
from butler.org.actions.calendar import YearCount, import_notices, load_year
from butler.org.events import CalendarLoaded
from butler.org.models import CalendarYear
from butler.org.notices import Notice, NoticeDay, read_notices
from butler.org.states import DayKind
from butler.org.tables import ImportRefused
from statements import statements

At = Callable[[str], None]
NATIONAL_DAY = NoticeDay(date(2027, 10, 1), DayKind.OFF, "国庆节")
HEADING = "date,kind,name,source"


@pytest.fixture
def heard(app: ButlerFlask, monkeypatch: pytest.MonkeyPatch) -> list[CalendarLoaded]:
    """What was published about calendars."""
    heard: list[CalendarLoaded] = []
    monkeypatch.setitem(app.extensions, "reactions", {CalendarLoaded: (heard.append,)})
    return heard


def test_calendar_without_a_notice_knows_no_year(session: object) -> None:
    assert queries.calendar() == WorkCalendar({}, frozenset())


def test_import_notices_shipped_gives_the_shipped_calendar(session: object, heard: list[CalendarLoaded]) -> None:
    counts = import_notices(path=SHIPPED_NOTICES)

    of_year = {year: sum(day.day.year == year for day in shipped_days()) for year in (2025, 2026)}
    assert counts == tuple(YearCount(year, new=of_year[year], changed=0, gone=0, same=0) for year in (2025, 2026))
    calendar = queries.calendar()
    assert (calendar.days, calendar.known_years) == (shipped_calendar().days, frozenset({2025, 2026}))
    assert heard == [CalendarLoaded(2025), CalendarLoaded(2026)]


def test_import_notices_again_changes_nothing(session: object, snapshot, heard: list[CalendarLoaded]) -> None:
    import_notices(path=SHIPPED_NOTICES)
    before = snapshot()
    heard.clear()

    counts = import_notices(path=SHIPPED_NOTICES)

    assert [(count.new, count.changed, count.gone) for count in counts] == [(0, 0, 0), (0, 0, 0)]
    assert (snapshot(), heard) == (before, [])


def test_import_notices_dry_run_changes_nothing(session: object, snapshot, heard: list[CalendarLoaded]) -> None:
    before = snapshot()

    counts = import_notices(path=SHIPPED_NOTICES, dry_run=True)

    assert [count.year for count in counts] == [2025, 2026]
    assert (snapshot(), heard) == (before, [])


def test_import_notices_counts_what_a_correction_does(session: object, tmp_path: Path) -> None:
    load_year(year=2027, days=[NATIONAL_DAY, off("2027-10-04"), off("2027-10-05", "国庆")], source="通知")

    counts = import_notices(
        path=written(tmp_path, "2027-10-01,off,国庆节,通知", "2027-10-05,off,国庆节,通知", "2027-10-06,off,国庆节,通知")
    )

    assert counts == (YearCount(2027, new=1, changed=1, gone=1, same=1),)
    assert dict(queries.calendar().days) == {date(2027, 10, day): False for day in (1, 5, 6)}


def test_load_year_replaces_only_that_year(session: object, heard: list[CalendarLoaded]) -> None:
    import_notices(path=SHIPPED_NOTICES)
    heard.clear()

    assert load_year(year=2027, days=[NATIONAL_DAY], source="通知") is True
    assert load_year(year=2027, days=[NATIONAL_DAY], source="通知") is False
    assert load_year(year=2027, days=[NATIONAL_DAY], source="更正") is True

    assert heard == [CalendarLoaded(2027), CalendarLoaded(2027)]
    assert db.session.get_one(CalendarYear, 2027).source == "更正"
    assert dict(queries.calendar().days) == {**shipped_calendar().days, NATIONAL_DAY.day: False}


def test_load_year_empty_notice_makes_the_year_known(session: object) -> None:
    load_year(year=2027, days=[], source="通知")

    assert queries.calendar() == WorkCalendar({}, frozenset({2027}), version=queries.calendar().version)


def test_load_year_day_of_two_notices_belongs_to_the_last(session: object) -> None:
    eve = NoticeDay(date(2027, 12, 31), DayKind.OFF, "元旦")
    load_year(year=2027, days=[NATIONAL_DAY, eve], source="2027年的通知")
    load_year(year=2028, days=[eve], source="2028年的通知")

    assert dict(queries.calendar().days) == {NATIONAL_DAY.day: False, eve.day: False}


def test_calendar_is_asked_for_once_a_minute(session: object, at: At) -> None:
    at("2026-11-23 09:00")
    import_notices(path=SHIPPED_NOTICES)
    kept = queries.calendar()

    at("2026-11-23 09:00:59")
    with statements() as sent:
        assert queries.calendar() is kept
    assert len(sent) == 0

    at("2026-11-23 09:01:01")
    with statements() as sent:
        assert queries.calendar() is kept
    assert len(sent) == 1  # nothing newer


def test_calendar_loaded_by_another_process_is_seen_within_a_minute(
    session: object, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("2026-11-23 09:00")
    import_notices(path=SHIPPED_NOTICES)
    kept = queries.calendar()
    at("2026-11-23 09:00:30")
    monkeypatch.setattr(queries, "forget_calendar", lambda: None)  # it is another process that forgets
    load_year(year=2027, days=[NATIONAL_DAY], source="通知")

    assert queries.calendar() is kept

    at("2026-11-23 09:01:01")
    assert queries.calendar().known_years == {2025, 2026, 2027}
    assert queries.calendar().version != kept.version


MISTAKES = {
    "day that is none": ("2027-02-29,off,春节,通知", "date"),
    "day in words": ("2027年10月1日,off,国庆节,通知", "date"),
    "day in figures of a spreadsheet": ("46661,off,国庆节,通知", "date"),
    "day too far off": ("2127-10-01,off,国庆节,通知", "date"),
    "day twice": ("2026-10-01,off,国庆节,通知", "date"),
    "unknown kind": ("2027-10-01,holiday,国庆节,通知", "kind"),
    "weekend off as ever": ("2027-10-02,off,国庆节,通知", "kind"),
    "weekday worked as ever": ("2027-10-01,work,国庆节,通知", "kind"),
    "no name": ("2027-10-01,off,,通知", "name"),
    "no source": ("2027-10-01,off,国庆节,", "source"),
    "too few cells": ("2027-10-01,off", ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_import_notices_mistake_is_named_and_changes_nothing(mistake: str, session, snapshot, tmp_path: Path) -> None:
    row, column = MISTAKES[mistake]
    path = written(tmp_path, "2026-10-01,off,国庆节,通知", row)
    before = snapshot()

    with pytest.raises(ImportRefused) as refused, unit_of_work():
        import_notices(path=path)

    assert [(p.file, p.line, p.column) for p in refused.value.problems] == [(path.name, 3, column)]
    assert snapshot() == before


def test_read_notices_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="1 处"):
        read_notices(written(tmp_path))


def test_read_notices_year_is_that_of_the_notice(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "2027-12-31,off,元旦,2028年的通知",
        "2028-01-03,off,元旦,2028年的通知",
        "2027-10-01,off,国庆节,2027年的通知",
        "2028-02-04,off,春节,2028年的更正",
    )

    assert read_notices(path) == [
        Notice(2027, (NATIONAL_DAY,), "2027年的通知"),
        Notice(
            2028,
            (off("2027-12-31", "元旦"), off("2028-01-03", "元旦"), off("2028-02-04", "春节")),
            "2028年的通知；2028年的更正",
        ),
    ]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: f"{HEADING}\n{text}".encode()))
)
def test_read_notices_any_bytes_are_taken_or_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "notices.csv"
    path.write_bytes(content)

    with pytest.raises(ImportRefused):
        read_notices(path)


def off(day: str, name: str = "国庆节") -> NoticeDay:
    return NoticeDay(date.fromisoformat(day), DayKind.OFF, name)


def written(directory: Path, *rows: str) -> Path:
    path = directory / "2027.csv"
    path.write_text("".join(line + "\n" for line in (HEADING, *rows)), encoding="utf-8")
    return path
