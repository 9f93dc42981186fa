"""What somebody has agreed to, and whether it still holds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select

from butler.consents.models import Consent
from butler.consents.register import register
from butler.consents.rules import agreed_in
from butler.consents.states import Channel, Purpose
from butler.identity import scope
from butler.identity.scope import Actor
from butler.kit.database import db
from butler.kit.errors import NotFound


def in_force(case_id: int) -> frozenset[Purpose]:
    """What is agreed to for a case now, in the words of today: an older text asks again."""
    return agreed_in(
        db.session.scalars(select(Consent).where(Consent.case_id == case_id, Consent.withdrawn_at.is_(None)))
    )


def of_case(case_id: int) -> Sequence[Consent]:
    """Everything that was ever agreed to for a case, the oldest first."""
    return db.session.scalars(select(Consent).where(Consent.case_id == case_id).order_by(Consent.id)).all()


def own(actor: Actor) -> Sequence[Consent]:
    """What somebody agreed to, or somebody else for them: what is in force first, then the newest first."""
    return db.session.scalars(
        select(Consent)
        .where(scope.own_consents(Consent, actor))
        .order_by(Consent.withdrawn_at.is_not(None), Consent.id.desc())
    ).all()


def find_own(actor: Actor, consent_id: int) -> Consent:
    """One of them. Raises NotFound, the same for "not there" and "not yours"."""
    found = db.session.scalar(select(Consent).where(Consent.id == consent_id, scope.own_consents(Consent, actor)))
    if found is None:
        raise not_there()
    return found


def not_there() -> NotFound:
    """The answer for what is not there and for what is not theirs."""
    return NotFound("没有找到这一项授权。请回到“隐私与授权”看看。")


def personal_in_force(person_id: int) -> frozenset[Purpose]:
    """What somebody agreed to for themselves, for no case, in the words of today."""
    personal = (Consent.person_id == person_id, Consent.case_id.is_(None), Consent.withdrawn_at.is_(None))
    return agreed_in(db.session.scalars(select(Consent).where(*personal)))


def may_send_wechat(person_id: Any) -> ColumnElement[bool]:
    """For queries: whether the person of this column wants to be told by WeChat."""
    return exists().where(
        Consent.person_id == person_id, Consent.purpose == Purpose.WECHAT, Consent.withdrawn_at.is_(None),
        Consent.version == register()[Purpose.WECHAT].now.version,
    )  # fmt: skip


def is_withdrawn(case_id: Any, purpose: Purpose) -> ColumnElement[bool]:
    """For queries: whether a consent for the case of this column was taken back, and not given again since."""
    of_it = and_(Consent.case_id == case_id, Consent.purpose == purpose)
    by_somebody = and_(of_it, Consent.withdrawn_at.is_not(None), Consent.withdrawn_channel != Channel.NEW_VERSION)
    return and_(exists().where(by_somebody), ~exists().where(of_it, Consent.withdrawn_at.is_(None)))


def count() -> Sequence[tuple[Purpose, int, int]]:
    """Purpose, how often given, how often taken back by somebody: of all there are."""
    taken_back = func.count().filter(
        Consent.withdrawn_at.is_not(None), Consent.withdrawn_channel != Channel.NEW_VERSION
    )
    rows = db.session.execute(select(Consent.purpose, func.count(), taken_back).group_by(Consent.purpose)).all()
    found = {purpose: (given, withdrawn) for purpose, given, withdrawn in rows}
    return [(purpose, *found.get(purpose, (0, 0))) for purpose in register()]
