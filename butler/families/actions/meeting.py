"""A butler sees people and papers: an authority given face to face, and who is guardian of a child under 14.

Which paper was shown is written down, and nothing of what it says but the names; no copy is ever made.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from butler.families import queries, rules
from butler.families.actions.moving import begin, known_matters
from butler.families.models import Delegation
from butler.families.states import Basis, ConfirmedHow, Paper, Power
from butler.identity import actions as identity
from butler.identity.actions.signing_in import NAMELESS
from butler.identity.actions.verifying import meet_neighbour, verify_resident
from butler.identity.models import Person
from butler.identity.scope import Actor
from butler.identity.states import VerifiedHow
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Invalid, NotAllowed


def confirm_face_to_face(
    by: Actor,
    *,
    name: str,
    phone: str | None,
    building_id: int | None,
    door: str | None,
    delegate_name: str,
    delegate_phone: str,
    acts: Collection[Power],
    matters: Sequence[str],
    until: date,
    paper: Paper,
) -> Delegation:
    """Put an authority in force that somebody gave in front of a butler, because they have no telephone or cannot use it.

    Whose affairs they are: by their telephone, or by name and door. Raises NotAllowed for people who do not live in a
    building of the butler's and where the butler is one of the two; Invalid; Conflict.
    """
    rules.check_term(until, clock.today())
    matters = known_matters(matters)
    check_paper(paper, Basis.GRANTED)
    how = VerifiedHow.ID_CARD if paper is Paper.ID_CARD else VerifiedHow.OTHER_PAPER
    if phone is not None:
        grantor = verify_resident(by=by, phone=phone, name=name, how=how)
    elif building_id is not None and door:
        grantor = meet_neighbour(by=by, name=name, building_id=building_id, door=door, how=how)
    else:
        raise Invalid.at("/phone", "请写手机号；没有手机的，请选楼幢、写门牌。", code="required")
    return begin(
        grantor_id=grantor.id,
        delegate_id=other_of(by, grantor.id, delegate_phone, delegate_name).id,
        basis=Basis.GRANTED,
        acts=acts,
        matters=matters,
        ends_at=rules.end_of(until),
        called=None,
        by_id=by.person_id,
        how=ConfirmedHow.FACE_TO_FACE,
        paper=paper,
    )


def confirm_guardian(
    by: Actor,
    *,
    child_name: str,
    born_on: date,
    child_phone: str | None,
    name: str,
    phone: str,
    other_guardian_phone: str | None,
    paper: Paper,
) -> Delegation:
    """Note that a butler has seen who is guardian of a child under 14 (household register or birth certificate).

    Of the child stay the name and the day they turn 14, not the birthday. A child is somebody without a telephone, or the
    owner of `child_phone`; `other_guardian_phone` names a guardian we know already, whose child of this name it is.
    Raises as `verify_resident`, Invalid (old enough; no such child) and NotAllowed.
    """
    check_paper(paper, Basis.GUARDIANSHIP)
    ends_at = rules.start_of(rules.fourteenth_birthday(born_on, clock.today()))
    guardian = verify_resident(by=by, phone=phone, name=name, how=VerifiedHow.OTHER_PAPER)
    if child_phone is not None:
        child = _with_phone(child_phone)
        if child.username is not None or child.id in (guardian.id, by.person_id) or child.disabled_at is not None:
            raise NotAllowed("这个手机号不能登记成孩子的。请核对号码。")
    elif other_guardian_phone is not None:
        child = _known_child(other_guardian_phone, child_name, ends_at)
    else:
        child = identity.add_resident(name=child_name, phone=None)
    return begin(
        grantor_id=child.id,
        delegate_id=guardian.id,
        basis=Basis.GUARDIANSHIP,
        acts=list(Power),
        matters=(),
        ends_at=ends_at,
        called=child_name,
        by_id=by.person_id,
        how=ConfirmedHow.FACE_TO_FACE,
        paper=paper,
    )


_PAPERS = {
    Basis.GRANTED: "身份证或户口簿",
    Basis.GUARDIANSHIP: "户口簿或出生医学证明",
    Basis.ADULT_GUARDIANSHIP: "法院判决书、指定书或意定监护协议",
}


def check_paper(paper: Paper, basis: Basis) -> None:
    """Raise Invalid (``/paper``) unless this is a paper that shows it."""
    if paper not in rules.PAPERS[basis]:
        raise Invalid.at("/paper", f"这里要看的是{_PAPERS[basis]}，请选一样。", code="choice")


def other_of(by: Actor, grantor_id: int, phone: str, name: str, *, field: str = "/delegate_phone") -> Person:
    """Who is to act. Nobody confirms what concerns themselves."""
    person = _with_phone(phone, name)
    if by.person_id in (person.id, grantor_id):
        raise NotAllowed("和自己有关的授权，要由另一位管家来登记。")
    if person.id == grantor_id:
        raise Invalid.at(field, "授权的人和办事的人不能是同一个人，请核对号码。", code="own")
    return person


def _with_phone(phone: str, name: str | None = None) -> Person:
    known = db.session.scalar(select(Person).where(Person.has_phone(phone)))
    return known or identity.add_resident(name=name or NAMELESS, phone=phone)


def _known_child(guardian_phone: str, name: str, ends_at: datetime) -> Person:
    """The child of a guardian we know, by name and birthday. Raises Invalid."""
    child = db.session.scalar(
        select(Person)
        .join(Delegation, Delegation.grantor_id == Person.id)
        .join(guardian := aliased(Person), guardian.id == Delegation.delegate_id)
        .where(
            guardian.has_phone(guardian_phone),
            Delegation.basis == Basis.GUARDIANSHIP,
            queries.in_force(clock.now()),
            Delegation.ends_at == ends_at,
            Person.has_name(name),
        )
    )
    if child is None:
        said = "这位监护人名下没有登记过这个名字和生日的孩子，请核对；第一次登记的，这一项不用填。"
        raise Invalid.at("/other_guardian_phone", said, code="unknown_child")
    return child
