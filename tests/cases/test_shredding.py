"""What was said in a case is destroyed with its key: nobody reads it any more, and nothing breaks."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from apart import bearer
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.moving import take_step
from butler.cases.actions.shredding import shred_case
from butler.cases.models import Case, CaseStep
from butler.cases.queries import checking
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Step
from butler.custody import queries as custody_queries
from butler.identity.scope import Actor
from butler.kit import envelopes, outbox
from butler.kit.database import db
from butler.kit.envelopes import GONE
from butler.kit.errors import Conflict, NotFound
from butler.notifications.models import DemoMessage
from butler.notifications.queries import notices_of
from butler.ratings import queries as ratings_queries
from factories import Town, file_errand
from surfing import browser_of

WORDS = "我妈妈住院了"
ERRAND: tuple[tuple[str, dict[str, object]], ...] = (
    ("authorise", {}),
    ("receive_originals", {"items": [{"name": WORDS, "copies": 1, "condition": WORDS}]}),
    ("submit", {"window": WORDS, "receipt_number": WORDS}),
    ("record_result", {"result": "granted"}),
    ("return_originals", {}),
    ("resolve", {"note": WORDS}),
)


@pytest.fixture
def closed(town: Town, at: Callable[[str], None]) -> Case:
    """An errand with words wherever there can be some, done, confirmed and rated."""
    at("2026-11-23 09:00")
    asker, butler = town.here.residents[0], town.here.butler
    case = file_errand(asker, town.here)
    claim_next(butler)
    take(butler, case, "note", note=WORDS)
    take(butler, case, "refer_up", note=WORDS)
    grid = town.here.grid_worker
    claim_next(grid)
    for step, data in ERRAND:
        take(grid, case, step, **data)
    take(asker, case, "confirm", note=WORDS)
    take(asker, case, "rate", grade=5, tags=[], note=WORDS)
    db.session.commit()
    return case


def take(actor: Actor, case: Case, step: str, **data: object) -> None:
    loaded = STEP_INPUTS[Step(step)].load(data)
    take_step(actor, case.number, Step(step), loaded, version=case.version)


def test_nobody_reads_it_any_more_and_everything_still_answers(
    town: Town, closed: Case, client: FlaskClient, at: Callable[[str], None]
) -> None:
    asker, grid = town.here.residents[0], town.here.grid_worker
    api = {who: bearer(who.person_id) for who in (asker, grid)}
    assert WORDS in client.get(f"/api/v1/cases/{closed.number}/timeline", headers=api[asker]).text

    assert (shred_case(closed.id), shred_case(closed.id)) == (True, False)
    db.session.commit()

    for who, headers in api.items():
        whole = client.get(f"/api/v1/cases/{closed.number}", headers=headers)
        lines = client.get(f"/api/v1/cases/{closed.number}/timeline", headers=headers)
        assert (whole.status_code, lines.status_code) == (200, 200), who
        assert (whole.json["summary"], whole.json["answers"], whole.json["routed_why"]) == (GONE, {}, GONE)
        assert {hop["why"] for hop in whole.json["path"]} == {GONE}
        assert WORDS not in whole.text + lines.text
        assert [line["step"] for line in lines.json["items"]][:3] == ["filed", "claim", "note"]
    assert {(one.name, one.condition) for one in custody_queries.of_case(closed.id)} == {(GONE, GONE)}
    rating = ratings_queries.rating_of(closed.id)
    assert rating is not None
    assert (rating.grade, rating.comment) == (5, GONE)
    assert {notice.text for notice in notices_of(asker.person_id).items} == {GONE}
    assert [*checking.violations()] == []


def test_pages_show_it_with_the_mark(town: Town, closed: Case, client: FlaskClient) -> None:
    shred_case(closed.id)
    db.session.commit()

    page = browser_of(client, town.here.residents[0].person_id).open(f"/my/cases/{closed.number}")

    assert page.status == 200
    assert GONE in page.text
    assert WORDS not in page.text
    lines = db.session.scalars(select(CaseStep).where(CaseStep.case_id == closed.id)).all()
    assert {line.note for line in lines if line.is_gone} == {GONE}
    assert [line.data for line in lines] == [{}] * len(lines)


def test_what_is_on_its_way_is_not_sent(town: Town, closed: Case) -> None:
    shred_case(closed.id)
    db.session.commit()
    outbox.drain()

    assert db.session.scalars(select(DemoMessage.id)).all() == []
    assert outbox.dead_letters() == []


def test_nothing_can_be_added_afterwards(town: Town, closed: Case) -> None:
    shred_case(closed.id)
    with pytest.raises(Conflict, match="已按规定销毁"):
        envelopes.seal(closed.id, "case_steps.sealed_words", {"note": "再说一句", "data": {}})


def test_an_open_case_is_not_destroyed(town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    with pytest.raises(Conflict, match="还没有办结"):
        shred_case(case.id)
    with pytest.raises(NotFound):
        shred_case(0)
    assert case.summary == "请帮我办一张优待证"
