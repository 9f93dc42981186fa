"""T3: somebody says that a card on the wall is not right, and those who answer for it hear of it at once."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from matrix.scene import hired
from sqlalchemy import select, text

from butler.cards import reporting
from butler.cards.models import CardReport
from butler.cards.states import Found, Wrong
from butler.cards.tokens import new_token
from butler.identity.models import Person
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit.database import db
from butler.kit.errors import Conflict, NotFound, RateLimited
from butler.kit.outbox import OutboxMessage
from butler.notifications import deliveries
from butler.notifications.channels import Message
from factories import Town
from surfing import Browser, browser_of

Clock = Callable[[str], None]
MONDAY = "2026-11-23 09:00"


@pytest.fixture
def lead(town: Town, at: Clock) -> Actor:
    """Who answers for the cards of the street."""
    at(MONDAY)
    return hired("lead", Role.PROPERTY_LEAD, town.here.street)


def texts() -> dict[int, str]:
    """What is on its way, by person."""
    rows = db.session.scalars(select(OutboxMessage).where(OutboxMessage.dedupe_id.startswith("card-report:")))
    return {row.payload["person_id"]: row.payload["text"] for row in rows}


def say(token: str, *, words: str = "", address: str = "10.9.9.9") -> CardReport:
    return reporting.report(token=token, wrong=Wrong.PASTED_OVER, words=words, asked_from=address)


def test_from_the_card_to_what_was_found(client: FlaskClient, town: Town, lead: Actor) -> None:
    """Nobody signs in; the lead and the community are told, the lead has been to look, whoever said it reads so."""
    card = town.here.card
    page = Browser(client).open(f"/c/{card.token}").follow("告诉我们这张卡不对")
    page.press("告诉物业和社区", wrong="pasted_over", words="电梯口，上面盖了一张新的")
    assert "还没有去看" in page.text
    address = page.address

    told = texts()
    assert set(told) == {lead.person_id, town.here.community_staff.person_id}
    assert f"演示苑 1幢，卡号 {card.number}，像是贴了另一张" in told[lead.person_id]
    assert "电梯口" not in told[lead.person_id], "what was written is read on the page alone"

    at_work = browser_of(client, lead.person_id).open("/desk/cards").follow("有人说名片不对")
    assert "电梯口，上面盖了一张新的" in at_work.text
    at_work.press("记下结果", found="false_card")
    assert "是假的，已经撕下" in at_work.text
    with client.session_transaction() as kept:
        kept.clear()
    assert "是假的，已经撕下" in Browser(client).open(address).text


def test_the_words_are_sealed_and_who_said_it_is_not_kept(town: Town, lead: Actor) -> None:
    made = say(town.here.card.token, words="电梯口")
    row = dict(db.session.execute(text("SELECT * FROM card_reports")).mappings().one())
    assert "电梯口".encode() not in bytes(row["words"])
    assert "10.9.9.9" not in str(row)
    reporting.settle(lead, made.id, found=Found.FINE)
    assert made.asked_from == ""


def test_a_code_that_is_no_card_of_ours_leads_to_a_report_too(client: FlaskClient, town: Town, lead: Actor) -> None:
    page = Browser(client).open(f"/c/{new_token()}")
    assert page.status == 404
    page.follow("告诉我们这张卡不对").press("告诉物业和社区", wrong="asks_money")
    assert page.status == 422, "somebody has to find it"
    page.press("告诉物业和社区", wrong="asks_money", words="演示苑3幢大门左边")
    assert page.status == 200
    assert set(texts()) == {lead.person_id}, "nobody knows which community"
    assert "演示苑3幢大门左边" in browser_of(client, lead.person_id).open("/desk/cards/reports").text
    assert "演示苑3幢" not in browser_of(client, town.here.community_staff.person_id).open("/desk/cards/reports").text


def test_who_has_been_told_is_not_told_again_until_somebody_has_looked(town: Town, lead: Actor) -> None:
    first = say(town.here.card.token)
    say(town.here.card.token, address="10.9.9.8")
    count = select(OutboxMessage.id).where(OutboxMessage.dedupe_id.startswith("card-report:"))
    assert len(db.session.scalars(count).all()) == 2
    reporting.settle(lead, first.id, found=Found.FINE)
    second = db.session.scalars(select(CardReport).where(CardReport.settled_at.is_(None))).one()
    reporting.settle(lead, second.id, found=Found.FINE)
    say(town.here.card.token, address="10.9.9.7")
    assert len(db.session.scalars(count).all()) == 4


def test_one_address_says_it_five_times_an_hour(town: Town, lead: Actor, at: Clock) -> None:
    for _ in range(5):
        say(town.here.card.token)
    with pytest.raises(RateLimited):
        say(town.here.card.token)
    say(town.here.card.token, address="10.9.9.8")
    at("2026-11-23 10:01")
    say(town.here.card.token)


def test_it_is_settled_once_and_by_who_answers_for_the_place(town: Town, lead: Actor) -> None:
    made = say(town.here.card.token)
    for other in (town.here.butler, town.sibling.community_staff, town.elsewhere.street_staff):
        with pytest.raises(NotFound):
            reporting.settle(other, made.id, found=Found.FINE)
    reporting.settle(town.here.community_staff, made.id, found=Found.REPLACED)
    with pytest.raises(Conflict):
        reporting.settle(lead, made.id, found=Found.FINE)


def test_the_text_goes_out_by_the_real_way(town: Town, lead: Actor) -> None:
    say(town.here.card.token)
    sent: list[Message] = []

    class Kept:
        def send(self, message: Message, dedupe_id: str) -> None:
            sent.append(message)

    for row in db.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "word")):
        deliveries.deliver_word(Kept())(row.payload, row.dedupe_id)

    names = {db.session.get_one(Person, one).username for one in (lead.person_id, town.here.community_staff.person_id)}
    assert {message.recipient for message in sent} == names
