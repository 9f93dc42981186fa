"""Signing in, staying signed in, signing out."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from butler.identity.actions.checking import check_password
from butler.identity.actions.codes import use_code
from butler.identity.actions.factors import check_second_factor
from butler.identity.actions.knowing import find_device
from butler.identity.models import FailedSignIn, KnownDevice, OneTimeCode, Person, SignIn, WeChatCode, WeChatTicket
from butler.identity.rules import (
    DEVICE_KNOWN_FOR,
    RENEW_EVERY,
    RENEWED_GRACE,
    SEEN_EVERY,
    Face,
    end_of_sign_in,
)
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import NotAllowed
from butler.kit.numbers import fingerprint, new_secret

NAMELESS = "居民"  # what a resident is called until they say their name


def sign_in_with_code(
    *, phone: str, code: str, face: Face, device: str = "", name: str | None = None, replaces: SignIn | None = None
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
        .on_conflict_do_nothing()
    )
    person = db.session.execute(select(Person).where(Person.has_phone(phone))).scalar_one()
    if person.disabled_at is not None:
        raise NotAllowed("这个手机号已停止使用。需要办事可以请管家当面登记，或打社区电话。")
    if person.username is not None:
        raise NotAllowed("这是工作人员的手机号。请到工作人员登录，用用户名和密码登录。")
    if name and person.name == NAMELESS:
        person.name = name
    return open_sign_in(person, face=face, device=device, replaces=replaces)


def sign_in_with_password(
    *,
    username: str,
    password: str,
    asked_from: str | None,
    face: Face,
    otp: str | None = None,
    known_by: str | None = None,
    device: str = "",
    replaces: SignIn | None = None,
) -> tuple[str, SignIn]:
    """Sign a member of staff in. Returns the token (shown once) and the sign-in.

    `known_by` is what `know_device` gave this device the last time. Raises WrongPassword, OtpNeeded, WrongOtp and
    RateLimited.
    """
    known = find_device(username, known_by)
    person = check_password(username=username, password=password, asked_from=asked_from, known=known)
    counted = f"device {known.id}" if known is not None else f"person {person.id}"
    check_second_factor(person, otp=otp, counted_for=counted)
    return open_sign_in(person, face=face, device=device, replaces=replaces)


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


def renew(sign_in: SignIn) -> str | None:
    """A new token for a sign-in, a day after the last (promises.md T16); None when another request was first.

    The token before works a minute longer: a page asks for several things at once.
    """
    now, token = clock.now(), new_secret()
    renewed = db.session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in.id, SignIn.ended_at.is_(None), SignIn.renewed_at <= now - RENEW_EVERY)
        .values(
            previous_hash=SignIn.token_hash,
            previous_until=now + RENEWED_GRACE,
            token_hash=fingerprint(token),
            renewed_at=now,
        )
        .returning(SignIn.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if renewed is None else token


def end_other_sign_ins(sign_in: SignIn) -> int:
    """End everything a person is signed in with but this; returns how many ended."""
    ended = db.session.execute(
        update(SignIn)
        .where(SignIn.person_id == sign_in.person_id, SignIn.id != sign_in.id, SignIn.ended_at.is_(None))
        .where(SignIn.expires_at > clock.now())
        .values(ended_at=clock.now())
        .returning(SignIn.id)
    )
    return len(ended.all())


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
        delete(WeChatCode).where(WeChatCode.used_at < day_ago),
        delete(WeChatTicket).where(WeChatTicket.created_at < day_ago),
        delete(KnownDevice).where(KnownDevice.seen_at < now - DEVICE_KNOWN_FOR),
        delete(SignIn).where(or_(SignIn.expires_at < month_ago, SignIn.ended_at < month_ago)),
    ]
    return sum(cast(CursorResult[Any], db.session.execute(statement)).rowcount for statement in old)


def open_sign_in(person: Person, *, face: Face, device: str, replaces: SignIn | None = None) -> tuple[str, SignIn]:
    """Sign in somebody who has proved who they are. Returns the token (shown once) and the sign-in.

    A new token at every sign-in: one that somebody planted beforehand is worth nothing afterwards.
    """
    now = clock.now()
    if replaces is not None:
        sign_out(replaces)
    token = new_secret()
    sign_in = SignIn(
        token_hash=fingerprint(token),
        person=person,
        face=face,
        device=device,
        created_at=now,
        proved_at=now,
        renewed_at=now,
        seen_at=now,
        expires_at=end_of_sign_in(staff=person.username is not None, face=face, started=now, at=now),
    )
    db.session.add(sign_in)
    db.session.flush()
    return token, sign_in


def _end(sign_in: SignIn, *, staff: bool) -> datetime:
    face: Face = "api" if sign_in.face == "api" else "page"
    return end_of_sign_in(staff=staff, face=face, started=sign_in.created_at, at=sign_in.seen_at)
