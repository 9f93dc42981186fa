"""Limits and lifetimes: values in, values out."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butler.identity.permissions import GRANTS, ROLE_NAMES, Permission, Role
from butler.identity.rules import (
    CODES_TO_PHONE,
    Limit,
    end_of_sign_in,
    mask_phone,
    network_of,
    wait_before_next,
)
from butler.kit.clock import CHINA

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=CHINA)


def test_grants_whole_table():
    desk = {"W", "E", "O", "C"}
    expected = {
        Role.RESIDENT: {"F", "S"},
        Role.BUTLER: {"W", "O", "C"},
        Role.GRID_WORKER: desk,
        Role.COMMUNITY_STAFF: desk | {"V"},
        Role.STREET_STAFF: desk | {"V"},
        Role.DISTRICT_STAFF: desk | {"V"},
        Role.PROPERTY_LEAD: {"O", "C", "I", "M"},
        Role.CATALOGUE_EDITOR: {"O", "D"},
        Role.PRIVACY_OFFICER: {"O", "L"},
        Role.ADMINISTRATOR: {"O", "C", "I", "M"},
    }
    letters = {
        Permission.CASE_FILE: "F",
        Permission.CASE_SEE_OWN: "S",
        Permission.CASE_WORK: "W",
        Permission.CASE_SUPERVISE: "V",
        Permission.ESCALATIONS_SEE: "E",
        Permission.CARD_SEE: "C",
        Permission.CARD_ISSUE: "I",
        Permission.ORG_SEE: "O",
        Permission.STAFF_MANAGE: "M",
        Permission.LOOK_REVIEW: "L",
        Permission.CATALOGUE_EDIT: "D",
    }

    assert {role: {letters[permission] for permission in granted} for role, granted in GRANTS.items()} == expected
    assert set(ROLE_NAMES) == set(Role)


@pytest.mark.parametrize(
    ("ago", "seconds"),
    [
        ([], 0),
        ([59], 1),  # one a minute
        ([60], 0),
        ([30], 30),
        ([3500, 3400, 3300, 3200, 100], 100),  # five an hour: until the first of them is an hour old
        ([3600, 3400, 3300, 3200, 100], 0),
        ([86399] + [86398 - 3600 * n for n in range(9)], 1),  # ten a day
        ([86400] + [86398 - 3600 * n for n in range(9)], 0),
    ],
)
def test_wait_before_next_code(ago, seconds):
    earlier = [NOON - timedelta(seconds=second) for second in ago]

    assert wait_before_next(earlier, NOON, CODES_TO_PHONE) == timedelta(seconds=seconds)


@given(
    ago=st.lists(st.integers(0, 7200), max_size=40),
    times=st.integers(1, 6),
    seconds=st.integers(1, 3600),
)
def test_wait_before_next_is_enough_and_no_longer(ago, times, seconds):
    limit = Limit(times, timedelta(seconds=seconds))
    earlier = [NOON - timedelta(seconds=second) for second in ago]

    wait = wait_before_next(earlier, NOON, [limit])

    def within(at):
        return sum(at - moment < limit.per for moment in earlier) < times

    assert within(NOON + wait)
    assert not wait or not within(NOON + wait - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("staff", "face", "used_after", "ends_after"),
    [
        (False, "page", timedelta(0), timedelta(days=30)),
        (False, "api", timedelta(days=29), timedelta(days=59)),
        (True, "page", timedelta(0), timedelta(minutes=30)),
        (True, "page", timedelta(hours=11, minutes=45), timedelta(hours=12)),
        (True, "api", timedelta(0), timedelta(hours=12)),
        (True, "api", timedelta(hours=11), timedelta(hours=12)),
    ],
)
def test_end_of_sign_in_whole_table(staff, face, used_after, ends_after):
    assert end_of_sign_in(staff=staff, face=face, started=NOON, at=NOON + used_after) == NOON + ends_after


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        (None, "unknown"),
        ("somewhere", "unknown"),
    ],
)
def test_network_of(address, network):
    assert network_of(address) == network


def test_mask_phone_keeps_seven_digits():
    assert mask_phone("10012348000") == "100****8000"
