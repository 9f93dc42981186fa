"""One-time passwords (RFC 6238) and recovery codes of staff: set up, used once each, renewed, taken away."""

import hmac
import secrets
from typing import Any, cast

import pyotp
from sqlalchemy import CursorResult, delete, func, select, update

from butler.identity.actions.hashing import keyed_hash
from butler.identity.actions.limiting import one_at_a_time, wait_for
from butler.identity.actions.recording import record
from butler.identity.hashing import username_index
from butler.identity.models import FailedSignIn, Person, RecoveryCode, SecondFactor
from butler.identity.rules import OTP_DRIFT, OTP_PERIOD, RECOVERY_CODES, WRONG_OTPS
from butler.identity.scope import Actor
from butler.identity.states import Deed
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, FieldError, RateLimited, Unauthenticated
from butler.kit.numbers import ALPHABET

ISSUER = "管家通"
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})


class OtpNeeded(Unauthenticated):
    """401 otp-needed: the password is right and a one-time password is needed too."""

    code = "otp-needed"
    title = "还要填动态口令"
    keeps_work = True

    def __init__(self) -> None:
        super().__init__("密码对了。请再填手机上动态口令软件里的 6 位数字；手机不在身边，可以填一个恢复码。")


class WrongOtp(Unauthenticated):
    """401: not the one-time password of this moment, or one that was used already. Keeps its work: it is counted."""

    title = "动态口令没有对上"
    keeps_work = True

    def __init__(self) -> None:
        super().__init__(
            "可能填错了，也可能刚用过或过期了。请等手机上换了新的数字再填。",
            errors=[FieldError("/otp", "otp-wrong", "请核对手机上的 6 位数字。")],
        )


def check_second_factor(person: Person, *, otp: str | None, counted_for: str) -> None:
    """Let go on who has the second factor, or needs none.

    `counted_for` names whose wrong tries are counted: the person's, or those of a device known as theirs. Raises
    OtpNeeded, WrongOtp, RateLimited.
    """
    if person.second_factor_at is None:
        return
    if not otp:
        raise OtpNeeded
    now = clock.now()
    counter = keyed_hash("otp", counted_for)
    one_at_a_time(f"otp of {person.id}")
    wait = wait_for(FailedSignIn.at, FailedSignIn.asked_from == counter, now, WRONG_OTPS)
    if wait:
        raise RateLimited("动态口令试错的次数多了。请过一会儿再试，或者找您的管理员。", retry_after=wait)
    if not (_use_otp(person, otp) or _use_recovery_code(person, otp)):
        assert person.username is not None
        db.session.add(FailedSignIn(username_index=username_index(person.username), asked_from=counter, at=now))
        db.session.flush()
        raise WrongOtp
    db.session.execute(delete(FailedSignIn).where(FailedSignIn.asked_from == counter))


def begin_factor(person: Person) -> str:
    """Make a new secret for somebody to take into their phone; nothing changes until `confirm_factor`."""
    secret = pyotp.random_base32()
    factor = _factor(person)
    if factor is None:
        factor = SecondFactor(person_id=person.id)
        db.session.add(factor)
    factor.pending, factor.pending_at = secret, clock.now()
    db.session.flush()
    return secret


def pending_secret(person: Person) -> str | None:
    """The secret somebody is setting up."""
    factor = _factor(person)
    return factor.pending if factor is not None else None


def address_of_secret(person: Person, secret: str) -> str:
    """What the code holds that a phone scans (otpauth://)."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.username or "", issuer_name=ISSUER)


def confirm_factor(person: Person, *, otp: str) -> list[str]:
    """Put the new secret in force once the phone shows the right number. Returns ten recovery codes, shown once.

    Raises Conflict when nothing was begun, WrongOtp.
    """
    factor = _factor(person, lock=True)
    if factor is None or factor.pending is None:
        raise Conflict("还没有开始设置动态口令。请从头再来一次。")
    step = _step_of(factor.pending, otp)
    if step is None:
        raise WrongOtp
    factor.secret, factor.last_step = factor.pending, step
    factor.pending = factor.pending_at = None
    person.second_factor_at = clock.now()
    record(Deed.FACTOR_ADDED, by=person, person=person)
    return _new_codes(person)


def renew_codes(person: Person) -> list[str]:
    """Ten new recovery codes; the old ones are worthless. Raises Conflict without a second factor."""
    if person.second_factor_at is None:
        raise Conflict("还没有启用动态口令，不需要恢复码。")
    record(Deed.CODES_RENEWED, by=person, person=person)
    return _new_codes(person)


def codes_left(person: Person) -> int:
    """How many recovery codes still work."""
    query = select(func.count()).where(RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(query) or 0


def remove_factor(person: Person, *, by: Actor | Person, why: str = "") -> None:
    """Take the second factor away: by oneself, or by whoever is in charge when phone and paper are lost.

    Whoever is in charge makes sure in person who asks (ASVS 6.4.4), and says how. Raises Conflict without one.
    """
    if person.second_factor_at is None:
        raise Conflict("没有启用动态口令，没有改动。")
    person.second_factor_at = None
    db.session.execute(delete(SecondFactor).where(SecondFactor.person_id == person.id))
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    record(Deed.FACTOR_REMOVED, by=by, person=person, why=why)


def _factor(person: Person, *, lock: bool = False) -> SecondFactor | None:
    query = select(SecondFactor).where(SecondFactor.person_id == person.id)
    return db.session.scalar(query.with_for_update() if lock else query)


def _step_of(secret: str, otp: str) -> int | None:
    """The step whose one-time password this is, now or one step either way."""
    if not (otp.isascii() and otp.isdigit()):
        return None  # words can be typed there, and `compare_digest` takes none but plain ones
    now = int(clock.now().timestamp()) // OTP_PERIOD
    totp = pyotp.TOTP(secret, interval=OTP_PERIOD)
    matching = [now + drift for drift in OTP_DRIFT if hmac.compare_digest(totp.generate_otp(now + drift), otp)]
    return max(matching, default=None)


def _use_otp(person: Person, otp: str) -> bool:
    """Whether it is right and newer than any used before: in one statement, so that none works twice."""
    factor = _factor(person)
    step = _step_of(factor.secret, otp) if factor is not None and factor.secret is not None else None
    if factor is None or step is None:
        return False
    return _changed(
        update(SecondFactor)
        .where(SecondFactor.id == factor.id, SecondFactor.last_step < step)
        .values(last_step=step)
        .execution_options(synchronize_session=False)
    )


def _use_recovery_code(person: Person, typed: str) -> bool:
    return _changed(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person.id,
            RecoveryCode.code_hash == _hash(person, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _changed(statement: Any) -> bool:
    return cast(CursorResult[Any], db.session.execute(statement)).rowcount == 1


def _new_codes(person: Person) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]  # 50 bits each
    now = clock.now()
    db.session.add_all(
        RecoveryCode(person_id=person.id, code_hash=_hash(person, code), created_at=now) for code in codes
    )
    db.session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _hash(person: Person, code: str) -> str:
    plain = "".join(code.split()).replace("-", "").upper().translate(_LOOKALIKES)
    return keyed_hash("recovery-code", str(person.id), plain)
