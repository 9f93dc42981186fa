"""People on the staff, for whoever is in charge of them. The same deeds as `api.staff`, each asked for once more."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.identity import actions, queries, schemas, scope
from butler.identity.drawing import qr_path
from butler.identity.models import Appointment, Invitation, Person
from butler.identity.pages.blueprint import pages
from butler.identity.pages.placing import choose_place
from butler.identity.pages.signing_in import say_on_form
from butler.identity.permissions import ROLE_NAMES, Permission, Role
from butler.identity.rules import RECENTLY, address_of_link
from butler.identity.session import fresh
from butler.identity.states import DEED_NAMES, Deed
from butler.kit import clock
from butler.kit.errors import NotFound
from butler.web.guard import View, allowed
from butler.web.once import once
from butler.web.payload import read_form, read_query

_in_charge = allowed(Permission.STAFF_MANAGE)
_CURSOR = schemas.CursorSchema()
_WHY = schemas.WhySchema()
_INVITE = schemas.InviteSchema()
_APPOINT = schemas.AppointSchema(exclude=("since",))
_MOVE = schemas.MoveSchema()


def _acting(view: View) -> View:
    return _in_charge(fresh(RECENTLY)(view))


@dataclass(frozen=True)
class _Doing:
    """A deed that needs a reason and nothing else."""

    title: str
    says: str
    do: Callable[..., Any]


_DOINGS = {
    "end-sign-ins": _Doing(
        "退出所有登录",
        "这个人在所有设备上马上退出，密码不变，可以重新登录。手机丢了先做这一步。",
        actions.sign_out_everywhere,
    ),
    "disable": _Doing("停用", "这个人马上退出，也不能再登录。办过的事和记录都留着，以后可以恢复。", actions.shut_out),
    "enable": _Doing("恢复使用", "这个人可以重新登录，还在的任命照旧。", actions.let_in),
    "remove-second-factor": _Doing(
        "停用动态口令",
        "手机和恢复码都丢了才用。请先当面核实是本人，在原因里写明怎么核实的。所有登录会退出，下次登录要重新设置。",
        actions.take_factor,
    ),
    "reset": _Doing(
        "重设密码",
        "会得到一个链接，请当面或打电话交给本人：72 小时内有效，只能用一次。动态口令不受影响。",
        actions.offer_reset,
    ),
}


@pages.get("/staff")
@_in_charge
def staff() -> ResponseReturnValue:
    """Everybody one is in charge of, and the invitations that still work."""
    return render_template(
        "identity/staff_list.html",
        people=queries.page_of_staff(g.actor, read_query(_CURSOR).get("cursor")),
        invitations=queries.open_invitations(g.actor, clock.now()),
        role_names=ROLE_NAMES,
    )


@pages.get("/staff/<int:person_id>")
@_in_charge
def staff_member(person_id: int) -> ResponseReturnValue:
    """One of them: posts, sign-ins, what was done."""
    person = queries.person_in_reach(g.actor, person_id)
    today = clock.today()
    posts = queries.posts_of(person)
    return render_template(
        "identity/staff_member.html",
        person=person,
        posts=[post for post in posts if post.valid_to is None or post.valid_to > today],
        past=[post for post in posts if post.valid_to is not None and post.valid_to <= today],
        role_names=ROLE_NAMES,
        gives=_gives,
        shows_photo=person.disabled_at is None
        and any(
            post.role == Role.BUTLER and _gives(post) for post in posts if not post.valid_to or post.valid_to > today
        ),
        living=queries.living_sign_ins(person.id, clock.now()),
        deeds=queries.page_of_deeds(person, read_query(_CURSOR).get("cursor")),
        words=lambda line: DEED_NAMES[Deed(line.deed)],
    )


@pages.get("/staff/invite")
@_acting
def invite_page() -> ResponseReturnValue:
    """Choose a role and a place, then say who."""
    return choose_place("邀请新同事", "invite", action=url_for("identity_pages.invite"))


@pages.post("/staff/invite")
@_acting
@say_on_form(invite_page)
def invite() -> ResponseReturnValue:
    """Make the link and show it, this once."""
    sent = read_form(_INVITE)
    place = queries.place_for(g.actor, sent["role"], desk_id=sent["desk_id"], unit_code=sent["unit_code"])
    token, invitation = actions.invite(by=g.actor, name=sent["name"], role=sent["role"], place=place, why=sent["why"])
    return _show_link(token, invitation, sent["name"])


@pages.post("/staff/invitations/<int:invitation_id>/revoke")
@_acting
@once
def revoke_invitation(invitation_id: int) -> ResponseReturnValue:
    """Make a link worthless."""
    actions.revoke_invitation(queries.invitation_in_reach(g.actor, invitation_id), by=g.actor)
    return redirect(url_for("identity_pages.staff"), 303)


@pages.get("/staff/<int:person_id>/appoint")
@_acting
def appoint_page(person_id: int) -> ResponseReturnValue:
    """Choose a role and a place for somebody."""
    person = queries.person_in_reach(g.actor, person_id)
    return choose_place(
        f"任命{person.name}", "appoint", action=url_for("identity_pages.appoint", person_id=person_id), person=person
    )


@pages.post("/staff/<int:person_id>/appoint")
@_acting
@once
@say_on_form(appoint_page)
def appoint(person_id: int) -> ResponseReturnValue:
    """Give a further post."""
    person = queries.person_in_reach(g.actor, person_id)
    sent = read_form(_APPOINT)
    place = queries.place_for(g.actor, sent["role"], desk_id=sent["desk_id"], unit_code=sent["unit_code"])
    actions.give_post(person, by=g.actor, role=sent["role"], place=place, why=sent["why"])
    return _back_to(person.id)


@pages.get("/staff/posts/<int:appointment_id>/move")
@_acting
def move_page(appointment_id: int) -> ResponseReturnValue:
    """Choose another place for the same role."""
    appointment = queries.appointment_in_reach(g.actor, appointment_id)
    role = Role(appointment.role)
    return choose_place(
        f"把{appointment.person.name}调到别处",
        "move",
        action=url_for("identity_pages.move", appointment_id=appointment_id),
        person=appointment.person,
        role=role,
    )


@pages.post("/staff/posts/<int:appointment_id>/move")
@_acting
@once
@say_on_form(move_page)
def move(appointment_id: int) -> ResponseReturnValue:
    """End the post here and begin it there, today."""
    appointment = queries.appointment_in_reach(g.actor, appointment_id)
    sent = read_form(_MOVE)
    place = queries.place_for(g.actor, Role(appointment.role), desk_id=sent["desk_id"], unit_code=sent["unit_code"])
    actions.move_post(appointment, by=g.actor, person=appointment.person, place=place, why=sent["why"])
    return _back_to(appointment.person_id)


@pages.get("/staff/posts/<int:appointment_id>/end")
@_acting
def end_post_page(appointment_id: int) -> ResponseReturnValue:
    """Ask why a post ends."""
    appointment = queries.appointment_in_reach(g.actor, appointment_id)
    return _ask_why(
        appointment.person,
        f"结束{ROLE_NAMES[Role(appointment.role)]}的任命",
        "从下一次操作起，这个岗位的权限就没有了。手里的办件请先交接。",
        url_for("identity_pages.end_post", appointment_id=appointment_id),
    )


@pages.post("/staff/posts/<int:appointment_id>/end")
@_acting
@once
@say_on_form(end_post_page)
def end_post(appointment_id: int) -> ResponseReturnValue:
    """End it today."""
    appointment: Appointment = queries.appointment_in_reach(g.actor, appointment_id)
    actions.take_post(appointment, by=g.actor, person=appointment.person, why=read_form(_WHY)["why"])
    return _back_to(appointment.person_id)


@pages.get("/staff/<int:person_id>/<doing>")
@_acting
def do_page(person_id: int, doing: str) -> ResponseReturnValue:
    """Say what a deed means and ask why."""
    known = _doing(doing)
    person = queries.person_in_charge(g.actor, person_id)
    return _ask_why(person, known.title, known.says, request.path)


@pages.post("/staff/<int:person_id>/<doing>")
@_acting
@say_on_form(do_page)
def do(person_id: int, doing: str) -> ResponseReturnValue:
    """Do it. Doing it twice does no harm, and a link is shown only in the answer, so nothing is kept of that."""
    known = _doing(doing)
    person = queries.person_in_charge(g.actor, person_id)
    made = known.do(person, by=g.actor, why=read_form(_WHY)["why"])
    if made is None:
        return _back_to(person.id)
    token, invitation = made
    return _show_link(token, invitation, person.name)


def _gives(post: Appointment) -> bool:
    return scope.may_appoint(g.actor, Role(post.role), post.unit.path)


def _doing(name: str) -> _Doing:
    if name not in _DOINGS:
        raise NotFound
    return _DOINGS[name]


def _ask_why(person: Person, title: str, says: str, action: str) -> str:
    return render_template("identity/staff_why.html", person=person, title=title, says=says, action=action)


def _show_link(token: str, invitation: Invitation, name: str) -> str:
    base_url: str = current_app.extensions["settings"].base_url
    address = address_of_link(base_url, token)
    side, path = qr_path(address)
    return render_template(
        "identity/staff_link.html", address=address, invitation=invitation, name=name, side=side, path=path
    )


def _back_to(person_id: int) -> ResponseReturnValue:
    return redirect(url_for("identity_pages.staff_member", person_id=person_id), 303)
