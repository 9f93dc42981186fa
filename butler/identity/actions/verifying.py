"""A butler makes sure face to face who a resident is (promises.md §4.3)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from butler.identity import scope
from butler.identity.actions.appointing import add_resident
from butler.identity.events import ChildSeen
from butler.identity.id_numbers import is_child
from butler.identity.models import Person, Residence
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.identity.states import VerifiedHow
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid, NotAllowed
from butler.kit.events import publish
from butler.org.models import Building, BuildingGrid, DeskBuilding, Household, Unit


def verify_resident(*, by: Actor, phone: str, name: str, how: VerifiedHow, id_number: str | None = None) -> Person:
    """Note that `by` has seen who uses a phone, and what their papers call them; the first time makes them known.

    Of `id_number` only a blind index stays, to notice that two people are one. Raises NotAllowed for staff, for oneself,
    for people who live where somebody else is butler and for a child under 14 without a guardian; Conflict when the card
    already belongs to another phone.
    """
    db.session.execute(
        insert(Person).values(name=name, phone=phone, is_demo=False, created_at=clock.now()).on_conflict_do_nothing()
    )
    person = db.session.scalars(select(Person).where(Person.has_phone(phone)).with_for_update(key_share=True)).one()
    check_may_verify(person, by)
    try:
        with db.session.begin_nested():
            person.name = name
            person.verified_at, person.verified_by, person.verified_how = clock.now(), by.person_id, how
            if id_number is not None:
                person.know_by_card(id_number)
            db.session.flush()
            if id_number is not None and is_child(id_number, clock.today()):
                publish(ChildSeen(person_id=person.id))
    except IntegrityError as error:
        raise Conflict(
            "这张身份证已经核实过另一个手机号，这次没有改动。换了号码的，请社区工作人员核对后处理。"
        ) from error
    return person


def check_may_verify(person: Person, by: Actor) -> None:
    """Raise NotAllowed for staff, for oneself and for people who live where somebody else is butler."""
    if person.username is not None or person.id == by.person_id or person.disabled_at is not None:
        raise NotAllowed("这个手机号不能在这里核实。请核对号码，或请社区来办。")
    if not _lives_with(person, by):
        raise NotAllowed("这位居民登记的住处不归您管。请到他住的小区，找那里的管家核实。")


def doors_of(person: Person) -> Sequence[str]:
    """Where somebody lives now: “3 幢 1单元101”."""
    query = (
        select(Building.name + " " + Household.door)
        .join(Household, Household.building_id == Building.id)
        .join(Residence, Residence.household_id == Household.id)
        .where(Residence.person_id == person.id, Residence.valid_to.is_(None))
    )
    return db.session.scalars(query.order_by(Residence.id)).all()


def meet_neighbour(*, by: Actor, name: str, building_id: int, door: str, how: VerifiedHow) -> Person:
    """Somebody without a telephone whom `by` has seen with their papers, by their name and door in a building of
    `by`; the first time makes them known. Raises NotAllowed and Invalid (``/door``)."""
    if not db.session.scalar(select(_covered(by, building_id))):
        raise NotAllowed("这幢楼不归您管。请到他住的小区，找那里的管家来办。")
    household = db.session.scalar(
        select(Household).where(Household.building_id == building_id, Household.door == door).with_for_update()
    )
    if household is None:
        raise Invalid.at("/door", "这幢楼里没有这个门牌，请照门上的写法再写一次，比如“1单元101”。", code="unknown_door")
    person = db.session.scalar(
        select(Person)
        .join(Residence, Residence.person_id == Person.id)
        .where(
            Residence.household_id == household.id,
            Residence.valid_to.is_(None),
            Person.has_name(name),
            Person.phone.is_(None),
            Person.disabled_at.is_(None),
        )
        .limit(1)
    )
    if person is None:
        person = add_resident(name=name, phone=None, household=household)
    person.verified_at, person.verified_by, person.verified_how = clock.now(), by.person_id, how
    db.session.flush()
    return person


def _lives_with(person: Person, by: Actor) -> bool:
    """Nobody knows where they live, or they live in a building that is one of `by` (`_covered`)."""
    home = Residence.person_id == person.id, Residence.valid_to.is_(None)
    if not db.session.scalar(select(exists().where(*home))):
        return True
    query = select(exists().where(*home, Household.id == Residence.household_id, _covered(by, Household.building_id)))
    return bool(db.session.scalar(query))


def _covered(by: Actor, building_id: Any) -> ColumnElement[bool]:
    """A building of a desk at which `by` works, or one in a unit whose cases `by` supervises: the community's staff meet
    whoever lives there."""
    of_desk = exists().where(
        DeskBuilding.building_id == building_id,
        DeskBuilding.valid_to.is_(None),
        DeskBuilding.desk_id.in_(scope.desks_where(by, Permission.CASE_WORK)),
    )
    paths = scope.paths_where(by, Permission.CASE_SUPERVISE)
    if not paths:
        return of_desk
    of_unit = exists().where(
        BuildingGrid.building_id == building_id,
        BuildingGrid.valid_to.is_(None),
        BuildingGrid.grid_id == Unit.id,
        scope.below(Unit.path, paths),
    )
    return or_(of_desk, of_unit)
