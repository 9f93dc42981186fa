"""A family of the demo town: a mother of 78, her daughter in another city who may act for her, and the daughter's son of
nine, who lives with his grandmother and has an account of his own. None of them exists."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from butler.families import rules
from butler.families.actions.moving import begin
from butler.families.states import Basis, ConfirmedHow, Paper, Power
from butler.identity import actions as identity
from butler.identity.models import Appointment, Person
from butler.identity.permissions import Role
from butler.kit import clock
from butler.kit.database import db
from butler.org import actions as org
from butler.org.models import Building, DeskBuilding

DOOR = "1单元701"
AWAY = "外地（演示）"  # where the list of sign-ins says that somebody lives elsewhere
AGE = 9


@dataclass(frozen=True)
class _Member:
    name: str
    phone: str


MOTHER = _Member("赵月娥（演示·78岁母亲）", "10099000078")
DAUGHTER = _Member("钱雅琴（演示·外地女儿）", "10099000050")
GRANDSON = _Member("钱小宝（演示·9岁外孙）", "10099000009")
PHONES = (GRANDSON.phone, DAUGHTER.phone, MOTHER.phone)


def move_in() -> None:
    """Let them move into the building that was built last, unless they live there: whoever scripts a visit to the first one
    meets nobody under 14."""
    if db.session.scalar(select(Person.id).where(Person.has_phone(MOTHER.phone))) is not None:
        return
    building = db.session.scalars(select(Building).order_by(Building.id.desc()).limit(1)).one()
    home = org.add_household(building=building, door=DOOR)
    mother, grandson, daughter = (
        identity.add_resident(name=one.name, phone=one.phone, household=where, is_demo=True)
        for one, where in ((MOTHER, home), (GRANDSON, home), (DAUGHTER, None))
    )
    begin(
        grantor_id=mother.id,
        delegate_id=daughter.id,
        basis=Basis.GRANTED,
        acts=[Power.ASK, Power.DECIDE],
        matters=(),
        ends_at=rules.end_of(rules.last_day(clock.today())),
        called="女儿",
        by_id=mother.id,
        how=ConfirmedHow.SIGNED_IN,
    )
    begin(
        grantor_id=grandson.id,
        delegate_id=daughter.id,
        basis=Basis.GUARDIANSHIP,
        acts=list(Power),
        matters=(),
        ends_at=rules.start_of(rules.fourteenth_birthday(_birthday(clock.today()), clock.today())),
        called="小宝",
        by_id=_butler_of(building),
        how=ConfirmedHow.FACE_TO_FACE,
        paper=Paper.BIRTH_CERTIFICATE,
    )


def _birthday(today: date) -> date:
    return date(today.year - AGE, 1, 1)


def _butler_of(building: Building) -> int:
    query = (
        select(Appointment.person_id)
        .join(DeskBuilding, DeskBuilding.desk_id == Appointment.desk_id)
        .where(DeskBuilding.building_id == building.id, Appointment.role == Role.BUTLER, Appointment.valid_to.is_(None))
    )
    return db.session.scalars(query.order_by(Appointment.id).limit(1)).one()
