"""Text messages cost money (promises.md T13): per block of addresses, per prefix, per day, with alarms."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from butler.identity import actions
from butler.identity.actions import codes
from butler.identity.models import OneTimeCode
from butler.identity.rules import block_of
from butler.kit import clock
from butler.kit.errors import RateLimited
from butler.kit.outbox import OutboxMessage

CAP = 200
REQUESTS = 10_000 if int(os.environ.get("BUTLER_PROOF_RUNS", "20")) >= 200 else 2_000


@pytest.fixture
def paying(app, monkeypatch):
    """As in production, with little money."""
    settings = replace(app.extensions["settings"], demo=False, codes_per_day=CAP)
    monkeypatch.setitem(app.extensions, "settings", settings)


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2::1", "2001:db8:1::/48"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_block_of_addresses(address, block):
    assert block_of(address) == block


@pytest.mark.usefixtures("paying")
def test_flood_of_requests_sends_no_more_than_the_cap_and_ten_to_a_victim(session, travel):
    """T13: from a thousand addresses, half of them for one victim's number, over half a day; ten thousand of them in
    the long version."""
    victim = "13900000000"
    refused = 0
    for number in range(REQUESTS):
        phone = victim if number % 2 else f"138{number % 97:02}{number:06}"
        try:
            actions.ask_code(phone=phone, asked_from=f"10.{number % 1000 // 4}.0.{number % 4}")
        except RateLimited:
            refused += 1
        travel(seconds=40_000 / REQUESTS)

    sent = session.scalar(select(func.count()).select_from(OutboxMessage))
    to_victim = session.scalar(select(func.count()).where(OneTimeCode.phone_index == codes.code_phone_index(victim)))
    assert (sent, sent + refused) == (CAP, REQUESTS)
    assert to_victim <= 10


@pytest.mark.usefixtures("paying")
def test_block_and_prefix_are_full_after_their_number(session, travel):
    for number in range(100):
        actions.ask_code(phone=f"138{number:04}0000", asked_from=f"192.0.2.{number}")
    with pytest.raises(RateLimited):
        actions.ask_code(phone="13999990000", asked_from="192.0.2.200")
    for number in range(60):
        actions.ask_code(phone=f"1371234{number:04}", asked_from=f"198.51.{number}.1")

    with pytest.raises(RateLimited):
        actions.ask_code(phone="13712349999", asked_from="203.0.113.1")
    actions.ask_code(phone="13799990000", asked_from="203.0.113.1")
    travel(hours=1)
    actions.ask_code(phone="13712349999", asked_from="192.0.2.200")


@pytest.mark.usefixtures("paying")
def test_alarms_for_the_days_money_and_for_codes_nobody_enters(session, travel):
    assert actions.watch_codes() == 0
    for number in range(49):
        actions.ask_code(phone=f"138{number:04}0000", asked_from=f"192.0.{number}.1")
    travel(minutes=5)
    assert actions.watch_codes() == 0
    actions.ask_code(phone="13899990000", asked_from="192.0.200.1")
    travel(minutes=5)
    assert actions.watch_codes() == 1  # fifty sent, none entered
    for code in session.scalars(select(OneTimeCode).limit(15)):
        code.used_at = clock.now()
    session.flush()
    assert actions.watch_codes() == 0
    for number in range(110):
        actions.ask_code(phone=f"137{number:04}0000", asked_from=f"198.51.{number}.1")
    assert actions.watch_codes() == 1  # four fifths of the day
    travel(seconds=timedelta(hours=13).total_seconds())
    assert actions.watch_codes() == 0
