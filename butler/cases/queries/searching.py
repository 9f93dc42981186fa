"""Which cases belong to a name, a phone or a number. There is no list of all residents, and nothing is found by half."""

from sqlalchemy import ColumnElement, Select, or_, select

from butler.cases.models import Case
from butler.cases.queries import finding
from butler.identity import scope
from butler.identity.models import Person
from butler.identity.scope import Actor
from butler.kit import numbers
from butler.looks.states import SearchBy


def cases_by(actor: Actor, by: SearchBy, text: str) -> Select[Case]:
    """Cases the caller may see that were asked for by, or are for, whoever is called or reached so; the newest first."""
    match by:
        case SearchBy.NAME:
            which = _of(Person.has_name(text))
        case SearchBy.PHONE:
            which = _of(Person.has_phone(text))
        case SearchBy.NUMBER:
            which = Case.number == (numbers.read_number(text) or "")
    return select(Case).where(which, scope.visible(Case, actor)).order_by(Case.id.desc()).options(*finding.SHOWN)


def _of(who: ColumnElement[bool]) -> ColumnElement[bool]:
    people = select(Person.id).where(who)
    return or_(Case.beneficiary_id.in_(people), Case.asker_id.in_(people))
