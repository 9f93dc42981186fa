"""北山街道 as a demo town: its seven real communities, 27 grids, old estates, and people who do not exist.

Names carry 演示, telephone numbers cannot be real (mobile numbers beginning 100, land-lines beginning 0 after the area
code). Built once, in one transaction; building it again changes nothing.
"""

from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from sqlalchemy import insert, select

from butler.cards import actions as cards
from butler.demo import family
from butler.identity import actions as identity
from butler.identity.models import Person, Residence
from butler.identity.permissions import Role
from butler.identity.rules import DESK_OF_ROLE
from butler.kit import clock
from butler.kit.database import db
from butler.kit.worktime_data import SHIPPED_NOTICES
from butler.org import actions as org
from butler.org import queries as org_queries
from butler.org.actions.calendar import import_notices
from butler.org.models import Building, Desk, Estate, Household, Unit, Zone

STREET = "330106002"
DIVISIONS = Path(__file__).parent / "divisions-330106"
PASSWORD = "demo-beishan-330106"  # noqa: S105  # of every demo person; printed, and refused in production with the demo
COMPANY = "绿居物业（演示）"
GRIDS = (4, 4, 4, 4, 4, 4, 3)  # 27, as the street has
ESTATES = (2, 2, 2, 2, 2, 1, 1)  # 12 old estates got property management in 2022
BUILDINGS = 3  # an estate
DOORS = tuple(f"{stair}单元{floor}0{door}" for stair in (1, 2) for floor in (1, 3, 5) for door in (1, 2))
SINCE = date(2022, 7, 1)
_FAMILIES = "陈王李张刘杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
_GIVEN = (
    "桂英",
    "秀兰",
    "建国",
    "玉珍",
    "志强",
    "淑芬",
    "国庆",
    "月娥",
    "永康",
    "美琴",
    "德明",
    "小妹",
    "文斌",
    "雅琴",
)
_ESTATE_NAMES = ("一区", "二区")
_EVENINGS = range(5)  # Monday to Friday


@dataclass
class _Cast:
    """Gives out names and numbers that nobody has."""

    people: int = 0
    lines: int = 0

    def name(self) -> str:
        self.people += 1
        family = _FAMILIES[self.people % len(_FAMILIES)]
        return f"{family}{_GIVEN[self.people // 3 % len(_GIVEN)]}（演示）"

    def mobile(self) -> str:
        return f"100{self.people:08d}"

    def landline(self) -> str:
        self.lines += 1
        return f"0571-0000{self.lines:04d}"


def seed() -> bool:
    """Build the town unless it stands; tell whether it was built."""
    street = db.session.scalar(select(Unit).where(Unit.code == STREET))
    if street is not None and db.session.scalar(select(Estate.id).limit(1)) is not None:
        family.move_in()
        return False
    import_notices(path=SHIPPED_NOTICES)
    org.import_divisions(directory=DIVISIONS)
    street = org_queries.unit_by_code(STREET)
    communities = list(db.session.scalars(org_queries.children_of(street).order_by(Unit.code)))
    cast = _Cast()
    _officials(street, cast)
    for place, community in enumerate(communities):
        _community(street, community, grids=GRIDS[place], estates=ESTATES[place], number=place + 1, cast=cast)
    family.move_in()
    return True


def _officials(street: Unit, cast: _Cast) -> None:
    """Staff above the communities, one of each role."""
    district = org_queries.chain_of(street)[0]
    for role, username, unit in (
        (Role.DISTRICT_STAFF, "district01", district),
        (Role.STREET_STAFF, "street01", street),
        (Role.PROPERTY_LEAD, "lead01", street),
        (Role.CATALOGUE_EDITOR, "editor01", district),
        (Role.PRIVACY_OFFICER, "privacy01", district),
        (Role.ADMINISTRATOR, "admin01", district),
    ):
        _employ(cast, role, username, unit)


def _community(street: Unit, community: Unit, *, grids: int, estates: int, number: int, cast: _Cast) -> None:
    """Its grids, its estates with a butler each, its people."""
    _employ(cast, Role.COMMUNITY_STAFF, f"community{number:02d}", community)
    before = sum(GRIDS[: number - 1])
    nets = [
        org.add_grid(community=community, number=place + 1, name=f"{community.name}第{place + 1}网格")
        for place in range(grids)
    ]
    for place, net in enumerate(nets):
        _employ(cast, Role.GRID_WORKER, f"grid{before + place + 1:02d}", net)
    zone = org.add_zone(street=street, name=f"{community.name.removesuffix('社区')}片区")
    first = sum(ESTATES[: number - 1])
    for place in range(estates):
        _estate(community, zone, nets, name=_ESTATE_NAMES[place], number=first + place + 1, cast=cast)


def _estate(community: Unit, zone: Zone, nets: list[Unit], *, name: str, number: int, cast: _Cast) -> None:
    short = community.name.removesuffix("社区")
    estate = org.add_estate(community=community, name=f"{short}{name}（演示）", company=COMPANY, zone=zone)
    desk = org.add_butler_desk(unit=community, name=f"{short}{name}管家服务台", phone=cast.landline(), zone=zone)
    _employ(cast, Role.BUTLER, f"butler{number:02d}", community, desk=desk)
    for weekday in _EVENINGS:
        org.add_slot_pattern(
            desk=desk,
            weekday=weekday,
            starts=time(18, 30),
            ends=time(20, 0),
            place=f"{short}{name}物业服务中心",
            capacity=6,
            cutoff_minutes=30,
        )
    for place in range(BUILDINGS):
        building = org.add_building(estate=estate, name=f"{place + 1}幢", grid=nets[(number + place) % len(nets)])
        org.cover(desk=desk, building=building)
        cards.issue(desk=desk, building=building, by=None)
        _move_in(building, cast)


def _move_in(building: Building, cast: _Cast) -> None:
    """A resident behind every door, in three statements rather than three a door."""
    doors = db.session.scalars(
        insert(Household).returning(Household.id), [{"building_id": building.id, "door": door} for door in DOORS]
    ).all()
    people = db.session.scalars(
        insert(Person).returning(Person.id),
        [{"name": cast.name(), "phone": cast.mobile(), "is_demo": True, "created_at": clock.now()} for _ in doors],
    ).all()
    db.session.execute(
        insert(Residence),
        [
            {"person_id": person, "household_id": door, "valid_from": SINCE}
            for person, door in zip(people, doors, strict=True)
        ],
    )


def _employ(cast: _Cast, role: Role, username: str, unit: Unit, *, desk: Desk | None = None) -> None:
    person = Person(
        name=cast.name(),
        username=username,
        password_hash=_password_hash(),
        phone=cast.mobile(),
        is_demo=True,
        created_at=clock.now(),
    )
    db.session.add(person)
    db.session.flush()
    if desk is None and role in DESK_OF_ROLE:
        desk = org_queries.desk_of(unit)
    identity.appoint(person=person, role=role, desk=desk, unit=unit, since=SINCE)


_hashed: dict[str, str] = {}


def _password_hash() -> str:
    """All demo people share one password; hashing it once keeps the first start short."""
    if PASSWORD not in _hashed:
        _hashed[PASSWORD] = identity.hash_password(PASSWORD)
    return _hashed[PASSWORD]
