"""T26: what one of two people hides is, for the other, not there: whoever tells, lists, counts or exports."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from apart import bearer
from butler.cases import reaching
from butler.cases.actions.looking import record_look
from butler.cases.actions.moving import take_step
from butler.cases.actions.reaching import keep_from_the_other, say_how
from butler.cases.models import Case, CaseStep
from butler.cases.queries import finding, own
from butler.cases.queries import looking as looks
from butler.cases.states import Relation, Step
from butler.identity import actions as identity
from butler.identity.models import Person
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid, NotFound
from butler.kit.outbox import OutboxMessage
from butler.looks.states import LookKind
from butler.notifications import deliveries
from butler.notifications.channels import Message
from butler.notifications.models import Notice
from butler.notifications.queries import notices_of
from butler.rights import queries as rights
from factories import Town, act_for, file_errand, guards
from surfing import browser_of

Clock = Callable[[str], None]
MONDAY = "2026-11-23 09:00"


@pytest.fixture
def shared(town: Town, at: Clock) -> Case:
    """A daughter asked, it is for her mother; claimed and looked at."""
    at(MONDAY)
    daughter, mother = town.here.residents
    case = file_errand(daughter, town.here, beneficiary=act_for(daughter, mother))
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


# What both may read and change, on their pages


def test_whom_it_is_for_hides_it_and_shows_it_again(client: FlaskClient, town: Town, shared: Case) -> None:
    daughter, mother = town.here.residents
    page = browser_of(client, mother.person_id).open(f"/my/cases/{shared.number}").follow("谁能看到，怎么联系我")
    page.press(f"不让{daughter.name}看到")
    assert f"{daughter.name}看不到" in page.text
    assert not db.session.get_one(Case, shared.id, populate_existing=True).shows(daughter.person_id)
    assert browser_of(client, daughter.person_id).open(f"/my/cases/{shared.number}/quiet").status == 404
    history = [line.step for line in shared_lines(shared)]

    page = browser_of(client, mother.person_id).open(f"/my/cases/{shared.number}/quiet")
    page.press(f"让{daughter.name}看到")

    assert db.session.get_one(Case, shared.id, populate_existing=True).shows(daughter.person_id)
    assert [line.step for line in shared_lines(shared)] == history, "the history does not tell that it was hidden"


@pytest.mark.parametrize(
    ("who", "hidden", "seen", "days", "may"),
    [
        ("beneficiary", "", False, 0, True),
        ("beneficiary", "", True, 500, True),
        ("beneficiary", "asker", True, 500, True),
        ("beneficiary", "beneficiary", False, 0, False),
        ("asker", "", False, 0, False),
        ("guardian", "", False, 0, True),
        ("guardian", "", False, 59, True),
        ("guardian", "", False, 60, False),
        ("guardian", "", True, 0, False),
        ("guardian", "beneficiary", True, 500, True),
        ("asker", "beneficiary", True, 500, True),
        ("asker", "asker", False, 0, False),
        ("somebody", "", False, 0, False),
        ("alone", "", False, 0, False),
    ],
)
def test_who_may_hide_it(who: str, hidden: str, seen: bool, days: int, may: bool) -> None:
    filed = clock.now()
    case = Case(
        asker_id=1, beneficiary_id=1 if who == "alone" else 2, created_at=filed,
        asker_sees=hidden != "asker", beneficiary_sees=hidden != "beneficiary",
    )  # fmt: skip
    me = {"asker": 1, "guardian": 1, "beneficiary": 2, "somebody": 3, "alone": 1}[who]
    now = filed + timedelta(days=days)
    assert reaching.may_hide(case, me, guardian=who == "guardian", other_has_seen=seen, now=now) == may


def test_a_guardian_hides_it_only_as_long_as_the_child_cannot_have_seen_it(
    client: FlaskClient, town: Town, at: Clock
) -> None:
    at(MONDAY)
    mother, child = town.here.residents
    case = file_errand(mother, town.here, beneficiary=guards(mother, child, town.here.butler))
    db.session.commit()
    page = browser_of(client, mother.person_id).open(f"/my/cases/{case.number}/quiet")
    page.press(f"不让{child.name}看到")
    page.press(f"让{child.name}看到")
    at("2026-11-23 10:00")
    browser_of(client, child.person_id).open("/my")

    page = browser_of(client, mother.person_id).open(f"/my/cases/{case.number}/quiet")

    assert f"{child.name}一直看得到" in page.text
    with pytest.raises(Conflict):
        keep_from_the_other(mother, case.number, hidden=True)


def test_what_a_guardian_files_hidden_is_never_seen_by_the_child(client: FlaskClient, town: Town, at: Clock) -> None:
    at(MONDAY)
    mother, child = town.here.residents
    allowed = guards(mother, child, town.here.butler)
    db.session.commit()
    page = browser_of(client, mother.person_id).open(f"/cases/new?kind=consult&building={town.here.buildings[0].id}")
    page.press(
        "下一步，核对", summary="他身上有伤，我该找谁", hidden="1", no_texts="1",
        beneficiary__delegation=str(allowed["delegation"]),
    )  # fmt: skip
    assert "先不让孩子看到" in page.text
    page.press("提交申请")
    case = db.session.scalars(select(Case).order_by(Case.id.desc())).first()
    assert case is not None
    assert (case.asker_sees, case.beneficiary_sees, case.no_texts) == (True, False, True)
    assert set(all_ways_to_it(child, case, client).values()) == {False}


def test_what_is_done_by_an_authority_is_in_the_open(client: FlaskClient, town: Town, shared: Case) -> None:
    daughter, mother = town.here.residents
    with pytest.raises(Invalid) as refused:
        file_errand(daughter, town.here, beneficiary=act_for(daughter, mother), beneficiary_sees=False)
    assert [error.pointer for error in refused.value.errors] == ["/beneficiary_sees"]
    with pytest.raises(Conflict):
        keep_from_the_other(daughter, shared.number, hidden=True)
    address = f"/cases/new?kind=consult&building={town.here.buildings[0].id}"
    assert "看到这件事" not in browser_of(client, daughter.person_id).open(address).text


@pytest.mark.parametrize("of", ["the case", "the person"])
def test_no_calls_stands_before_the_number_masked_or_not(
    of: str, client: FlaskClient, town: Town, shared: Case
) -> None:
    mother = town.here.residents[1]
    address = f"/my/cases/{shared.number}/quiet" if of == "the case" else "/my/reach"
    page = browser_of(client, mother.person_id).open(address)
    page.press("记下来", no_calls="1", no_texts="1", reach="上午十点，楼下凉亭")
    assert "改好了" in page.text or "记下了" in page.text
    phone = db.session.get_one(Person, mother.person_id).phone or ""

    holder = browser_of(client, town.here.butler.person_id).open(f"/desk/cases/{shared.number}").response.text
    masked = browser_of(client, town.here.community_staff.person_id).open(f"/desk/cases/{shared.number}").response.text

    assert holder.index(f"不要给{mother.name}打电话") < holder.index("上午十点，楼下凉亭") < holder.index(phone)
    assert f'href="tel:{phone}"' not in holder, "nothing to tap"
    assert masked.index(f"不要给{mother.name[0]}**打电话") < masked.index(f"{phone[:3]}****")
    assert "楼下凉亭" not in masked


def test_who_must_not_know_stands_before_everything(client: FlaskClient, town: Town, shared: Case) -> None:
    hide(shared, shared.asker_id)
    page = browser_of(client, town.here.butler.person_id).open(f"/desk/cases/{shared.number}").response.text
    phone = db.session.get_one(Person, shared.asker_id).phone or ""
    assert page.index(f"不要让{town.here.residents[0].name}知道这件事") < page.index(phone)
    assert f'href="tel:{phone}"' not in page


def test_programs_read_it_too_and_get_no_old_answer(client: FlaskClient, town: Town, shared: Case) -> None:
    staff = bearer(town.here.butler.person_id)
    first = client.get(f"/api/v1/cases/{shared.number}", headers=staff)
    again = staff | {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"/api/v1/cases/{shared.number}", headers=again).status_code == 304
    say_how(town.here.residents[1], shared.number, no_calls=True, no_texts=False, reach="当面说")
    db.session.expire_all()

    answer = client.get(f"/api/v1/cases/{shared.number}", headers=again)

    party = answer.json["beneficiary"]
    assert (party["no_calls"], party["no_texts"], party["reach"], party["sees_case"]) == (True, False, "当面说", True)


@pytest.mark.parametrize("of", ["nobody", "the case", "the person"])
def test_no_text_is_sent_to_whom_wants_none(of: str, town: Town, shared: Case) -> None:
    """The real way: step, notice, outbox, channel. What may be sent is sent, so the test can fail."""
    daughter = town.here.residents[0]
    if of == "the case":
        say_how(daughter, shared.number, no_calls=False, no_texts=True, reach="")
    elif of == "the person":
        identity.say_how_to_reach(daughter, no_calls=False, no_texts=True, reach="")
    case = finding.find_case(town.here.butler, shared.number)
    take_step(town.here.butler, case.number, Step.NOTE, {"note": "明天上午来"}, version=case.version)
    db.session.flush()
    phone = db.session.get_one(Person, daughter.person_id).phone
    sent: list[Message] = []

    carried = 0
    for row in db.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "notice")):
        deliveries.deliver_notice(_Kept(sent))(row.payload, row.dedupe_id)
        carried += 1

    assert carried >= 2
    texts = [message for message in sent if message.recipient == phone]
    assert bool(texts) == (of == "nobody")
    kept = notices_of(daughter.person_id).items
    assert any("留言" in notice.text for notice in kept), "it is there to be read all the same"


def test_a_quick_way_out(client: FlaskClient, town: Town, shared: Case) -> None:
    page = browser_of(client, town.here.residents[0].person_id).open(f"/my/cases/{shared.number}")
    title = page.response.text.split("<title>")[1].split("</title>")[0]
    assert shared.matter_name not in title
    form = page.form("快速离开")
    answer = client.post(form.action, data=page.filled_in(form))
    assert answer.headers["Location"] == "/matters"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get(f"/my/cases/{shared.number}").headers["Location"].startswith("/sign-in")


def shared_lines(case: Case) -> list[CaseStep]:
    return list(db.session.scalars(select(CaseStep).where(CaseStep.case_id == case.id).order_by(CaseStep.seq)))
