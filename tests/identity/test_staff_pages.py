"""The same with nothing but forms: choose a place, invite, appoint, reset, shut out. And the very first administrator."""

import re

from click.testing import CliRunner
from sqlalchemy import select

from butler.identity.models import Person, StaffDeed
from butler.identity.permissions import Role

PASSWORD = "correct horse battery staple"
NEW = "我家的猫不爱吃鱼只爱睡觉"


def test_administrator_invites_step_by_step_and_the_invited_person_signs_in(client, session, town):
    sign_in(client, town.staff(Role.ADMINISTRATOR))

    assert "/staff/invite?role=grid_worker" in client.get("/staff/invite").text
    step = "/staff/invite?role=grid_worker"
    for code in ("330106001", "330106001001", "330106001001001"):
        step = f"/staff/invite?role=grid_worker&unit={code}"
        assert client.get(step).status_code == 200
    shown = post(client, step, name="新网格员", role="grid_worker", unit_code="330106001001001")

    address = re.search(r'value="(http://localhost/join/[^"]+)"', shown.text)[1]
    assert "新网格员" in client.get("/staff").text
    path = address.removeprefix("http://localhost")
    assert post(client, path, username="wangge", password="short").status_code == 422
    joined = post(client, path, username="wangge", password=NEW)
    assert (joined.status_code, joined.location) == (303, "/sign-in/staff?ready=1")
    assert client.get(path).status_code == 410
    sign_out(client)
    signed_in = post(client, "/sign-in/staff", username="wangge", password=NEW)
    assert signed_in.location == "/desk"


def test_lead_goes_to_people_and_finds_only_the_butlers_desks(client, town):
    lead = town.staff(Role.PROPERTY_LEAD)

    signed_in = post(client, "/sign-in/staff", username=lead.username, password=PASSWORD)
    pages = [client.get(f"/staff/invite?unit={code}").text for code in ("330106001001", "330106001002", "330105")]

    assert signed_in.location == "/staff"
    assert [[desk.name in page for desk in town.butler_desks] for page in pages] == [
        [True] * 2,
        [False] * 2,
        [True] * 2,
    ]
    page = pages[0]
    assert "网格员" not in page


def test_deeds_ask_for_a_reason_and_show_in_the_record(client, session, town):
    admin, butler = town.staff(Role.ADMINISTRATOR), town.staff(Role.BUTLER)
    sign_in(client, admin)
    page = f"/staff/{butler.id}"

    unasked = post(client, f"{page}/disable", why="")
    done = post(client, f"{page}/disable", why="离职")

    assert (unasked.status_code, done.status_code) == (422, 303)
    shown = client.get(page).text
    assert "离职" in shown
    assert "恢复使用" in shown
    assert post(client, f"{page}/enable", why="回来").status_code == 303
    link = post(client, f"{page}/reset", why="忘了密码")
    assert "/join/" in link.text
    assert client.get(f"{page}/nonsense").status_code == 404
    assert session.scalars(select(StaffDeed.deed).order_by(StaffDeed.id)).all() == [
        "disabled",
        "enabled",
        "reset_offered",
    ]


def test_posts_are_given_moved_and_ended(client, session, town):
    sign_in(client, town.staff(Role.ADMINISTRATOR))
    butler = town.staff(Role.BUTLER)
    post(
        client,
        f"/staff/{butler.id}/appoint?role=street_staff&unit=330106001",
        role="street_staff",
        unit_code="330106001",
        why="兼职",
    )
    page = client.get(f"/staff/{butler.id}").text
    moves, ends = (re.findall(rf'href="(/staff/posts/[0-9]+/{what})"', page) for what in ("move", "end"))
    assert (len(moves), len(ends)) == (2, 2)

    moved = post(client, f"{moves[0]}?unit=330106002", unit_code="330106002", why="轮岗")

    assert moved.status_code == 303
    assert "演示330106002 街道工作人员" in client.get(f"/staff/{butler.id}").text
    ends = re.findall(r'href="(/staff/posts/[0-9]+/end)"', client.get(f"/staff/{butler.id}").text)
    assert [post(client, end, why="结束").status_code for end in ends] == [303, 303]
    assert "现在没有岗位" in client.get(f"/staff/{butler.id}").text


def test_after_an_hour_the_page_asks_once_more_and_leads_back(client, town, travel):
    admin, butler = town.staff(Role.ADMINISTRATOR), town.staff(Role.BUTLER)
    sign_in(client, admin)
    for _ in range(3):
        travel(minutes=25)
        client.get("/staff")
    page = f"/staff/{butler.id}/disable"

    asked = client.get(page)
    wrong = post(client, asked.location, password="wrong")
    proved = post(client, asked.location, password=PASSWORD)

    assert asked.location == f"/sign-in/again?next={page}"
    assert (wrong.status_code, proved.status_code, proved.location) == (401, 303, page)
    assert client.get(page).status_code == 200


def test_first_administrator_comes_from_the_command_line_and_only_the_first(app, client, session, town):
    def create(*more):
        return CliRunner().invoke(app.cli, ["butler", "staff", "create-first", "--name", "第一人", *more])

    made = create("--unit", "330106")
    assert made.exit_code == 0, made.output
    address = re.search(r"http://localhost(/join/\S+)", made.output)[1]
    assert session.scalars(select(Person.id).where(Person.username == "first")).all() == []  # no account before that

    assert post(client, address, username="first", password=NEW).status_code == 303
    assert post(client, "/sign-in/staff", username="first", password=NEW).location == "/staff"
    again = create("--unit", "330106001")

    assert (again.exit_code, "已经有系统管理员" in again.output) == (1, True)
    assert create("--unit", "99").exit_code == 1


def sign_in(client, person):
    assert post(client, "/sign-in/staff", username=person.username, password=PASSWORD).status_code == 303


def sign_out(client):
    assert post(client, "/sign-out").status_code == 303


def post(client, path, *, page=None, **fields):
    """Fill in the form of a page the way a browser does."""
    shown = client.get(page or path).text
    hidden = {name: re.search(rf'name="{name}" value="([^"]+)"', shown)[1] for name in ("csrf_token", "_key")}
    return client.post(path, data={**fields, **hidden, "_end": "1"})
