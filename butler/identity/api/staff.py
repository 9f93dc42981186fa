"""People on the staff, for whoever is in charge of them: invite, appoint, end, reset, shut out."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import current_app, g

from butler.identity import actions, queries, schemas, scope
from butler.identity.api.blueprint import api
from butler.identity.models import Appointment, Invitation, Person, StaffDeed
from butler.identity.permissions import ROLE_NAMES, Permission, Role
from butler.identity.rules import RECENTLY, address_of_link
from butler.identity.session import fresh
from butler.kit import clock
from butler.kit.paging import Page
from butler.web.fields import Schema
from butler.web.guard import View, allowed
from butler.web.once import once

_in_charge = allowed(Permission.STAFF_MANAGE)


def _acting(view: View) -> View:
    """Whoever is in charge, and has entered their password within the hour: this gives and takes power."""
    return _in_charge(fresh(RECENTLY)(view))


def _refuses(*statuses: int) -> Callable[[View], View]:
    """The refusals an answer's description names beside those of every address."""

    def described(view: View) -> View:
        for status in sorted(statuses, reverse=True):
            view = api.alt_response(status, HTTPStatus(status).name)(view)
        return view

    return described


def _deed(path: str, schema: type[Schema], *statuses: int) -> Callable[[View], View]:
    """Something that gives or takes power: once for each key, answered with nothing; 404 for whoever is out of reach."""

    def guarded(view: View) -> View:
        described = api.arguments(schema)(api.response(204)(_refuses(404, *statuses)(view)))
        return api.post(path)(_acting(once(described)))

    return guarded


@api.get("/staff")
@_in_charge
@api.arguments(schemas.CursorSchema, location="query")
@api.response(200, schemas.StaffListSchema)
def staff(query: dict[str, Any]) -> Page[Person]:
    """Everybody who has or had a post one gives. Butlers for a property lead, everybody for an administrator."""
    return queries.page_of_staff(g.actor, query.get("cursor"))


@api.get("/staff/<int:person_id>")
@_in_charge
@api.response(200, schemas.StaffDetailSchema)
@api.alt_response(404, "NOT_FOUND")
def staff_member(person_id: int) -> dict[str, Any]:
    """One of them, with their posts."""
    person = queries.person_in_reach(g.actor, person_id)
    return {
        "id": person.id,
        "name": person.name,
        "username": person.username,
        "disabled_at": person.disabled_at,
        "second_factor_at": person.second_factor_at,
        "posts": [_post(appointment) for appointment in queries.posts_of(person)],
        "sign_ins": len(queries.living_sign_ins(person.id, clock.now())),
    }


@api.get("/staff/<int:person_id>/deeds")
@_in_charge
@api.arguments(schemas.CursorSchema, location="query")
@api.response(200, schemas.DeedsSchema)
@api.alt_response(404, "NOT_FOUND")
def deeds(query: dict[str, Any], person_id: int) -> Page[StaffDeed]:
    """What was done to somebody: by whom, when and why."""
    return queries.page_of_deeds(queries.person_in_reach(g.actor, person_id), query.get("cursor"))


@api.get("/staff/invitations")
@_in_charge
@api.response(200, schemas.InvitationsSchema)
def invitations() -> dict[str, Any]:
    """The invitations that still work."""
    return {"items": queries.open_invitations(g.actor, clock.now())}


@api.post("/staff/invitations")
@_acting
@api.arguments(schemas.InviteSchema)
@api.response(201, schemas.LinkSchema)
@_refuses(403, 404)
def invite(sent: dict[str, Any]) -> dict[str, Any]:
    """Make a link with which somebody joins: 72 hours, once. It is shown only here; asked again, it makes another."""
    place = queries.place_for(g.actor, sent["role"], desk_id=sent["desk_id"], unit_code=sent["unit_code"])
    return _link(*actions.invite(by=g.actor, name=sent["name"], role=sent["role"], place=place, why=sent["why"]))


@api.delete("/staff/invitations/<int:invitation_id>")
@_acting
@api.response(204)
@_refuses(404, 409)
def revoke(invitation_id: int) -> None:
    """Make a link worthless."""
    actions.revoke_invitation(queries.invitation_in_reach(g.actor, invitation_id), by=g.actor)


@_deed("/staff/<int:person_id>/appointments", schemas.AppointSchema, 403)
def appoint(sent: dict[str, Any], person_id: int) -> None:
    """Give a further post. It holds from the person's next request on. Needs `Idempotency-Key`."""
    person = queries.person_in_reach(g.actor, person_id)
    place = queries.place_for(g.actor, sent["role"], desk_id=sent["desk_id"], unit_code=sent["unit_code"])
    actions.give_post(person, by=g.actor, role=sent["role"], place=place, since=sent["since"], why=sent["why"])


@_deed("/staff/appointments/<int:appointment_id>/end", schemas.EndSchema, 409)
def end_post(sent: dict[str, Any], appointment_id: int) -> None:
    """End a post. Needs `Idempotency-Key`."""
    appointment = queries.appointment_in_reach(g.actor, appointment_id)
    actions.take_post(appointment, by=g.actor, person=appointment.person, on=sent["on"], why=sent["why"])


@_deed("/staff/appointments/<int:appointment_id>/move", schemas.MoveSchema, 409)
def move(sent: dict[str, Any], appointment_id: int) -> None:
    """The same role at another place, from today on. Needs `Idempotency-Key`."""
    appointment = queries.appointment_in_reach(g.actor, appointment_id)
    place = queries.place_for(g.actor, Role(appointment.role), desk_id=sent["desk_id"], unit_code=sent["unit_code"])
    actions.move_post(appointment, by=g.actor, person=appointment.person, place=place, why=sent["why"])


@api.post("/staff/<int:person_id>/reset")
@_acting
@api.arguments(schemas.WhySchema)
@api.response(201, schemas.LinkSchema)
@_refuses(403, 404, 409)
def reset(sent: dict[str, Any], person_id: int) -> dict[str, Any]:
    """Make a link with which somebody chooses a new password. It does not get round a second factor."""
    person = queries.person_in_charge(g.actor, person_id)
    return _link(*actions.offer_reset(person, by=g.actor, why=sent["why"]))


@_deed("/staff/<int:person_id>/end-sign-ins", schemas.WhySchema, 403)
def end_sign_ins(sent: dict[str, Any], person_id: int) -> None:
    """End every sign-in of somebody: a lost phone. Needs `Idempotency-Key`."""
    actions.sign_out_everywhere(queries.person_in_charge(g.actor, person_id), by=g.actor, why=sent["why"])


@_deed("/staff/<int:person_id>/remove-second-factor", schemas.WhySchema, 403, 409)
def remove_second_factor(sent: dict[str, Any], person_id: int) -> None:
    """For who has lost phone and recovery codes, once you have made sure in person who it is; `why` says how.

    Needs `Idempotency-Key`.
    """
    actions.take_factor(queries.person_in_charge(g.actor, person_id), by=g.actor, why=sent["why"])


@_deed("/staff/<int:person_id>/disable", schemas.WhySchema, 403, 409)
def disable(sent: dict[str, Any], person_id: int) -> None:
    """Shut somebody out, with their next request. Needs `Idempotency-Key`."""
    actions.shut_out(queries.person_in_charge(g.actor, person_id), by=g.actor, why=sent["why"])


@_deed("/staff/<int:person_id>/enable", schemas.WhySchema, 403, 409)
def enable(sent: dict[str, Any], person_id: int) -> None:
    """Let somebody in again. Needs `Idempotency-Key`."""
    actions.let_in(queries.person_in_charge(g.actor, person_id), by=g.actor, why=sent["why"])


def _link(token: str, invitation: Invitation) -> dict[str, Any]:
    """What whoever made a link sees, once."""
    base_url: str = current_app.extensions["settings"].base_url
    return {"id": invitation.id, "link": address_of_link(base_url, token), "expires_at": invitation.expires_at}


def _post(appointment: Appointment) -> dict[str, Any]:
    role = Role(appointment.role)
    return {
        "id": appointment.id,
        "role": role,
        "role_name": ROLE_NAMES[role],
        "unit_code": appointment.unit.code,
        "unit_name": appointment.unit.name,
        "desk_id": appointment.desk_id,
        "valid_from": appointment.valid_from,
        "valid_to": appointment.valid_to,
        "in_charge": scope.may_appoint(g.actor, role, appointment.unit.path),
    }
