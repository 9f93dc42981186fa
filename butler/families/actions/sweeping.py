"""What is over by time is written down, and both sides are told. It was over before: every use asks the clock."""

from sqlalchemy import and_, or_, select

from butler.families import queries, rules
from butler.families.actions.moving import move, over_why
from butler.families.models import Delegation
from butler.families.states import DelegationState
from butler.kit import clock
from butler.kit.database import db

BATCH = 200


def end_what_is_over() -> int:
    """End what the clock has ended, at most `BATCH`; returns how many. Any number may sweep at once."""
    now = clock.now()
    late = and_(Delegation.state == DelegationState.PROPOSED, Delegation.created_at <= now - rules.PROPOSAL_LIVES)
    query = (
        select(Delegation)
        .where(Delegation.state.in_(queries.OPEN), or_(Delegation.ends_at <= now, late))
        .order_by(Delegation.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    over = db.session.scalars(query.execution_options(populate_existing=True)).all()
    for one in over:
        move(one, DelegationState.ENDED, by_id=None, why=over_why(one))
    return len(over)
