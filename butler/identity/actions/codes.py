"""One-time codes by text message."""

import hmac
import secrets
from datetime import datetime, timedelta

import structlog
from flask import current_app
from sqlalchemy import func, select, update

from butler.identity.actions.hashing import keyed_hash
from butler.identity.actions.limiting import one_at_a_time, wait_for
from butler.identity.hashing import code_phone_index, code_phone_indexes, prefix_index, prefix_indexes
from butler.identity.models import OneTimeCode
from butler.identity.rules import (
    CODE_LIFE,
    CODE_TRIES,
    CODES_FROM_ADDRESS,
    CODES_FROM_BLOCK,
    CODES_TO_PHONE,
    CODES_TO_PREFIX,
    CODES_WARNED_AT,
    ENOUGH_TO_TELL,
    FEW_ENTERED,
    block_of,
    network_of,
)
from butler.kit import clock, outbox
from butler.kit.database import db
from butler.kit.errors import FieldError, RateLimited, Unauthenticated

log = structlog.get_logger(__name__)

_PHONE_FULL = "给这个手机号发的验证码有点多了。请先看看收到的短信，过一会儿再获取；着急可以请管家当面登记。"
_NETWORK_FULL = "您所在的网络刚才获取验证码太多次了。请过一会儿再试，或换成手机流量；着急可以请管家当面登记。"


class WrongCode(Unauthenticated):
    """401: the code is wrong, too old, used, or guessed at too often; which of them is not told.

    Keeps its work: the guess has been counted in this transaction, and if saying no undid that, all million codes
    could be tried. Counting before comparing, in the row itself, also makes guesses at the same moment queue up.
    """

    title = "验证码没有对上"
    keeps_work = True

    def __init__(self) -> None:
        super().__init__(
            "可能填错了，也可能已经过了 5 分钟。请再看一遍短信，或重新获取验证码。",
            errors=[FieldError("/code", "code-wrong", "请核对这 6 个数字。")],
        )


def ask_code(*, phone: str, asked_from: str | None) -> OneTimeCode:
    """Send six digits to a phone; the newest code is the only one that works.

    Looks at nobody's account, so that the answer is the same for phones we know and phones we do not. `asked_from` is
    the caller's network address; only a keyed hash of it is kept. Raises RateLimited.
    """
    now = clock.now()
    _check_money(now)
    address = keyed_hash("address", network_of(asked_from))
    block = keyed_hash("block", block_of(asked_from))
    to_phone, to_prefix = code_phone_indexes(phone), prefix_indexes(phone)
    for name in (f"codes from {address}", *(f"codes to {one.hex()}" for one in to_phone)):
        one_at_a_time(name)
    limited = [
        (OneTimeCode.phone_index.in_(to_phone), CODES_TO_PHONE, _PHONE_FULL),
        (OneTimeCode.asked_from == address, CODES_FROM_ADDRESS, _NETWORK_FULL),
        (OneTimeCode.asked_from_block == block, CODES_FROM_BLOCK, _NETWORK_FULL),
    ]
    if not current_app.extensions["settings"].demo:  # all numbers of the demo begin alike, and cost nothing
        limited.append((OneTimeCode.prefix_index.in_(to_prefix), CODES_TO_PREFIX, _PHONE_FULL))
    for which, limits, words in limited:
        if wait := wait_for(OneTimeCode.created_at, which, now, limits):
            raise RateLimited(words, retry_after=wait)
    one_at_a_time("codes of the day")
    _check_money(now)
    digits = f"{secrets.randbelow(1_000_000):06}"
    code = OneTimeCode(
        phone_index=code_phone_index(phone),
        code_hash=_hash(phone, digits),
        asked_from=address,
        asked_from_block=block,
        prefix_index=prefix_index(phone),
        created_at=now,
        expires_at=now + CODE_LIFE,
    )
    db.session.add(code)
    db.session.flush()
    text = f"【管家通】验证码 {digits}，5 分钟内有效。不要告诉别人，我们的人也不会向您要。"
    message = {"phone": phone, "text": text, "code": digits}
    outbox.put("code", f"code-{code.id}", message, expires_at=code.expires_at)
    return code


def watch_codes() -> int:
    """Say in the log when the day's money runs out or when codes are sent that nobody enters (promises.md T13).

    Returns how many alarms there were. Nothing about people: only counts.
    """
    now = clock.now()
    cap, today = current_app.extensions["settings"].codes_per_day, _sent_since(_midnight(now))
    alarms = 0
    if today >= cap * CODES_WARNED_AT:
        log.error("codes.money", sent=today, cap=cap)
        alarms += 1
    asked, entered = db.session.execute(
        select(func.count(), func.count(OneTimeCode.used_at)).where(
            OneTimeCode.created_at > now - timedelta(hours=1), OneTimeCode.created_at <= now - CODE_LIFE
        )
    ).one()
    if asked >= ENOUGH_TO_TELL and entered < asked * FEW_ENTERED:
        log.error("codes.conversion", sent=asked, entered=entered)
        alarms += 1
    return alarms


def use_code(*, phone: str, digits: str) -> None:
    """Count one guess at the newest code of a phone and use it up when it is right. Raises WrongCode."""
    now = clock.now()
    newest = (
        select(OneTimeCode.id)
        .where(OneTimeCode.phone_index.in_(code_phone_indexes(phone)))
        .order_by(OneTimeCode.created_at.desc(), OneTimeCode.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    guessed_at = db.session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.id == newest,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
            OneTimeCode.tries < CODE_TRIES,
        )
        .values(tries=OneTimeCode.tries + 1)
        .returning(OneTimeCode.id, OneTimeCode.code_hash)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if guessed_at is None or not hmac.compare_digest(guessed_at.code_hash, _hash(phone, digits)):
        raise WrongCode
    db.session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.id == guessed_at.id)
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def _check_money(now: datetime) -> None:
    """Raises RateLimited when the installation has sent its codes of the day. Asked twice: first without waiting for
    anybody, so that a flood is turned away cheaply, then under the lock, so that no two are the last."""
    if _sent_since(_midnight(now)) >= current_app.extensions["settings"].codes_per_day:
        raise RateLimited(
            "今天的短信发完了，登录不了很抱歉。已经登录的不受影响；着急请打管家电话，或请管家当面登记。",
            retry_after=_midnight(now) + timedelta(days=1) - now,
        )


def _sent_since(moment: datetime) -> int:
    return db.session.scalar(select(func.count()).where(OneTimeCode.created_at >= moment)) or 0


def _midnight(now: datetime) -> datetime:
    return now.astimezone(clock.CHINA).replace(hour=0, minute=0, second=0, microsecond=0)


def _hash(phone: str, digits: str) -> str:
    return keyed_hash("one-time-code", phone, digits)
