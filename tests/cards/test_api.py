"""Cards over HTTP: what everybody may read, what staff may do within reach, what nobody else may."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from butler.cards import actions
from butler.cards.models import Card
from butler.cards.schemas import CardAnswer
from butler.kit.database import db
from butler.kit.numbers import new_number, new_secret
from factories import Street

MOST_ASKED = ["M011", "M002", "M016", "M012", "M044", "M049"]


def test_show_tells_who_answers(here: Street, client: FlaskClient) -> None:
    answer = client.get(f"/api/v1/cards/{here.card.token}")

    token = here.card.token
    assert answer.status_code == 200
    assert answer.json == {
        "token": token,
        "number": here.card.number,
        "desk": {"id": str(here.desk.id), "name": "北山街道1幢管家岗"},
        "building": {"id": str(here.buildings[0].id), "name": "1幢", "estate": "演示苑"},
        "community": {"code": "330106002051", "name": "北山街道一社区"},
        "company": "演示物业",
        "butler": {
            "surname": "陈",
            "title": "管家",
            "on_duty": True,
            "photo": None,
            "substitute": None,
            "words": "陈管家在岗。",
        },
        "phone": "0571-00000001",
        "phone_of": "陈管家",
        "is_demo": True,
        "most_asked": MOST_ASKED,
        "links": {
            "page": f"/c/{token}",
            "matters": "/api/v1/matters",
            "search": "/api/v1/search",
            "new_case": f"/cases/new?card={token}",
        },
    }


def test_show_of_a_card_without_building(here: Street, client: FlaskClient) -> None:
    card = actions.issue(desk=here.desk, building=None, by=None)

    answer = client.get(f"/api/v1/cards/{card.token}").json

    assert (answer["building"], answer["company"]) == (None, None)
    assert answer["community"]["code"] == "330106002051"
    assert not CardAnswer().validate(answer)


def test_show_is_304_until_something_changes(here: Street, client: FlaskClient) -> None:
    path = f"/api/v1/cards/{here.card.token}"
    tag = client.get(path).headers["ETag"]

    same = client.get(path, headers={"If-None-Match": tag})
    here.desk.phone = "0571-00000008"
    db.session.flush()
    changed = client.get(path, headers={"If-None-Match": tag})

    assert (same.status_code, same.data) == (304, b"")
    assert (changed.status_code, changed.json["phone"]) == (200, "0571-00000008")


def test_show_unknown_and_misshapen_tokens_get_the_same_body(here: Street, client: FlaskClient) -> None:
    answers = [client.get(f"/api/v1/cards/{token}") for token in ("0" * 26, "no-card", "7K3M-2QWX-9A4F")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    bodies = [{key: value for key, value in answer.json.items() if key != "instance"} for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["detail"] == "没有找到这张卡。请核对卡上的编号，或打物业电话。"


def test_show_replaced_is_410_and_names_the_present_butler(here: Street, client: FlaskClient) -> None:
    new = actions.replace(card=here.card, by=None)

    answer = client.get(f"/api/v1/cards/{here.card.token}")

    assert (answer.status_code, answer.json["code"]) == (410, "gone")
    assert (answer.json["butler"], answer.json["card_token"]) == ("陈管家", new.token)


def test_show_asks_the_database_four_times(here: Street, client: FlaskClient, counted) -> None:
    path = f"/api/v1/cards/{here.card.token}"

    with counted() as sent:
        assert client.get(path).status_code == 200

    assert len(sent) == 4


def test_issue_by_a_lead(here: Street, people, ask) -> None:
    answer = ask(
        people.lead,
        "post",
        "/cards",
        json={"desk_id": str(here.other_desk.id), "building_id": str(here.buildings[1].id)},
    )

    assert answer.status_code == 201
    card = db.session.scalars(select(Card).where(Card.number == answer.json["number"])).one()
    assert (card.desk_id, card.building_id) == (here.other_desk.id, here.buildings[1].id)
    assert card.issued_by_id == people.lead.person_id
    assert answer.headers["Location"] == f"/api/v1/cards/{card.token}"
    assert answer.json["links"] == {
        "page": f"/c/{card.token}",
        "pdf": f"/api/v1/cards/{card.number}/card.pdf",
        "png": f"/api/v1/cards/{card.number}/qr.png",
        "svg": f"/api/v1/cards/{card.number}/qr.svg",
    }


def test_issue_twice_with_one_key_is_one_card(here: Street, people, ask) -> None:
    key = {"Idempotency-Key": new_secret()}
    wanted = {"desk_id": str(here.desk.id)}

    first = ask(people.lead, "post", "/cards", json=wanted, headers=key)
    again = ask(people.lead, "post", "/cards", json=wanted, headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count_cards(here) == 2


@pytest.mark.parametrize(
    ("wanted", "status", "pointers"),
    [
        ({}, 422, ["/desk_id"]),
        ({"desk_id": 5}, 422, ["/desk_id"]),
        ({"desk_id": "99999999"}, 404, None),
        ({"desk_id": "mine", "building_id": "99999999"}, 422, ["/building_id"]),
        ({"desk_id": "mine", "building_id": "another"}, 422, ["/building_id"]),
        ({"desk_id": "mine", "colour": "red"}, 422, ["/colour"]),
    ],
)
def test_issue_refused(here: Street, people, ask, wanted, status, pointers) -> None:
    ids = {"mine": str(here.desk.id), "another": str(here.buildings[1].id)}

    answer = ask(people.lead, "post", "/cards", json={name: ids.get(value, value) for name, value in wanted.items()})

    assert answer.status_code == status
    assert [error["pointer"] for error in answer.json.get("errors", [])] == (pointers or [])
    assert count_cards(here) == 1


def test_issue_without_a_key(here: Street, people, ask) -> None:
    answer = ask(people.lead, "post", "/cards", json={"desk_id": str(here.desk.id)}, headers={"Idempotency-Key": ""})

    assert (answer.status_code, answer.json["code"]) == (400, "idempotency-key-missing")


def test_replace_and_revoke_by_a_lead(here: Street, people, ask, client: FlaskClient) -> None:
    old = here.card

    replaced = ask(people.lead, "post", f"/cards/{old.number}/replace")
    revoked = ask(people.lead, "post", f"/cards/{replaced.json['number']}/revoke")
    again = ask(people.lead, "post", f"/cards/{old.number}/revoke")

    assert (replaced.status_code, replaced.json["revoked_at"]) == (201, None)
    assert (revoked.status_code, revoked.json["revoked_at"]) == (200, "2026-11-23T09:00:00+08:00")
    assert (again.status_code, again.json["code"]) == (409, "state-conflict")
    assert client.get(f"/api/v1/cards/{old.token}").status_code == 410
    assert client.get(f"/api/v1/cards/{replaced.json['token']}").status_code == 410


@pytest.mark.parametrize(
    ("who", "status"), [(None, 401), ("resident", 403), ("butler", 403), ("far_lead", 404), ("lead", 201)]
)
def test_issue_and_replace_and_revoke_only_within_reach(here: Street, people, ask, who, status) -> None:
    actor = who and getattr(people, who)

    issued = ask(actor, "post", "/cards", json={"desk_id": str(here.desk.id)})
    replaced = ask(actor, "post", f"/cards/{here.card.number}/replace")
    revoked = ask(actor, "post", f"/cards/{here.card.number}/revoke")

    last = 409 if status == 201 else status
    assert [issued.status_code, replaced.status_code, revoked.status_code] == [status, status, last]


@pytest.mark.parametrize(
    ("who", "status"), [(None, 401), ("resident", 403), ("butler", 200), ("far_lead", 404), ("lead", 200)]
)
@pytest.mark.parametrize("what", ["card.pdf", "qr.png", "qr.svg"])
def test_prints_only_within_reach(here: Street, people, ask, who, status, what) -> None:
    answer = ask(who and getattr(people, who), "get", f"/cards/{here.card.number}/{what}")

    assert answer.status_code == status


def test_prints_are_what_they_say(here: Street, people, ask) -> None:
    base = f"/cards/{here.card.number}"

    pdf, png, svg = (ask(people.butler, "get", f"{base}/{what}") for what in ("card.pdf", "qr.png", "qr.svg"))

    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    assert (png.mimetype, png.data[:4]) == ("image/png", b"\x89PNG")
    assert (svg.mimetype, svg.data[:4]) == ("image/svg+xml", b"<svg")


def test_prints_of_an_unknown_card_and_of_one_out_of_reach_look_the_same(here: Street, people, ask) -> None:
    unknown = ask(people.far_lead, "get", f"/cards/{new_number()}/card.pdf")
    beyond = ask(people.far_lead, "get", f"/cards/{here.card.number}/card.pdf")

    bodies = [{key: value for key, value in answer.json.items() if key != "instance"} for answer in (unknown, beyond)]
    assert unknown.status_code == beyond.status_code == 404
    assert bodies[0] == bodies[1]


def test_prints_of_a_card_out_of_use(here: Street, people, ask) -> None:
    actions.revoke(card=here.card)

    assert ask(people.butler, "get", f"/cards/{here.card.number}/qr.png").status_code == 410


def count_cards(here: Street) -> int:
    return db.session.scalar(
        select(func.count()).select_from(Card).where(Card.desk_id.in_([here.desk.id, here.other_desk.id]))
    )
