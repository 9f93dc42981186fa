"""To agree and to take it back: what is written down, what the database holds to, what may be done without it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from apart import bearer
from butler.cases.actions.consenting import agree, take_back
from butler.cases.actions.filing import Wish, file_case
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.schemas import STEP_INPUTS
from butler.cases.states import Kind, Mode, Step
from butler.consents import actions, queries
from butler.consents.actions import Said
from butler.consents.models import Consent
from butler.consents.register import register
from butler.consents.states import Channel, Purpose
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from butler.rights.commands import privacy_report
from factories import HAND_OVER, HEALTH, PAPERS, Town, act_for, file_consult, file_errand

ABOUT_HEALTH = {"M027-Q1": "低保、低边等"}  # 困难残疾人生活补贴
MONDAY = "2026-11-23 09:00"


@pytest.fixture
def errand(town: Town, at: Callable[[str], None]) -> Case:
    at(MONDAY)
    return file_errand(town.here.residents[0], town.here, consents=[HAND_OVER])


def in_hand(butler: Actor, case: Case) -> Case:
    return step(butler, case, Step.CLAIM)


def step(actor: Actor, case: Case, step: Step, **data: Any) -> Case:
    return take_step(actor, case.number, step, STEP_INPUTS[step].load(data), version=case.version)


def wish(town: Town, **more: Any) -> Wish:
    given = {"kind": Kind.ERRAND, "matter_code": "M027", "mode": Mode.DAYTIME, "building_id": town.here.buildings[0].id}
    return Wish(**(given | more))


# Filing


def test_filing_writes_each_consent_down(town: Town, at: Callable[[str], None]) -> None:
    at(MONDAY)
    resident = town.here.residents[0]
    case = file_case(resident, wish(town, consents=[HAND_OVER, PAPERS], channel=Channel.PAGE))
    rows = queries.of_case(case.id)
    assert [(row.purpose, row.version, row.channel, row.given_at) for row in rows] == [
        ("hand_over", 1, "page", clock.now()),
        ("papers", 1, "page", clock.now()),
    ]
    assert {(row.person_id, row.given_by_id, row.recorded_by_id) for row in rows} == {
        (resident.person_id, resident.person_id, None)
    }
    assert queries.in_force(case.id) == {Purpose.HAND_OVER, Purpose.PAPERS}


def test_for_somebody_else_it_is_about_them_and_given_by_the_asker(town: Town) -> None:
    resident, mother = town.here.residents
    case = file_case(resident, wish(town, consents=[HAND_OVER], beneficiary=act_for(resident, mother)))
    [row] = queries.of_case(case.id)
    assert (row.person_id, row.given_by_id) == (case.beneficiary_id, resident.person_id)
    assert case.beneficiary_id == mother.person_id


@pytest.mark.parametrize(
    ("kind", "consents", "wrong"),
    [
        ("errand", [], [("/consents", "consent_missing")]),
        ("errand", [PAPERS], [("/consents", "consent_missing")]),
        ("errand", [HAND_OVER, "errand"], [("/consents/1", "unknown_consent")]),
        ("errand", [HAND_OVER, "wechat@1"], [("/consents/1", "not_wanted")]),
        ("consult", [HAND_OVER], [("/consents/0", "not_wanted")]),
    ],
)
def test_filing_refuses(town: Town, kind: str, consents: list[str], wrong: list[tuple[str, str]]) -> None:
    mode = Mode.DAYTIME if kind == "errand" else None
    with pytest.raises(Invalid) as refused:
        file_case(town.here.residents[0], wish(town, kind=Kind(kind), mode=mode, consents=consents))
    assert [(error.pointer, error.code) for error in refused.value.errors] == wrong
    assert db.session.scalars(select(Case)).all() == []


@pytest.mark.parametrize(("consents", "kept"), [([HAND_OVER, HEALTH], ABOUT_HEALTH), ([HAND_OVER], {})])
def test_answers_about_health_are_kept_only_with_a_consent_of_their_own(
    town: Town, consents: list[str], kept: dict[str, str]
) -> None:
    case = file_case(town.here.residents[0], wish(town, answers=ABOUT_HEALTH, consents=consents))
    assert case.answers == kept


def test_a_question_that_becomes_an_errand_has_no_consent_of_its_own(town: Town) -> None:
    resident, butler = town.here.residents[0], town.here.butler
    mode = {"kind": Kind.CONSULT, "mode": None}
    consult = in_hand(butler, file_case(resident, wish(town, answers=ABOUT_HEALTH, consents=[HEALTH], **mode)))
    step(butler, consult, Step.CONVERT, matter_code="M027")
    errand = db.session.scalars(select(Case).where(Case.origin_id == consult.id)).one()
    assert (errand.answers, consult.answers) == ({}, ABOUT_HEALTH)
    assert queries.in_force(errand.id) == frozenset()


# What may be done without it


def test_nothing_is_handed_in_without_the_resident_s_word(town: Town, errand: Case) -> None:
    butler, resident = town.here.butler, town.here.residents[0]
    case = step(butler, in_hand(butler, errand), Step.AUTHORISE)
    take_back(resident, case.number, Purpose.HAND_OVER, channel=Channel.PAGE)
    with pytest.raises(Conflict) as refused:
        step(butler, case, Step.SUBMIT, window="2号窗口")
    assert (refused.value.code, refused.value.facts) == ("consent-missing", {"consent": HAND_OVER})
    assert case.state == "authorised"

    agree(butler, case.number, [HAND_OVER], channel=Channel.API)
    assert step(butler, case, Step.SUBMIT, window="2号窗口").state == "submitted"


def test_what_was_handed_in_stays_handed_in(town: Town, errand: Case) -> None:
    butler = town.here.butler
    case = step(butler, step(butler, in_hand(butler, errand), Step.AUTHORISE), Step.SUBMIT, window="2号窗口")
    take_back(town.here.residents[0], case.number, Purpose.HAND_OVER, channel=Channel.PAGE)
    assert step(butler, case, Step.RECORD_RESULT, result="granted").state == "result_ready"


# Agreeing later, and face to face


def test_face_to_face_is_written_down_by_who_has_it_in_hand(town: Town, errand: Case) -> None:
    butler, resident = town.here.butler, town.here.residents[0]
    case = in_hand(butler, errand)
    agree(butler, case.number, [PAPERS], channel=Channel.PAGE)
    row = queries.of_case(case.id)[-1]
    assert (row.channel, row.person_id, row.given_by_id, row.recorded_by_id) == (
        "face_to_face", resident.person_id, resident.person_id, butler.person_id,
    )  # fmt: skip
    take_back(butler, case.number, Purpose.PAPERS, channel=Channel.PAGE)
    db.session.refresh(row)
    assert (row.withdrawn_channel, row.withdrawn_by_id) == ("face_to_face", butler.person_id)


def test_nobody_else_speaks_for_the_resident(town: Town, errand: Case) -> None:
    case = in_hand(town.here.butler, errand)
    for actor in (town.here.community_staff, town.here.street_staff):
        with pytest.raises(NotAllowed):
            agree(actor, case.number, [PAPERS], channel=Channel.PAGE)
        with pytest.raises(NotAllowed):
            take_back(actor, case.number, Purpose.HAND_OVER, channel=Channel.PAGE)
    with pytest.raises(NotFound):
        agree(town.here.residents[1], case.number, [PAPERS], channel=Channel.PAGE)
    assert queries.in_force(case.id) == {Purpose.HAND_OVER}


def test_agreeing_twice_keeps_the_first_date(town: Town, errand: Case, at: Callable[[str], None]) -> None:
    resident = town.here.residents[0]
    agree(resident, errand.number, [PAPERS], channel=Channel.PAGE)
    at("2026-11-23 10:00")
    agree(resident, errand.number, [PAPERS], channel=Channel.API)
    [row] = [one for one in queries.of_case(errand.id) if one.purpose == "papers"]
    assert (row.channel, row.given_at) == ("page", errand.created_at)


def test_what_is_over_needs_no_consent_but_may_be_taken_back(town: Town, errand: Case) -> None:
    resident = town.here.residents[0]
    step(resident, errand, Step.CANCEL)
    with pytest.raises(Conflict):
        agree(resident, errand.number, [PAPERS], channel=Channel.PAGE)
    _, row = take_back(resident, errand.number, Purpose.HAND_OVER, channel=Channel.PAGE)
    assert row.withdrawn_at is not None


def test_taking_back_twice_keeps_the_first_time_and_giving_again_is_a_new_one(
    town: Town, errand: Case, at: Callable[[str], None]
) -> None:
    resident = town.here.residents[0]
    take_back(resident, errand.number, Purpose.HAND_OVER, channel=Channel.PAGE)
    at("2026-11-23 10:00")
    _, row = take_back(resident, errand.number, Purpose.HAND_OVER, channel=Channel.API)
    assert (row.withdrawn_at, row.withdrawn_channel) == (errand.created_at, "page")
    agree(resident, errand.number, [HAND_OVER], channel=Channel.PAGE)
    assert [one.withdrawn_at is None for one in queries.of_case(errand.id)] == [False, True]
    with pytest.raises(NotFound):
        take_back(resident, errand.number, Purpose.PAPERS, channel=Channel.PAGE)


# A new version


def test_a_new_version_asks_again(town: Town, errand: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = register()[Purpose.HAND_OVER]
    newer = replace(entry.now, version=2, text="我同意新的说明。")
    book = {**register(), Purpose.HAND_OVER: replace(entry, versions=(entry.now, newer))}
    for module in ("register", "queries", "rules", "actions"):
        monkeypatch.setattr(f"butler.consents.{module}.register", lambda: book)
    assert queries.in_force(errand.id) == frozenset()
    resident = town.here.residents[0]
    with pytest.raises(Invalid) as refused:
        agree(resident, errand.number, ["hand_over@1"], channel=Channel.PAGE)
    assert [error.code for error in refused.value.errors] == ["old_consent"]

    agree(resident, errand.number, ["hand_over@2"], channel=Channel.PAGE)
    assert queries.in_force(errand.id) == {Purpose.HAND_OVER}
    old, new = queries.of_case(errand.id)
    assert (old.version, old.withdrawn_channel, old.withdrawn_by_id) == (1, "new_version", None)
    assert (new.version, new.withdrawn_at) == (2, None)


# What the database holds to


def test_a_row_changes_once_and_is_kept(errand: Case) -> None:
    [row] = queries.of_case(errand.id)
    for change in (
        "UPDATE consents SET version = 2",
        "UPDATE consents SET given_at = given_at - interval '1 day'",
        "UPDATE consents SET person_id = person_id + 1",
        "DELETE FROM consents",
    ):
        with pytest.raises(DBAPIError, match="a consent"), db.session.begin_nested():
            db.session.execute(text(change))
    actions.withdraw(row, by_id=row.person_id, channel=Channel.API, now=clock.now())
    for change in (
        "SET withdrawn_at = NULL, withdrawn_channel = NULL, withdrawn_by_id = NULL",
        "SET withdrawn_at = now()",
    ):
        with pytest.raises(DBAPIError, match="changes once"), db.session.begin_nested():
            db.session.execute(text(f"UPDATE consents {change}"))


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"purpose": "everything"}, "purpose_known"),
        ({"channel": "new_version"}, "given_by_somebody"),
        ({"channel": "face_to_face"}, "face_to_face_has_recorder"),
        ({"version": 0}, "version_counts_from_one"),
        ({"case_id": None}, "personal_has_no_case"),
        ({"purpose": "wechat"}, "personal_has_no_case"),
        ({"withdrawn_at": "2030-01-01"}, "withdrawn_has_channel"),
        ({"withdrawn_at": "2030-01-01", "withdrawn_channel": "page"}, "withdrawn_by_somebody"),
        ({"withdrawn_at": "2020-01-01", "withdrawn_channel": "new_version"}, "withdrawn_afterwards"),
        ({"purpose": "hand_over"}, "uq_consents_in_force"),
    ],
)
def test_constraints(errand: Case, values: dict[str, Any], constraint: str) -> None:
    row = {
        "person_id": errand.beneficiary_id, "purpose": "papers", "version": 1, "case_id": errand.id, "channel": "page",
        "given_by_id": errand.beneficiary_id, "given_at": clock.now(),
    } | values  # fmt: skip
    with pytest.raises(DBAPIError, match=constraint), db.session.begin_nested():
        db.session.execute(Consent.__table__.insert().values(**row))


def test_one_personal_consent_at_a_time(town: Town) -> None:
    person_id = town.here.residents[0].person_id
    said = Said(person_id=person_id, by_id=person_id, channel=Channel.PAGE, now=clock.now())
    actions.give([Purpose.WECHAT], said, case_id=None)
    actions.give([Purpose.WECHAT], said, case_id=None)
    [row] = queries.own(town.here.residents[0])
    assert (row.purpose, row.case_id) == ("wechat", None)
    assert queries.own(town.here.residents[1]) == []


# Over the API


def test_the_register_is_readable_by_anybody_with_every_version(client: FlaskClient) -> None:
    items = client.get("/api/v1/consents").json["items"]
    assert [one["purpose"] for one in items] == [purpose.value for purpose in register()]
    assert all(one["versions"][0]["text"] == register()[Purpose(one["purpose"])].versions[0].text for one in items)


def test_over_the_api(client: FlaskClient, town: Town) -> None:
    case = file_consult(town.here.residents[0], town.here)
    url, headers = f"/api/v1/cases/{case.number}/consents", bearer(town.here.residents[0].person_id)
    given = client.post(url, json={"consents": [PAPERS]}, headers=headers | {"Idempotency-Key": "k" * 20})
    assert given.status_code == 201
    [line] = given.json["items"]
    assert (line["consent"], line["channel"], line["withdrawn_at"], line["case_number"]) == (
        PAPERS, "api", None, case.number,
    )  # fmt: skip
    back = client.post(f"{url}/papers/withdraw", headers=headers | {"Idempotency-Key": "l" * 20})
    assert (back.status_code, back.json["withdrawn_channel"]) == (200, "api")
    assert client.get(url, headers=headers).json["items"] == [back.json]
    wrong = client.post(url, json={"consents": ["errand"]}, headers=headers | {"Idempotency-Key": "m" * 20})
    assert (wrong.status_code, wrong.json["errors"][0]["code"]) == (422, "unknown_consent")


# Counting


def test_the_report_says_how_often_each_was_given_and_taken_back(town: Town, errand: Case) -> None:
    resident = town.here.residents[0]
    take_back(resident, errand.number, Purpose.HAND_OVER, channel=Channel.PAGE)
    agree(resident, errand.number, [HAND_OVER], channel=Channel.PAGE)
    db.session.commit()
    report = CliRunner().invoke(privacy_report, catch_exceptions=False).stdout
    assert [line.split(" | ")[-2:] for line in report.splitlines() if "`hand_over@1`" in line] == [["2", "1 |"]]
    assert [line.split(" | ")[-2:] for line in report.splitlines() if "`papers@1`" in line] == [["0", "0 |"]]
