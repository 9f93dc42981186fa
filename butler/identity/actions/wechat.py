"""Signing in with what WeChat has said (`identity.wechat` asks it, before any transaction)."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from butler.identity.actions.hashing import keyed_hash
from butler.identity.actions.signing_in import NAMELESS, open_sign_in
from butler.identity.models import Person, SignIn, WeChatCode, WeChatTicket
from butler.identity.wechat import WeChatCodeWrong
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import NotAllowed
from butler.kit.numbers import fingerprint, new_secret

TICKET_LIFE = timedelta(minutes=10)


def sign_in_with_wechat(*, code: str, openid: str, device: str) -> tuple[str, SignIn] | str:
    """Sign in whom WeChat knows by `openid`; a ticket for `link_wechat` when we do not know them yet.

    Raises WeChatCodeWrong for a code that has been used here, and NotAllowed for staff and people shut out.
    """
    _use_up(code)
    person = db.session.scalar(select(Person).where(Person.has_wechat(openid)))
    if person is not None:
        _check(person)
        return open_sign_in(person, face="api", device=device)
    now, token = clock.now(), new_secret()
    ticket = WeChatTicket(token_hash=fingerprint(token), openid=openid, created_at=now, expires_at=now + TICKET_LIFE)
    db.session.add(ticket)
    db.session.flush()
    return token


def link_wechat(*, ticket: str, code: str, phone: str, device: str) -> tuple[str, SignIn]:
    """Sign in the person with this phone, whom WeChat vouches for, and know them by WeChat from now on.

    The first time makes them known. Raises WeChatCodeWrong for a ticket or code that was used or is too old, and
    NotAllowed for staff (WeChat alone is not enough for officials, ASVS 6.3.3) and people shut out.
    """
    _use_up(code)
    now = clock.now()
    taken = db.session.scalar(
        update(WeChatTicket)
        .where(
            WeChatTicket.token_hash == fingerprint(ticket),
            WeChatTicket.used_at.is_(None),
            WeChatTicket.expires_at > now,
        )
        .values(used_at=now)
        .returning(WeChatTicket.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise WeChatCodeWrong
    openid = db.session.get_one(WeChatTicket, taken).openid
    db.session.execute(
        insert(Person).values(name=NAMELESS, phone=phone, is_demo=False, created_at=now).on_conflict_do_nothing()
    )
    person = db.session.scalars(select(Person).where(Person.has_phone(phone)).with_for_update()).one()
    _check(person)
    db.session.execute(
        update(Person)
        .where(Person.has_wechat(openid), Person.id != person.id)
        .values(wechat_openid=None, wechat_index=None, wechat_index_even=None)
        .execution_options(synchronize_session=False)
    )
    person.wechat_openid = openid
    db.session.flush()
    return open_sign_in(person, face="api", device=device)


def _use_up(code: str) -> None:
    """Two requests with the same code: the second waits for the first and finds it used."""
    fresh = db.session.scalar(
        insert(WeChatCode)
        .values(code_hash=keyed_hash("wechat-code", code), used_at=clock.now())
        .on_conflict_do_nothing(index_elements=[WeChatCode.code_hash])
        .returning(WeChatCode.id)
    )
    if fresh is None:
        raise WeChatCodeWrong


def _check(person: Person) -> None:
    if person.disabled_at is not None:
        raise NotAllowed("这个手机号已停止使用。需要办事可以请管家当面登记，或打社区电话。")
    if person.username is not None:
        raise NotAllowed("这是工作人员的手机号。请到工作人员登录，用用户名和密码登录。")
