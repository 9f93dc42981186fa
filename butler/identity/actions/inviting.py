"""One-time links: to join the staff, to choose a new password. There is no other way in, and no account from the start.

A link is shown once, to whoever makes it; we keep its hash. It works for 72 hours and once. Looking at it uses nothing
up: mail programs look at links before people do.
"""

from datetime import datetime

from flask import current_app
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from butler.identity import queries, scope
from butler.identity.actions.appointing import appoint
from butler.identity.actions.hashing import hash_password
from butler.identity.actions.knowing import forget_devices
from butler.identity.actions.recording import record
from butler.identity.actions.signing_in import end_sign_ins_of
from butler.identity.breached import is_breached
from butler.identity.models import Invitation, Person
from butler.identity.passwords import BREACHED, why_refused
from butler.identity.permissions import Role
from butler.identity.rules import INVITATION_LIFE
from butler.identity.scope import Actor
from butler.identity.states import Deed, InvitationKind
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Gone, Invalid, NotAllowed
from butler.kit.numbers import fingerprint, new_secret
from butler.org.models import Desk, Unit


def invite(*, by: Actor, name: str, role: Role, place: Desk | Unit, why: str = "") -> tuple[str, Invitation]:
    """Make a link with which somebody joins in a role at a place (`queries.place_for`). Returns its token, once."""
    return _invite(by, name, role, place, why)


def invite_first(*, name: str, unit: Unit) -> tuple[str, Invitation]:
    """Make a link for the first administrator of a unit, from the command line.

    Raises Conflict when somebody administers the unit, or one above it, already: they are to invite the next.
    """
    if queries.administrators_of(unit):
        raise Conflict("这个辖区已经有系统管理员了，没有再建。请由他们在“人员”页面里邀请。")
    return _invite(None, name, Role.ADMINISTRATOR, unit, "命令行建立第一位管理员")


def revoke_invitation(invitation: Invitation, *, by: Actor, why: str = "") -> None:
    """Make a link worthless. Raises Conflict when it has been used or revoked."""
    if invitation.used_at is not None or invitation.revoked_at is not None:
        raise Conflict("这个邀请已经用过或收回了，没有再改动。")
    invitation.revoked_at = clock.now()
    record(
        Deed.INVITATION_REVOKED,
        by=by,
        invitation=invitation,
        role=invitation.role,
        desk_id=invitation.desk_id,
        unit_id=invitation.unit_id,
        why=why,
    )


def offer_reset(person: Person, *, by: Actor, why: str) -> tuple[str, Invitation]:
    """Make a link with which somebody (`queries.person_in_charge`) chooses a new password; the one before is revoked.

    Whoever has a second factor needs it as ever: a new password alone opens nothing (ASVS 6.4.3).
    """
    if person.disabled_at is not None:
        raise Conflict("这个人已停用。请先恢复使用，再重设密码。")
    token, invitation = _link(InvitationKind.RESET, by, person_id=person.id)
    record(Deed.RESET_OFFERED, by=by, person=person, invitation=invitation, why=why)
    return token, invitation


def join(*, token: str, username: str, password: str) -> Person:
    """Use a link to join: choose user name and password, and have the post it names.

    Raises NotFound, Gone (also when whoever invited may no longer give the post) and Invalid.
    """
    invitation = _taken(token, InvitationKind.JOIN)
    assert invitation.name is not None
    assert invitation.role is not None
    role = Role(invitation.role)
    _check_inviter(invitation, role)
    _check(password, invitation.name, username)
    now = clock.now()
    person = Person(
        name=invitation.name,
        username=username.lower(),
        password_hash=hash_password(password),
        password_set_at=now,
        is_demo=False,
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(person)
            db.session.flush()
    except IntegrityError as error:
        raise Invalid.at("/username", "这个用户名已经有人用了，请换一个。", code="taken") from error
    invitation.person_id, invitation.used_at = person.id, now
    appoint(person=person, role=role, desk=invitation.desk, unit=invitation.unit if invitation.desk is None else None)
    record(
        Deed.JOINED,
        by=person,
        person=person,
        invitation=invitation,
        role=role,
        desk_id=invitation.desk_id,
        unit_id=invitation.unit_id,
    )
    return person


def reset_password(*, token: str, password: str) -> Person:
    """Use a link to choose a new password; every sign-in ends. Raises NotFound, Gone, Invalid."""
    invitation = _taken(token, InvitationKind.RESET)
    person = invitation.person
    assert person is not None
    if person.disabled_at is not None:
        raise Gone(queries.GONE)
    _check(password, person.name, person.username)
    invitation.used_at = clock.now()
    set_password(person, password)
    record(Deed.PASSWORD_SET, by=person, person=person, invitation=invitation)
    return person


def change_password(person: Person, *, password: str) -> None:
    """Choose a new password oneself; who asks has just proved to be the person. Every sign-in ends. Raises Invalid."""
    _check(password, person.name, person.username)
    set_password(person, password)
    record(Deed.PASSWORD_SET, by=person, person=person)


def set_password(person: Person, password: str) -> None:
    """Keep the hash of a checked password and end every sign-in."""
    person.password_hash, person.password_set_at = hash_password(password), clock.now()
    end_sign_ins_of(person)
    forget_devices(person)
    db.session.flush()


def _invite(by: Actor | None, name: str, role: Role, place: Desk | Unit, why: str) -> tuple[str, Invitation]:
    desk = place if isinstance(place, Desk) else None
    unit_id = place.unit_id if isinstance(place, Desk) else place.id
    token, invitation = _link(
        InvitationKind.JOIN, by, name=name, role=role, desk_id=desk.id if desk is not None else None, unit_id=unit_id
    )
    record(Deed.INVITED, by=by, invitation=invitation, role=role, desk_id=invitation.desk_id, unit_id=unit_id, why=why)
    return token, invitation


def _link(kind: InvitationKind, by: Actor | None, **about: object) -> tuple[str, Invitation]:
    now, token = clock.now(), new_secret()
    if kind is InvitationKind.RESET:
        _revoke_resets(about["person_id"], now)
    invitation = Invitation(
        kind=kind,
        token_hash=fingerprint(token),
        invited_by=by.person_id if by is not None else None,
        created_at=now,
        expires_at=now + INVITATION_LIFE,
        **about,
    )
    db.session.add(invitation)
    db.session.flush()
    return token, invitation


def _revoke_resets(person_id: object, now: datetime) -> None:
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.kind == InvitationKind.RESET,
            Invitation.person_id == person_id,
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def _taken(token: str, kind: InvitationKind) -> Invitation:
    """The link, locked: of two who use it at the same moment the second finds it used."""
    invitation = queries.invitation_of(token, clock.now(), lock=True)
    if invitation.kind != kind:
        raise Gone(queries.GONE)
    return invitation


def _check_inviter(invitation: Invitation, role: Role) -> None:
    """A power that has ended gives nothing any more, not even by a link made while it lasted."""
    if invitation.invited_by is None:
        return
    inviter = queries.load_actor(invitation.invited_by, clock.now())
    assert invitation.unit is not None
    if inviter is None or not scope.may_appoint(inviter, role, invitation.unit.path):
        raise NotAllowed("发出这个邀请的人已经不再负责这个岗位，邀请不能用了。请找现在的负责人再要一个。")


def _check(password: str, name: str, username: str | None) -> None:
    if refused := why_refused(password, own=(name, username)):
        raise Invalid.at("/password", refused, code="password-weak")
    listed = current_app.extensions["settings"].breached_passwords
    if listed is not None and is_breached(password, listed):
        raise Invalid.at("/password", BREACHED, code="password-breached")
