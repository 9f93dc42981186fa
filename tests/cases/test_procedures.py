"""The drawn arrows, over the whole table: every (kind, stage, state, step) is decided here, by hand, not by memory."""

from itertools import product
from pathlib import Path

import pytest

from butler.cases.drawing import draw_map
from butler.cases.procedures import BEGINNINGS, KERNEL, PROCEDURES, arrow_for, may_take, open_steps
from butler.cases.procedures.limits import LIMITS, limit_of
from butler.cases.states import ClockKind, Kind, Relation, Stage, State, Step, Urgency
from butler.kit.errors import Conflict, NotAllowed

STATES_OF = {
    Kind.CONSULT: (State.ASKED, State.ANSWERED, State.CONVERTED),
    Kind.ERRAND: (
        State.REQUESTED,
        State.AUTHORISED,
        State.COLLECTED,
        State.SUBMITTED,
        State.RESULT_READY,
        State.RETURNED,
        State.DELIVERED,
        State.NOT_DONE,
    ),
}
IN_HAND = {
    (Kind.CONSULT, State.ASKED): {"answer", "convert"},
    (Kind.ERRAND, State.REQUESTED): {"authorise", "resolve"},
    (Kind.ERRAND, State.AUTHORISED): {"receive_originals", "submit", "resolve", "authorise"},
    (Kind.ERRAND, State.COLLECTED): {"receive_originals", "return_originals", "submit", "authorise"},
    (Kind.ERRAND, State.SUBMITTED): {"record_result", "return_originals", "resolve"},
    (Kind.ERRAND, State.RESULT_READY): {"return_originals", "resolve"},
    (Kind.ERRAND, State.RETURNED): {"resolve"},
}
KERNEL_STEPS = {
    Stage.WAITING: {"claim", "dispatch", "note", "urge", "cancel"},
    Stage.IN_HAND: {"release", "refer_up", "pause", "note", "urge", "cancel"},
    Stage.PAUSED: {"resume", "note", "cancel"},
    Stage.RESOLVED: {"confirm", "dispute", "note"},
    Stage.CLOSED: {"rate"},
}
EVERYBODY = frozenset(Relation)


def expected_steps(kind: Kind, stage: Stage, state: State) -> set[str]:
    steps = set(KERNEL_STEPS[stage])
    if stage is Stage.IN_HAND:
        steps |= IN_HAND.get((kind, state), set())
    if stage is Stage.RESOLVED and state not in (State.ANSWERED, State.DELIVERED, State.NOT_DONE):
        steps.discard("dispute")
    return steps


@pytest.mark.parametrize(
    ("kind", "stage", "state"),
    [(kind, stage, state) for kind in Kind for stage, state in product(Stage, STATES_OF[kind])],
)
def test_every_pair_leads_where_it_is_drawn_or_is_refused(kind: Kind, stage: Stage, state: State) -> None:
    allowed = expected_steps(kind, stage, state)
    for step in Step:
        if step.value in allowed:
            arrow_for(kind, stage, state, step)
        else:
            with pytest.raises(Conflict) as refusal:
                arrow_for(kind, stage, state, step)
            assert refusal.value.code == "state-conflict"
    assert {step.value for step in open_steps(kind, stage, state, EVERYBODY)} == allowed


def test_open_steps_nobody_related_has_none() -> None:
    for kind, table in PROCEDURES.items():
        for state, _ in table:
            assert open_steps(kind, Stage.IN_HAND, state, frozenset()) == []


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        (Relation.ASKER, ["note", "urge", "cancel"]),
        (
            Relation.HOLDER,
            ["authorise", "resolve", "release", "refer_up", "pause", "note"],
        ),
        (Relation.DESK, ["note"]),
        (Relation.ABOVE, ["note", "urge"]),
    ],
)
def test_open_steps_depend_on_how_one_stands_to_the_case(relation: Relation, expected: list[str]) -> None:
    steps = open_steps(Kind.ERRAND, Stage.IN_HAND, State.REQUESTED, frozenset({relation}))

    assert [step.value for step in steps] == expected


def test_may_take_refuses_a_stranger() -> None:
    claim = KERNEL[Stage.WAITING, Step.CLAIM]

    may_take(claim, frozenset({Relation.DESK}))
    with pytest.raises(NotAllowed):
        may_take(claim, frozenset({Relation.ASKER, Relation.HOLDER, Relation.ABOVE}))


def test_every_state_can_be_reached_and_left() -> None:
    for kind, table in PROCEDURES.items():
        reached = {BEGINNINGS[kind]}
        while True:
            further = reached | {
                arrow.state for (state, _), arrow in table.items() if state in reached and arrow.state is not None
            }
            if further == reached:
                break
            reached = further
        assert reached == set(STATES_OF[kind])


def test_every_started_clock_has_a_limit() -> None:
    started = {
        (kind, arrow.starts)
        for kind in Kind
        for arrow in (*PROCEDURES[kind].values(), *KERNEL.values())
        if arrow.starts is not None
    }

    for kind, clock in started:
        assert limit_of(kind, clock, Urgency.NORMAL).amount > 0
    assert {clock for _, clock in LIMITS} | {ClockKind.RESPONSE} == set(ClockKind)


def test_the_drawing_is_that_of_the_tables() -> None:
    drawn = (Path(__file__).parents[2] / "docs" / "case-map.md").read_text(encoding="utf-8")

    assert drawn == draw_map(), "run `flask butler diagram`"
