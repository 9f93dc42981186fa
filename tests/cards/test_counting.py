"""T3: how often a card is scanned is counted, without anybody in it, and what stands out is looked into."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from threading import Thread

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from matrix.scene import hired
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from butler.cards import actions, counting, jobs, reporting
from butler.cards.models import CardReport, CardScans
from butler.cards.rules import (
    AT_NIGHT_FROM,
    COMPARED_DAYS,
    FAR_MORE_FROM,
    KNOWN_DAYS,
    OUT_OF_USE_AFTER,
    OUT_OF_USE_FROM,
    TIMES,
    UNKNOWN_FROM,
    Scanned,
    StandsOut,
    judge_scans,
)
from butler.cards.states import Found, Odd
from butler.cards.tokens import new_token
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from butler.kit.outbox import OutboxMessage
from butler.rights import jobs as rights_jobs
from factories import Town
from figures import Show
from surfing import browser_of

Clock = Callable[[str], None]
DAY = date(2026, 11, 23)


@pytest.fixture
def scans(app: ButlerFlask) -> Iterator[counting.Scans]:
    """What this process counts, from nothing."""
    app.extensions["scans"] = counted = counting.Scans()
    yield counted
    app.extensions["scans"] = counting.Scans()


@pytest.fixture
def lead(town: Town, at: Clock) -> Actor:
    """Who answers for the cards of the street, on the day after the scans; the card has been there for long."""
    at("2026-11-24 09:00")
    town.here.card.issued_at = datetime(2026, 8, 1, 9, tzinfo=clock.CHINA)
    return hired("lead", Role.PROPERTY_LEAD, town.here.street)


def had(card_id: int | None, times: int, *, on: date = DAY, hour: int = 10) -> None:
    """A card was scanned so often within an hour."""
    db.session.add(CardScans(day=on, card_id=card_id, hour=hour, scans=times))
    db.session.flush()


def texts() -> list[str]:
    rows = db.session.scalars(select(OutboxMessage).where(OutboxMessage.dedupe_id.startswith("card-report:")))
    return [row.payload["text"] for row in rows]


def test_every_scan_is_counted_and_nothing_but_the_card_and_the_hour(
    client: FlaskClient, town: Town, scans: counting.Scans, at: Clock
) -> None:
    at("2026-11-23 23:30")
    old, unknown = town.here.card, new_token()
    new = actions.replace(card=old, by=None)
    db.session.commit()
    away = {"REMOTE_ADDR": "10.9.9.9"}
    for path in (f"/C/{new.token}", f"/c/{new.token.lower()}", f"/api/v1/cards/{new.token}"):
        assert client.get(path, environ_overrides=away).status_code == 200
    assert client.get(f"/c/{old.token}", environ_overrides=away).status_code == 410
    for path in (f"/c/{unknown}", f"/api/v1/cards/{unknown}", "/c/wp-login.php"):
        assert client.get(path, environ_overrides=away).status_code == 404
    client.head(f"/c/{new.token}")

    assert counting.write_down() == 3
    assert counting.write_down() == 0
    client.get(f"/c/{new.token}", environ_overrides=away)
    counting.write_down()
    rows = db.session.execute(text("SELECT * FROM card_scans ORDER BY card_id")).mappings().all()
    assert [(row["day"], row["card_id"], row["hour"], row["scans"]) for row in rows] == [
        (DAY, old.id, 23, 1),
        (DAY, new.id, 23, 4),
        (DAY, None, 23, 2),
    ]
    assert set(rows[0]) == {"id", "day", "card_id", "hour", "scans"}
    assert unknown not in json.dumps([dict(row) for row in rows], default=str)


def test_a_scan_asks_the_database_nothing_more(
    client: FlaskClient, town: Town, scans: counting.Scans, counted, at: Clock
) -> None:
    """It is one addition in memory: what a card's page asks is what it asked before there were counts, and nothing is
    written."""
    at("2026-11-23 09:00")
    with counted() as sent:
        client.get(f"/api/v1/cards/{town.here.card.token}")
    assert [one for one in sent if "card_scans" in one or not one.startswith("SELECT")] == []
    assert sum(scans.take().values()) == 1


def test_what_cannot_be_written_is_kept_for_the_next_time(
    town: Town, scans: counting.Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    scans.note(town.here.card.id, clock.now())
    with monkeypatch.context() as away:
        away.setattr(db.session, "execute", fail)
        with pytest.raises(OperationalError):
            counting.write_down()
    assert counting.write_down() == 1


USUAL = [Scanned(4, 0)] * COMPARED_DAYS
TABLE = [
    ("an ordinary day", Scanned(9, 1), USUAL, {}, None),
    ("a busy day of a quiet card", Scanned(FAR_MORE_FROM - 1), USUAL, {}, None),
    ("far more", Scanned(FAR_MORE_FROM), USUAL, {}, StandsOut(Odd.FAR_MORE, FAR_MORE_FROM, 4)),
    ("a lot, but always so", Scanned(99), [Scanned(20)] * 28, {}, None),
    ("five times a lot", Scanned(100), [Scanned(20)] * 28, {}, StandsOut(Odd.FAR_MORE, 100, 20)),
    ("a few wild days", Scanned(40), [*USUAL[:20], *[Scanned(900)] * 8], {}, StandsOut(Odd.FAR_MORE, 40, 4)),
    ("a new card", Scanned(400), USUAL[: KNOWN_DAYS - 1], {}, None),
    ("a card known for a week", Scanned(400), USUAL[:KNOWN_DAYS], {}, StandsOut(Odd.FAR_MORE, 400, 4)),
    ("a few at night", Scanned(20, AT_NIGHT_FROM - 1), USUAL, {}, None),
    ("many at night", Scanned(20, AT_NIGHT_FROM), USUAL, {}, StandsOut(Odd.AT_NIGHT, AT_NIGHT_FROM, 0)),
    ("always many at night", Scanned(20, 14), [Scanned(20, 3)] * 28, {}, None),
    ("out of use since yesterday", Scanned(50), USUAL, {"out_of_use_days": OUT_OF_USE_AFTER - 1}, None),
    ("out of use, twice", Scanned(OUT_OF_USE_FROM - 1), USUAL, {"out_of_use_days": 90}, None),
    ("out of use and still there", Scanned(3), USUAL, {"out_of_use_days": 7}, StandsOut(Odd.OUT_OF_USE, 3, 4)),
    ("a few codes of nobody", Scanned(UNKNOWN_FROM - 1), [Scanned(0)] * 28, {"ours": False}, None),
    ("false codes", Scanned(UNKNOWN_FROM), [Scanned(0)] * 28, {"ours": False}, StandsOut(Odd.UNKNOWN, UNKNOWN_FROM, 0)),
    ("codes of nobody as ever", Scanned(40), [Scanned(9)] * 28, {"ours": False}, None),
]  # fmt: skip


@pytest.mark.parametrize(("day", "before", "more", "found"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_judge_scans(day: Scanned, before: list[Scanned], more: dict, found: StandsOut | None) -> None:
    assert judge_scans(day, before, **more) == found


DAYS = st.builds(lambda day, night: Scanned(day + night, night), st.integers(0, 300), st.integers(0, 60))


@given(DAYS, st.lists(DAYS, max_size=COMPARED_DAYS), st.integers(1, 50))
def test_judge_scans_is_fair(day: Scanned, before: list[Scanned], more: int) -> None:
    """The order of the days before counts for nothing; a day like those before never stands out; whatever stands out
    does so with still more scans; nothing ever does below its floor or within so many times the usual."""
    found = judge_scans(day, before)
    assert judge_scans(day, before[::-1]) == found
    assert judge_scans(day, [day] * len(before)) is None
    still = judge_scans(Scanned(day.total + more, day.night), before)
    if found is not None:
        assert still is not None
        assert found.scans >= max(AT_NIGHT_FROM if found.odd is Odd.AT_NIGHT else FAR_MORE_FROM, TIMES * found.usual)


def test_what_stands_out_is_told_looked_into_and_closed(client: FlaskClient, town: Town, lead: Actor) -> None:
    """From the counts to the page of the lead; the community hears of it too; told once, not at night."""
    card = town.here.card
    had(card.id, 80)
    had(None, 25)
    assert jobs.judge_yesterday() == 2
    assert jobs.judge_yesterday() == 0, "as often as one likes"
    told = texts()
    assert sum("名片扫得不寻常：演示苑 1幢" in one for one in told) == 2
    assert sum("可能有假卡" in one for one in told) == 1
    page = browser_of(client, lead.person_id).open("/desk/cards/reports")
    assert "扫的次数比平时多得多" in page.text
    assert "扫了 80 次，平时一天 0 次" in page.text
    page.press("记下结果", found="false_card")
    page.press("记下结果", found="fine")
    assert "是假的，已经撕下" in page.text
    assert jobs.judge_yesterday() == 0, "somebody has been to look since"
    others = browser_of(client, town.sibling.community_staff.person_id).open("/desk/cards/reports")
    assert "扫了" not in others.text


def test_nobody_is_told_twice_of_the_same_nor_at_night(town: Town, lead: Actor, at: Clock) -> None:
    card = town.here.card
    had(card.id, 80)
    for hour in ("00:30", "07:59", "20:00"):
        at(f"2026-11-24 {hour}")
        assert jobs.judge_yesterday() == 0
    at("2026-11-24 08:00")
    assert jobs.judge_yesterday() == 1
    had(card.id, 90, on=DAY + timedelta(days=1))
    at("2026-11-25 08:00")
    assert jobs.judge_yesterday() == 0, "nobody has been there yet"
    (one,) = db.session.scalars(select(CardReport))
    reporting.settle(lead, one.id, found=Found.FINE)
    had(card.id, 90, on=DAY + timedelta(days=2))
    at("2026-11-26 08:00")
    assert jobs.judge_yesterday() == 0, "somebody was there on that day"
    had(card.id, 90, on=DAY + timedelta(days=3))
    at("2026-11-27 08:00")
    assert jobs.judge_yesterday() == 1, "and still it goes on"


def test_a_card_out_of_use_that_still_hangs(town: Town, lead: Actor, at: Clock) -> None:
    at("2026-11-10 09:00")
    old = town.here.card
    actions.replace(card=old, by=None)
    at("2026-11-24 09:00")
    had(old.id, 3)
    assert jobs.judge_yesterday() == 1
    assert db.session.scalars(select(CardReport.odd)).all() == ["out_of_use"]


def test_two_months_of_scans(town: Town, lead: Actor, at: Clock, show: Show) -> None:
    """Nine cards of an estate with weekends and a feast, and what happens to them: each of those is found on its day, and
    nothing else is."""
    draw = Random(20261124)
    start = datetime(2026, 9, 1, 9, tzinfo=clock.CHINA)
    at("2026-08-01 09:00")
    cards = [actions.issue(desk=town.here.desk, building=None, by=None) for _ in range(9)]
    at("2026-09-20 09:00")
    actions.revoke(card=cards[8])
    happens = {
        (date(2026, 10, 8), cards[0].id): [(10, 60)],  # a false one beside it leads here
        (date(2026, 10, 14), cards[1].id): [(2, 30)],  # somebody at night
        (date(2026, 10, 20), cards[8].id): [(9, 4)],  # still on a wall
        (date(2026, 10, 25), None): [(15, 50)],  # printed by somebody else
    }
    found, wanted = set(), set(happens)
    for after in range(61):
        day = start.date() + timedelta(days=after)
        for card in cards[:8]:
            for hour in (8, 12, 18):
                if (
                    times := draw.randint(0, 4)
                    * (2 if day.weekday() >= 5 else 1)
                    * (2 if day.month == 10 and day.day < 3 else 1)
                ):
                    had(card.id, times, on=day, hour=hour)
        if stray := draw.randint(0, 3):
            had(None, stray, on=day)
        for card_id, parts in [(one[1], parts) for one, parts in happens.items() if one[0] == day]:
            for hour, times in parts:
                had(card_id, times, on=day, hour=hour)
        at(f"{day + timedelta(days=1)} 08:30")
        jobs.judge_yesterday()
    for one in db.session.scalars(select(CardReport)):
        found.add((one.day, one.card_id))
    show(
        "T3",
        "cards of an estate over two months, judged each morning",
        days=61,
        cards=9,
        planted=len(wanted),
        found=len(found & wanted),
        false=len(found - wanted),
    )
    assert found == wanted


def test_counts_are_forgotten_after_ninety_days(town: Town, at: Clock) -> None:
    had(town.here.card.id, 5)
    had(town.here.card.id, 5, on=DAY - timedelta(days=1))
    at("2027-02-21 03:00")  # 90 days after DAY
    rights_jobs.forget_due(clock.today())
    assert db.session.scalars(select(CardScans.day)).all() == [DAY]


def test_counters_of_several_threads_lose_nothing(scans: counting.Scans) -> None:
    threads = [Thread(target=lambda: [scans.note(1, clock.now()) for _ in range(2_000)]) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(scans.take().values()) == 8_000
