"""The only place where a delegation begins and changes its state."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from butler.catalogue import queries as catalogue_queries
from butler.families import queries, rules
from butler.families.events import AuthorityTaken, DelegationMoved
from butler.families.models import Delegation
from butler.families.states import Basis, ConfirmedHow, DelegationState, EndedWhy, Paper, Power
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid, NotFound
from butler.kit.events import publish


def begin(
    *,
    grantor_id: int,
    delegate_id: int,
    basis: Basis,
    acts: Collection[Power],
    matters: Sequence[str],
    ends_at: datetime,
    called: str | None,
    by_id: int,
    how: ConfirmedHow | None = None,
    paper: Paper | None = None,
    issuer: str | None = None,
    issued_on: date | None = None,
) -> Delegation:
    """Write a new one: in force when it is confirmed already (`how`), else proposed.

    What was open between the two gives way to one that is confirmed; a proposal beside it is refused (Conflict).
    """
    now = clock.now()
    before = queries.open_of(grantor_id, delegate_id, basis)
    if before is not None:
        state = queries.state_now(before, now)
        if state is DelegationState.ENDED:
            move(before, state, by_id=None, why=over_why(before), quietly=True)
        elif how is not None:
            move(before, DelegationState.ENDED, by_id=by_id, why=EndedWhy.REPLACED, quietly=True)
        else:
            raise Conflict(_OPEN[state], title="已经有一份了")
    one = Delegation(
        grantor_id=grantor_id,
        delegate_id=delegate_id,
        basis=basis.value,
        state=(DelegationState.PROPOSED if how is None else DelegationState.IN_FORCE).value,
        acts=[power.value for power in rules.complete(acts)],
        matters=known_matters(matters),
        starts_at=now,
        ends_at=ends_at,
        called=called,
        proposed_by_id=by_id,
        confirmed_how=how.value if how else None,
        confirmed_at=now if how else None,
        confirmed_by_id=by_id if how else None,
        paper=paper.value if paper else None,
        issuer=issuer,
        issued_on=issued_on,
        created_at=now,
    )
    db.session.add(one)
    db.session.flush()
    publish(DelegationMoved(delegation_id=one.id, state=one.state, by_id=by_id))
    return one


def move(
    one: Delegation,
    state: DelegationState,
    *,
    by_id: int | None,
    how: ConfirmedHow | None = None,
    why: EndedWhy | None = None,
    quietly: bool = False,
) -> None:
    """Bring a locked delegation into another state and tell of it. `quietly`: something else that happens tells it."""
    now = clock.now()
    if state not in rules.ARROWS[DelegationState(one.state)]:
        raise Conflict("这份授权已经不是刚才的样子了。什么都没有改动，请看最新的情况。")
    one.state = state.value
    if how is not None:
        one.starts_at = one.confirmed_at = now
        one.confirmed_how, one.confirmed_by_id = how.value, by_id
    if state in (DelegationState.REFUSED, DelegationState.ENDED):
        one.ended_at, one.ended_by_id, one.ended_why = now, by_id, why.value if why else None
    db.session.flush()
    if why in rules.HIDES and one.confirmed_at is not None:
        publish(AuthorityTaken(delegation_id=one.id))
    if not quietly:
        publish(DelegationMoved(delegation_id=one.id, state=one.state, by_id=by_id))


def over_why(one: Delegation) -> EndedWhy:
    """Why the clock ends it."""
    if one.state == DelegationState.PROPOSED:
        return EndedWhy.LAPSED
    return EndedWhy.GROWN_UP if one.basis == Basis.GUARDIANSHIP else EndedWhy.EXPIRED


def known_matters(codes: Sequence[str]) -> list[str]:
    """The codes, each once. Raises Invalid (``/matters``) for one that is none, or for too many."""
    codes = list(dict.fromkeys(codes))
    if len(codes) > rules.MOST_MATTERS:
        raise Invalid.at("/matters", f"最多选 {rules.MOST_MATTERS} 件事项；更多的话，请选“所有事项”。", code="too-many")
    for code in codes:
        try:
            catalogue_queries.matter(code)
        except NotFound:
            raise Invalid.at("/matters", "没有这个事项，请重新选择。", code="unknown_matter") from None
    return codes


_OPEN = {
    DelegationState.PROPOSED: "您已经请过这位家人了，正等他（她）回答。没有再发短信，请耐心等一等，或当面说一声。",
    DelegationState.IN_FORCE: "这位家人给您的授权还有效，不用再请。要改范围，请家人在“家人”里重新授权。",
}
