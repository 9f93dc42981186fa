"""Limits and lifetimes of signing in, and which desk fits which role: values in, values out."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from butler.identity.permissions import Role
from butler.org.states import DeskKind

Face = Literal["api", "page"]
"""Where a sign-in is good for: a bearer token for the API, or a cookie for pages."""

DESK_OF_ROLE: Mapping[Role, DeskKind] = {
    Role.BUTLER: DeskKind.BUTLER,
    Role.GRID_WORKER: DeskKind.GRID,
    Role.COMMUNITY_STAFF: DeskKind.COMMUNITY,
    Role.STREET_STAFF: DeskKind.STREET,
    Role.DISTRICT_STAFF: DeskKind.DISTRICT,
}
"""Roles that sit at a desk. The others are appointed to a unit."""


@dataclass(frozen=True)
class Limit:
    """At most so many times in any window of this length."""

    times: int
    per: timedelta


# A code lives 5 minutes and takes 5 guesses (ASVS 5.0 6.5.5 allows 10 minutes; promises.md T14).
CODE_LIFE = timedelta(minutes=5)
CODE_TRIES = 5
# At or under what the SMS providers themselves allow for one number (promises.md T13).
CODES_TO_PHONE = (Limit(1, timedelta(minutes=1)), Limit(5, timedelta(hours=1)), Limit(10, timedelta(days=1)))
CODES_FROM_ADDRESS = (Limit(30, timedelta(hours=1)),)
# A bot rents addresses by the block and asks for numbers one after the other: 256 addresses, ten thousand numbers.
CODES_FROM_BLOCK = (Limit(100, timedelta(hours=1)),)
CODES_TO_PREFIX = (Limit(60, timedelta(hours=1)),)
CODES_WARNED_AT = 0.8  # of the day's money
FEW_ENTERED = 0.3  # fewer than so many of an hour's codes entered: somebody sends them who does not want them
ENOUGH_TO_TELL = 50  # codes an hour

# Guessing is slowed down per address, never per user name alone: no stranger can lock somebody out (ASVS 6.1.1).
WRONG_PASSWORDS_FOR_NAME = (Limit(5, timedelta(minutes=15)),)
WRONG_PASSWORDS_FROM_ADDRESS = (Limit(20, timedelta(minutes=15)),)
# Whoever guesses at one-time passwords has the password already, so these are counted for the person, wherever they come
# from: of three valid codes in a million, ten guesses an hour find one in three years.
WRONG_OTPS = (Limit(10, timedelta(hours=1)),)
DEVICE_KNOWN_FOR = timedelta(days=180)  # after its last sign-in
DEVICES_KNOWN = 10  # of one person
OTP_PERIOD = 30  # seconds, RFC 6238 §5.2
OTP_DRIFT = (0, -1, 1)  # a clock may be one step wrong either way
RECOVERY_CODES = 10
PROOF_FOR_FACTOR = 15  # minutes
PROOF_FOR_PHONE = 15  # minutes: how old the code from the present telephone may be with which one gets another
COOLING = timedelta(hours=24)  # after another telephone: time for whoever did not change it to hear of it
NOTICE_TO_OLD_PHONE = (
    "【管家通】您在管家通登记的手机号刚刚换成了别的号码。如果不是您本人换的，请马上打管家或社区的电话。"
)
NOTICE_TO_NEW_PHONE = (
    "【管家通】您在管家通登记的手机号换成了这个号码，以后用它登录。不是您本人办的，请马上打社区的电话。"
)

RESIDENT_IDLE = timedelta(days=30)
STAFF_IDLE = timedelta(minutes=30)
STAFF_ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # a sign-in notes that it is used at most this often
RENEW_EVERY = timedelta(hours=24)  # a cookie gets a new token this often (promises.md T16)
RENEWED_GRACE = timedelta(minutes=1)  # so long the token before still works, for requests that were on their way
INVITATION_LIFE = timedelta(hours=72)
RECENTLY = 60
"""Minutes: whoever at work gives or takes power, opens papers, uncovers what is covered, moves originals or notes who
somebody is has entered their password that lately, on this device (promises.md T25).

An hour, because a butler in the rain goes from door to door and must not type it for each tap, while whoever takes an
unlocked telephone does not know it and is out after half an hour of idleness anyway. The password and not the one-time
password: the telephone that was taken shows that one by itself.
"""


OFFICIALS = frozenset(Role) - {Role.RESIDENT, Role.BUTLER, Role.GRID_WORKER}
"""Who sees much or gives power: these need a second factor unless an installation decides otherwise (ASVS 6.3.3)."""


def second_factor_demanded(roles: Iterable[Role], whose: str) -> bool:
    """Whether somebody with these roles must have a second factor; `whose` is officials, staff or nobody."""
    held = set(roles) - {Role.RESIDENT}
    return bool(held) if whose == "staff" else whose == "officials" and not held.isdisjoint(OFFICIALS)


def wait_before_next(earlier: Sequence[datetime], at: datetime, limits: Sequence[Limit]) -> timedelta:
    """How long until one more is within every limit; zero when it is now."""
    longest = timedelta(0)
    for limit in limits:
        recent = sorted(moment for moment in earlier if at - moment < limit.per)
        if len(recent) >= limit.times:
            longest = max(longest, recent[-limit.times] + limit.per - at)
    return longest


def end_of_sign_in(*, staff: bool, face: Face, started: datetime, at: datetime) -> datetime:
    """When a sign-in that is used at `at` ends unless it is used again (promises.md T16).

    Residents: 30 days after the last use. Staff: 12 hours after the start and, on pages (a phone left on a table),
    30 minutes after the last use, whichever is first.
    """
    if not staff:
        return at + RESIDENT_IDLE
    absolute = started + STAFF_ABSOLUTE
    return absolute if face == "api" else min(absolute, at + STAFF_IDLE)


def network_of(address: str | None) -> str:
    """Whom to count guesses against: an IPv4 address, or the /64 of an IPv6 one, which is one household's own."""
    try:
        known = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((int(known), 64), strict=False))
    return str(known)


def block_of(address: str | None) -> str:
    """The addresses somebody rents together: a /24 of IPv4, a /48 of IPv6."""
    network = network_of(address)
    if network == "unknown":
        return network
    known = ipaddress.ip_network(network)
    return str(known.supernet(new_prefix=24 if known.version == 4 else 48))


def mask_phone(phone: str) -> str:
    """``138****8000``: enough to recognise one's own."""
    return f"{phone[:3]}****{phone[-4:]}"


_NUMBERS = re.compile(r"[0-9０-９][0-9０-９Xx \-]{4,30}[0-9０-９Xx]", re.ASCII)


def mask_numbers(words: str) -> str:
    """What somebody wrote with every longer number covered: a telephone, an identity card, an account."""
    return _NUMBERS.sub("****", words)


def mask_name(name: str) -> str:
    """``张**``: the surname, as anybody would call out in a stairwell."""
    return name[:1] + "**"


def address_of_link(base_url: str, token: str) -> str:
    """Where a one-time link leads."""
    return f"{base_url}/join/{token}"
