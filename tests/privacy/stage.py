"""A town in which people at work look at what is, and is not, their business: what the scenes of T11 are played on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from sqlalchemy import select

from butler.cases.actions.looking import record_look
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.states import Step
from butler.identity import actions as identity
from butler.identity.models import Appointment, Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.looks.actions import Seen, record_looks
from butler.looks.states import FieldClass, LookKind, Standing, Why
from butler.org import actions as org
from butler.org import queries as org_queries
from butler.privacy.models import Finding
from butler.privacy.states import Rule
from factories import LONG_AGO, Town, actor_of, file_consult

Clock = Callable[[str], None]
_names = count(1)
_FAMILIES = "周吴郑王褚蒋韩杨朱秦许何吕施张孔曹严华金魏陶姜"


@dataclass
class Stage:
    """A town in which somebody new comes to each desk for each scenario."""

    town: Town
    at: Clock
    expected: dict[int, tuple[str, Rule | None]] = field(default_factory=dict)
    snoopers: list[int] = field(default_factory=list)  # of the scene that is played
    people: dict[str, list[Actor]] = field(default_factory=dict)  # at work, by what they do
    waiting: list[Case] = field(default_factory=list)
    answered: list[Case] = field(default_factory=list)
    late: Case | None = None

    def looker(self, what: str, rule: Rule | None, *, role: Role = Role.BUTLER, name: str = "赵工") -> Actor:
        """Somebody at work whose looks should be found out by this rule (None: by none)."""
        person = Person(name=name, is_demo=True, created_at=clock.now())
        db.session.add(person)
        db.session.flush()
        here = self.town.here
        units = {Role.COMMUNITY_STAFF: here.community, Role.STREET_STAFF: here.street}
        desk = here.desk if role is Role.BUTLER else org_queries.desk_of(units[role])
        identity.appoint(person=person, role=role, desk=desk, since=LONG_AGO)
        self.expected[person.id] = (what, rule)
        return actor_of(person)

    def snooper(self, role: Role = Role.BUTLER) -> Actor:
        """Somebody who looks at what is none of their business."""
        actor = self.looker("", None, role=role)
        self.snoopers.append(actor.person_id)
        return actor

    def somebody(self, role: Role = Role.BUTLER) -> Actor:
        """Somebody who does nothing but their work."""
        return self.looker("同事", None, role=role, name=f"{_FAMILIES[next(_names) % len(_FAMILIES)]}工")

    def resident(self, name: str = "冯某", household: object = None) -> Actor:
        """Somebody who lives there, in a flat of their own unless given."""
        person = identity.add_resident(name=name, phone=None)
        door = household or org.add_household(building=self.town.here.buildings[0], door=f"9单元{next(_names)}")
        identity.move_in(person=person, household=door, since=LONG_AGO)  # type: ignore[arg-type]
        return actor_of(person)

    def case(self, of: Actor | None = None) -> Case:
        """Their question, waiting at the butler's desk."""
        return file_consult(of or self.resident(), self.town.here)

    def lives(self, actor: Actor, building: int = 0) -> object:
        """The looker's own flat."""
        place = org.add_household(building=self.town.here.buildings[building], door=f"8单元{next(_names)}")
        person = db.session.get_one(Person, actor.person_id)
        identity.move_in(person=person, household=place, since=LONG_AGO)
        return place

    def lives_with(self, actor: Actor, household: object) -> Actor:
        """Somebody at work lives there as well."""
        person = db.session.get_one(Person, actor.person_id)
        identity.move_in(person=person, household=household, since=LONG_AGO)  # type: ignore[arg-type]
        return actor

    def at_home(self, actor: Actor) -> Actor:
        """Somebody at work as who they are at home: a resident of the first building."""
        door = org.add_household(building=self.town.here.buildings[0], door=f"7单元{next(_names)}")
        self.lives_with(actor, door)
        return Actor(person_id=actor.person_id, name=actor.name, posts=())

    def leaves(self, actor: Actor, *, on: date) -> None:
        """Their post ends on this day."""
        query = select(Appointment).where(Appointment.person_id == actor.person_id)
        identity.end_appointment(db.session.scalars(query).one(), on=on)

    def look(self, actor: Actor, case: Case, kind: LookKind = LookKind.FULL, times: int = 1) -> None:
        """One case, opened."""
        for _ in range(times):
            record_look(actor, case, kind, fields=[FieldClass.OUTLINE, FieldClass.WORDS])

    def search(self, actor: Actor, *cases: Case) -> None:
        """By name, once for each."""
        for case in cases:
            record_look(actor, case, LookKind.SEARCH, reason="name")

    def do(self, actor: Actor, case: Case, step: Step, **data: object) -> None:
        db.session.refresh(case)
        take_step(actor, case.number, step, {"note": "", **data}, version=case.version)

    def crowd(self, actor: Actor, people: int, standing: Standing, kind: LookKind = LookKind.FULL) -> None:
        """So many different people, one after the other."""
        for _ in range(people):
            number = 10**9 + next(_names)
            record_looks(actor, kind, [Seen(number, number, "330106", standing)])

    def lines(self, actor: Actor, people: int, standing: Standing) -> None:
        """A page of a list with so many different people."""
        self._together(actor, LookKind.LIST, people, standing)

    def export(self, actor: Actor, people: int) -> None:
        """A table of so many different people that somebody else approved."""
        self._together(
            actor, LookKind.EXPORT, people, Standing.ABOVE, reason=Why.CHECK.value, words="每周例会要用的名单"
        )

    def _together(self, actor: Actor, kind: LookKind, people: int, standing: Standing, **why: str) -> None:
        seen = [Seen(number, number, "330106", standing) for number in (10**9 + next(_names) for _ in range(people))]
        record_looks(actor, kind, seen, **why)


def found() -> dict[int, set[str]]:
    """Rules by looker."""
    rules: dict[int, set[str]] = {}
    for looker, rule in db.session.execute(select(Finding.looker_id, Finding.rule)):
        rules.setdefault(looker, set()).add(rule)
    return rules
