"""A small town with one of everything, and a sibling of each so that a query that forgets its filter fails."""

from collections.abc import Collection
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from butler.cards import actions as cards
from butler.cards.models import Card
from butler.cases.actions.filing import Wish, file_case
from butler.cases.models import Case
from butler.cases.states import Kind, Mode
from butler.consents.register import code_of
from butler.consents.states import Purpose
from butler.families.actions.moving import begin
from butler.families.states import Basis, ConfirmedHow, Paper, Power
from butler.identity import actions as identity
from butler.identity import queries as identity_queries
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import Base, db
from butler.kit.worktime_data import SHIPPED_NOTICES
from butler.org import actions as org
from butler.org import queries as org_queries
from butler.org.actions.calendar import import_notices
from butler.org.models import Building, Desk, Household, Unit

LONG_AGO = date(2020, 1, 1)
PASSWORD = "correct horse battery staple"
ERRAND_MATTER = "M012"  # 老年人公共交通优待卡
HAND_OVER, PAPERS, HEALTH = (code_of(one) for one in (Purpose.HAND_OVER, Purpose.PAPERS, Purpose.HEALTH))
"""What residents agree to, in the words of today."""


@dataclass(frozen=True)
class Street:
    """A street with a community, two grids, an estate of two buildings and the people who work there."""

    street: Unit
    community: Unit
    grids: tuple[Unit, Unit]
    buildings: tuple[Building, Building]
    households: tuple[Household, Household]
    desk: Desk  # of the butler of building 1
    other_desk: Desk  # of the butler of building 2, in the same zone
    butler: Actor
    other_butler: Actor
    grid_worker: Actor
    other_grid_worker: Actor
    community_staff: Actor
    street_staff: Actor
    residents: tuple[Actor, Actor]
    card: Card

    def desk_of(self, unit: Unit) -> Desk:
        """The desk of one of its units."""
        return org_queries.desk_of(unit)


@dataclass(frozen=True)
class Town:
    """Two districts; the first has two streets."""

    district: Unit
    district_staff: Actor
    here: Street
    sibling: Street
    elsewhere: Street  # in another district


def make_town() -> Town:
    """The whole town, flushed."""
    province = _unit("province", "33", "浙江省", None)
    city = _unit("city", "3301", "杭州市", province)
    district = _unit("district", "330106", "西湖区", city)
    other = _unit("district", "330109", "萧山区", city)
    staff = _staff("区里", "district", Role.DISTRICT_STAFF, org_queries.desk_of(district))
    return Town(
        district=district,
        district_staff=staff,
        here=_street("330106002", "北山街道", district),
        sibling=_street("330106004", "西溪街道", district),
        elsewhere=_street("330109001", "城厢街道", other),
    )


def as_committed(town: Town) -> Town:
    """The town, committed, with everything its rows say at hand after the session is gone."""
    db.session.commit()
    for row in list(db.session):
        db.session.refresh(row)
    return town


def brought_in(thing: Any) -> Any:
    """What is kept outside (`as_committed`) as this session would have loaded it, without asking the database."""
    if isinstance(thing, Base):
        return db.session.merge(thing, load=False)
    if isinstance(thing, tuple):
        return tuple(brought_in(part) for part in thing)
    if is_dataclass(thing) and not isinstance(thing, Actor | type):
        return replace(thing, **{part.name: brought_in(getattr(thing, part.name)) for part in fields(thing)})
    return thing


def load_calendar() -> None:
    """The years whose notices are published, as shipped."""
    import_notices(path=SHIPPED_NOTICES)


def file_errand(asker: Actor, street: Street, *, mode: Mode = Mode.DAYTIME, **more: object) -> Case:
    """An errand for the first building of a street; the asker agrees to what is asked."""
    more.setdefault("consents", [HAND_OVER, PAPERS])
    return file_case(
        asker,
        Wish(
            kind=Kind.ERRAND,
            matter_code=ERRAND_MATTER,
            mode=mode,
            building_id=street.buildings[0].id,
            summary="请帮我办一张优待证",
            **more,  # type: ignore[arg-type]
        ),
    )


def act_for(delegate: Actor, grantor: Actor, acts: Collection[Power] = tuple(Power), **more: Any) -> dict[str, int]:
    """Whom `file_errand` files for: an authority that `grantor` has just given for a month (`beneficiary=act_for(…)`)."""
    given = {"matters": (), "ends_at": clock.now() + timedelta(days=30), "basis": Basis.GRANTED} | more
    one = begin(
        grantor_id=grantor.person_id, delegate_id=delegate.person_id, acts=acts, called=None,
        by_id=grantor.person_id, how=ConfirmedHow.SIGNED_IN, **given,
    )  # fmt: skip
    return {"delegation": one.id}


def guards(guardian: Actor, child: Actor, butler: Actor, **more: Any) -> dict[str, int]:
    """The same for a child under 14: a butler has just been shown the birth certificate."""
    one = begin(
        grantor_id=child.person_id, delegate_id=guardian.person_id, basis=Basis.GUARDIANSHIP, acts=tuple(Power),
        matters=(), called=None, by_id=butler.person_id, how=ConfirmedHow.FACE_TO_FACE, paper=Paper.BIRTH_CERTIFICATE,
        **{"ends_at": clock.now() + timedelta(days=300)} | more,
    )  # fmt: skip
    return {"delegation": one.id}


def file_consult(asker: Actor, street: Street) -> Case:
    """A question from the first building of a street."""
    wish = Wish(kind=Kind.CONSULT, building_id=street.buildings[0].id, summary="优待证在哪里办？")
    return file_case(asker, wish)


def actor_of(person: Person, at: datetime | None = None) -> Actor:
    """The person as the application sees them."""
    db.session.flush()
    actor = identity_queries.load_actor(person.id, at or clock.now())
    assert actor is not None
    return actor


def _street(code: str, name: str, district: Unit) -> Street:
    street = _unit("street", code, name, district)
    community = _unit("community", f"{code}051", f"{name}一社区", street)
    grids = (
        org.add_grid(community=community, number=1, name="第一网格"),
        org.add_grid(community=community, number=2, name="第二网格"),
    )
    zone = org.add_zone(street=street, name=f"{name}一片区")
    estate = org.add_estate(community=community, name="演示苑", company="演示物业", zone=zone)
    buildings = (
        org.add_building(estate=estate, name="1幢", grid=grids[0]),
        org.add_building(estate=estate, name="2幢", grid=grids[1]),
    )
    households = (
        org.add_household(building=buildings[0], door="1单元101"),
        org.add_household(building=buildings[1], door="1单元101"),
    )
    desks = (
        org.add_butler_desk(unit=community, name=f"{name}1幢管家岗", phone="0571-00000001", zone=zone),
        org.add_butler_desk(unit=community, name=f"{name}2幢管家岗", phone="0571-00000002", zone=zone),
    )
    for desk, building in zip(desks, buildings, strict=True):
        org.cover(desk=desk, building=building)
    residents = tuple(
        _resident(f"{family}{name}", f"100{code[3:]}0{number}", household)
        for number, (family, household) in enumerate(zip("张李", households, strict=True))
    )
    return Street(
        street=street,
        community=community,
        grids=grids,
        buildings=buildings,
        households=households,
        desk=desks[0],
        other_desk=desks[1],
        butler=_staff("陈师傅", f"butler-{code}-1", Role.BUTLER, desks[0]),
        other_butler=_staff("王师傅", f"butler-{code}-2", Role.BUTLER, desks[1]),
        grid_worker=_staff("吴格", f"grid-{code}-1", Role.GRID_WORKER, org_queries.desk_of(grids[0])),
        other_grid_worker=_staff("郑格", f"grid-{code}-2", Role.GRID_WORKER, org_queries.desk_of(grids[1])),
        community_staff=_staff("周社", f"community-{code}", Role.COMMUNITY_STAFF, org_queries.desk_of(community)),
        street_staff=_staff("孙街", f"street-{code}", Role.STREET_STAFF, org_queries.desk_of(street)),
        residents=(residents[0], residents[1]),
        card=cards.issue(desk=desks[0], building=buildings[0], by=None),
    )


def _resident(name: str, phone: str, household: Household) -> Actor:
    """Lives there since long before any day a test chooses."""
    person = identity.add_resident(name=name, phone=phone)
    identity.move_in(person=person, household=household, since=LONG_AGO)
    return actor_of(person)


def _staff(name: str, username: str, role: Role, desk: Desk) -> Actor:
    person = Person(name=name, username=username, password_hash=_HASH, is_demo=True, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    identity.appoint(person=person, role=role, desk=desk, since=LONG_AGO)
    return actor_of(person)


def _unit(level: str, code: str, name: str, parent: Unit | None) -> Unit:
    unit = Unit(
        level=level,
        code=code,
        name=name,
        parent_id=parent.id if parent else None,
        path=f"{parent.path}.{code}" if parent else code,
        valid_from=LONG_AGO,
    )
    db.session.add(unit)
    db.session.flush()
    db.session.add(Desk(unit_id=unit.id, kind=level, name=f"{name}工作台"))
    db.session.flush()
    return unit


_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$invalid"
