"""T24: the digits by which a resident and the butler at the door know each other."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from apart import bearer
from butler.cases.actions.moving import take_step
from butler.cases.meeting import MeetingCode, code_for
from butler.cases.models import Case
from butler.cases.queries import finding
from butler.cases.states import Step
from butler.identity.scope import Actor
from butler.kit.database import db
from factories import Town, act_for, file_errand
from figures import Show
from surfing import browser_of

Clock = Callable[[str], None]
MONDAY, TODAY = "2026-11-23 09:00", date(2026, 11, 23)


@pytest.fixture
def taken(town: Town, at: Clock) -> Case:
    """A daughter asked for her mother; the butler of the house has it."""
    at(MONDAY)
    daughter, mother = town.here.residents
    case = file_errand(daughter, town.here, beneficiary=act_for(daughter, mother))
    return take_step(town.here.butler, case.number, Step.CLAIM, {}, version=case.version)


def code(actor: Actor, case: Case, on: date = TODAY) -> MeetingCode | None:
    return code_for(actor, case, on)


def test_the_same_digits_for_both_sides_and_nobody_else(town: Town, taken: Case) -> None:
    here = town.here
    theirs = {code(actor, taken) for actor in (*here.residents, here.butler)}
    assert len(theirs) == 1
    assert None not in theirs
    others = (
        here.other_butler, here.grid_worker, here.community_staff, here.street_staff, town.district_staff,
        town.sibling.residents[0],
    )  # fmt: skip
    assert {code(actor, taken) for actor in others} == {None}
    taken.asker_sees = False
    db.session.flush()
    assert code(here.residents[0], taken) is None, "hidden from who asked"


def test_tomorrow_and_in_other_hands_it_is_another(town: Town, taken: Case, at: Clock) -> None:
    mother, butler = town.here.residents[1], town.here.butler
    first = code(mother, taken)
    assert code(mother, taken, TODAY + timedelta(days=1)) != first
    given_back = take_step(butler, taken.number, Step.RELEASE, {"note": "换人"}, version=taken.version)
    assert code(mother, given_back) is None, "nobody has it, nobody comes"
    again = take_step(butler, taken.number, Step.CLAIM, {}, version=given_back.version)
    assert code(mother, again) not in (None, first)


def test_it_tells_nothing_of_other_days_and_cases(town: Town, taken: Case, show: Show) -> None:
    """Every value comes about as often; a guess of the first two digits is right once in a hundred times."""
    days = 20_000
    codes = [code(town.here.butler, taken, TODAY + timedelta(days=day)) for day in range(days)]
    said = Counter(one.butler_says for one in codes if one)
    assert len(said) == 100
    assert max(said.values()) < 1.5 * days / 100
    assert len({(one.butler_says, one.resident_says) for one in codes if one}) > 8_000
    show("T24", "first two digits by chance", days=days, most_often=max(said.values()), one_in=100)


def test_it_is_on_both_pages_and_nowhere_in_the_database(client: FlaskClient, town: Town, taken: Case) -> None:
    expected = code(town.here.butler, taken)
    assert expected is not None
    pair = (f"<b>{expected.butler_says}</b>", f"<b>{expected.resident_says}</b>")
    for person, address in (
        (town.here.residents[1], f"/my/cases/{taken.number}"),
        (town.here.butler, f"/desk/cases/{taken.number}"),
    ):
        page = browser_of(client, person.person_id).open(address).response.text
        assert all(half in page for half in pair), address
    other = browser_of(client, town.here.community_staff.person_id).open(f"/desk/cases/{taken.number}")
    assert other.status == 200
    assert "对暗号" not in other.text
    columns = set(db.session.scalars(text("SELECT column_name FROM information_schema.columns")))
    assert not {name for name in columns if "meeting" in name}


def test_programs_get_it_too(client: FlaskClient, town: Town, taken: Case) -> None:
    address = f"/api/v1/cases/{taken.number}/meeting-code"
    answer = client.get(address, headers=bearer(town.here.residents[1].person_id))
    expected = code(town.here.butler, finding.find_case(town.here.butler, taken.number))
    assert expected is not None
    assert answer.json == {
        "butler_says": expected.butler_says, "resident_says": expected.resident_says, "on": "2026-11-23",
    }  # fmt: skip
    assert client.get(address, headers=bearer(town.here.community_staff.person_id)).status_code == 404
