"""The buttons of a case for somebody at a desk: the one next step, and what else may be done. Drawn from the arrows."""

from dataclasses import dataclass

from butler.cases import wording
from butler.cases.models import Case
from butler.cases.procedures import Demand, arrow_for, open_steps
from butler.cases.queries import finding
from butler.cases.states import Kind, Relation, Stage, State, Step
from butler.identity.scope import Actor

DIRECT = frozenset({Step.CLAIM, Step.RESUME, Step.URGE, Step.RETURN_ORIGINALS})
"""Pressing the button is all these need; the others lead to a form."""

_LEADS_ON = frozenset(Step) - {Step.RELEASE, Step.REFER_UP, Step.PAUSE, Step.NOTE}
"""Steps that bring a case further; one of these is the big button."""

_GIVE_UP = wording.resolve_button(State.REQUESTED)


@dataclass(frozen=True)
class Button:
    """A step and the verb on its button."""

    step: Step
    label: str

    @property
    def direct(self) -> bool:
        """Whether pressing is enough."""
        return self.step in DIRECT


@dataclass(frozen=True)
class Buttons:
    """The next step, if it is this person's to take, and everything that is open to them."""

    main: Button | None
    all: tuple[Button, ...]

    @property
    def others(self) -> list[Button]:
        """Everything but the main one."""
        return [button for button in self.all if button is not self.main]

    def named(self, step: Step) -> Button | None:
        """The button of a step, if it is open."""
        return next((button for button in self.all if button.step is step), None)


def desk_relations(actor: Actor, case: Case) -> frozenset[Relation]:
    """How somebody stands to a case by their office. Their own affairs are on `/my`, not here."""
    return finding.relations(actor, case) - {Relation.ASKER}


def buttons_of(actor: Actor, case: Case, *, papers_out: int, signed: bool, agreed: bool = True) -> Buttons:
    """What the caller may do with a case now, the step that comes next apart.

    `papers_out`: originals of it that are not back with the resident; `signed`: a mandate for the caller is in force;
    `agreed`: the resident agrees that it is handed in (lists do not ask).
    """
    relations = desk_relations(actor, case)
    kind, stage, state = Kind(case.kind), Stage(case.stage), State(case.state)
    useless = {
        Step.RETURN_ORIGINALS: papers_out == 0,
        Step.URGE: Relation.HOLDER in relations,  # nobody urges themselves
        Step.AUTHORISE: signed,
    }
    met = {Demand.MANDATE: signed, Demand.NOTHING_IN_CUSTODY: not papers_out, Demand.HAND_OVER: agreed}
    unmet = {demand for demand in Demand if not met[demand]}
    offered = [Button(step, _label(step, state)) for step in open_steps(kind, stage, state, relations)]
    offered = [button for button in offered if not useless.get(button.step)]
    ready = (button for button in offered if not arrow_for(kind, stage, state, button.step).demands & unmet)
    # A step that ends it without success is never the next one.
    main = next((button for button in ready if button.step in _LEADS_ON and button.label != _GIVE_UP), None)
    return Buttons(main, tuple(offered))


def _label(step: Step, state: State) -> str:
    return wording.resolve_button(state) if step is Step.RESOLVE else wording.BUTTONS[step]
