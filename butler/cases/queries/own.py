"""What residents ask about their own cases, and about where they are at home."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from butler.cases.models import Case
from butler.cases.queries import finding
from butler.cases.states import Stage
from butler.identity.models import Residence
from butler.identity.scope import Actor
from butler.kit.database import db
from butler.org.models import Building, Estate, Household

MOST_OPEN = 50  # on one page; nobody has more


def as_resident(actor: Actor) -> Actor:
    """The same person without any post: members of staff have their own affairs too, and see only those here."""
    return replace(actor, posts=())


def open_cases(actor: Actor) -> Sequence[Case]:
    """What is still going on: first what waits for the resident's own word, then the newest."""
    query = finding.asked_by(actor).where(Case.stage != Stage.CLOSED)
    return db.session.scalars(
        query.order_by(None).order_by((Case.stage != Stage.RESOLVED), Case.id.desc()).limit(MOST_OPEN)
    ).all()


def open_about(actor: Actor, matter_code: str) -> Case | None:
    """The newest open case of this person about a matter, if there is one."""
    query = finding.asked_by(actor).where(Case.stage != Stage.CLOSED, Case.matter_code == matter_code)
    return db.session.scalar(query.limit(1))


def homes_of(person_id: int, on_day: date) -> Sequence[Building]:
    """The buildings somebody lives in, with estate and community."""
    return db.session.scalars(
        select(Building)
        .join(Household, Household.building_id == Building.id)
        .join(Residence, Residence.household_id == Household.id)
        .where(
            Residence.person_id == person_id,
            Residence.valid_from <= on_day,
            or_(Residence.valid_to.is_(None), Residence.valid_to > on_day),
        )
        .distinct()
        .order_by(Building.id)
        .options(joinedload(Building.estate).joinedload(Estate.community))
    ).all()
