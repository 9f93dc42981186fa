"""Somebody asks for something: routed, clocked, written down and told in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from butler.cases import routing
from butler.cases.actions import clocks, history, weighing
from butler.cases.actions.booking import Seat, take_seat
from butler.cases.events import CaseFiled
from butler.cases.hashing import first_hash
from butler.cases.models import Case, CaseHop
from butler.cases.procedures import BEGINNINGS
from butler.cases.routing import Route, Stop
from butler.cases.states import ClockKind, Direction, Happening, Kind, Mode, Stage, Urgency
from butler.consents import actions as consents
from butler.consents.actions import Said
from butler.consents.models import Consent
from butler.consents.register import code_of
from butler.consents.states import Channel, Purpose
from butler.families import queries as families
from butler.identity import queries as identity_queries
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock, envelopes, numbers
from butler.kit.database import db
from butler.kit.errors import Invalid, NotFound
from butler.kit.events import publish
from butler.kit.writing import insert_now
from butler.org import queries as org_queries
from butler.org.models import Building, Desk, Unit

URGENCY_RANK = {Urgency.URGENT: 0, Urgency.NORMAL: 1}


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
    matter_name, revision = weighing.check_matter(wish.kind, wish.mode, wish.matter_code, wish.answers)
    agreed = weighing.check_consents(wish.kind, wish.consents)
    way = _route(wish, now)
    asker = db.session.get_one(Person, actor.person_id)
    delegation = weighing.find_delegation(actor, wish.beneficiary, wish.matter_code, now)
    if delegation and not wish.beneficiary_sees:
        weighing.check_may_hide(delegation)
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
    answers = wish.answers if Purpose.HEALTH in agreed else weighing.without_health(wish.answers)
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
    answers = weighing.answers_that_fit(matter_code, consult.answers) if consult.matter_code == matter_code else {}
    matter_name, revision = weighing.check_matter(Kind.ERRAND, Mode.DAYTIME, matter_code, answers)
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
    said = {
        "summary": consult.summary,
        "answers": weighing.without_health(consult.answers),
    }  # nobody has agreed for this case
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
    insert_now(response, beside=[line, envelopes.envelope(case.id, key), *hops, *agreed])
    for hop in hops:
        set_committed_value(hop, "desk", desks[hop.desk_id])
    set_committed_value(case, "hops", hops)
    if seat is not None:
        seat.give_to(case.id)
    publish(CaseFiled(case_id=case.id))


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
    met = identity_queries.desks_on_way(unit.path, own, now)
    known = [desk for desk, _ in met]
    stops = [_stop(desk, on_duty=on_duty) for desk, on_duty in met]
    neighbours: list[Stop] = []
    if own is not None and not stops[-1].on_duty:
        beside = org_queries.zone_neighbours(own)
        known += beside
        manned = identity_queries.manned([desk.id for desk in beside], now)
        neighbours = [_stop(desk, on_duty=desk.id in manned) for desk in beside]
    route = routing.route_down(stops[:-1] if own else stops, stops[-1] if own else None, neighbours)
    return _Way(unit, building, route, {desk.id: desk for desk in known})


def _stop(desk: Desk, *, on_duty: bool) -> Stop:
    return Stop(desk.id, desk.name, desk.kind, on_duty)
