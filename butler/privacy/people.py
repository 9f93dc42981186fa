"""How people who look and people who are looked at know one another, out of what is known anyway. Nothing is collected
for this: homes, posts and leave, authorities, and whom somebody asked for something for."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select

from butler.cases.models import Case
from butler.families.models import Delegation
from butler.identity.models import Absence, Appointment, Residence
from butler.kit.database import db
from butler.looks.queries import names_of
from butler.org.models import Household, Unit

REMEMBERED = timedelta(days=365)
"""How long a former neighbour or colleague is still one. A home once shared and an authority are remembered for good."""


@dataclass(frozen=True)
class Home:
    """Where somebody lives or lived; `until` is the first day they do not."""

    building: int
    household: int
    since: date
    until: date


@dataclass(frozen=True)
class Acquaintance:
    """What is known of some people on a day."""

    day: date
    surnames: Mapping[int, str]
    homes: Mapping[int, Collection[Home]]
    posts: Mapping[int, Collection[tuple[str, int | None]]]  # path of the unit, desk
    families: Collection[tuple[int, int]]  # in both directions
    leave: Mapping[int, Collection[tuple[datetime, datetime]]]

    def share_surname(self, one: int, other: int | None) -> bool:
        """Whether their names begin alike."""
        return other is not None and other in self.surnames and self.surnames.get(one) == self.surnames[other]

    def are_neighbours(self, one: int, other: int | None) -> bool:
        """Whether `other` lives in a building in which `one` lives or has lived within a year."""
        theirs = {home.building for home in self.homes.get(other or 0, ()) if home.until > self.day}
        return any(home.building in theirs and home.until > self.day - REMEMBERED for home in self.homes.get(one, ()))

    def are_family(self, one: int, other: int | None) -> bool:
        """Whether they share or have shared a home at the same time, or one has been allowed to act for the other."""
        return (one, other) in self.families or self._have_shared_a_home(one, other or 0)

    def are_colleagues(self, one: int, other: int | None) -> bool:
        """Whether they have or lately had posts in the same unit, or in one and the one right above it."""
        ours = {path for path, _ in self.posts.get(one, ())}
        theirs = {path for path, _ in self.posts.get(other or 0, ())}
        above = {path.rpartition(".")[0] for path in ours}, {path.rpartition(".")[0] for path in theirs}
        return one != other and bool(ours & theirs or ours & above[1] or theirs & above[0])

    def share_desk_or_home(self, one: int, other: int) -> bool:
        """Whether one could easily look for the other."""
        desks = [{desk for _, desk in self.posts.get(person, ()) if desk is not None} for person in (one, other)]
        return bool(desks[0] & desks[1]) or self._have_shared_a_home(one, other)

    def is_away(self, one: int, at: datetime) -> bool:
        """Whether somebody was on leave at a moment."""
        return any(starts <= at < ends for starts, ends in self.leave.get(one, ()))

    def _have_shared_a_home(self, one: int, other: int) -> bool:
        return any(
            mine.household == theirs.household and mine.since < theirs.until and theirs.since < mine.until
            for mine in self.homes.get(one, ())
            for theirs in self.homes.get(other, ())
        )


def know(lookers: Collection[int], people: Collection[int], day: date) -> Acquaintance:
    """What is known of lookers and of whom they looked at, up to a day; a fixed number of questions."""
    everybody = {*lookers, *people}
    return Acquaintance(
        day=day,
        surnames={person: name[:1] for person, name in names_of(everybody).items()},
        homes=_homes(everybody, day),
        posts=_posts(everybody, day),
        families=_families(lookers, people),
        leave=_leave(lookers),
    )


def _homes(people: Collection[int], day: date) -> dict[int, list[Home]]:
    homes: defaultdict[int, list[Home]] = defaultdict(list)
    found = db.session.execute(
        select(Residence.person_id, Household.building_id, Household.id, Residence.valid_from, Residence.valid_to)
        .join(Household, Household.id == Residence.household_id)
        .where(Residence.person_id.in_(people), Residence.valid_from <= day)
    )
    for person, building, household, since, until in found:
        homes[person].append(Home(building, household, since, until or date.max))
    return homes


def _posts(people: Collection[int], day: date) -> dict[int, set[tuple[str, int | None]]]:
    posts: defaultdict[int, set[tuple[str, int | None]]] = defaultdict(set)
    found = db.session.execute(
        select(Appointment.person_id, Unit.path, Appointment.desk_id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(
            Appointment.person_id.in_(people),
            Appointment.valid_from <= day,
            or_(Appointment.valid_to.is_(None), Appointment.valid_to > day - REMEMBERED),
        )
    )
    for person, path, desk in found:
        posts[person].add((path, desk))
    return posts


def _leave(lookers: Collection[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    leave: defaultdict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    found = select(Absence.person_id, Absence.starts_at, Absence.ends_at).where(Absence.person_id.in_(lookers))
    for person, starts, ends in db.session.execute(found):
        leave[person].append((starts, ends))
    return leave


def _families(lookers: Collection[int], people: Collection[int]) -> set[tuple[int, int]]:
    """Two people of whom one asked for something for the other, or was once allowed to act for them."""
    asked = (
        select(Case.asker_id, Case.beneficiary_id)
        .where(
            Case.asker_id != Case.beneficiary_id,
            Case.recorder_id == Case.asker_id,  # not at a desk for a resident who came by
            or_(
                and_(Case.asker_id.in_(lookers), Case.beneficiary_id.in_(people)),
                and_(Case.asker_id.in_(people), Case.beneficiary_id.in_(lookers)),
            ),
        )
        .distinct()
    )
    allowed = (
        select(Delegation.delegate_id, Delegation.grantor_id)
        .where(
            Delegation.confirmed_at.is_not(None),  # what was only proposed may come from a stranger
            or_(
                and_(Delegation.delegate_id.in_(lookers), Delegation.grantor_id.in_(people)),
                and_(Delegation.delegate_id.in_(people), Delegation.grantor_id.in_(lookers)),
            ),
        )
        .distinct()
    )
    pairs = {(one, other) for query in (asked, allowed) for one, other in db.session.execute(query)}
    return pairs | {(other, one) for one, other in pairs}
