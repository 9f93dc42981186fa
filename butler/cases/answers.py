"""What a client reads about a case: one function per representation. Names and phones are masked unless the reader has
the case in hand or it is their own."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from butler.cases import reaching, wording
from butler.cases.actions.booking import Slot
from butler.cases.models import Case, CaseClock, CaseHop, CaseStep
from butler.cases.queries import acting, finding
from butler.cases.states import ClockKind, Happening, Kind, Mode, Outcome, Relation, Stage, State, Step
from butler.catalogue import queries as catalogue_queries
from butler.families.queries import Footing
from butler.identity import scope
from butler.identity.models import Person
from butler.identity.permissions import KEPT_AFTER, ROLE_NAMES, FieldClass, Permission, Role, Standing, readable
from butler.identity.rules import DESK_OF_ROLE, mask_name, mask_numbers, mask_phone
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.clock import CHINA
from butler.kit.wording import say_moment
from butler.looks import wording as looking
from butler.looks.models import Reveal
from butler.looks.queries import NOTHING, Entry, Uncovered
from butler.looks.states import LookKind, Way
from butler.org.models import Desk

_ROLE_WORDS: Mapping[str, str] = {role.value: name for role, name in ROLE_NAMES.items()} | {"system": "系统"}
_STANDINGS: Mapping[Relation, Standing] = {
    Relation.ASKER: Standing.OWN,
    Relation.HOLDER: Standing.HOLDER,
    Relation.DESK: Standing.DESK,
    Relation.ABOVE: Standing.ABOVE,
}
_AT_DESK: Mapping[str, Role] = {kind.value: role for role, kind in DESK_OF_ROLE.items()}


def called(name: str, role: str) -> str:
    """How somebody is called by others: 陈管家, 李网格员; a surname is enough."""
    return f"{name[:1]}{_ROLE_WORDS.get(role, '')}"


def case_lines(actor: Actor, cases: Collection[Case]) -> list[dict[str, Any]]:
    """Cases in a list; what the caller may do for others is asked once for all."""
    footing = acting.footing_on(actor, cases)
    return [case_line(actor, case, footing) for case in cases]


def case_line(actor: Actor, case: Case, footing: Footing | None = None) -> dict[str, Any]:
    """A case in a list. `footing`: see `acting.steps_open_to`."""
    state, stage = State(case.state), Stage(case.stage)
    return {
        "number": case.number,
        "kind": case.kind,
        "kind_name": wording.KINDS[Kind(case.kind)],
        "mode": case.mode,
        "mode_name": wording.MODES[Mode(case.mode)] if case.mode else None,
        "matter_code": case.matter_code,
        "matter_name": case.matter_name,
        "urgency": case.urgency,
        "stage": case.stage,
        "stage_name": wording.STAGES[stage],
        "state": case.state,
        "state_name": wording.STATES[state],
        "status": status_of(case),
        "outcome": case.outcome,
        "place": place_of(case),
        "desk": _desk(case.desk),
        "accountable_desk": _desk(case.accountable_desk),
        "due_at": _iso(case.due_at),
        "due_why": case.due_why,
        "late": case.due_at is not None and case.stage != Stage.RESOLVED and case.due_at <= clock.now(),
        "created_at": _iso(case.created_at),
        "closed_at": _iso(case.closed_at),
        "version": case.version,
        "allowed_steps": [step.value for step in acting.steps_open_to(actor, case, footing)],
    }


def found_line(actor: Actor, case: Case) -> dict[str, Any]:
    """A case in the result of a search; always masked, also for whoever has it in hand."""
    return case_line(actor, case) | {"beneficiary": _person(case.beneficiary.name, case.beneficiary.phone, frozenset())}


def changes_of(case: Case) -> list[dict[str, str]]:
    """What is different in the matter since the case was filed, in sentences; nothing once it is closed."""
    if case.matter_code is None or case.stage == Stage.CLOSED:
        return []
    changes = catalogue_queries.changes_since(case.matter_code, case.matter_revision)
    return [{"topic": change.topic, "text": change.text} for change in changes]


def case_whole(
    actor: Actor,
    case: Case,
    *,
    hops: Sequence[CaseHop],
    clocks: Sequence[CaseClock],
    uncovered: Uncovered = NOTHING,
    door: str | None = None,
) -> dict[str, Any]:
    """A case by itself: everything but its history. `door`: the front door, where that is uncovered."""
    plain = shown_plainly(actor, case, uncovered)
    return case_line(actor, case) | {
        "summary": words_for(case.summary, plain),
        "answers": case.answers if FieldClass.WORDS in plain else {},
        "matter_revision": case.matter_revision,
        "matter_changes": changes_of(case),
        "routed_why": case.routed_why,
        "path": [_hop(hop) for hop in hops],
        "clocks": [_clock(one) for one in clocks],
        "asker": _party(case, case.asker, plain),
        "beneficiary": _party(case, case.beneficiary, plain),
        "holder": worker_of(case) if case.holder else None,
        "lease_until": _iso(case.lease_until),
        "lease_epoch": case.lease_epoch,
        "paused_until": _iso(case.paused_until),
        "resolved_at": _iso(case.resolved_at),
        "closed_level": case.closed_level,
        "door": door,
        "uncovered": sorted(uncovered.fields),
        "uncovered_until": _iso(uncovered.until),
    }


def shown_plainly(actor: Actor, case: Case, uncovered: Uncovered = NOTHING) -> frozenset[FieldClass]:
    """What of a case this person reads without a mask, in `case_whole` and on the page made of it."""
    return readable(_standings(actor, case), uncovered.fields)


def _standings(actor: Actor, case: Case) -> set[Standing]:
    """Every way in which somebody stands to a case. Who answers for it because it is late reads like the desk it is on;
    who did the work, like its holder for a week more."""
    found = {_STANDINGS[relation] for relation in finding.relations(actor, case)}
    if case.accountable_desk_id in scope.desks_where(actor, Permission.CASE_WORK):
        found.add(Standing.DESK)
    if case.resolver_id == actor.person_id and found and case.resolved_at is not None:
        done = max(case.resolved_at, case.closed_at or case.resolved_at)
        if clock.now() < done + KEPT_AFTER:
            found.add(Standing.HOLDER)
    return found


def words_for(words: str, plain: Collection[FieldClass]) -> str:
    """What people wrote: as it is, or with every number in it covered (telephones, papers, doors)."""
    return words if FieldClass.WORDS in plain else mask_numbers(words)


def timeline_line(actor: Actor, line: CaseStep, plain: Collection[FieldClass]) -> dict[str, Any]:
    """One line of the history. `plain`: what the reader reads without a mask (`shown_plainly`)."""
    step: Step | Happening = Step(line.step) if line.step in set(Step) else Happening(line.step)
    return {
        "seq": line.seq,
        "at": _iso(line.at),
        "step": line.step,
        "stage": line.stage,
        "state": line.state,
        "who": who_did(actor, line),
        "what": wording.DONE[step],
        "note": words_for(line.note, plain),
        "data": line.data,
    }


def revealed(number: str, reveal: Reveal) -> dict[str, Any]:
    """What has been uncovered."""
    return {
        "number": number,
        "fields": list(reveal.fields),
        "until": _iso(reveal.covered_at),
        "break_glass": reveal.way == Way.BREAK_GLASS,
    }


def look_line(entry: Entry) -> dict[str, Any]:
    """One look, as the resident whose affair it is reads it."""
    kind, standing = LookKind(entry.kind), Standing(entry.standing)
    who = "本人" if entry.role == Role.RESIDENT else called(entry.looker or "", entry.role)
    because = "" if entry.role == Role.RESIDENT else looking.STANDINGS[standing]
    said = f"{say_moment(entry.last_at, clock.now())}，{who}{looking.tell_look(kind, entry.fields, entry.times)}"
    said += f"，因为{because}。" if because else "。"
    if why := looking.tell_reason(kind, entry.reason, entry.words):
        said += f"{why}。" if kind is LookKind.SEARCH else f"写的理由：{why}。"
    return {
        "id": str(entry.id),
        "at": _iso(entry.last_at),
        "who": who,
        "role": entry.role,
        "kind": kind.value,
        "fields": list(entry.fields),
        "standing": standing.value,
        "reason": entry.reason or None,
        "words": entry.words or None,
        "times": entry.times,
        "sentence": said,
    }


def who_did(actor: Actor, line: CaseStep) -> str:
    """您 for oneself, role and surname for others, 系统 for the clock."""
    if line.actor_id == actor.person_id:
        return "您"
    if line.actor is None:
        return "系统"
    return called(line.actor.name, line.actor_role)


def status_of(case: Case) -> str:
    """The one sentence: where it is, who does what next, by when."""
    return wording.status_sentence(
        stage=Stage(case.stage),
        state=State(case.state),
        who=worker_of(case),
        latest=say_moment(case.due_at, clock.now()) if case.due_at else None,
        outcome=Outcome(case.outcome) if case.outcome else None,
    )


def worker_of(case: Case) -> str:
    """Who works on it: 陈管家, 吴网格员; while nobody has it, whoever sits at its desk: 管家, 网格员."""
    role = _AT_DESK.get(case.desk.kind, Role.BUTLER)
    return called(case.holder.name, role) if case.holder else ROLE_NAMES[role]


def place_of(case: Case) -> str:
    """Community, estate and building; the lowest unit where the building is not known."""
    if case.building is None:
        return case.unit.name
    estate = case.building.estate
    return f"{estate.community.name} {estate.name} {case.building.name}"


def slot_line(slot: Slot) -> dict[str, Any]:
    """An off-hours window that can be booked."""
    return {
        "id": slot.id,
        "starts_at": _iso(slot.starts_at),
        "ends_at": _iso(slot.ends_at),
        "place": slot.place,
        "free": slot.free,
    }


def _desk(desk: Desk) -> dict[str, Any]:
    return {"id": str(desk.id), "kind": desk.kind, "name": desk.name, "phone": desk.phone}


def _hop(hop: CaseHop) -> dict[str, Any]:
    return {
        "seq": hop.seq,
        "desk": hop.desk.name,
        "kind": hop.desk.kind,
        "unit_code": hop.desk.unit.code,
        "unit_name": hop.desk.unit.name,
        "level": hop.desk.unit.level,
        "direction": hop.direction,
        "why": hop.why,
        "at": _iso(hop.at),
    }


def _clock(one: CaseClock) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "name": wording.CLOCKS[ClockKind(one.kind)],
        "due_at": _iso(one.due_at),
        "why": one.why,
        "provisional": one.provisional,
        "running": one.stopped_at is None and one.paused_at is None,
    }


def _party(case: Case, person: Person, plain: frozenset[FieldClass]) -> dict[str, Any]:
    """Who asked, or whom it is for. How they want to be reached is said to everybody who could reach them; in which
    words, to whoever reads their telephone."""
    wish = reaching.wish_of(case, person)
    return _person(person.name, person.phone, plain) | {
        "no_calls": wish.no_calls,
        "no_texts": wish.no_texts,
        "reach": (wish.words or None) if FieldClass.PHONE in plain else None,
        "sees_case": case.shows(person.id),
    }


def _person(name: str, phone: str | None, plain: frozenset[FieldClass]) -> dict[str, Any]:
    return {
        "name": name if FieldClass.NAME in plain else mask_name(name),
        "phone": phone if FieldClass.PHONE in plain or not phone else mask_phone(phone),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(CHINA).isoformat(timespec="seconds") if moment else None
