"""When a case is over nobody has it in hand: its desk writes down what a resident takes back face to face."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from consents.test_withdrawing import PHOTO_IN_HAND, send, states, step, told
from flask.testing import FlaskClient

from butler.cases.actions.consenting import agree, take_back
from butler.cases.jobs import destroy_papers
from butler.cases.models import Case
from butler.cases.states import Step
from butler.consents import queries
from butler.consents.states import Channel, Purpose
from butler.kit.database import db
from butler.kit.errors import NotAllowed, NotFound
from butler.kit.files import Store
from butler.rights import actions as rights
from factories import HAND_OVER, PAPERS, Town, file_errand
from surfing import browser_of

LOCKED = "居民撤回了同意，已经锁起来，我们谁也不能用；能销毁时自动销毁。"


@pytest.fixture(autouse=True)
def disk(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "files", Store(tmp_path / "files", margin=0))


@pytest.fixture
def case(client: FlaskClient, town: Town, at: Callable[[str], None]) -> Case:
    """In hand, with a copy of a paper."""
    at("2026-11-23 09:00")
    case = step(town.here.butler, file_errand(town.here.residents[0], town.here, consents=[HAND_OVER]), Step.CLAIM)
    assert send(client, case, town.here.residents[0], consents=PAPERS).status_code == 201
    return case


def test_the_desk_writes_it_down_and_the_copies_are_destroyed(client: FlaskClient, case: Case, town: Town) -> None:
    step(town.here.residents[0], case, Step.CANCEL)
    db.session.commit()
    assert (case.holder_id, states()) == (None, [("stored", None)])
    page = browser_of(client, town.here.butler.person_id).open(f"/desk/cases/{case.number}")
    assert "办完了，写明理由临时查看“材料”，才能打开" in page.text
    assert not [form for form in page.page.forms if form.action.endswith("/consents")], "nothing more is agreed to"
    [form] = [form for form in page.page.forms if "papers/withdraw" in form.action]
    page.send(form.action, form.fields)

    assert states() == [("destroyed", "withdrawn")]
    (paper,) = [one for one in queries.of_case(case.id) if one.purpose == "papers"]
    assert (paper.withdrawn_channel, paper.withdrawn_by_id) == ("face_to_face", town.here.butler.person_id)
    assert told(case, town.here.residents[0])[-1] == "已登记您的撤回"


def test_nobody_else_writes_it_down(case: Case, town: Town) -> None:
    for somebody in (town.here.grid_worker, town.here.community_staff, town.here.street_staff):
        with pytest.raises((NotAllowed, NotFound)):
            take_back(somebody, case.number, Purpose.PAPERS, channel=Channel.FACE_TO_FACE)
    step(town.here.residents[0], case, Step.CANCEL)
    for somebody in (town.here.grid_worker, town.here.street_staff, town.sibling.butler, town.here.other_butler):
        with pytest.raises((NotAllowed, NotFound)):
            take_back(somebody, case.number, Purpose.PAPERS, channel=Channel.FACE_TO_FACE)
    with pytest.raises(NotAllowed):
        agree(town.here.butler, case.number, [PAPERS], channel=Channel.FACE_TO_FACE)
    assert states() == [("stored", None)]


def test_what_has_to_be_kept_is_said_to_be_locked(client: FlaskClient, case: Case, town: Town) -> None:
    """The desk is not told to take the case or to give a reason: neither opens what was taken back."""
    butler = town.here.butler
    case = step(butler, step(butler, case, Step.AUTHORISE), Step.RECEIVE_ORIGINALS, **PHOTO_IN_HAND)
    take_back(town.here.residents[0], case.number, Purpose.PAPERS, channel=Channel.PAGE)
    db.session.commit()
    page = browser_of(client, butler.person_id).open(f"/desk/cases/{case.number}")
    assert LOCKED in page.text
    assert "才能打开" not in page.text
    assert "打开这张" in browser_of(client, town.here.residents[0].person_id).open(f"/my/cases/{case.number}").text

    step(butler, case, Step.RETURN_ORIGINALS)
    db.session.commit()
    assert (destroy_papers(), states()) == (1, [("destroyed", "withdrawn")])


def test_on_hold_it_is_locked_after_the_end_too(client: FlaskClient, case: Case, town: Town) -> None:
    step(town.here.residents[0], case, Step.CANCEL)
    rights.place_hold(case.number, "（2026）浙01民初1号")
    take_back(town.here.butler, case.number, Purpose.PAPERS, channel=Channel.FACE_TO_FACE)
    db.session.commit()
    assert states() == [("stored", None)]
    assert LOCKED in browser_of(client, town.here.butler.person_id).open(f"/desk/cases/{case.number}").text
