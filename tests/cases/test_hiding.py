"""T26: what one of two people hides is, for the other, not there: whoever tells, lists, counts or exports."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from apart import bearer
from butler.cases.actions.looking import record_look
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.queries import finding, own
from butler.cases.queries import looking as looks
from butler.cases.states import Relation, Step
from butler.identity.models import Person
from butler.identity.scope import Actor
from butler.kit.database import db
from butler.kit.errors import NotFound
from butler.looks.states import LookKind
from butler.notifications import deliveries
from butler.notifications.channels import Message
from butler.notifications.models import Notice
from butler.notifications.queries import notices_of
from butler.rights import queries as rights
from factories import Town, file_errand

Clock = Callable[[str], None]
MONDAY = "2026-11-23 09:00"


@pytest.fixture
def shared(town: Town, at: Clock) -> Case:
    """A daughter asked, it is for her mother; claimed and looked at."""
    at(MONDAY)
    daughter, mother = town.here.residents
    phone = db.session.get_one(Person, mother.person_id).phone
    case = file_errand(daughter, town.here, beneficiary={"name": "母", "phone": phone})
    take_step(town.here.butler, case.number, Step.CLAIM, {}, version=case.version)
    record_look(town.here.butler, case, LookKind.FULL)
    db.session.flush()
    return case


def hide(case: Case, person_id: int) -> None:
    case.asker_sees = person_id != case.asker_id
    case.beneficiary_sees = person_id != case.beneficiary_id
    db.session.flush()
    db.session.expire_all()


def all_ways_to_it(actor: Actor, case: Case, client: FlaskClient) -> dict[str, bool]:
    """Every way by which somebody could come across a case of their own: whether it leads there."""
    headers = bearer(actor.person_id)
    try:
        found = finding.find_case(own.as_resident(actor), case.number) is not None
    except NotFound:
        found = False
    listed = client.get("/api/v1/cases?as=asker", headers=headers).json["items"]
    exported = client.get("/api/v1/me/data", headers=headers).json
    return {
        "found": found,
        "relation": Relation.ASKER in finding.relations(actor, case),
        "open": case.id in {one.id for one in own.open_cases(actor)},
        "open about the matter": own.open_about(actor, str(case.matter_code)) is not None,
        "listed": case.number in {one["number"] for one in listed},
        "answered": client.get(f"/api/v1/cases/{case.number}", headers=headers).status_code == 200,
        "history": client.get(f"/api/v1/cases/{case.number}/timeline", headers=headers).status_code == 200,
        "who looked at it": client.get(f"/api/v1/cases/{case.number}/access-log", headers=headers).status_code == 200,
        "who looked at anything": bool(looks.looks_at_all_own(actor, cursor=None, limit=20).items),
        "exported": case.number in {one["number"] for one in exported["cases"]},
        "looks counted": exported["looks"] > 0,
        "keeps them from leaving": rights.open_affairs(actor.person_id) > 0,
    }


@pytest.mark.parametrize("hidden", [0, 1], ids=["from who asked", "from whom it is for"])
def test_a_hidden_case_is_nowhere_for_the_one_and_everywhere_for_the_other(
    hidden: int, town: Town, shared: Case, client: FlaskClient
) -> None:
    two = town.here.residents
    for actor in two:
        assert set(all_ways_to_it(actor, shared, client).values()) == {True}, "each sees it at first"

    hide(shared, two[hidden].person_id)

    assert set(all_ways_to_it(two[hidden], shared, client).values()) == {False}
    assert set(all_ways_to_it(two[1 - hidden], shared, client).values()) == {True}
    assert finding.find_case(town.here.butler, shared.number) is not None


@pytest.mark.parametrize("hidden", [0, 1], ids=["from who asked", "from whom it is for"])
def test_notices_go_only_to_whom_it_is_shown(hidden: int, town: Town, shared: Case) -> None:
    away, seeing = town.here.residents[hidden].person_id, town.here.residents[1 - hidden].person_id
    before = set(db.session.scalars(select(Notice.id)))
    hide(shared, away)
    case = finding.find_case(town.here.butler, shared.number)

    take_step(town.here.butler, case.number, Step.NOTE, {"note": "明天上午来"}, version=case.version)

    told = db.session.scalars(select(Notice).where(Notice.id.not_in(before))).all()
    assert [notice.person_id for notice in told] == [seeing]
    assert not notices_of(away).items, "nor is what they were told before to be read again"


def test_what_is_on_its_way_when_it_is_hidden_does_not_arrive(town: Town, shared: Case) -> None:
    sent: list[Message] = []
    notice = db.session.scalars(
        select(Notice).where(Notice.person_id == shared.asker_id, Notice.case_id == shared.id)
    ).first()
    assert notice is not None
    deliver = deliveries.deliver_notice(_Kept(sent))
    deliver({"notice_id": notice.id}, notice.dedupe_id)
    assert len(sent) == 1

    hide(shared, shared.asker_id)
    deliver({"notice_id": notice.id}, notice.dedupe_id)

    assert len(sent) == 1


class _Kept:
    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages

    def send(self, message: Message, dedupe_id: str) -> None:
        self.messages.append(message)


@pytest.mark.parametrize("alone", [False, True], ids=["both at once", "from oneself"])
def test_a_case_is_always_shown_to_somebody(alone: bool, town: Town, shared: Case) -> None:
    case = file_errand(town.here.residents[0], town.here) if alone else shared
    case.asker_sees, case.beneficiary_sees = False, alone
    with pytest.raises(IntegrityError, match="nobody_hides_alone" if alone else "shown_to_somebody"):
        db.session.flush()
    db.session.rollback()
