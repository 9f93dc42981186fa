"""Who is told when something happens to a delegation: the other side, at once, inside the transaction of the deed."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from butler.families.events import DelegationMoved
from butler.families.models import Delegation
from butler.families.states import Basis, DelegationState, EndedWhy
from butler.identity.models import Person
from butler.kit import outbox
from butler.kit.database import db
from butler.notifications import texts


def tell_of_delegation(event: DelegationMoved) -> None:
    """The other of the two; both when it was a butler's deed or the clock's. It can be read on the page 家人 besides."""
    query = select(Delegation).where(Delegation.id == event.delegation_id)
    one = db.session.scalars(query.options(joinedload(Delegation.grantor), joinedload(Delegation.delegate))).one()
    state, why = DelegationState(one.state), EndedWhy(one.ended_why) if one.ended_why else None
    to_grantor, to_delegate = texts.AUTHORITY_TO_GRANTOR, texts.AUTHORITY_TO_DELEGATE
    if one.basis != Basis.GRANTED:
        to_grantor, to_delegate = (
            {**to_grantor, **texts.GUARDIAN_TO_WARD},
            {**to_delegate, **texts.GUARDIAN_TO_GUARDIAN},
        )
    for person, other, words in (
        (one.grantor, one.delegate, to_grantor.get((state, why))),
        (one.delegate, one.grantor, to_delegate.get((state, why))),
    ):
        if words is not None and person.id != event.by_id:
            text = texts.write_of_family(words, who=_called(other))
            outbox.put("word", f"delegation:{one.id}:{state}:{person.id}", {"person_id": person.id, "text": text})


def _called(person: Person) -> str:
    return texts.call_relative(person.name, person.phone)
