"""P12: whatever was due while nobody swept is done once, whoever sweeps, and nothing else is done."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from apart import application_apart
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.moving import take_step
from butler.cases.jobs import sweep_alarms
from butler.cases.models import Case, CaseStep
from butler.cases.queries import checking
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.dev.servers import Urls
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.outbox import OutboxMessage
from butler.notifications import checking as notices_checking
from butler.notifications.models import Notice
from butler.settings import Settings
from factories import Street, file_consult, file_errand, load_calendar, make_town
from figures import Show

EACH = 25  # cases of each kind
SWEEPERS = 2
DUE = {
    # late on 30 November 17:30 and a working day later; the lease ends with that day
    "nobody works on it": ["filed", "claim", "escalated", "escalated", "lease_lapsed"],
    "its pause is over": ["filed", "claim", "pause", "resume"],
    "nobody says a word": ["filed", "claim", "answer", "silence"],
    # Monday 23 November 11:00, then one, two and five working days later
    "nobody takes it": ["filed", "escalated", "escalated", "escalated", "escalated"],
}
ALARMS = EACH * sum(
    step in ("escalated", "lease_lapsed", "resume", "silence") for steps in DUE.values() for step in steps
)


@pytest.fixture
def apart(urls: Urls, settings: Settings) -> Iterator[ButlerFlask]:
    with application_apart(urls, settings, "deadlines", connections=SWEEPERS + 1) as app, app.app_context():
        yield app


@pytest.mark.proof
def test_each_deadline_fires_once(apart: ButlerFlask, at: Callable[[str], None], show: Show) -> None:
    at("2026-11-23 09:00")
    with unit_of_work():
        load_calendar()
        street = make_town().here
    cases = {number: kind for kind in DUE for number in file(street, kind)}
    at("2026-12-02 09:00")  # everything that sweeps was away all the time

    first = sweep_at_once(apart)
    again = sweep_at_once(apart)

    assert sum(first) == len(cases)
    assert again == [0] * SWEEPERS
    histories: dict[str, list[str]] = {number: [] for number in cases}
    for number, step in db.session.execute(
        select(Case.number, CaseStep.step).join(CaseStep, CaseStep.case_id == Case.id).order_by(CaseStep.seq)
    ):
        histories[number].append(step)
    assert histories == {number: DUE[kind] for number, kind in cases.items()}
    assert [*checking.violations(), *notices_checking.violations()] == []
    told = db.session.scalars(select(Notice.dedupe_id)).all()
    assert len(told) == len(set(told)) == len(db.session.scalars(select(OutboxMessage.id)).all())
    show(
        "P12",
        "each deadline fires once",
        alarms=ALARMS,
        cases=len(cases),
        sweepers=SWEEPERS,
        shares=first,
        missed=0,
        fired_twice=0,
        notices=len(told),
    )


def file(street: Street, kind: str) -> list[str]:
    """Cases that come to be late in one way. Their numbers."""
    resident, butler = street.residents[0], street.butler
    filed = []
    for _ in range(EACH):
        with unit_of_work():
            case = (file_consult if kind == "nobody says a word" else file_errand)(resident, street)
            filed.append(case.number)
    match kind:
        case "nobody takes it":
            return filed
        case "nobody works on it":
            step, said = None, {}
        case "its pause is over":
            step, said = Step.PAUSE, {"reason": "waiting_for_resident", "until": "2026-11-25T10:00:00+08:00"}
        case _:
            step, said = Step.ANSWER, {"note": "在街道办。"}
    for _ in range(EACH):
        with unit_of_work():
            claimed = claim_next(butler)
            assert claimed is not None
            if step is not None:
                take_step(butler, claimed.number, step, STEP_INPUTS[step].load(said), version=claimed.version)
    return filed


def sweep_at_once(app: ButlerFlask) -> list[int]:
    """Everybody sweeps at the same moment; how many cases each of them rang."""
    ready = Barrier(SWEEPERS)

    def sweep(_: int) -> int:
        with app.app_context():
            db.session.connection()
            ready.wait(timeout=30)
            return sweep_alarms()

    with ThreadPoolExecutor(SWEEPERS) as pool:
        return list(pool.map(sweep, range(SWEEPERS)))
