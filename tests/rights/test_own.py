"""What somebody may ask about their own data, over the API and the pages; and how long anything is kept."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from apart import bearer
from butler import schedule
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.states import Stage, Step
from butler.identity.models import Person, SignIn
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from butler.kit.envelopes import GONE
from butler.kit.errors import Conflict
from butler.rights import actions, jobs, queries
from butler.rights.commands import privacy_report
from butler.rights.models import RetentionRun
from butler.rights.rules import CASE_KEPT, LEFT
from factories import Town, file_errand
from statements import statements
from surfing import browser_of

Clock = Callable[[str], None]
MONDAY = "2026-11-23 09:00"


@pytest.fixture
def closed(town: Town, at: Clock) -> Case:
    """An errand of the first resident, cancelled."""
    at(MONDAY)
    resident = town.here.residents[0]
    case = file_errand(resident, town.here)
    take_step(resident, case.number, Step.CANCEL, {"note": "自己去办了"}, version=case.version)
    assert case.stage == Stage.CLOSED
    return case


def test_everything_we_hold_and_nothing_of_others(town: Town, closed: Case) -> None:
    data = queries.own_data(town.here.residents[0].person_id)
    (case,) = data["cases"]
    assert (case["number"], case["summary"]) == (closed.number, "请帮我办一张优待证")
    assert "自己去办了" in [line["note"] for line in case["history"]]
    assert data["person"]["name"].startswith("张")
    assert [home["door"] for home in data["homes"]] == ["1单元101"]
    other = queries.own_data(town.here.residents[1].person_id)
    assert other["cases"] == []


def test_many_cases_cost_as_much_as_one(town: Town, closed: Case) -> None:
    resident = town.here.residents[0]
    db.session.expunge_all()
    with statements() as one:
        queries.own_data(resident.person_id)
    for _ in range(3):
        file_errand(resident, town.here)
    db.session.expunge_all()
    with statements() as four:
        queries.own_data(resident.person_id)
    assert len(four) == len(one)


def test_over_the_api(client: FlaskClient, town: Town, closed: Case) -> None:
    headers = bearer(town.here.residents[0].person_id)
    assert client.get("/api/v1/me/data", headers=headers).json["cases"][0]["number"] == closed.number
    assert client.get("/api/v1/me/data").status_code == 401
    old = db.session.scalars(select(SignIn).order_by(SignIn.id.desc())).first()
    old.proved_at = clock.now() - timedelta(minutes=16)
    db.session.flush()
    refused = client.get("/api/v1/me/data", headers=headers)
    assert (refused.status_code, refused.json["code"]) == (401, "reauth-required")


def test_the_name_is_corrected_by_whoever_bears_it(client: FlaskClient, town: Town, closed: Case) -> None:
    mine = {**bearer(town.here.residents[0].person_id), "Idempotency-Key": "0123456789abcdef"}
    assert client.post("/api/v1/me/name", json={"name": "章一"}, headers=mine).status_code == 204
    db.session.expire_all()
    assert db.session.get_one(Person, town.here.residents[0].person_id).name == "章一"
    staff = {**bearer(town.here.butler.person_id), "Idempotency-Key": "0123456789abcdef"}
    assert client.post("/api/v1/me/name", json={"name": "别人"}, headers=staff).status_code == 409


def test_pages(app: ButlerFlask, client: FlaskClient, town: Town, closed: Case) -> None:
    browser = browser_of(client, town.here.residents[0].person_id)
    page = browser.open("/my").follow("我的个人信息")
    assert "请帮我办一张优待证" in page.text
    page.press("更正", name="")
    assert page.status == 422
    page.open("/my/data").press("更正", name="章一")
    assert "章一" in page.text
    assert client.get("/my/data.json").json["person"]["name"] == "章一"
    page.open("/my/data/erase").press("我明白，注销")
    assert "已经注销" in page.text
    assert client.get("/my/data").status_code == 303, "signed out"


def test_leaving_erases_and_figures_stay(town: Town, closed: Case) -> None:
    resident = town.here.residents[0]
    actions.erase(resident)
    person = db.session.get_one(Person, resident.person_id)
    assert (person.name, person.phone, person.phone_index) == (LEFT, None, None)
    assert person.disabled_at is not None
    assert closed.summary == GONE
    assert closed.stage == Stage.CLOSED, "how many there were is still true"
    assert queries.own_data(resident.person_id)["homes"][0]["until"] == clock.today()


def test_nobody_leaves_with_something_going_on(town: Town, at: Clock) -> None:
    at(MONDAY)
    file_errand(town.here.residents[0], town.here)
    with pytest.raises(Conflict):
        actions.erase(town.here.residents[0])
    with pytest.raises(Conflict):
        actions.erase(town.here.butler)
    assert db.session.get_one(Person, town.here.butler.person_id).name == "陈师傅"


def test_what_is_on_hold_stays(town: Town, closed: Case) -> None:
    actions.place_hold(closed.number, "（2026）演示1号")
    with pytest.raises(Conflict):
        actions.place_hold(closed.number, "（2026）演示2号")
    actions.erase(town.here.residents[0])
    assert closed.summary != GONE
    actions.release_hold(closed.number)


def _later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    moment = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_a_run_forgets_what_is_due_and_nothing_else(
    app: ButlerFlask, town: Town, closed: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = file_errand(town.here.residents[1], town.here)
    held = file_errand(town.sibling.residents[0], town.sibling)
    take_step(town.sibling.residents[0], held.number, Step.CANCEL, {"note": ""}, version=held.version)
    actions.place_hold(held.number, "（2026）演示1号")
    _later(monkeypatch, CASE_KEPT - timedelta(hours=1))
    assert _run(app, "--dry-run") == "办结满 3 年、还能读出内容的办件：0 件。\n"
    _later(monkeypatch, timedelta(hours=2))
    assert _run(app, "--dry-run") == "办结满 3 年、还能读出内容的办件：1 件。\n"
    assert closed.summary != GONE, "a dry run changes nothing"
    assert "销毁了 1 件办件的内容" in _run(app)
    assert (closed.summary, others.summary, held.summary) == (GONE, "请帮我办一张优待证", "请帮我办一张优待证")
    assert "销毁了 0 件" in _run(app), "again"
    run = queries.last_run()
    assert run is not None
    assert (run.cases, run.ended_at) == (1, clock.now())


def test_it_runs_by_itself_once_a_night(app: ButlerFlask, town: Town, closed: Case, at: Clock) -> None:
    """Of any number of schedulers at any hour one has the run of a day; what was broken off is taken up again."""
    at("2029-12-01 01:59")
    assert (jobs.forget_tonight(), queries.last_run()) == (0, None)
    at("2029-12-01 02:00")
    assert jobs.forget_tonight() >= 1
    assert closed.summary == GONE
    assert _runs() == [(date(2029, 12, 1), 1, True)]
    assert jobs.forget_tonight() == 0
    at("2029-12-01 23:59")
    assert jobs.forget_tonight() == 0, "the day has had its run"

    at("2029-12-02 09:30")  # the machine slept through the night
    assert actions.begin_run() == date(2029, 12, 2), "and whoever began breaks off here"
    assert jobs.forget_tonight() == 0, "somebody else is at it"
    assert _runs()[-1] == (date(2029, 12, 2), 0, False)
    at("2029-12-02 10:31")
    jobs.forget_tonight()
    assert _runs()[-1][2]
    assert "上一次到期销毁：" in CliRunner().invoke(privacy_report, catch_exceptions=False).stdout


def test_the_scheduler_asks_for_it(app: ButlerFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class OneRound:
        rounds = iter((False, True))

        def is_set(self) -> bool:
            return next(self.rounds)

        def wait(self, seconds: float) -> None:
            """No time passes."""

    monkeypatch.setattr(schedule.threading, "Event", OneRound)
    monkeypatch.setattr(schedule, "_set_on_signal", lambda _: None)
    monkeypatch.setattr(schedule, "_try", lambda name, work: asked.append(work))

    schedule.run_poller(app)

    assert jobs.forget_tonight in asked


def _runs() -> list[tuple[date, int, bool]]:
    db.session.expire_all()
    rows = db.session.scalars(select(RetentionRun).order_by(RetentionRun.day))
    return [(run.day, run.cases, run.ended_at is not None) for run in rows]


def _run(app: ButlerFlask, *options: str) -> str:
    from butler.rights.commands import retention

    result = CliRunner().invoke(retention, ["run", *options], catch_exceptions=False)
    assert result.exit_code == 0
    db.session.expire_all()
    return result.stdout


def test_the_report_has_a_line_for_each_entry(app: ButlerFlask, town: Town) -> None:
    from butler.rights.register import register

    result: Any = CliRunner().invoke(privacy_report, catch_exceptions=False)
    assert result.stdout.count("\n| `") == len(register().columns)
