"""A butler's desk: cases that wait there, who sits beside, steps that others take meanwhile."""

from collections.abc import Callable
from typing import Any

from butler.cases import schemas
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.filing import Wish, file_case
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.queries import showing
from butler.cases.states import Kind, Mode, Step
from butler.identity import actions as identity
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from factories import HAND_OVER, LONG_AGO, Town, actor_of, file_errand
from surfing import Browser

Clock = Callable[[str], None]
Sit = Callable[[Actor], Browser]
MONDAY = "2026-11-23 09:00"
PHOTO = "近期免冠照片"
PAPER = {"name": PHOTO, "copies": 2, "condition": "完好"}


def errand(town: Town, asker: int = 0) -> Case:
    """An errand that waits at the first butler's desk."""
    case = file_errand(town.here.residents[asker], town.here)
    db.session.commit()
    return case


def take(actor: Actor, case: Case, step: str, **data: Any) -> None:
    """A step that somebody else takes meanwhile."""
    db.session.refresh(case)
    loaded = schemas.STEP_INPUTS[Step(step)].load(data)
    take_step(actor, case.number, Step(step), loaded, version=case.version)
    db.session.commit()


def in_hand(town: Town, *steps: tuple[str, dict[str, Any]]) -> Case:
    """An errand in the first butler's hands, some steps on."""
    case = errand(town)
    claim_next(town.here.butler)
    db.session.commit()
    for step, data in steps:
        take(town.here.butler, case, step, **data)
    return case


def colleague_of(town: Town) -> Actor:
    """Somebody else who sits at the first butler's desk."""
    person = Person(name="丁师傅", is_demo=True, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    identity.appoint(person=person, role=Role.BUTLER, desk=town.here.desk, since=LONG_AGO)
    return actor_of(person)


def one_of_each(town: Town) -> None:
    """For the community's staff: one that waits, one in hand with a paper, one finished, one that is late below."""
    staff, resident = town.here.community_staff, town.here.residents[0]
    wish = Wish(
        kind=Kind.ERRAND,
        matter_code="M012",
        mode=Mode.DAYTIME,
        unit_code=town.here.community.code,
        consents=[HAND_OVER],
    )
    waiting, held, done = (file_case(resident, wish) for _ in range(3))
    late = file_errand(resident, town.here)
    late.accountable_desk_id = waiting.desk_id
    for case in (held, done):
        take(staff, case, "claim")
    take(staff, held, "authorise")
    take(staff, held, "receive_originals", items=[PAPER])
    take(staff, done, "resolve", note="年龄不到")


def asked(sent: list[str]) -> list[str]:
    """Statements that ask or write something."""
    return [one for one in sent if not one.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]


def show(browser: Browser, case: Case) -> Browser:
    return browser.open(f"/desk/cases/{case.number}")


def steps_of(case: Case) -> list[str]:
    return [line.step for line in showing.timeline(case)]
