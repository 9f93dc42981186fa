"""Asking for something: fill in, look it over, hand it in. What was typed travels in the forms, never in an address."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from flask import g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.cards.queries import HOTLINE
from butler.cases.actions.booking import Slot, open_slots, take_seat
from butler.cases.actions.filing import Wish, file_case
from butler.cases.actions.weighing import ASKED, check_may_hide
from butler.cases.pages.drafts import About, about_of, draft_from_query, spot_of
from butler.cases.pages.resident import pages
from butler.cases.pages.schemas import AskIn
from butler.cases.queries import own, placing
from butler.cases.queries.placing import Spot
from butler.cases.states import Kind, Urgency
from butler.cases.telling import tell_next
from butler.cases.wording import URGENCIES
from butler.consents.register import POINTER, Entry, about_health, register
from butler.consents.states import Channel, Purpose
from butler.families import queries as families
from butler.families.models import Delegation
from butler.families.rules import last_day_of
from butler.families.states import Power
from butler.identity import queries as identity_queries
from butler.identity.permissions import Permission
from butler.kit import clock
from butler.kit.errors import Conflict, Invalid
from butler.kit.wording import say_clock, say_day, say_moment
from butler.web.forms import fill_in_again, form_problem
from butler.web.guard import allowed
from butler.web.once import once
from butler.web.payload import HIDDEN, read_form

_ASK = AskIn()
_SLOTS_SHOWN = 3  # the rest is behind 看更多时间
_KEPT_FOR_BACK = 600  # seconds


@pages.get("/cases/new")
@allowed(Permission.CASE_FILE)
def ask() -> ResponseReturnValue:
    """Ask for what is needed, and no more; say first what it takes and what comes back."""
    draft = request.form if request.method == "POST" else draft_from_query()
    if families.is_under_14(g.actor.person_id, clock.now()):
        return _led_to_guardian(spot_of(draft))
    about = about_of(draft)
    if about.matter is None and draft.get("kind") != Kind.CONSULT:
        return redirect(url_for("catalogue_pages.find", card=draft.get("card_token") or None), 303)
    spot = spot_of(draft)
    if spot is None:
        homes = own.homes_of(g.actor.person_id, clock.today())
        if len(homes) != 1:
            return render_template("cases/where.html", draft=draft, about=about, homes=homes, phone=HOTLINE)
        draft.add("building_id", str(homes[0].id))
        spot = placing.spot_of_building(homes[0].id)
    kind = Kind.ERRAND if about.delegable and draft.get("kind") != Kind.CONSULT else Kind.CONSULT
    slots = _slots(spot) if kind is Kind.ERRAND else []
    now = clock.now()
    return render_template(
        "cases/new.html",
        draft=draft,
        about=about,
        kind=kind,
        refused=about.matter is not None and draft.get("kind") != Kind.CONSULT and not about.delegable,
        spot=spot,
        slots=[_slot_option(slot) for slot in slots[:_SLOTS_SHOWN]],
        more_slots=[_slot_option(slot) for slot in slots[_SLOTS_SHOWN:]],
        urgencies=[
            (
                urgency.value,
                URGENCIES[urgency],
                f"最晚{say_moment(placing.answer_due(kind, urgency, now), now)}有人接单",
            )
            for urgency in Urgency
        ],
        present=own.open_about(own.as_resident(g.actor), about.matter.code) if about.matter else None,
        relatives=_relatives(held := _held(about)),
        has_wards=any(families.is_guardianship(one) for one in held),
    )


def _led_to_guardian(spot: Spot | None) -> ResponseReturnValue:
    """Who can do it for a child, and what the child can do at once."""
    who = families.tell_guardians(g.actor.person_id, clock.now())
    return render_template("cases/guardian.html", who=who, spot=spot, hotline=HOTLINE)


@pages.post("/cases/new")
@allowed(Permission.CASE_FILE)
def ask_again() -> ResponseReturnValue:
    """修改: back to the form with everything that was typed."""
    return ask()


@pages.post("/cases/check")
@allowed(Permission.CASE_FILE)
@fill_in_again(ask)
def check() -> ResponseReturnValue:
    """Show what is about to be handed in, what becomes of it, and what happens next. Nothing is written yet."""
    wish, about, spot, now = read_form(_ASK), about_of(request.form), spot_of(request.form), clock.now()
    assert spot is not None  # the schema asks for a place
    seat = take_seat(wish["slot_id"], desk_id=spot.desk.id, now=now) if wish["slot_id"] else None
    due = placing.answer_due(wish["kind"], wish["urgency"], now) if seat is None else seat.starts_at
    response = make_response(
        render_template(
            "cases/check.html",
            wish=wish,
            relative=_relative(wish, about),
            about=about,
            spot=spot,
            seat=seat,
            due=due,
            phone=identity_queries.phone_of(g.actor.person_id),
            urgency=URGENCIES[wish["urgency"]],
            next_steps=tell_next(wish["kind"], off_hours=seat is not None),
            carried=[(name, text) for name, text in request.form.items(multi=True) if _is_typed(name)],
            to_agree=_to_agree(wish["kind"], about.answers),
        )
    )
    # Somebody who comes back from the next page must find this one. A browser that may not keep what answered a form
    # shows an error of its own there instead. Signing out clears it (Clear-Site-Data).
    response.headers["Cache-Control"] = f"private, max-age={_KEPT_FOR_BACK}"
    return response


@pages.get("/cases/check")
@allowed(Permission.CASE_FILE)
def check_again() -> ResponseReturnValue:
    """Somebody came back to an address that only a form leads to."""
    return redirect(url_for("catalogue_pages.find"), 303)


def _to_agree(kind: Kind, answers: Mapping[str, Any]) -> list[Entry]:
    """What is asked before it is handed in: what it cannot be done without, and what has been answered already. The
    rest is asked when it comes to it."""
    now = {Purpose.HAND_OVER} | ({Purpose.HEALTH} if about_health(answers) else set())
    return [register()[purpose] for purpose in ASKED[kind] if purpose in now]


def _what_was_wrong() -> ResponseReturnValue:
    """The page on which it can be put right: the boxes are on the second, everything else on the first."""
    problem = form_problem()
    boxes = problem is not None and all(
        error.pointer.startswith(POINTER) and error.code != "required" for error in problem.errors
    )
    return check() if boxes and problem is not None and problem.errors else ask()


def _filed_before(view: Callable[[], Any]) -> Callable[[], Any]:
    """Somebody went back to a form that has been handed in, changed it and hands it in again. Goes above `@once`."""

    @wraps(view)
    def told() -> Any:
        try:
            return view()
        except Invalid as refusal:
            if refusal.code != "idempotency-key-reused":
                raise
            raise Conflict(
                "您刚才那一件已经提交好了，改过的这一份没有提交。点上面的“我的”，可以给管家留言。要另办一件，请重新开始。",
                title="这一份已经提交过了",
            ) from refusal

    return told


@pages.post("/cases")
@allowed(Permission.CASE_FILE)
@_filed_before
@once
@fill_in_again(_what_was_wrong)
def file() -> ResponseReturnValue:
    """Hand it in, and go on to where it can be followed."""
    wish = read_form(_ASK)
    token = wish.pop("card_token", None)
    place = placing.place_of_card(token) if token else {"building_id": wish.pop("building_id")}
    wish["answers"] = about_of(request.form).answers
    try:
        case = file_case(g.actor, Wish(**wish, **place, channel=Channel.PAGE))
    except Conflict as refusal:  # the evening has just been filled up: the form again, with everything in it
        raise Invalid(refusal.detail, title=refusal.title) from refusal
    return redirect(url_for("cases_pages.show", number=case.number, new=1), 303)


def _held(about: About) -> Sequence[Delegation]:
    """By which one may ask this for somebody else."""
    return families.usable_by(g.actor.person_id, Power.ASK, about.matter.code if about.matter else None)


def _relatives(held: Sequence[Delegation]) -> list[tuple[str, str, str]]:
    """For whom: the delegation, the name, until when."""
    return [
        (str(one.id), families.name_of_other(g.actor, one), f"授权到{say_day(last_day_of(one), clock.now())}为止")
        for one in held
    ]


def _relative(wish: Mapping[str, Any], about: About) -> str | None:
    """The name of whom it is for. Raises Invalid when the authority is over meanwhile, or was never there, or does not
    allow to keep it from them."""
    if wish["beneficiary"] is None:
        return None
    for one in _held(about):
        if one.id == wish["beneficiary"]["delegation"]:
            if not wish["beneficiary_sees"]:
                check_may_hide(one)
            return families.name_of_other(g.actor, one)
    said = "这份授权不在有效期里，或者不包括这件事。请换一个，或请家人重新授权。"
    raise Invalid.at("/beneficiary/delegation", said, code="delegation-needed")


def _slots(spot: Spot) -> Sequence[Slot]:
    """The evenings that can be booked. While the butler is away a neighbour takes the cases, in the daytime only."""
    if spot.attendance is None or not spot.attendance.on_duty:
        return []
    return [slot for slot in open_slots(spot.desk.id) if slot.free > 0]


def _slot_option(slot: Slot) -> tuple[str, str, str]:
    when = f"{say_day(slot.starts_at)}{say_clock(slot.starts_at)}"
    return slot.id, when, f"到 {say_clock(slot.ends_at)}，{slot.place}，还能约 {slot.free} 位"


def _is_typed(name: str) -> bool:
    """Whether a field goes on to the next form as it is."""
    return name not in HIDDEN and name != "consents"  # boxes are ticked anew each time
