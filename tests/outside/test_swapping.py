"""T1 and T15: requests that were really sent, with another's number in them, and lists of who lives here: what comes
back tells nothing, by its words, its length or its work. Work is counted in statements, not timed."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from matrix.scene import taken_back
from matrix.test_sameness import EACH_TIME, EACH_TIME_HEADERS
from outside.errand import DEEDS, Errand
from werkzeug.test import TestResponse

from butler.identity import actions as identity
from butler.identity.models import Person
from butler.kit.database import ButlerFlask, db
from butler.kit.numbers import new_number
from factories import Town, file_consult, file_errand
from figures import Show
from statements import statements

Told = tuple[int, str, int, tuple[tuple[str, str], ...], tuple[str, ...]]


def test_captured_requests_with_another_number_find_nothing(
    client: FlaskClient, town: Town, at: Callable[[str], None], show: Show
) -> None:
    """Each request of a whole errand, sent again by who sent it, about cases of others: as about one that is not there."""
    at("2026-11-23 09:00")
    others: dict[str, str] = {}
    errand, sent, different, dearer, let_in = Errand(client, town), 0, [], [], []
    for deed in DEEDS:
        if deed.about_a_case:
            nowhere = asked(errand, deed, new_number())
            for whose, number in others.items():
                if whose == "of a neighbour" and deed.who == "butler":
                    continue  # the butler of both
                sent += 1
                theirs = asked(errand, deed, number)
                if theirs[0] < 400:
                    let_in.append(f"{deed} {whose}")
                if theirs[:4] != nowhere[:4]:
                    different.append(f"{deed} {whose}: {theirs[:3]}, not there {nowhere[:3]}")
                if theirs[4] != nowhere[4]:
                    dearer.append(f"{deed} {whose}: {len(theirs[4])}, not there {len(nowhere[4])}")
        errand.really(deed)
        if not others:  # after the errand, so that the butler claims that first
            others = {
                "of a neighbour": file_errand(town.here.residents[1], town.here).number,
                "of the street beside": file_errand(town.sibling.residents[0], town.sibling).number,
                "of another district": file_consult(town.elsewhere.residents[0], town.elsewhere).number,
            }
            db.session.commit()

    show(
        "T1",
        "captured requests with another's number",
        sent=sent,
        let_in=len(let_in),
        different=len(different),
        dearer=len(dearer),
    )
    assert (let_in, different, dearer) == ([], [], [])
    assert sent > 30


def test_nobody_can_be_told_from_somebody(
    app: ButlerFlask, client: FlaskClient, town: Town, at: Callable[[str], None], show: Show
) -> None:
    """Telephones of residents, of staff, of those who left and of nobody: equal in words, bytes and statements."""
    at("2026-11-23 09:00")
    known = db.session.get_one(Person, town.here.residents[0].person_id).phone
    gone = identity.add_resident(name="走了", phone="10000000077", household=town.here.households[0])
    identity.disable(gone)
    staff = identity.add_staff_member(
        name="演示", username="somebody", password="correct horse battery staple", phone="10000000078"
    )
    db.session.commit()
    phones = {"known": known, "gone": gone.phone, "staff": staff.phone, "nobody": "10000000079"}
    ways = {
        "a code is asked for": lambda phone: client.post("/api/v1/auth/codes", json={"phone": phone}),
        "a wrong code": lambda phone: client.post("/api/v1/auth/sessions", json={"phone": phone, "code": "123456"}),
    }
    pairs, told_apart = 0, []
    for way, ask in ways.items():
        told = {}
        for who, phone in {"warm": "10000000070", **phones}.items():
            with taken_back(), statements() as sent:
                answer = ask(phone)
            told[who] = (*plain(answer, ()), tuple(one for one in sent if "SAVEPOINT" not in one))
        del told["warm"]
        for who in ("known", "gone", "staff"):
            pairs += 1
            if told[who] != told["nobody"]:
                told_apart.append(f"{way}: {who} {told[who]}, nobody {told['nobody']}")

    show(
        "T15",
        "known and unknown, by words, bytes and statements",
        pairs=pairs,
        told_apart=len(told_apart),
        auc=0.5 if not told_apart else 1.0,
    )
    assert told_apart == []


def asked(errand: Errand, deed: object, number: str) -> Told:
    """Everything one could tell two answers apart by; what it did is taken back."""
    with taken_back(), statements() as sent:
        answer = errand.send(deed, number)  # type: ignore[arg-type]
    return (*plain(answer, (number, answer.request.path)), tuple(one for one in sent if "SAVEPOINT" not in one))


def plain(answer: TestResponse, names: tuple[str, ...]) -> tuple[int, str, int, tuple[tuple[str, str], ...]]:
    """Status, words, length, headers: without what differs at each request and what was sent."""
    words = answer.text
    for name in names:
        words = words.replace(name, "…")
    headers = sorted((name.lower(), value) for name, value in answer.headers if name.lower() not in EACH_TIME_HEADERS)
    words = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.+]+", "~", EACH_TIME.sub("~", words))
    return answer.status_code, words, len(answer.data), tuple(headers)
