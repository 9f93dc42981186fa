"""The buttons of a case for somebody at a desk: the one next step, and what else may be done. Drawn from the arrows."""

from dataclasses import dataclass

from butler.cases import wording
from butler.cases.models import Case
from butler.cases.procedures import open_steps
from butler.cases.queries import finding
from butler.cases.states import Kind, Relation, Stage, State, Step
from butler.identity.scope import Actor

DIRECT = frozenset({Step.CLAIM, Step.RESUME, Step.URGE, Step.RETURN_ORIGINALS})
"""Pressing the button is all these need; the others lead to a form."""

_LEADS_ON = frozenset(Step) - {Step.RELEASE, Step.REFER_UP, Step.PAUSE, Step.NOTE}
"""Steps that bring a case further; one of these is the big button."""


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
    """All that is open to somebody, the next step first."""

    all: tuple[Button, ...]

    @property
    def main(self) -> Button | None:
        """The step that brings the case further, if it is this person's to take."""
        return next((button for button in self.all if button.step in _LEADS_ON), None)

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


def buttons_of(actor: Actor, case: Case, *, papers_out: int) -> Buttons:
    """What the caller may do with a case now. `papers_out`: originals of it that are not back with the resident."""
    relations = desk_relations(actor, case)
    state = State(case.state)
    steps = open_steps(Kind(case.kind), Stage(case.stage), state, relations)
    useless = {
        Step.RETURN_ORIGINALS: papers_out == 0,
        Step.URGE: Relation.HOLDER in relations,  # nobody urges themselves
    }
    return Buttons(tuple(Button(step, _label(step, state)) for step in steps if not useless.get(step)))


def _label(step: Step, state: State) -> str:
    return wording.resolve_button(state) if step is Step.RESOLVE else wording.BUTTONS[step]
