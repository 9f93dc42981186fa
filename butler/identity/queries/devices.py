"""Questions about what is signed in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from butler.identity.models import SignIn
from butler.kit.database import db
from butler.kit.errors import NotFound


def living_sign_ins(person_id: int, at: datetime) -> Sequence[SignIn]:
    """Everything a person is signed in with now, the last used first."""
    return db.session.scalars(
        select(SignIn)
        .where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > at)
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    ).all()


def was_here_since(person_id: int, moment: datetime) -> bool:
    """Whether a person has used any sign-in since then, as far as sign-ins are still known."""
    return bool(db.session.scalar(select(exists().where(SignIn.person_id == person_id, SignIn.seen_at >= moment))))


def sign_in_of(person_id: int, sign_in_id: int, at: datetime) -> SignIn:
    """One living sign-in of a person. Raises NotFound, for those of others too."""
    found = db.session.scalar(
        select(SignIn).where(
            SignIn.id == sign_in_id, SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > at
        )
    )
    if found is None:
        raise NotFound("没有找到这次登录，可能已经退出了。")
    return found
