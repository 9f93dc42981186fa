"""Proving once more that it is oneself, before something that matters (promises.md T16, T25)."""

from butler.identity.actions.checking import WrongPassword, check_password
from butler.identity.actions.codes import use_code
from butler.identity.models import Person, SignIn
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict


def prove_with_password(sign_in: SignIn, *, password: str, asked_from: str | None) -> None:
    """A member of staff enters their password again. Raises WrongPassword, RateLimited, Conflict for residents."""
    person = _person(sign_in)
    if person.username is None:
        raise Conflict("您没有密码。请用手机验证码确认。")
    try:
        check_password(username=person.username, password=password, asked_from=asked_from)
    except WrongPassword as wrong:  # whoever reads this is signed in, and stays so
        wrong.title, wrong.detail = "密码没有对上", "您还在登录着。请再核对一遍密码；忘了密码请找您的管理员。"
        raise
    _note(sign_in)


def prove_with_code(sign_in: SignIn, *, code: str) -> None:
    """A resident enters a code sent to their own phone. Raises WrongCode, and Conflict for staff and without a phone."""
    person = _person(sign_in)
    if person.username is not None or person.phone is None:
        raise Conflict("请用密码确认。")
    use_code(phone=person.phone, digits=code)
    _note(sign_in)


def _person(sign_in: SignIn) -> Person:
    return db.session.get_one(Person, sign_in.person_id)


def _note(sign_in: SignIn) -> None:
    sign_in.proved_at = clock.now()
    db.session.flush()
