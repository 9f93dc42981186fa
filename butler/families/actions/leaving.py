"""Somebody leaves, or is taken out: nothing is done for them or by them any more."""

from sqlalchemy import or_, select

from butler.families import queries
from butler.families.actions.moving import move
from butler.families.models import Delegation
from butler.families.states import DelegationState, EndedWhy
from butler.kit.database import db


def end_all_of(person_id: int) -> int:
    """End every open delegation in which somebody is one of the two; the other is told. Returns how many. What they were
    called by others goes too, and who made the decision about a ward."""
    query = (
        select(Delegation)
        .where(or_(Delegation.grantor_id == person_id, Delegation.delegate_id == person_id))
        .order_by(Delegation.id)
        .with_for_update()
    )
    ended = 0
    for one in db.session.scalars(query.execution_options(populate_existing=True)).all():
        if one.state in queries.OPEN:
            move(one, DelegationState.ENDED, by_id=person_id, why=EndedWhy.LEFT)
            ended += 1
        one.called = one.issuer = None
    db.session.flush()
    return ended
