"""Places over the API: for staff, with tags."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from butler.identity.models import SignIn
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.numbers import fingerprint, new_secret
from butler.org import actions
from factories import Town
from statements import statements

Get = Callable[..., Any]


@pytest.fixture
def get(client: FlaskClient) -> Get:
    """A GET of the API as somebody, or nobody."""

    def get(actor: Actor | None, path: str, **headers: str) -> Any:
        if actor is not None:
            headers["Authorization"] = f"Bearer {sign_in(actor)}"
        db.session.commit()
        return client.get(f"/api/v1/org{path}", headers=headers)

    return get


def test_show_unit(town: Town, get: Get) -> None:
    answer = get(town.here.butler, "/units/330106002051")

    desk = town.here.desk_of(town.here.community)
    assert answer.status_code == 200
    assert answer.json == {
        "code": "330106002051",
        "level": "community",
        "name": "北山街道一社区",
        "chain": [
            {"code": "330106", "level": "district", "name": "西湖区"},
            {"code": "330106002", "level": "street", "name": "北山街道"},
            {"code": "330106002051", "level": "community", "name": "北山街道一社区"},
        ],
        "desk": {"id": str(desk.id), "kind": "community", "name": desk.name, "phone": None},
        "valid_from": "2020-01-01",
        "valid_to": None,
    }


def test_show_unit_not_modified_until_something_changes(town: Town, get: Get) -> None:
    tag = get(town.here.butler, "/units/330106002051").headers["ETag"]

    assert get(town.here.butler, "/units/330106002051", **{"If-None-Match": tag}).status_code == 304

    town.here.street.name = "新北山街道"
    db.session.flush()
    answer = get(town.here.butler, "/units/330106002051", **{"If-None-Match": tag})
    assert (answer.status_code, answer.json["chain"][1]["name"]) == (200, "新北山街道")


@pytest.mark.parametrize("code", ["330106003", "0", "北山", "%00", "330106002%20", "3" * 300])
@pytest.mark.parametrize("below", ["", "/children"])
def test_unknown_unit_is_not_found(code: str, below: str, town: Town, get: Get) -> None:
    answer = get(town.here.butler, f"/units/{code}{below}")

    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


@pytest.mark.parametrize("below", ["", "/children"])
def test_units_are_for_staff(below: str, town: Town, get: Get) -> None:
    assert get(None, f"/units/330106{below}").status_code == 401
    assert get(town.here.residents[0], f"/units/330106{below}").status_code == 403
    assert get(town.elsewhere.butler, f"/units/330106{below}").status_code == 200


def test_list_children_page_by_page(town: Town, get: Get) -> None:
    for number in range(3, 23):
        actions.add_grid(community=town.here.community, number=number, name=f"第{number}网格")

    first = get(town.here.butler, "/units/330106002051/children").json
    second = get(town.here.butler, f"/units/330106002051/children?cursor={first['next_cursor']}").json

    assert [unit["code"][-3:] for unit in first["items"]] == [f"{number:03}" for number in range(1, 21)]
    assert second == {
        "items": [
            {"code": f"330106002051{number:03}", "level": "grid", "name": f"第{number}网格"} for number in (21, 22)
        ],
        "next_cursor": None,
    }


def test_list_children_not_modified_until_something_changes(town: Town, get: Get) -> None:
    tag = get(town.here.butler, "/units/330106002051/children").headers["ETag"]

    assert get(town.here.butler, "/units/330106002051/children", **{"If-None-Match": tag}).status_code == 304

    actions.add_grid(community=town.here.community, number=3, name="第三网格")
    assert get(town.here.butler, "/units/330106002051/children", **{"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("query", ["cursor=x", "cursor=WzFd", "cursor=W10", "cursor=WyJcdTAwMDAiXQ"])
def test_list_children_bad_query_is_refused(query: str, town: Town, get: Get) -> None:
    answer = get(town.here.butler, f"/units/330106002/children?{query}")

    assert (answer.status_code, answer.json["code"]) == (400, "query-invalid")
    assert answer.content_type.startswith("application/problem+json")


def test_list_children_costs_the_same_however_many(town: Town, get: Get) -> None:
    get(town.here.butler, "/units/330106002051/children")
    with statements() as two:
        get(town.here.butler, "/units/330106002051/children")
    for number in (3, 4, 5):
        actions.add_grid(community=town.here.community, number=number, name=f"第{number}网格")

    with statements() as five:
        get(town.here.butler, "/units/330106002051/children")

    assert sum("FROM units" in each for each in five) == sum("FROM units" in each for each in two) == 2


def sign_in(actor: Actor) -> str:
    token, now = new_secret(), clock.now()
    db.session.add(
        SignIn(
            token_hash=fingerprint(token),
            person_id=actor.person_id,
            face="api",
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=1),
        )
    )
    return token
