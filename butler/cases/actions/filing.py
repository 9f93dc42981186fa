"""Somebody asks for something: routed, clocked, written down and told in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from butler.cases import routing
from butler.cases.actions import clocks, history
from butler.cases.actions.booking import Seat, take_seat
from butler.cases.events import CaseFiled
from butler.cases.hashing import first_hash
from butler.cases.models import Case, CaseHop
from butler.cases.procedures import BEGINNINGS
from butler.cases.routing import Route, Stop
from butler.cases.states import ClockKind, Direction, Happening, Kind, Mode, Stage, Urgency
from butler.catalogue import queries as catalogue_queries
from butler.consents import actions as consents
from butler.consents.actions import Said
from butler.consents.models import Consent
from butler.consents.register import POINTER, about_health, code_of, read_codes
from butler.consents.states import Channel, Purpose
from butler.families import queries as families
from butler.families.models import Delegation
from butler.families.states import Power
from butler.identity import queries as identity_queries
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock, envelopes, numbers
from butler.kit.database import db, insert_now
from butler.kit.errors import Conflict, Invalid, NotFound
from butler.kit.events import publish
from butler.org import queries as org_queries
from butler.org.models import Building, Desk, Unit

URGENCY_RANK = {Urgency.URGENT: 0, Urgency.NORMAL: 1}
NO_MATTER = "咨询"
ASKED: Mapping[Kind, tuple[Purpose, ...]] = {
    Kind.CONSULT: (Purpose.PAPERS, Purpose.HEALTH),
    Kind.ERRAND: (Purpose.HAND_OVER, Purpose.PAPERS, Purpose.HEALTH),
}
"""What may be agreed to when a case is filed, and for it later."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asks for, as it came in. `building_id` where the building is known, else `unit_code`."""

    kind: Kind
    matter_code: str | None = None
    mode: Mode | None = None
    building_id: int | None = None
    unit_code: str | None = None
    slot_id: str | None = None
    summary: str = ""
    urgency: Urgency = Urgency.NORMAL
    answers: Mapping[str, Any] = field(default_factory=dict)
    beneficiary: Mapping[str, int] | None = None  # `delegation`: by which the caller acts for somebody else
    no_calls: bool = False
    no_texts: bool = False
    beneficiary_sees: bool = True  # False: kept from the child it is for, for as long as the guardian wants
    consents: Sequence[str] = ()  # codes of the texts that were agreed to: ``hand_over@1``
    channel: Channel = Channel.API


def file_case(actor: Actor, wish: Wish) -> Case:
    """File a case for the caller, or for somebody who has let them. Answers about somebody's health are kept only with a
    consent of their own (个人信息保护法 29); without it the case is filed without them.

    Raises Invalid (unknown matter, place or slot; an errand without a matter, or without the consent to hand in what
    was given for it), Conflict (the matter must be done in person; the slot is full;
    delegation-needed: no delegation in force that covers this; guardian-needed: the caller is under 14).
    """
    now = clock.now()
    families.check_old_enough(actor.person_id, now)
    matter_name, revision = _check_matter(wish)
    agreed = _check_consents(wish)
    way = _route(wish, now)
    asker = db.session.get_one(Person, actor.person_id)
    delegation = _delegation(actor, wish, now)
    if delegation and not wish.beneficiary_sees:
        check_may_hide(delegation)
    beneficiary = delegation.grantor if delegation else asker
    case = Case(
        kind=wish.kind.value,
        mode=wish.mode.value if wish.mode else None,
        urgency=wish.urgency.value,
        matter_code=wish.matter_code,
        matter_name=matter_name,
        matter_revision=revision,
        asker_id=actor.person_id,
        beneficiary_id=beneficiary.id,
        asker_sees=True,
        beneficiary_sees=wish.beneficiary_sees or beneficiary is asker,
        no_calls=wish.no_calls,
        no_texts=wish.no_texts,
        delegation_id=delegation.id if delegation else None,
        recorder_id=actor.person_id,
        building_id=wish.building_id,
        unit_id=way.unit.id,
        unit_path=way.unit.path,
        district=way.unit.district,
    )
    seat = take_seat(wish.slot_id, desk_id=way.route.desk_id, now=now) if wish.slot_id else None
    answers = wish.answers if Purpose.HEALTH in agreed else without_health(wish.answers)
    said = {"summary": wish.summary, "answers": dict(answers)}
    by = Said(person_id=beneficiary.id, by_id=actor.person_id, channel=wish.channel, now=now)
    rows = [consents.row_of(purpose, by, case_id=None) for purpose in agreed]
    _open(case, way.route, way.desks, seat, said=said, actor=actor, now=now, agreed=rows)
    shown = {"asker": asker, "beneficiary": beneficiary, "unit": way.unit, "building": way.building, "holder": None}
    desk = way.desks[case.desk_id]
    for name, thing in {**shown, "desk": desk, "accountable_desk": desk}.items():
        set_committed_value(case, name, thing)  # `finding.SHOWN` without asking for it: all of it is at hand
    return case


def file_errand_from(consult: Case, *, matter_code: str, actor: Actor, now: datetime) -> Case:
    """The errand a consult turns into: same people, same place, and the desk that already knows about it."""
    answers = _answers_that_fit(matter_code, consult.answers) if consult.matter_code == matter_code else {}
    wish = Wish(kind=Kind.ERRAND, matter_code=matter_code, mode=Mode.DAYTIME, answers=answers)
    matter_name, revision = _check_matter(wish)
    case = Case(
        kind=Kind.ERRAND.value,
        mode=Mode.DAYTIME.value,
        urgency=consult.urgency,
        matter_code=matter_code,
        matter_name=matter_name,
        matter_revision=revision,
        asker_id=consult.asker_id,
        beneficiary_id=consult.beneficiary_id,
        asker_sees=consult.asker_sees,
        beneficiary_sees=consult.beneficiary_sees,
        no_calls=consult.no_calls,
        no_texts=consult.no_texts,
        delegation_id=consult.delegation_id,
        recorder_id=actor.person_id,
        building_id=consult.building_id,
        unit_id=consult.unit_id,
        unit_path=consult.unit_path,
        district=consult.district,
        origin_id=consult.id,
    )
    why = f"由咨询 {consult.number} 转来"
    hop = routing.Hop(consult.desk_id, Direction.DOWN, why)
    route = Route(consult.desk_id, why, (hop,))
    said = {"summary": consult.summary, "answers": without_health(consult.answers)}  # nobody has agreed for this case
    _open(case, route, {consult.desk_id: consult.desk}, None, said=said, actor=actor, now=now)
    return case


def _open(
    case: Case,
    route: Route,
    desks: Mapping[int, Desk],
    seat: Seat | None,
    *,
    said: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    agreed: Sequence[Consent] = (),
) -> None:
    kind, key = Kind(case.kind), envelopes.new_key()
    case.number = numbers.new_number()
    case.head_hash = first_hash(case.number)
    case.urgency_rank = URGENCY_RANK[Urgency(case.urgency)]
    case.stage, case.state = Stage.WAITING.value, BEGINNINGS[kind].value
    case.desk_id = case.accountable_desk_id = route.desk_id
    case.sealed_words = envelopes.seal_under(key, "cases.sealed_words", said)
    case.sealed_why, case.created_at = envelopes.seal_under(key, "cases.sealed_why", route.why), now
    case.version, case.last_seq, case.lease_epoch = 1, 0, 0
    if seat is None:
        response = clocks.begin(case, ClockKind.RESPONSE, now=now)
    else:
        why = f"您预约了{seat.words}，管家会在这之前接单"
        response = clocks.begin_until(case, ClockKind.RESPONSE, now=now, until=seat.starts_at, why=why)
    set_committed_value(case, "clocks", [response])
    clocks.settle(case, now=now)
    codes = [code_of(Purpose(one.purpose)) for one in agreed]
    line = history.next_line(
        case, Happening.FILED, stage=Stage.WAITING, state=BEGINNINGS[kind], desk_id=case.desk_id,
        actor_id=actor.person_id,
        role=Role.RESIDENT.value if case.asker_id == actor.person_id else actor.posts[0].role,
        at=now, note=said["summary"], data={"consents": codes} if codes else {}, key=key,
    )  # fmt: skip
    case.last_seq, case.head_hash = line.seq, line.hash
    insert_now(case)  # once, when it is complete: the constraints see nothing unfinished
    response.case_id = line.case_id = case.id
    hops = [
        CaseHop(
            case_id=case.id,
            seq=seq,
            desk_id=hop.desk_id,
            direction=hop.direction.value,
            at=now,
            sealed_why=envelopes.seal_under(key, "case_hops.sealed_why", hop.why),
        )
        for seq, hop in enumerate(route.hops, start=1)
    ]
    for one in agreed:
        one.case_id = case.id
    insert_now(line, response, envelopes.envelope(case.id, key), *hops, *agreed)
    for hop in hops:
        set_committed_value(hop, "desk", desks[hop.desk_id])
    set_committed_value(case, "hops", hops)
    if seat is not None:
        seat.give_to(case.id)
    publish(CaseFiled(case_id=case.id))


def _check_matter(wish: Wish) -> tuple[str, str | None]:
    """The matter's name and revision. An errand needs one that may be done for a person (domain.md §3.4)."""
    if wish.kind is Kind.ERRAND and wish.mode is None:
        raise Invalid.at("/mode", "请选择白天代办，还是下班后交给管家（错峰）", code="required")
    if wish.kind is not Kind.ERRAND and wish.mode is not None:
        raise Invalid.at("/mode", "咨询不用选代办方式", code="not_wanted")
    if wish.matter_code is None:
        if wish.kind is Kind.ERRAND:
            raise Invalid.at("/matter_code", "请先选要代办的事项", code="required")
        if wish.answers:  # only a matter knows which answers there are
            raise Invalid.at("/answers", "没有选事项，就没有要回答的情况，请去掉。", code="not_wanted")
        return NO_MATTER, None
    try:
        matter = catalogue_queries.matter(wish.matter_code)
    except NotFound:
        raise Invalid.at("/matter_code", "没有这个事项，请重新选择", code="unknown_matter") from None
    made = catalogue_queries.checklist(matter.code, wish.answers)  # raises Invalid for answers that are not its own
    if wish.kind is Kind.ERRAND and "errand" not in made.channels:
        raise Conflict(
            f"“{matter.name}”不能代办：{made.why_not('errand')}。"
            f"{f'可以{made.channel_words}；' if made.channels else ''}您也可以改为咨询，管家陪您准备材料。"
        )
    return matter.name, matter.revision


def _check_consents(wish: Wish) -> list[Purpose]:
    """What is agreed to, each thing once. Only what cannot be done without it is demanded (个人信息保护法 16)."""
    asked = ASKED[wish.kind]
    agreed = read_codes(wish.consents, asked)
    if wish.kind is Kind.ERRAND and Purpose.HAND_OVER not in agreed:
        raise Invalid.at(
            POINTER, "代办要把您的材料交给部门窗口，先要您同意。不同意的话，可以改成咨询。", code="consent_missing"
        )
    return agreed


def without_health(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers without those that say something about somebody's health or hardship."""
    telling = about_health(answers)
    return {question: answer for question, answer in answers.items() if question not in telling}


def _answers_that_fit(matter_code: str, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was answered long ago, unless the questions have changed since."""
    try:
        catalogue_queries.checklist(matter_code, answers)
    except (Invalid, NotFound):
        return {}
    return answers


@dataclass(frozen=True)
class _Way:
    """The lowest unit known, the building where it is known, where the case lands, and the desks it may come by."""

    unit: Unit
    building: Building | None
    route: Route
    desks: Mapping[int, Desk]


def _route(wish: Wish, now: datetime) -> _Way:
    """Find the way. Zone neighbours are asked for only when they are needed."""
    building: Building | None = None
    own: Desk | None = None
    if wish.building_id is not None:
        try:
            place = org_queries.place_of_building(wish.building_id)
        except NotFound:
            raise Invalid.at("/building_id", "没有找到这栋楼，请重新扫管家名片", code="unknown_building") from None
        unit, building, own = place.unit, place.building, place.butler_desk
    elif wish.unit_code is not None:
        try:
            unit = org_queries.unit_by_code(wish.unit_code)
        except NotFound:
            raise Invalid.at("/unit_code", "没有这个地区代码，请核对", code="unknown_unit") from None
    else:
        raise Invalid.at("/building_id", "请告诉我们在哪里：扫管家名片，或选择楼栋、社区", code="required")
    chain = org_queries.desks_of_chain(unit.path)
    known = [*chain, *([own] if own else [])]
    stops = _stops(known, now)
    neighbours: list[Stop] = []
    if own is not None and not stops[-1].on_duty:
        beside = org_queries.zone_neighbours(own)
        known += beside
        neighbours = _stops(beside, now)
    route = routing.route_down(stops[: len(chain)], stops[-1] if own else None, neighbours)
    return _Way(unit, building, route, {desk.id: desk for desk in known})


def _stops(desks: Sequence[Desk], now: datetime) -> list[Stop]:
    manned = identity_queries.manned([desk.id for desk in desks], now)
    return [Stop(desk.id, desk.name, desk.kind, desk.id in manned) for desk in desks]


def check_may_hide(delegation: Delegation) -> None:
    """Raise Invalid (``/beneficiary_sees``) unless what is asked by it may be kept from whom it is for: whoever gave an
    authority sees at any time what is done with it; a guardian may protect a child."""
    if not families.is_guardianship(delegation):
        said = "家人授权您办的事，家人一直看得到，不能瞒着。您自己想问的，请在“为谁”里选“我自己”。"
        raise Invalid.at("/beneficiary_sees", said, code="not_hidden")


def _delegation(actor: Actor, wish: Wish, now: datetime) -> Delegation | None:
    """By which the caller asks for somebody else; it cannot be taken back while this is written. "Not there", "not yours"
    and "does not cover this" are told alike."""
    if wish.beneficiary is None:
        return None
    return families.hold(actor, wish.beneficiary["delegation"], Power.ASK, wish.matter_code, now)
