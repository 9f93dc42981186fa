"""A small place with a neighbour, so that every question has rows it must not find."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from butler.identity import actions
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.rules import DESK_OF_ROLE
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from butler.org.models import Desk, Unit
from butler.org.states import DeskKind, Level

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=clock.CHINA)
PASSWORD = "correct horse battery staple"

DISTRICT, STREET, COMMUNITY, GRID = "330106", "330106001", "330106001001", "330106001001001"
UNITS = (
    ("33", None, Level.PROVINCE),
    ("3301", "33", Level.CITY),
    ("330105", "3301", Level.DISTRICT),
    ("330106", "3301", Level.DISTRICT),
    ("330106001", "330106", Level.STREET),
    ("330106002", "330106", Level.STREET),
    ("330106001001", "330106001", Level.COMMUNITY),
    ("330106001002", "330106001", Level.COMMUNITY),
    ("330106001001001", "330106001001", Level.GRID),
    ("330106001001002", "330106001001", Level.GRID),
)
HOME = {
    Role.BUTLER: COMMUNITY,
    Role.GRID_WORKER: GRID,
    Role.COMMUNITY_STAFF: COMMUNITY,
    Role.STREET_STAFF: STREET,
    Role.DISTRICT_STAFF: DISTRICT,
}


@dataclass
class Town:
    """Units by code; the desk of a unit by its code; two butler desks, both standing in the first community."""

    units: dict[str, Unit] = field(default_factory=dict)
    desks: dict[str, Desk] = field(default_factory=dict)
    butler_desks: list[Desk] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=lambda: count(1))

    def resident(self, name: str = "演示居民", phone: str | None = None) -> Person:
        """Somebody without a post."""
        return actions.add_resident(name=name, phone=phone, is_demo=True)

    def staff(self, role: Role, *, since: date = date(2026, 1, 1), phone: str | None = None) -> Person:
        """Somebody with a user name, appointed in a role where `HOME` says, or in the district."""
        number, desk = next(self._number), self.desk_of(role)
        person = actions.add_staff_member(
            name=f"演示{number}", username=f"{role}{number}", password=PASSWORD, phone=phone, is_demo=True
        )
        unit = None if desk else self.unit_of(role)
        actions.appoint(person=person, role=role, desk=desk, unit=unit, since=since)
        return person

    def desk_of(self, role: Role) -> Desk | None:
        """The desk at which `staff` seats a role."""
        if role is Role.BUTLER:
            return self.butler_desks[0]
        return self.desks[HOME[role]] if role in DESK_OF_ROLE else None

    def unit_of(self, role: Role) -> Unit:
        """The unit in which `staff` appoints a role."""
        return self.units[HOME.get(role, DISTRICT)]


@pytest.fixture
def town(session) -> Town:
    """The place, in this test's transaction."""
    town = Town()
    for code, parent, level in UNITS:
        above = town.units[parent] if parent else None
        unit = Unit(
            level=level,
            code=code,
            name=f"演示{code}",
            parent_id=above.id if above else None,
            path=f"{above.path}.{code}" if above else code,
            valid_from=date(2020, 1, 1),
        )
        db.session.add(unit)
        db.session.flush()
        town.units[code] = unit
        town.desks[code] = Desk(unit_id=unit.id, kind=DeskKind(level), name=f"{code}的岗位")
        db.session.add(town.desks[code])
    for name in ("甲", "乙"):
        desk = Desk(unit_id=town.units[COMMUNITY].id, kind=DeskKind.BUTLER, name=f"管家岗{name}")
        town.butler_desks.append(desk)
        db.session.add(desk)
    db.session.flush()
    return town


class Browser(FlaskClient):
    """Each request in an application context of its own, as in life. Inside the test's they would share one `g`, and
    with it what the edge keeps there for a single request."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def client(app: ButlerFlask, session: object) -> FlaskClient:
    """A browser or API client inside the test's transaction."""
    return Browser(app, app.response_class, use_cookies=True)


@pytest.fixture
def travel() -> Iterator[Callable[..., None]]:
    """Noon, standing still; `travel(minutes=5)` moves on."""
    with time_machine.travel(NOON, tick=False) as traveller:

        def move(**by: float) -> None:
            traveller.shift(timedelta(**by))

        yield move
