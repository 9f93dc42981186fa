"""Words of cases lie sealed; nothing is opened that is not shown, and a case costs one key."""

from collections import Counter
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from apart import bearer
from butler.cases.models import Case, CaseHop, CaseStep
from butler.kit.database import db
from butler.kit.sealing import Key
from factories import Town, file_errand
from statements import statements

SUMMARY = "请帮我办一张优待证"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often a value of each place is opened."""
    counted: Counter[str] = Counter()
    before = Key.open

    def count(key: Key, place: str, sealed: bytes) -> bytes:
        counted[place.split(" of ")[0]] += 1
        return before(key, place, sealed)

    monkeypatch.setattr(Key, "open", count)
    return counted


def test_words_lie_sealed(town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    line = db.session.scalars(select(CaseStep).where(CaseStep.case_id == case.id)).one()
    hops = db.session.scalars(select(CaseHop).where(CaseHop.case_id == case.id)).all()

    assert (case.summary, line.note, case.routed_why) == (SUMMARY, SUMMARY, hops[-1].why)
    for sealed in (case.sealed_words, line.sealed_words, case.sealed_why, *(hop.sealed_why for hop in hops)):
        assert sealed is not None
        assert not any(word.encode() in sealed for word in (SUMMARY, "管家", "summary"))


@pytest.mark.parametrize("path", ["/queue", "/cases?as=desk"])
def test_a_list_opens_names_only(town: Town, client: FlaskClient, opened: Counter[str], path: str) -> None:
    for _ in range(3):
        file_errand(town.here.residents[0], town.here)
    db.session.commit()
    headers = bearer(town.here.butler.person_id)
    opened.clear()

    answer = client.get(f"/api/v1{path}", headers=headers)

    assert answer.status_code == 200
    assert set(opened) <= {"people.name", "people.phone"}
    assert opened["people.phone"] <= 1  # of who asks
    assert opened["people.name"] <= 2 + 3


def test_a_case_page_reads_one_key_with_the_case(town: Town, client: FlaskClient, opened: Counter[str]) -> None:
    number = file_errand(town.here.residents[0], town.here).number
    db.session.commit()
    headers = bearer(town.here.residents[0].person_id)
    opened.clear()

    with statements() as sent:
        answer = client.get(f"/api/v1/cases/{number}", headers=headers)

    assert answer.json["summary"] == SUMMARY
    assert opened["case_keys.wrapped"] == 1
    assert len([one for one in sent if "case_keys" in one]) == 1
    key = next(one for one in sent if "case_keys" in one)
    assert "FROM cases" in key
    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    assert case.answers == {}
