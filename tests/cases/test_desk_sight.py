"""Who finds what at the desk: others, residents, whoever supervises."""

import pytest

from butler.cases.actions.alarms import ring_due
from butler.identity.models import Person
from butler.kit.database import db
from factories import Town, file_consult, file_errand
from tests.cases.desk import MONDAY, Clock, Sit, errand, show


@pytest.mark.parametrize(
    "path", ["", "/steps/claim", "/steps/note", "/steps/fly", "/steps/confirm", "/receipt", "/mandate"]
)
def test_other_butlers_find_nothing(town: Town, at: Clock, sit: Sit, path: str) -> None:
    at(MONDAY)
    case = errand(town)

    for actor in (town.here.other_butler, town.sibling.butler, town.elsewhere.street_staff):
        assert sit(actor).open(f"/desk/cases/{case.number}{path}").status == 404


@pytest.mark.parametrize("path", ["/desk", "/desk/queue", "/desk/mine", "/desk/history", "/desk/all", "/grid"])
def test_residents_find_no_desk(town: Town, at: Clock, sit: Sit, path: str) -> None:
    at(MONDAY)

    assert sit(town.here.residents[0]).open(path).status == 404


def test_residents_find_no_desk_page_of_their_own_case(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = errand(town)
    resident = sit(town.here.residents[0])

    for path in ("", "/steps/note", "/receipt", "/mandate"):
        assert resident.open(f"/desk/cases/{case.number}{path}").status == 404
    assert resident.open(f"/grid/cases/{case.number}").status == 404


def test_own_affairs_of_staff_are_not_on_the_desk(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = file_errand(town.sibling.butler, town.here)
    db.session.commit()

    page = sit(town.sibling.butler).open(f"/desk/cases/{case.number}")

    assert page.address == f"/my/cases/{case.number}"


def test_names_are_masked_until_somebody_has_it_in_hand(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = errand(town)
    person = db.session.get_one(Person, town.here.residents[0].person_id)
    name, phone = person.name, person.phone
    butler, supervisor = sit(town.here.butler), sit(town.here.community_staff)

    assert [name in show(one, case).text for one in (butler, supervisor)] == [False, False]
    butler.press("接单")

    assert [name in show(one, case).text for one in (butler, supervisor)] == [True, False]
    assert [str(phone) in show(one, case).text for one in (butler, supervisor)] == [True, False]
    assert name not in supervisor.open(f"/desk/cases/{case.number}/mandate").text
    assert name not in supervisor.open("/desk/all").text


def test_late_case_comes_to_the_grid_worker_once(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = errand(town)
    at("2026-11-23 11:30")
    ring_due()
    db.session.commit()
    worker = sit(town.here.grid_worker)

    page = worker.open("/grid")
    assert page.text.count(case.matter_name) == 1
    assert "第 1 级提醒，已到第一网格服务台" in page.text
    assert "晚了 30 分钟" in page.text
    assert page.page.links["打电话0571-00000001：北山街道1幢管家岗"] == "tel:0571-00000001"
    page.open(f"/grid/cases/{case.number}").press("催一下")
    assert "已经提醒了办这件事的人" in page.text
    page.press("催一下")
    assert page.status == 429

    for other in (town.here.other_grid_worker, town.sibling.grid_worker, town.here.community_staff):
        assert "没有超时上报的" in sit(other).open("/grid").text
    assert sit(town.here.butler).open("/grid").status == 403


def test_grid_worker_dispatches_what_nobody_took(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = errand(town)
    at("2026-11-23 11:30")
    ring_due()
    db.session.commit()

    page = sit(town.here.grid_worker).open(f"/grid/cases/{case.number}").follow("分派")
    page.press("分派", desk_id=str(town.here.desk_of(town.here.grids[0]).id), note="我来")

    db.session.refresh(case)
    assert case.desk_id == town.here.desk_of(town.here.grids[0]).id
    assert page.form("接单").action == f"/desk/cases/{case.number}/steps/claim"


def test_community_dispatches_to_desks_of_its_own(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    case = errand(town)
    page = sit(town.here.community_staff).open(f"/desk/cases/{case.number}").follow("分派")

    offered = {int(value) for value in page.form("分派").choices["desk_id"]}

    here = town.here
    assert offered == {
        here.desk_of(here.community).id,
        here.desk_of(here.grids[0]).id,
        here.desk_of(here.grids[1]).id,
        here.other_desk.id,
    }
    page.press("分派", desk_id=str(here.other_desk.id))
    db.session.refresh(case)
    assert case.desk_id == here.other_desk.id
    assert page.address == f"/desk/cases/{case.number}?done=dispatch"


def test_supervisors_see_everything_of_theirs_the_late_first(town: Town, at: Clock, sit: Sit) -> None:
    at(MONDAY)
    late = errand(town)
    at("2026-11-23 12:00")
    file_consult(town.here.residents[1], town.here)
    file_errand(town.sibling.residents[0], town.sibling)
    db.session.commit()

    for actor, expected in ((town.here.community_staff, 2), (town.here.street_staff, 2), (town.district_staff, 3)):
        page = sit(actor).open("/desk/all")
        cases = [href for href in page.page.links.values() if href.startswith("/desk/cases/") and "/steps/" not in href]
        assert len(cases) == expected
        assert cases[0] == f"/desk/cases/{late.number}"
    assert sit(town.here.grid_worker).open("/desk/all").status == 403
