"""Two people for what everybody reads: who drafted a catalogue is not who publishes it (ASVS 2.3.5)."""

from dataclasses import dataclass, field

from flask import current_app

from butler.identity import queries as identity
from butler.identity.actions.checking import check_password
from butler.identity.actions.factors import check_second_factor
from butler.identity.permissions import Role
from butler.kit import clock
from butler.kit.errors import Conflict, NotAllowed

EDITORS = frozenset({Role.CATALOGUE_EDITOR, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Signature:
    """What somebody enters to say that it is them."""

    username: str
    password: str = field(repr=False)
    otp: str = field(repr=False)


def check_two_people(drafter: Signature, publisher: Signature) -> None:
    """Go on only when both are who they say, and two, and editors or administrators at this moment.

    Raises Conflict for one person twice, WrongPassword, WrongOtp, OtpNeeded, RateLimited, and NotAllowed for whoever
    holds no such post, or has no second factor where one is demanded.
    """
    if drafter.username.strip().lower() == publisher.username.strip().lower():
        raise Conflict("起草的人和发布的人要是两个人，没有发布。请另一位编辑或管理员来发布。")
    for one in (drafter, publisher):
        _check(one)


def _check(one: Signature) -> None:
    person = check_password(username=one.username.strip(), password=one.password, asked_from=None)
    check_second_factor(person, otp=one.otp, counted_for=f"person {person.id}")
    actor = identity.load_actor(person.id, clock.now())
    if actor is None or not EDITORS & set(actor.roles):
        raise NotAllowed(f"{one.username} 现在不是目录编辑，也不是管理员，没有发布。")
    if person.second_factor_at is None and current_app.extensions["settings"].second_factor != "nobody":
        raise NotAllowed(f"{one.username} 还没有设置动态口令，没有发布。请先登录网页设好。")
