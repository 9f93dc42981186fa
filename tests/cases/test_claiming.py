"""Two butlers who press the button together get two cases; one tap is one errand. On real connections, committed."""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from apart import application_apart, bearer, colleagues
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.moving import take_step
from butler.cases.models import Case, CaseStep
from butler.cases.queries import checking
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Stage, Step, Urgency
from butler.dev.servers import Urls
from butler.identity.scope import Actor
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.idempotency import IdempotencyKey
from butler.kit.outbox import OutboxMessage
from butler.notifications import checking as notices_checking
from butler.notifications.models import Notice
from butler.settings import Settings
from factories import Street, Town, file_consult, file_errand, load_calendar, make_town

CLAIMERS, CASES = 40, 200
TAPS, KEYS = 20, 50
RACES = 30


@pytest.fixture(scope="module")
def apart(urls: Urls, settings: Settings) -> Iterator[ButlerFlask]:
    with application_apart(urls, settings, "claiming", connections=CLAIMERS) as app:
        yield app


@pytest.fixture(scope="module")
def streets(apart: ButlerFlask) -> Iterator[Street]:
    """Streets without any case, one for each test."""
    with apart.app_context():
        with unit_of_work():
            load_calendar()
            town = make_town()
        made = [town.here, town.sibling, town.elsewhere]
        for street in made:
            for row in (street.desk, street.buildings[0]):
                db.session.refresh(row)
                db.session.expunge(row)  # to be read in any session
    return iter(made)


@pytest.fixture
def street(streets: Iterator[Street]) -> Street:
    return next(streets)


def at_once(app: ButlerFlask, actors: list[Actor], deed: Callable[[Actor], list[str]]) -> list[list[str]]:
    """Everybody does it at the same moment, each on a connection of their own; what each of them got."""
    ready = Barrier(len(actors))

    def do(actor: Actor) -> list[str]:
        with app.app_context():
            db.session.connection()
            ready.wait(timeout=30)
            return deed(actor)

    with ThreadPoolExecutor(len(actors)) as pool:
        return list(pool.map(do, actors))


def claim_one(actor: Actor) -> list[str]:
    """The number of the case that was claimed, if there was one."""
    with unit_of_work():
        case = claim_next(actor)
        return [case.number] if case else []


def claim_all(actor: Actor) -> list[str]:
    """Claim until nothing waits."""
    won: list[str] = []
    while claimed := claim_one(actor):
        won += claimed
    return won


def test_every_waiting_case_gets_exactly_one_butler(apart: ButlerFlask, street: Street) -> None:
    with apart.app_context():
        with unit_of_work():
            filed = {file_errand(street.residents[0], street).number for _ in range(CASES)}
            butlers = [street.butler, *colleagues(street.desk, CLAIMERS - 1)]

        won = at_once(apart, butlers, claim_all)

        numbers = [number for numbers in won for number in numbers]
        assert len(numbers) == CASES  # nobody won twice, nothing was left over
        assert set(numbers) == filed
        holders = {butler.person_id: numbers for butler, numbers in zip(butlers, won, strict=True)}
        cases = db.session.scalars(select(Case).where(Case.number.in_(filed))).all()
        assert {(case.number, case.holder_id) for case in cases} == {
            (number, holder_id) for holder_id, numbers in holders.items() for number in numbers
        }
        assert {(case.stage, case.lease_epoch, case.version, case.last_seq) for case in cases} == {("in_hand", 1, 2, 2)}
        assert history_of(cases) == {case.id: ["filed", "claim"] for case in cases}
        assert told_of(cases) == {
            f"case:{case.id}:{happening}:{person_id}"
            for case in cases
            for happening, person_id in (("filed", street.butler.person_id), ("2", street.residents[0].person_id))
        }
        assert [*checking.violations(), *notices_checking.violations()] == []


def test_one_case_goes_to_one_of_two(apart: ButlerFlask, street: Street) -> None:
    with apart.app_context():
        with unit_of_work():
            pair = [street.butler, *colleagues(street.desk, 1)]
        winners = Counter()
        for _ in range(RACES):
            with unit_of_work():
                number = file_consult(street.residents[0], street).number

            got = at_once(apart, pair, claim_one)

            assert sorted(got) == [[], [number]]
            winners[got.index([number])] += 1
    assert winners.total() == RACES


def test_the_same_tap_again_and_again_is_one_errand(apart: ButlerFlask, street: Street) -> None:
    with apart.app_context():
        with unit_of_work():
            asker = street.residents[0]
            headers = bearer(asker.person_id)
        wish = {"kind": "consult", "building_id": str(street.buildings[0].id), "summary": "优待证在哪里办？"}
    keys = [uuid.uuid4().hex for _ in range(KEYS)]
    ready = Barrier(TAPS)

    def tap(_: int) -> list[tuple[str, str]]:
        client, got = apart.test_client(), []
        for key in keys:
            ready.wait(timeout=30)
            while (answer := client.post(**_request(headers, key, wish))).status_code != 201:
                assert (answer.status_code, answer.json["code"]) == (409, "idempotency-in-progress")
                time.sleep(0.05)
            got.append((key, answer.json["number"]))
        return got

    with ThreadPoolExecutor(TAPS) as pool:
        answers = [answer for got in pool.map(tap, range(TAPS)) for answer in got]

    assert len(answers) == TAPS * KEYS
    numbers = dict(answers)
    assert set(answers) == set(numbers.items())  # everybody was told the same number for the same key
    with apart.app_context():
        mine = select(Case).where(Case.asker_id == asker.person_id)
        cases = db.session.scalars(mine).all()
        assert sorted(case.number for case in cases) == sorted(numbers.values())
        assert len(cases) == KEYS
        assert history_of(cases) == {case.id: ["filed"] for case in cases}
        assert db.session.scalar(select(func.count()).select_from(IdempotencyKey)) == KEYS


def test_the_most_urgent_comes_first_then_the_earliest_due_then_the_oldest(
    town: Town, at: Callable[[str], None]
) -> None:
    street = town.here
    at("2026-11-23 10:00")
    late = file_errand(street.residents[0], street)  # due 14:00
    later_than_it = file_errand(street.residents[0], street)  # due 14:00 too
    at("2026-11-23 11:00")
    last = file_errand(street.residents[0], street)
    urgent_later = file_errand(street.residents[0], street, urgency=Urgency.URGENT)
    at("2026-11-23 09:00")
    urgent_first = file_errand(street.residents[0], street, urgency=Urgency.URGENT)
    elsewhere = file_errand(town.sibling.residents[0], town.sibling)
    at("2026-11-23 11:30")

    order = []
    while case := claim_next(street.butler):
        order.append(case)

    assert order == [urgent_first, urgent_later, late, later_than_it, last]
    assert elsewhere.stage == Stage.WAITING


def test_a_case_that_came_back_is_claimed_again_with_a_new_epoch(town: Town, at: Callable[[str], None]) -> None:
    street = town.here
    at("2026-11-23 09:00")
    case = file_errand(street.residents[0], street)
    claim_next(street.butler)
    said = STEP_INPUTS[Step.RELEASE].load({"note": "明天不在"})
    take_step(street.butler, case.number, Step.RELEASE, said, version=case.version)

    assert claim_next(street.butler) is case

    assert (case.lease_epoch, case.holder_id) == (2, street.butler.person_id)
    assert claim_next(street.butler) is None


def history_of(cases: list[Case]) -> dict[int, list[str]]:
    """The steps of each case, in order."""
    found: dict[int, list[str]] = {case.id: [] for case in cases}
    lines = select(CaseStep.case_id, CaseStep.step).where(CaseStep.case_id.in_(found)).order_by(CaseStep.seq)
    for case_id, step in db.session.execute(lines):
        found[case_id].append(step)
    return found


def told_of(cases: list[Case]) -> set[str]:
    """The names of everything the outbox carries about these cases, which must be what somebody is to be told."""
    notices = db.session.scalars(select(Notice.dedupe_id).where(Notice.case_id.in_([case.id for case in cases]))).all()
    carried = db.session.scalars(select(OutboxMessage.dedupe_id).where(OutboxMessage.dedupe_id.in_(notices))).all()
    assert sorted(carried) == sorted(notices)
    return set(carried)


def _request(headers: dict[str, str], key: str, wish: dict[str, str]) -> dict[str, object]:
    return {"path": "/api/v1/cases", "json": wish, "headers": {**headers, "Idempotency-Key": key}}
