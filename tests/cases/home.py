"""A resident at home: forms that are opened, cases that others work on meanwhile."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from butler.cases import schemas
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.states import Step
from butler.identity.scope import Actor
from butler.kit.database import db
from factories import Town, file_consult
from surfing import Browser

Clock = Callable[[str], None]
MONDAY = "2026-11-23 09:00"
NOT_DELEGABLE = "M075"  # 结婚登记: both in person
WORDS = "腿脚不便，请上门"


def start(browser: Browser, town: Town, query: str = "matter=M016") -> Browser:
    """Open the form from the card of the first building."""
    return browser.open(f"/cases/new?{query}&card={town.here.card.token}")


def work(actor: Actor, case: Case, step: str, **data: Any) -> None:
    """Somebody takes a step elsewhere."""
    db.session.refresh(case)
    loaded = schemas.STEP_INPUTS[Step(step)].load(data)
    take_step(actor, case.number, Step(step), loaded, version=case.version)


def claimed(town: Town, case: Case) -> Case:
    """The same case in the butler's hands."""
    assert claim_next(town.here.butler) is case
    return case


def end_of(case: Case) -> tuple[str, str | None]:
    """Stage and outcome as the database has them now."""
    db.session.refresh(case)
    return case.stage, case.outcome


def answered(town: Town) -> Case:
    """A question the butler has answered."""
    case = claimed(town, file_consult(town.here.residents[0], town.here))
    work(town.here.butler, case, "answer", note="到社区就能办，带身份证。")
    return case


def cases() -> list[Case]:
    """All there are, the oldest first."""
    return list(db.session.scalars(select(Case).order_by(Case.id)))


def answered_first(town: Town) -> Case:
    """A question that is answered while an errand waits."""
    case = file_consult(town.here.residents[0], town.here)
    work(town.here.butler, case, "claim")
    work(town.here.butler, case, "answer", note="可以。")
    return case
