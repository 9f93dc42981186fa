"""Who answers a card, and what is printed on it."""

from datetime import timedelta

import pytest

from butler.cards import actions, queries
from butler.cards.printing import CardFace
from butler.cards.rules import Attendance
from butler.identity.models import Absence, Appointment
from butler.identity.permissions import Permission
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Gone, NotFound
from butler.org import actions as org
from butler.org import queries as org_queries
from butler.org.models import Desk
from factories import Street, Town

PRESENT = Attendance(
    surname="陈", on_duty=True, substitute=None, phone="0571-00000001", phone_of="陈管家", is_demo=True
)


def test_card_by_token_brings_the_place(here: Street) -> None:
    token = here.card.token
    db.session.expunge_all()

    card = queries.card_by_token(token.lower())

    assert card.token == token
    assert queries.place_words(card) == "演示苑 1幢"
    assert (card.desk.unit.code, card.building.estate.community.code) == ("330106002051", "330106002051")
    assert queries.community_of(card).name == "北山街道一社区"


@pytest.mark.parametrize("token", ["", "x", "0" * 26, "O" * 26, "\ud800" * 26, "0" * 27, "ı" * 26])
def test_card_by_token_unknown(here: Street, token: str) -> None:
    with pytest.raises(NotFound) as refused:
        queries.card_by_token(token)

    assert refused.value.detail == "没有找到这张卡。请核对卡上的编号，或打物业电话。"


def test_card_by_token_replaced_names_the_present_butler_and_the_new_card(here: Street) -> None:
    new = actions.replace(card=here.card, by=None)

    with pytest.raises(Gone) as refused:
        queries.card_by_token(here.card.token)

    assert refused.value.title == "这张卡已经停用"
    assert refused.value.facts == {
        "butler": "陈管家",
        "phone": "0571-00000001",
        "phone_of": "陈管家",
        "place": "演示苑 1幢",
        "card_token": new.token,
    }


def test_card_by_token_revoked_without_another_card(here: Street) -> None:
    actions.revoke(card=here.card)

    with pytest.raises(Gone) as refused:
        queries.card_by_token(here.card.token)

    assert refused.value.facts["card_token"] is None
    assert "您这里现在的管家是陈管家" in refused.value.detail


def test_card_by_token_revoked_leads_to_a_card_of_the_same_building_first(here: Street) -> None:
    second = actions.issue(desk=here.desk, building=here.buildings[0], by=None)
    actions.issue(desk=here.desk, building=None, by=None)
    actions.revoke(card=here.card)

    with pytest.raises(Gone) as refused:
        queries.card_by_token(here.card.token)

    assert refused.value.facts["card_token"] == second.token


def test_attendance_on_duty(here: Street) -> None:
    attendance = queries.attendance_of(here.desk)

    assert attendance == PRESENT
    assert attendance.words == "陈管家在岗。"


def test_attendance_absent_a_neighbour_of_the_zone_stands_in(here: Street) -> None:
    be_absent(here.butler)

    attendance = queries.attendance_of(here.desk)

    assert attendance == Attendance(
        surname="陈", on_duty=False, substitute="王", phone="0571-00000002", phone_of="王管家", is_demo=True
    )
    assert attendance.words == "陈管家休息，王管家代班。"
    assert attendance.present_name == "王管家"


def test_attendance_nobody_gives_the_telephone_of_the_community(here: Street) -> None:
    be_absent(here.butler)
    be_absent(here.other_butler)
    org_queries.desk_of(here.community).phone = "0571-00000009"

    attendance = queries.attendance_of(here.desk)

    assert attendance == Attendance(
        surname="陈", on_duty=False, substitute=None, phone="0571-00000009", phone_of="北山街道一社区", is_demo=True
    )
    assert attendance.words == "陈管家休息，眼下没有人代班。急事请打电话；不急的可以先提交，有人到岗就处理。"


def test_attendance_nobody_and_no_telephone_gives_the_hotline(here: Street) -> None:
    be_absent(here.butler)
    be_absent(here.other_butler)

    attendance = queries.attendance_of(here.desk)

    assert (attendance.phone, attendance.phone_of) == ("12345", "政务服务便民热线")


def test_attendance_desk_without_butler_or_zone(here: Street) -> None:
    desk = org.add_butler_desk(unit=here.community, name="新岗")

    attendance = queries.attendance_of(desk)

    assert attendance == Attendance(
        surname=None, on_duty=False, substitute=None, phone="12345", phone_of="政务服务便民热线", is_demo=False
    )
    assert attendance.words.startswith("这里暂时没有管家，眼下没有人代班。")


def test_attendance_new_butler_needs_no_new_card(here: Street) -> None:
    for appointment in db.session.query(Appointment).filter_by(desk_id=here.desk.id):
        appointment.valid_to = clock.today()
    db.session.flush()

    attendance = queries.attendance_of(here.desk)

    assert (attendance.surname, attendance.substitute) == (None, "王")


def test_answering_desk_follows_the_building(here: Street) -> None:
    assert queries.answering_desk(here.card).id == here.desk.id

    org.cover(desk=here.other_desk, building=here.buildings[0])

    assert queries.answering_desk(here.card).id == here.other_desk.id


def test_cards_of_desk_are_the_good_ones_in_order(here: Street) -> None:
    second = actions.issue(desk=here.desk, building=None, by=None)
    actions.issue(desk=here.other_desk, building=here.buildings[1], by=None)
    third = actions.replace(card=here.card, by=None)

    found = db.session.scalars(queries.cards_of_desk(here.desk.id)).all()

    assert [card.number for card in found] == [second.number, third.number]


@pytest.mark.parametrize(
    ("who", "permission", "reached"),
    [
        ("butler", Permission.CARD_SEE, True),
        ("butler", Permission.CARD_ISSUE, False),
        ("other_butler", Permission.CARD_SEE, False),
        ("grid_worker", Permission.CARD_SEE, False),
        ("community_staff", Permission.CARD_SEE, True),
        ("community_staff", Permission.CARD_ISSUE, False),
        ("street_staff", Permission.CARD_SEE, True),
    ],
)
def test_card_in_reach_of_desk_and_subtree(here: Street, who: str, permission: Permission, reached: bool) -> None:
    actor: Actor = getattr(here, who)

    assert finds(actor, here.card.number, permission) is reached
    assert desk_found(actor, here.desk, permission) is reached


def test_card_in_reach_of_another_street(town: Town, here: Street) -> None:
    assert not finds(town.sibling.street_staff, here.card.number, Permission.CARD_SEE)
    assert finds(town.district_staff, here.card.number, Permission.CARD_SEE)


def test_card_to_print_out_of_use(here: Street) -> None:
    actions.revoke(card=here.card)

    with pytest.raises(Gone):
        queries.card_to_print(here.butler, here.card.number)


def test_face_of_names_the_appointed_butler_even_while_absent(here: Street) -> None:
    be_absent(here.butler)

    face = queries.face_of(queries.card_by_token(here.card.token))

    assert face == CardFace(
        url=f"HTTP://LOCALHOST/C/{here.card.token}",
        number=here.card.number,
        butler_name="陈管家",
        title="物业管家",
        company="演示物业",
        building_text="演示苑 1幢",
        phone="0571-00000001",
        domain="localhost",
        is_demo=True,
    )


def test_buildings_without_card_of_a_desk(here: Street) -> None:
    assert db.session.scalars(queries.buildings_without_card(here.desk)).all() == []
    assert db.session.scalars(queries.buildings_without_card(here.other_desk)).all() == [here.buildings[1]]

    actions.revoke(card=here.card)

    assert db.session.scalars(queries.buildings_without_card(here.desk)).all() == [here.buildings[0]]


def be_absent(actor: Actor) -> None:
    now = clock.now()
    db.session.add(
        Absence(person_id=actor.person_id, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=8))
    )
    db.session.flush()


def finds(actor: Actor, number: str, permission: Permission) -> bool:
    try:
        return queries.card_in_reach(actor, number, permission).number == number
    except NotFound:
        return False


def desk_found(actor: Actor, desk: Desk, permission: Permission) -> bool:
    try:
        return queries.desk_in_reach(actor, desk.id, permission).id == desk.id
    except NotFound:
        return False
