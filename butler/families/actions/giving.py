"""Asking for an authority, giving it, refusing it, ending it: each by one of the two, signed in."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects.postgresql import insert

from butler.families import queries, rules
from butler.families.actions.moving import begin, known_matters, move
from butler.families.models import Delegation
from butler.families.states import Basis, ConfirmedHow, DelegationState, EndedWhy, Power
from butler.identity.actions import check_settled
from butler.identity.actions.limiting import one_at_a_time, wait_for
from butler.identity.actions.signing_in import NAMELESS
from butler.identity.hashing import phone_index
from butler.identity.models import Person
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid, RateLimited

_TOO_OFTEN = "请家人授权的次数有点多了，这次没有发短信。请先当面和家人说好，过几天再试；着急可以请管家当面登记。"


def propose(
    actor: Actor, *, name: str, phone: str, acts: Collection[Power], matters: Sequence[str], until: date
) -> Delegation:
    """Ask the owner of a telephone for an authority; they are sent a text and answer when they have signed in.

    The same for numbers we know and numbers we do not. Raises Invalid, Conflict (one is open already, or they said no
    not long ago; guardian-needed: the caller is under 14) and RateLimited.
    """
    queries.check_old_enough(actor.person_id, clock.now())
    rules.check_term(until, clock.today())
    matters = known_matters(matters)  # before anybody waits for anybody
    grantor_id = _reach(actor, phone)
    mine = and_(Delegation.delegate_id == actor.person_id, Delegation.grantor_id == grantor_id)
    said_no = db.session.scalar(
        select(func.max(Delegation.ended_at)).where(mine, Delegation.state == DelegationState.REFUSED)
    )
    if said_no is not None and clock.now() < said_no + rules.REFUSED_FOR:
        raise Conflict("家人这次没有同意。请先当面商量，过一个月才能再请。", title="家人没有同意")
    return begin(
        grantor_id=grantor_id,
        delegate_id=actor.person_id,
        basis=Basis.GRANTED,
        acts=acts,
        matters=matters,
        ends_at=rules.end_of(until),
        called=name,
        by_id=actor.person_id,
    )


def grant(
    actor: Actor, *, name: str, phone: str, acts: Collection[Power], matters: Sequence[str], until: date
) -> Delegation:
    """Give an authority without being asked; it holds at once, in place of what was between the two before."""
    queries.check_may_give(actor.person_id, clock.now())
    check_settled(actor.person_id)
    rules.check_term(until, clock.today())
    matters = known_matters(matters)
    return begin(
        grantor_id=actor.person_id,
        delegate_id=_reach(actor, phone),
        basis=Basis.GRANTED,
        acts=acts,
        matters=matters,
        ends_at=rules.end_of(until),
        called=name,
        by_id=actor.person_id,
        how=ConfirmedHow.SIGNED_IN,
    )


def agree(
    actor: Actor, delegation_id: int, *, acts: Collection[Power], matters: Sequence[str], until: date | None
) -> Delegation:
    """Give what was asked for, or less of it. Raises NotFound, Invalid (wider than asked), Conflict (answered
    already, or a telephone changed within the day)."""
    check_settled(actor.person_id)
    one = _proposal(actor, delegation_id)
    queries.check_may_give(actor.person_id, clock.now())
    rules.check_narrower(acts, matters, one)
    if until is not None:
        rules.check_term(until, clock.today(), latest=rules.last_day_of(one))
        one.ends_at = rules.end_of(until)
    one.acts = [power.value for power in rules.complete(acts)]
    one.matters = known_matters(matters)
    move(one, DelegationState.IN_FORCE, by_id=actor.person_id, how=ConfirmedHow.SIGNED_IN)
    return one


def refuse(actor: Actor, delegation_id: int) -> Delegation:
    """Say no. Raises NotFound and Conflict (answered already)."""
    one = _proposal(actor, delegation_id)
    move(one, DelegationState.REFUSED, by_id=actor.person_id)
    return one


def end(actor: Actor, delegation_id: int) -> Delegation:
    """End it at once, from either side: taken back, given up, or a proposal withdrawn. What was done stays done.

    Raises NotFound, Conflict (over already, or it is a proposal to the caller, which is refused instead).
    """
    one = queries.find_own(actor, delegation_id, lock=True)
    state, mine = queries.state_now(one, clock.now()), queries.is_mine_to_give(actor, one)
    match state:
        case DelegationState.IN_FORCE if not rules.may_end(Basis(one.basis), mine):
            raise Conflict(
                "监护是法律定的，不能在手机上结束。登记错了，或者有新的判决、决定，请到社区当面办。",
                title="监护不能这样结束",
            )
        case DelegationState.IN_FORCE:
            why = EndedWhy.REVOKED if mine else EndedWhy.GIVEN_UP
        case DelegationState.PROPOSED if not mine:
            why = EndedWhy.WITHDRAWN
        case DelegationState.PROPOSED:
            raise Conflict("这一份还没有同意过。不想给，请按“不同意”。")
        case _:
            raise Conflict("这份授权已经结束了，不用再结束一次。")
    move(one, DelegationState.ENDED, by_id=actor.person_id, why=why)
    return one


def _proposal(actor: Actor, delegation_id: int) -> Delegation:
    """A proposal to the caller, locked and still to be answered."""
    one = queries.find_own(actor, delegation_id, lock=True)
    if not queries.is_mine_to_give(actor, one):
        raise Conflict("这要由家人来回答。您可以撤回请求。")
    if queries.state_now(one, clock.now()) is not DelegationState.PROPOSED:
        raise Conflict("这一份已经有了结果，或者请求已经过期。什么都没有改动，请看最新的情况。")
    return one


def _reach(actor: Actor, phone: str) -> int:
    """The id of whoever has this telephone, made known when nobody has asked from it yet. A text goes there, so it is
    counted: by whom, to whom, and the money of the day."""
    own = db.session.scalar(select(Person.phone).where(Person.id == actor.person_id))
    if own == phone:
        raise Invalid.at("/phone", "这是您自己的手机号，请写家人的。", code="own")
    for name in sorted((f"proposals of {actor.person_id}", f"proposals to {phone_index(phone).hex()}")):
        one_at_a_time(name)
    db.session.execute(
        insert(Person)
        .values(name=NAMELESS, phone=phone, is_demo=False, created_at=clock.now())
        .on_conflict_do_nothing()
    )
    other_id = db.session.scalars(select(Person.id).where(Person.has_phone(phone))).one()
    theirs = _began_with(other_id)
    for which, limits in (
        (Delegation.proposed_by_id == actor.person_id, rules.PROPOSALS_OF_ONE),
        (theirs, rules.PROPOSALS_TO_PHONE),
    ):
        if wait := wait_for(Delegation.created_at, which, clock.now(), limits):
            raise RateLimited(_TOO_OFTEN, retry_after=wait)
    _check_money()
    return other_id


def _began_with(person_id: int) -> ColumnElement[bool]:
    """Delegations that somebody else began with this person."""
    theirs = (Delegation.grantor_id == person_id) | (Delegation.delegate_id == person_id)
    return and_(theirs, Delegation.proposed_by_id != person_id)


def _check_money() -> None:
    """No more texts of this kind a day than codes: both are paid for."""
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    today: Any = select(func.count()).select_from(Delegation).where(Delegation.created_at >= midnight)
    if (db.session.scalar(today) or 0) >= current_app.extensions["settings"].codes_per_day:
        raise RateLimited(_TOO_OFTEN, retry_after=midnight + timedelta(days=1) - clock.now())
