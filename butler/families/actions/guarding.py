"""Guardians of adults: written down by the community's staff who were shown the decision, and ended by them when another is
shown. Kind, issuer and date of the document stay; neither its number nor a copy."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import aliased

from butler.families import queries, rules
from butler.families.actions.meeting import check_paper, other_of
from butler.families.actions.moving import begin, move
from butler.families.models import Delegation
from butler.families.states import Basis, ConfirmedHow, DelegationState, EndedWhy, OverWhy, Paper, Power
from butler.identity.actions.verifying import check_may_verify, meet_neighbour, verify_resident
from butler.identity.models import Person
from butler.identity.scope import Actor
from butler.identity.states import VerifiedHow
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Invalid


def confirm_adult_guardian(
    by: Actor,
    *,
    ward_name: str,
    ward_phone: str | None,
    building_id: int | None,
    door: str | None,
    name: str,
    phone: str,
    paper: Paper,
    issuer: str,
    issued_on: date,
    until: date,
) -> Delegation:
    """Note who is guardian of an adult by a decision that was shown (民法典 28, 31, 33): in every matter, up to a day,
    without the ward's own word, and in the ward's sight. Raises as `verify_resident`, Invalid, NotAllowed."""
    rules.check_adult_term(issued_on, until, clock.today())
    check_paper(paper, Basis.ADULT_GUARDIANSHIP)
    if ward_phone is not None:
        ward = verify_resident(by=by, phone=ward_phone, name=ward_name, how=VerifiedHow.OTHER_PAPER)
    elif building_id is not None and door:
        ward = meet_neighbour(by=by, name=ward_name, building_id=building_id, door=door, how=VerifiedHow.OTHER_PAPER)
    else:
        raise Invalid.at("/ward_phone", "请写手机号；没有手机的，请选楼幢、写门牌。", code="required")
    return begin(
        grantor_id=ward.id,
        delegate_id=other_of(by, ward.id, phone, name, field="/phone").id,
        basis=Basis.ADULT_GUARDIANSHIP,
        acts=list(Power),
        matters=(),
        ends_at=rules.end_of(until),
        called=ward_name,
        by_id=by.person_id,
        how=ConfirmedHow.FACE_TO_FACE,
        paper=paper,
        issuer=issuer,
        issued_on=issued_on,
    )


def end_guardianship(by: Actor, *, ward_name: str, phone: str, why: OverWhy) -> Delegation:
    """Note that a guardianship, of a child or an adult, is over by a decision that was shown, or was written down by
    mistake. From that moment the guardian sees nothing of it any more. Raises Invalid (``/phone``: none such) and
    NotAllowed."""
    guardian = aliased(Person)
    one = db.session.scalars(
        select(Delegation)
        .join(ward := aliased(Person), ward.id == Delegation.grantor_id)
        .join(guardian, guardian.id == Delegation.delegate_id)
        .where(
            Delegation.basis != Basis.GRANTED,
            queries.in_force(clock.now()),
            guardian.has_phone(phone),
            ward.has_name(ward_name),
        )
        .order_by(Delegation.id)
        .limit(1)
        .with_for_update(of=Delegation)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if one is None:
        said = "这个手机号名下没有登记着的这位被监护人，请核对姓名和号码。什么都没有改动。"
        raise Invalid.at("/phone", said, code="unknown_guardian")
    check_may_verify(db.session.get_one(Person, one.grantor_id), by)
    move(one, DelegationState.ENDED, by_id=by.person_id, why=EndedWhy(why.value))
    return one
