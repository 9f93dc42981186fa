"""Signing in, staying signed in, signing out."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from butler.identity import queries
from butler.identity.actions.codes import use_code
from butler.identity.actions.hashing import keyed_hash, password_fits
from butler.identity.actions.limiting import one_at_a_time, wait_for
from butler.identity.hashing import phone_index, username_index
from butler.identity.models import FailedSignIn, OneTimeCode, Person, SignIn
from butler.identity.rules import (
    SEEN_EVERY,
    WRONG_PASSWORDS_FOR_NAME,
    WRONG_PASSWORDS_FROM_ADDRESS,
    Face,
    end_of_sign_in,
    network_of,
)
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import NotAllowed, RateLimited, Unauthenticated
from butler.kit.numbers import fingerprint, new_secret

NAMELESS = "居民"  # what a resident is called until they say their name


class WrongPassword(Unauthenticated):
    """401: no such user name with such a password; which of the two is not told.

    Keeps its work: the failure has been written down in this transaction, and guessing is only slowed down if saying
    no does not undo that.
    """

    title = "没有登录成功"
    keeps_work = True

    def __init__(self) -> None:
        super().__init__("用户名或密码不对。请再核对一遍；忘了密码请找您的管理员。")


def sign_in_with_code(
    *, phone: str, code: str, face: Face, name: str | None = None, replaces: SignIn | None = None
) -> tuple[str, SignIn]:
    """Sign a resident in with the code sent to their phone; the first time makes them known.

    Returns the token (shown once, only its hash is kept) and the sign-in. `name` is taken while the person has not
    said one yet. `replaces` is a sign-in this one takes over from and ends. Raises WrongCode, and NotAllowed for staff
    (a text message alone is not enough for officials, ASVS 6.3.3) and for disabled people.
    """
    use_code(phone=phone, digits=code)
    db.session.execute(
        insert(Person)
        .values(name=NAMELESS, phone=phone, is_demo=False, created_at=clock.now())
        .on_conflict_do_nothing(index_elements=[Person.phone_index])
    )
    person = db.session.execute(select(Person).where(Person.phone_index == phone_index(phone))).scalar_one()
    if person.disabled_at is not None:
        raise NotAllowed("这个手机号已停止使用。需要办事可以请管家当面登记，或打社区电话。")
    if person.username is not None:
        raise NotAllowed("这是工作人员的手机号。请到工作人员登录，用用户名和密码登录。")
    if name and person.name == NAMELESS:
        person.name = name
    return _open(person, face, replaces)


def sign_in_with_password(
    *, username: str, password: str, asked_from: str | None, face: Face, replaces: SignIn | None = None
) -> tuple[str, SignIn]:
    """Sign a member of staff in. Returns the token (shown once) and the sign-in.

    Wrong passwords slow down the address they come from: five for one user name, twenty for any, in 15 minutes. A
    user name is never locked: whoever is elsewhere still gets in. Raises WrongPassword and RateLimited.
    """
    now = clock.now()
    username = username.lower()
    address = keyed_hash("address", network_of(asked_from))
    one_at_a_time(f"passwords from {address}")
    from_here = FailedSignIn.asked_from == address
    for_name = from_here & (FailedSignIn.username_index == username_index(username))
    wait = max(
        wait_for(FailedSignIn.at, for_name, now, WRONG_PASSWORDS_FOR_NAME),
        wait_for(FailedSignIn.at, from_here, now, WRONG_PASSWORDS_FROM_ADDRESS),
    )
    if wait:
        minutes = -(-wait // timedelta(minutes=1))
        raise RateLimited(f"密码试错的次数多了。账号没有锁定，请 {minutes} 分钟后再试。", retry_after=wait)
    person = queries.find_by_username(username)
    fits = password_fits(person.password_hash if person else None, password)
    if person is None or not fits or person.disabled_at is not None:
        db.session.add(FailedSignIn(username_index=username_index(username), asked_from=address, at=now))
        db.session.flush()
        raise WrongPassword
    db.session.execute(delete(FailedSignIn).where(for_name))
    return _open(person, face, replaces)


def note_use(sign_in: SignIn) -> None:
    """Move the end of a sign-in that is being used, at most once a minute.

    A row that another request of the same person is moving right now is left to that request.
    """
    now = clock.now()
    row = db.session.execute(
        select(SignIn, Person.username)
        .join(Person, Person.id == SignIn.person_id)
        .where(SignIn.id == sign_in.id, SignIn.ended_at.is_(None), SignIn.seen_at <= now - SEEN_EVERY)
        .with_for_update(of=SignIn, skip_locked=True)
    ).one_or_none()
    if row is not None:
        sign_in.seen_at = now
        sign_in.expires_at = _end(sign_in, staff=row.username is not None)
        db.session.flush()


def sign_out(sign_in: SignIn) -> None:
    """End one sign-in; its token is worth nothing from the next request on."""
    sign_in.ended_at = clock.now()
    db.session.flush()


def end_sign_ins_of(person: Person) -> None:
    """End every sign-in of a person, on all their devices."""
    db.session.execute(
        update(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None)).values(ended_at=clock.now())
    )


def purge() -> int:
    """Forget what limits no longer need (a day) and sign-ins that ended a month ago; returns how many rows went."""
    now = clock.now()
    day_ago, month_ago = now - timedelta(days=1), now - timedelta(days=30)
    old = [
        delete(OneTimeCode).where(OneTimeCode.created_at < day_ago),
        delete(FailedSignIn).where(FailedSignIn.at < day_ago),
        delete(SignIn).where(or_(SignIn.expires_at < month_ago, SignIn.ended_at < month_ago)),
    ]
    return sum(cast(CursorResult[Any], db.session.execute(statement)).rowcount for statement in old)


def _open(person: Person, face: Face, replaces: SignIn | None) -> tuple[str, SignIn]:
    """A new token at every sign-in: one that somebody planted beforehand is worth nothing afterwards."""
    now = clock.now()
    if replaces is not None:
        sign_out(replaces)
    token = new_secret()
    sign_in = SignIn(
        token_hash=fingerprint(token),
        person=person,
        face=face,
        created_at=now,
        seen_at=now,
        expires_at=end_of_sign_in(staff=person.username is not None, face=face, started=now, at=now),
    )
    db.session.add(sign_in)
    db.session.flush()
    return token, sign_in


def _end(sign_in: SignIn, *, staff: bool) -> datetime:
    face: Face = "api" if sign_in.face == "api" else "page"
    return end_of_sign_in(staff=staff, face=face, started=sign_in.created_at, at=sign_in.seen_at)
