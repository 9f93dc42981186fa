"""A butler makes sure who a resident is; of the card's number nothing stays that leads back."""

import pytest
from sqlalchemy import select

from butler.identity import actions
from butler.identity.hashing import phone_index
from butler.identity.id_numbers import read_id_number
from butler.identity.models import Person
from butler.kit.database import db
from factories import make_town
from surfing import browser_of

# Made of an area that does not exist, with a right check character: nobody's.
CARD, OTHER_CARD = "99999919450101001X", "999999195002020015"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (CARD, CARD),
        (CARD.lower(), CARD),
        (" 999999 19450101 001Ｘ ", CARD),
        (CARD[:-1] + "0", None),
        ("999999194513010010", None),
        ("", None),
        ("1" * 18, None),
        ("9" * 5000, None),
    ],
)
def test_id_number_is_read_as_people_write_it(typed, read):
    assert read_id_number(typed) == read


def test_butler_verifies_a_resident_of_his_building_and_keeps_no_number(client, real_town):
    butler = real_town.here.butler
    answer = verify(client, butler, phone=phone_of(real_town.here.residents[0]), id_number=CARD)

    assert answer.status_code == 200
    person = db.session.get_one(Person, real_town.here.residents[0].person_id)
    assert (person.name, person.verified_by, person.verified_how) == ("张大文", butler.person_id, "id_card")
    row = db.session.connection().exec_driver_sql("SELECT * FROM people WHERE id = %s", (person.id,)).mappings().one()
    assert all(CARD.encode() not in bytes(value) for value in row.values() if isinstance(value, (bytes, memoryview)))


def test_double_card_is_noticed(client, real_town):
    first, second = real_town.here.residents
    assert verify(client, real_town.here.butler, phone=phone_of(first), id_number=CARD).status_code == 200

    doubled = verify(client, real_town.here.other_butler, phone=phone_of(second), id_number=CARD.lower())

    assert doubled.status_code == 409
    assert db.session.get_one(Person, second.person_id).verified_at is None
    assert verify(client, real_town.here.other_butler, phone=phone_of(second), id_number=OTHER_CARD).status_code == 200


def test_only_ones_own_residents_and_no_staff(client, real_town):
    butler, elsewhere = real_town.here.butler, real_town.elsewhere.residents[0]
    staff = db.session.get_one(Person, real_town.here.grid_worker.person_id)
    staff.phone = "10055550000"
    db.session.flush()

    statuses = [
        verify(client, butler, phone=phone).status_code
        for phone in (phone_of(elsewhere), phone_of(real_town.here.residents[1]), "10055550000", "10066660000")
    ]
    resident = verify(client, elsewhere, phone="10077770000")

    assert statuses == [403, 403, 403, 200]
    assert resident.status_code == 403
    assert verify(client, butler, phone="10088880000", id_number="123").status_code == 422


@pytest.fixture
def real_town(session):
    """The town of `factories`, which has buildings and doors."""
    return make_town()


def phone_of(actor):
    return db.session.scalars(select(Person).where(Person.id == actor.person_id)).one().phone


_calls = iter(range(10**6))


def verify(client, actor, **body):
    person = db.session.get_one(Person, actor.person_id)
    token, _ = actions.open_sign_in(person, face="api", device="")
    db.session.flush()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"key-number-{next(_calls):06}"}
    return client.post(
        "/api/v1/residents/verifications", json={"name": "张大文", "how": "id_card", **body}, headers=headers
    )


def test_the_page_finds_notes_and_tells_the_resident(client, real_town, at):
    at("2026-11-23 09:00")
    resident, butler = real_town.here.residents[0], real_town.here.butler
    phone = phone_of(resident)
    desk = browser_of(client, butler.person_id)
    db.session.commit()

    desk.open("/desk/verify").press("下一步", phone=phone)
    assert "张**" in desk.text
    assert "1单元101" in desk.text
    assert resident.name not in desk.text
    assert phone not in desk.address
    desk.press("本人没错，记下", name="张大文", how="id_card", id_number="")
    assert (desk.status, "请照着证件填上号码" in desk.text) == (422, True)
    assert ("张**" in desk.text, "1单元101" in desk.text, resident.name in desk.text) == (True, True, False)
    desk.press("本人没错，记下", name="张大文", how="id_card", id_number=CARD[:-1] + "0")
    assert (desk.status, "对照证件再看一遍" in desk.text) == (422, True)
    desk.press("本人没错，记下", id_number=CARD)
    assert (desk.status, desk.address, CARD in desk.text) == (200, "/desk/verify?done=verify", False)
    desk.open("/desk/verify").press("下一步", phone=phone)
    assert "核验过，11月23日" in desk.text

    home = browser_of(client, resident.person_id).open("/my/data")
    assert "已当面核验，11月23日（周一），陈管家看了身份证" in home.text
    assert "按手机号查找" in home.open("/my/looks").text
    assert CARD not in str(client.get("/my/data.json").json)
    assert client.get("/my/data.json").json["verified"]["how"] == "看了身份证"


def test_the_page_shows_nobody_of_other_buildings_and_no_staff(client, real_town):
    desk = browser_of(client, real_town.here.butler.person_id)
    db.session.commit()
    for phone in (phone_of(real_town.elsewhere.residents[0]), phone_of(real_town.here.residents[1])):
        desk.open("/desk/verify").press("下一步", phone=phone)
        assert (desk.status, "不归您管" in desk.text, "**" in desk.text) == (403, True, False)
    desk.open("/desk/verify").press("下一步", phone="10077770000")
    assert "还没有登记过" in desk.text
    desk.press("本人没错，记下", name="新来的", how="other_paper")
    assert desk.status == 200
    known = db.session.scalars(select(Person).where(Person.phone_index == phone_index("10077770000"))).one()
    assert (known.name, known.verified_how, known.id_number_index) == ("新来的", "other_paper", None)


def test_a_form_with_a_mistake_shows_nobody_whom_one_has_not_met(client, real_town, at):
    at("2026-11-23 09:00")
    near, far = (phone_of(street.residents[0]) for street in (real_town.here, real_town.elsewhere))
    desk = browser_of(client, real_town.here.butler.person_id)
    db.session.commit()
    desk.open("/desk/verify").press("下一步", phone=near)
    form = desk.form("本人没错，记下")
    sent = desk.filled_in(form, name="", how="id_card")

    for phone, shown in ((near, True), (far, False), ("10077770000", False), ("12", False)):
        desk.send("/desk/verify", sent | {"phone": [phone]} | {"_end": sent["_end"]})
        assert (desk.status, "**" in desk.text) == (422, shown), phone
    at("2026-11-23 10:01")
    browser_of(client, real_town.here.butler.person_id)
    desk.open("/desk/verify")
    again = desk.form("下一步").fields["csrf_token"]
    desk.send("/desk/verify", sent | {"csrf_token": again, "_end": sent["_end"]})
    assert (desk.status, "**" in desk.text) == (422, False)
