"""Which delegations somebody has, and what one allows now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload, load_only

from butler.families import rules
from butler.families.models import Delegation
from butler.families.states import Basis, DelegationState, EndedWhy, Power
from butler.identity import scope
from butler.identity.models import Person
from butler.identity.rules import mask_phone
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, NotFound
from butler.kit.paging import PAGE, Page, fetch_page

_person = load_only(Person.name, Person.phone)
SHOWN = (
    joinedload(Delegation.grantor, innerjoin=True).options(_person),
    joinedload(Delegation.delegate, innerjoin=True).options(_person),
)
OPEN = (DelegationState.PROPOSED.value, DelegationState.IN_FORCE.value)


def in_force(at: datetime) -> ColumnElement[bool]:
    """Delegations that hold at a moment."""
    return and_(Delegation.state == DelegationState.IN_FORCE, Delegation.starts_at <= at, Delegation.ends_at > at)


def find_own(actor: Actor, delegation_id: int, *, lock: bool = False) -> Delegation:
    """A delegation in which the caller is one of the two. Raises NotFound, the same for "not there" and "not yours"."""
    query = select(Delegation).where(Delegation.id == delegation_id, scope.party_to(Delegation, actor)).options(*SHOWN)
    if lock:
        query = query.with_for_update(of=Delegation).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("没有找到这一份授权。请在“我的”里的“家人”里找。")
    return found


def page_of(actor: Actor, *, cursor: str | None = None, limit: int = PAGE) -> Page[Delegation]:
    """All in which somebody is one of the two, the newest first. Raises `Malformed` for a cursor that is not ours."""
    return fetch_page(
        select(Delegation).where(scope.party_to(Delegation, actor)).options(*SHOWN),
        keys=[Delegation.id],
        values=lambda one: [one.id],
        parse=lambda values: [int(values[0])],
        cursor=cursor,
        limit=limit,
        newest_first=True,
    )


def usable_by(delegate_id: int, power: Power, matter_code: str | None) -> Sequence[Delegation]:
    """By which somebody may do this now in an affair of this matter; the oldest first."""
    now = clock.now()
    query = _by(delegate_id, now).options(*SHOWN).order_by(Delegation.id)
    return [one for one in db.session.scalars(query) if power in rules.powers(one, matter_code, now)]


def powers_for(grantor_id: int, delegate_id: int, matter_code: str | None, at: datetime) -> frozenset[Power]:
    """What one person may do in the affairs of another at a moment, by every delegation between the two: an authority
    that was renewed covers what began under the one before."""
    between = db.session.scalars(_by(delegate_id, at).where(Delegation.grantor_id == grantor_id))
    return frozenset[Power]().union(*(rules.powers(one, matter_code, at) for one in between))


@dataclass(frozen=True)
class Footing:
    """By what somebody acts at a moment, and whether they may act alone: asked once, for any number of affairs."""

    held: Sequence[Delegation]
    under_14: bool
    at: datetime

    def powers_for(self, grantor_id: int, matter_code: str | None) -> frozenset[Power]:
        """See `powers_for`."""
        between = (one for one in self.held if one.grantor_id == grantor_id)
        return frozenset[Power]().union(*(rules.powers(one, matter_code, self.at) for one in between))


def footing_of(person_id: int, at: datetime) -> Footing:
    """By what somebody may act for others, and `is_under_14`: one question."""
    held = and_(Delegation.delegate_id == person_id, in_force(at))
    found = db.session.scalars(select(Delegation).where(or_(held, _seen_as_child(person_id, at)))).all()
    return Footing(
        [one for one in found if one.delegate_id == person_id], any(one.grantor_id == person_id for one in found), at
    )


def is_under_14(person_id: int, at: datetime) -> bool:
    """Whether we know that somebody is under 14: a butler was shown it when a guardian was written down, whether or not
    that guardian still acts. Nobody's age is guessed: of whom no paper was seen, nothing is known."""
    return bool(db.session.scalar(select(exists().where(_seen_as_child(person_id, at)))))


def check_old_enough(person_id: int, at: datetime) -> None:
    """Raise Conflict (guardian-needed) for somebody of whom we know that they are under 14."""
    if is_under_14(person_id, at):
        raise guardian_needed(person_id, at)


def check_may_give(person_id: int, at: datetime) -> None:
    """Raise Conflict (guardian-needed) for whoever cannot give an authority themselves: a child under 14, and an adult who
    has a guardian (民法典 21, 22)."""
    check_old_enough(person_id, at)
    if has_guardian(person_id, at, (Basis.ADULT_GUARDIANSHIP,)):
        raise Conflict(
            "您有登记的监护人，授权别人替您办，要由监护人来定。什么都没有改动。有疑问请打电话给社区或 12345。",
            code="guardian-needed",
            title="要由监护人来办",
        )


def is_guarded(person_id: int, at: datetime) -> bool:
    """Whether somebody cannot give an authority themselves: `check_may_give` refuses them."""
    return is_under_14(person_id, at) or has_guardian(person_id, at, (Basis.ADULT_GUARDIANSHIP,))


def guardian_needed(child_id: int, at: datetime) -> Conflict:
    """409 guardian-needed: who can do it instead, and what a child can do at once."""
    return Conflict(
        f"您未满14周岁，这件事要由监护人来办。什么都没有改动。{tell_guardians(child_id, at)}"
        "有急事不用等：直接打电话给管家，或者打 110、119、120。",
        code="guardian-needed",
        title="要由监护人来办",
    )


def tell_guardians(child_id: int, at: datetime) -> str:
    """Who can do it for a child, in a sentence to the child."""
    names = "或者".join(
        db.session.scalars(
            select(Person.name)
            .join(Delegation, Delegation.delegate_id == Person.id)
            .where(Delegation.grantor_id == child_id, Delegation.basis == Basis.GUARDIANSHIP, in_force(at))
            .order_by(Delegation.id)
        )
    )
    if names:
        return f"请{names}用自己的手机登录，在“为谁办”里选您。"
    return "现在没有登记着的监护人：请爸爸妈妈（或者别的监护人）带户口簿或出生医学证明，当面请管家登记。"


def hold(actor: Actor, delegation_id: int, power: Power, matter_code: str | None, at: datetime) -> Delegation:
    """The caller's delegation, when it allows this now; nobody ends it before the transaction does.

    Raises Conflict (delegation-needed), the same for every reason why it does not.
    """
    query = select(Delegation).where(Delegation.id == delegation_id, Delegation.delegate_id == actor.person_id)
    one = db.session.scalar(
        query.options(*SHOWN).with_for_update(read=True, of=Delegation).execution_options(populate_existing=True)
    )
    if one is None or power not in rules.powers(one, matter_code, at):
        raise needed()
    return one


def is_guardianship(one: Delegation) -> bool:
    """Whether it is for a child under 14, given by law and not by whom it is about."""
    return one.basis == Basis.GUARDIANSHIP


def is_by_law(one: Delegation) -> bool:
    """Whether it was not given by whom it is about, and is not theirs to end: a child's guardian, or an adult's."""
    return one.basis != Basis.GRANTED


def under_guardianship(delegation_id: int | None) -> bool:
    """The same by its id; False for none."""
    one = db.session.get(Delegation, delegation_id) if delegation_id is not None else None
    return one is not None and is_guardianship(one)


def needed() -> Conflict:
    """409 delegation-needed, in words."""
    return Conflict(
        "替家人办，要有家人还在有效期里、包括这件事的授权。什么都没有改动。请在“我的”里点“家人”，请家人授权；"
        "家人不用手机的，请管家当面登记。",
        code="delegation-needed",
        title="要有家人的授权",
    )


def has_guardian(
    ward_id: int, at: datetime, basis: Collection[Basis] = (Basis.GUARDIANSHIP, Basis.ADULT_GUARDIANSHIP)
) -> bool:
    """Whether a guardianship over this person is in force: of a child, of an adult, or of either."""
    query = select(Delegation.id).where(
        Delegation.grantor_id == ward_id, Delegation.basis.in_(list(basis)), in_force(at)
    )
    return db.session.scalar(query.limit(1)) is not None


def open_of(grantor_id: int, delegate_id: int, basis: Basis) -> Delegation | None:
    """The proposal or authority that is open between two people, locked."""
    return db.session.scalar(
        select(Delegation)
        .where(
            Delegation.grantor_id == grantor_id,
            Delegation.delegate_id == delegate_id,
            Delegation.basis == basis,
            Delegation.state.in_(OPEN),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def is_mine_to_give(actor: Actor, one: Delegation) -> bool:
    """Whether the caller is the one whose affairs they are."""
    return one.grantor_id == actor.person_id


def name_of_other(actor: Actor, one: Delegation) -> str:
    """What the caller reads as the other's name.

    Whoever began it reads what they wrote themselves until the other has answered: nobody learns the name that belongs
    to a telephone number by asking for an authority.
    """
    mine = is_mine_to_give(actor, one)
    other = one.delegate if mine else one.grantor
    answered = one.confirmed_at is not None and not (mine and one.proposed_by_id == actor.person_id)
    began = one.proposed_by_id == actor.person_id
    return one.called if began and not answered and one.called is not None else other.name


def phone_of_other(actor: Actor, one: Delegation) -> str | None:
    """Their number, covered but for what one needs to recognise it; for whoever began it the one they typed."""
    other = one.delegate if is_mine_to_give(actor, one) else one.grantor
    return mask_phone(other.phone) if other.phone else None


def state_now(one: Delegation, at: datetime) -> DelegationState:
    """The state as the clock has it: what is over by time is over before anybody has written it down."""
    state = DelegationState(one.state)
    if state is DelegationState.IN_FORCE and at >= one.ends_at:
        return DelegationState.ENDED
    if state is DelegationState.PROPOSED and at >= min(one.ends_at, one.created_at + rules.PROPOSAL_LIVES):
        return DelegationState.ENDED
    return state


def told_to(person_id: int) -> list[dict[str, Any]]:
    """Every delegation somebody has given or holds, as they may read it: for the copy of their own data. What they called
    the other is theirs; the other's name is not."""
    query = select(Delegation).where((Delegation.grantor_id == person_id) | (Delegation.delegate_id == person_id))
    return [
        {
            "direction": "given" if one.grantor_id == person_id else "received",
            "called": one.called if one.proposed_by_id == person_id else None,
            "basis": one.basis,
            "state": one.state,
            "acts": one.acts,
            "matters": one.matters,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "confirmed_how": one.confirmed_how,
            "issuer": one.issuer,
            "issued_on": one.issued_on,
            "ended_at": one.ended_at,
            "ended_why": one.ended_why,
        }
        for one in db.session.scalars(query.order_by(Delegation.id))
    ]


def _seen_as_child(person_id: int, at: datetime) -> ColumnElement[bool]:
    """Guardianships of somebody that say they are under 14; what was written down anew does not count any more."""
    return and_(
        Delegation.grantor_id == person_id,
        Delegation.basis == Basis.GUARDIANSHIP,
        Delegation.ends_at > at,
        func.coalesce(Delegation.ended_why, "").not_in([EndedWhy.REPLACED, EndedWhy.MISTAKEN]),
    )


def _by(delegate_id: int, at: datetime) -> Select[Delegation]:
    return select(Delegation).where(Delegation.delegate_id == delegate_id, in_force(at))
