"""T1 and ASVS 8.4.1: the database itself shows nobody what is not theirs, whatever a query forgot to ask."""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest
from flask import g
from sqlalchemy import create_engine, select, text

from apart import application_apart
from butler.cases import schemas
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.looking import record_look
from butler.cases.actions.moving import take_step
from butler.cases.models import Case, CaseClock, CaseRung, LegalHold, SlotBooking
from butler.cases.queries import finding
from butler.cases.states import Step
from butler.consents.actions import Said, give
from butler.consents.states import Channel, Purpose
from butler.custody.models import Original
from butler.dev.servers import Urls
from butler.files.models import Attachment
from butler.files.states import FileKind, FileState
from butler.identity import scope
from butler.identity.scope import Actor
from butler.kit import clock, daykeys
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.kit.idempotency import IdempotencyKey
from butler.kit.sight import NOBODY, Sight, tell
from butler.ledger.models import LedgerHead
from butler.looks.models import Decoy, Reveal
from butler.looks.states import LookKind, Way, Why
from butler.notifications import actions as notifications
from butler.org.actions import add_slot_pattern
from butler.privacy.actions import note
from butler.privacy.states import Rule
from butler.ratings.actions import rate
from butler.settings import Settings
from factories import Street, Town, act_for, file_consult, file_errand, load_calendar, make_town
from figures import Show

THEIR_OWN = {
    "person_id", "given_by_id", "looker_id", "uploader_id", "rater_id", "holder_id",
    "principal_id", "agent_id", "giver_id", "taker_id",
}  # fmt: skip
GOES_WITH_CASE = {"cases", "looks"}  # a hidden case takes these rows away too, though they name somebody
LEAKPROOF = {"ltree_isparent", "ltree_risparent"}


@pytest.fixture(scope="module")
def apart(urls: Urls, settings: Settings) -> Iterator[ButlerFlask]:
    with application_apart(urls, settings, "wall", connections=2) as app:
        yield app


@pytest.fixture(scope="module")
def town(apart: ButlerFlask) -> Town:
    """A town in which two streets of different districts each have a case with something of everything."""
    with apart.app_context(), unit_of_work():
        load_calendar()
        town = make_town()
        for street in (town.here, town.elsewhere):
            fill(street)
        file_consult(town.sibling.residents[0], town.sibling)
        hide_some(town.sibling)
        db.session.flush()
        db.session.expunge_all()
    return town


def hide_some(street: Street) -> None:
    """Two cases between the same two people: one is hidden from who asked, the other from whom it is for (T26)."""
    child, parent = street.residents
    allowed = act_for(child, parent)
    for case in [file_errand(child, street, beneficiary=allowed) for _ in range(2)]:
        notifications.tell(case.id, "proof", {street.grid_worker.person_id: "演示"})
        record_look(street.butler, case, LookKind.LIST)
        case.asker_sees, case.beneficiary_sees = case.id % 2 == 0, case.id % 2 == 1
    db.session.flush()


def fill(street: Street) -> None:
    """One case with a row in every table that may hold one, and another that only waits."""
    resident, butler, now = street.residents[0], street.butler, clock.now()
    case = file_errand(resident, street)
    claim_next(butler)
    for step, data in (
        ("authorise", {}),
        ("receive_originals", {"items": [{"name": "近期免冠照片", "copies": 2, "condition": "完好"}]}),
    ):
        loaded = schemas.STEP_INPUTS[Step(step)].load(data)
        take_step(butler, case.number, Step(step), loaded, version=case.version)
    timed = db.session.scalars(select(CaseClock).where(CaseClock.case_id == case.id)).first()
    assert timed is not None
    pattern = add_slot_pattern(
        desk=street.desk, weekday=0, starts=clock.now().time(), ends=clock.now().time().replace(hour=23, minute=59),
        place="物业服务中心", capacity=2, cutoff_minutes=30,
    )  # fmt: skip
    db.session.flush()
    key = {"route": "POST /api/v1/cases", "key": "k" * 20, "fingerprint": b"", "answer": {}, "created_at": now}
    db.session.add_all(
        [
            CaseRung(case_id=case.id, clock_id=timed.id, rung=1, desk_id=case.desk_id, at=now),
            SlotBooking(case_id=case.id, pattern_id=pattern.id, day=now.date(), seat=1),
            Attachment(
                case_id=case.id,
                uploader_id=resident.person_id,
                uploader_role="resident",
                kind=FileKind.PAPER,
                media_type="application/pdf",
                pages=1,
                sent_size=1,
                size=1,
                sealed_size=1,
                sha256=bytes(32),
                file_name=token_hex(16),
                sealed_key=b"-",
                sealed_words=b"-",
                state=FileState.STORED,
                created_at=now,
            ),
            Reveal(
                looker_id=butler.person_id,
                case_id=case.id,
                district=case.district,
                way=Way.REASON,
                fields=["phone"],
                why=Why.CONTACT,
                sealed_words=daykeys.seal("reveals.sealed_words", "演示"),
                uncovered_at=now,
                covered_at=now + timedelta(minutes=15),
            ),
            LegalHold(case_id=case.id, reason="演示：争议未结", placed_at=now, released_at=None),
            IdempotencyKey(actor=f"person:{resident.person_id}", **key),
        ]
    )
    rate(case_id=case.id, district=case.district, grade=5, tags=[], comment="", rater_id=resident.person_id, now=now)
    record_look(butler, case, LookKind.FULL)
    notifications.tell(case.id, "proof", {resident.person_id: "演示"})
    note(
        f"proof:{case.id}", rule=Rule.DOUBTED, day=now.date(), looker_id=butler.person_id, role="butler",
        unit_path=case.unit_path, person_id=resident.person_id, case_id=case.id, number=case.number, looks=1,
        first_at=now,
    )  # fmt: skip
    db.session.add(LedgerHead(case_id=case.id, seq=1, day=now.date()))
    db.session.add(Decoy(case_id=case.id, person_id=resident.person_id, unit_id=case.unit_id, made_at=now))
    said = Said(person_id=resident.person_id, by_id=resident.person_id, channel=Channel.PAGE, now=now)
    give([Purpose.WECHAT], said, case_id=None)
    file_consult(street.residents[1], street)


@pytest.fixture
def here(apart: ButlerFlask) -> Iterator[None]:
    with apart.app_context():
        yield
        db.session.remove()


def looking(who: Sight) -> None:
    """A new transaction with these eyes."""
    db.session.rollback()
    g.sight = who


def actors(town: Town) -> dict[str, Actor]:
    everybody = {"the district": town.district_staff}
    for name, street in (("here", town.here), ("sibling", town.sibling), ("elsewhere", town.elsewhere)):
        for post in (
            "butler", "other_butler", "grid_worker", "other_grid_worker", "community_staff", "street_staff",
        ):  # fmt: skip
            everybody[f"{post} {name}"] = getattr(street, post)
        for number, resident in enumerate(street.residents):
            everybody[f"resident {number} {name}"] = resident
    return everybody


def _is_theirs(table: str, row: Mapping[str, Any], actor: Actor, may: Set[int]) -> bool:
    """A row of a case they may see, or one that names them."""
    if table == "cases":
        return row["id"] in may
    named = {row[name] for name in row if name in THEIR_OWN} | {row.get("actor")}
    return row.get("case_id") in may or bool(named & {actor.person_id, f"person:{actor.person_id}"})


def walled_tables() -> set[str]:
    return set(
        db.session.scalars(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity")
        )
    )


def test_raw_queries_show_each_actor_only_what_scope_says(here: None, town: Town, show: Show) -> None:
    """`SELECT *` of every walled table with the eyes of everybody, compared with the rule for rows."""
    tables, asked, missing, foreign = sorted(walled_tables()), 0, 0, Counter[str]()
    for name, actor in actors(town).items():
        looking(Sight(system="proof"))
        may = set(db.session.scalars(select(Case.id).where(scope.visible(Case, actor))))
        case_of = dict(db.session.execute(select(Original.id, Original.case_id)).all())
        looking(scope.sight_of(actor))
        for table in tables:
            rows = [dict(row) for row in db.session.execute(text(f"SELECT * FROM {table}")).mappings()]
            if table == "handovers":
                rows = [row | {"case_id": case_of[row["original_id"]]} for row in rows]
            asked += 1
            if table == "cases":
                missing += len(may - {row["id"] for row in rows})
            foreign[table] += sum(not _is_theirs(table, row, actor, may) for row in rows)
        assert (+foreign, missing) == ({}, 0), name
    looking(Sight(system="proof"))
    rows = {table: db.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables}
    assert all(count >= 2 for count in rows.values()), rows  # something of everybody's in each
    show(
        "P25", "a query without any filter shows nobody's rows but the caller's",
        tables=len(tables), actors=len(actors(town)), queries=asked, rows=sum(rows.values()), foreign=0, missing=0,
    )  # fmt: skip


def test_what_is_hidden_from_somebody_is_not_in_any_of_their_rows(here: None, town: Town, show: Show) -> None:
    """T26: who asked and whom it is for, asking the database without any filter, before and after it is hidden."""
    looking(Sight(system="proof"))
    child, parent = town.sibling.residents
    shared = db.session.scalars(
        select(Case.id).where(Case.asker_id == child.person_id, Case.beneficiary_id == parent.person_id)
    ).all()
    hidden = {
        actor.person_id: db.session.scalars(
            select(Case.id).where(Case.id.in_(shared), ~scope.own(Case, actor.person_id))
        ).all()
        for actor in (child, parent)
    }
    assert sorted(one for ids in hidden.values() for one in ids) == sorted(shared)
    asked, wrong = 0, []
    for actor in (child, parent):
        looking(scope.sight_of(actor))
        for table in sorted(walled_tables()):
            for row in db.session.execute(text(f"SELECT * FROM {table}")).mappings():
                case_id = row["id"] if table == "cases" else row.get("case_id")
                theirs = table not in GOES_WITH_CASE and _is_theirs(table, row, actor, set())
                if case_id in hidden[actor.person_id] and not theirs:
                    wrong.append((actor.person_id, table, row["id"]))
            asked += 1
        seen = set(db.session.scalars(text("SELECT id FROM cases")))
        assert seen & set(shared) == set(shared) - set(hidden[actor.person_id])
    show(
        "T26",
        "a hidden case is in no row of who it is hidden from",
        queries=asked,
        hidden=len(shared),
        wrong=len(wrong),
    )
    assert wrong == []


def test_who_is_nobody_sees_nothing(here: None, town: Town) -> None:
    looking(NOBODY)
    for table in walled_tables():
        assert db.session.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


def test_the_owner_too_stands_before_the_wall(here: None, town: Town, apart: ButlerFlask) -> None:
    owner = create_engine(apart.extensions["settings"].database_owner_url)
    with owner.connect() as connection:
        for table in walled_tables():
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table
    owner.dispose()


def test_what_was_said_ends_with_the_transaction(here: None, town: Town) -> None:
    """The next who is given this connection by the pool inherits nothing."""
    count = text("SELECT count(*) FROM cases")
    with db.engine.connect() as connection:
        with connection.begin():
            tell(connection, scope.sight_of(town.district_staff))
            assert connection.scalar(count) > 0
        with connection.begin():
            assert connection.scalar(count) == 0


def test_nobody_changes_what_they_do_not_see(here: None, town: Town) -> None:
    looking(scope.sight_of(town.elsewhere.butler))
    before = set(db.session.scalars(text("SELECT id FROM cases")))
    touched = set(db.session.scalars(text("UPDATE cases SET due_at = due_at RETURNING id")))
    assert touched == before
    db.session.rollback()
    looking(Sight(system="proof"))
    foreign = db.session.scalar(text("SELECT max(id) FROM cases WHERE unit_path ~ '*.330106.*'"))
    looking(scope.sight_of(town.elsewhere.butler))
    with pytest.raises(Exception, match="row-level security"):
        db.session.execute(
            text(
                "INSERT INTO ratings (case_id, district, grade, tags, rater_id, rated_at) "
                "VALUES (:case, '', 1, '[]', 1, now())"
            ),
            {"case": foreign},
        )
    db.session.rollback()


def test_a_case_stays_in_sight_while_a_step_sends_it_away(here: None, town: Town) -> None:
    """Referred up it lies on a desk the butler has nothing to do with; the step is written down all the same."""
    butler = town.here.other_butler
    looking(Sight(system="proof"))
    number = db.session.scalars(select(Case.number).where(Case.asker_id == town.here.residents[1].person_id)).one()
    looking(scope.sight_of(butler))
    assert db.session.scalar(select(Case.id).where(Case.number == number)) is None  # the next house's
    butler = town.here.butler
    looking(scope.sight_of(butler))
    case = take_step(butler, number, Step.CLAIM, {}, version=1)
    data = schemas.STEP_INPUTS[Step.REFER_UP].load({"note": "要社区出面"})
    case = take_step(butler, number, Step.REFER_UP, data, version=case.version)
    case_id, version = case.id, case.version
    db.session.commit()
    assert db.session.get(Case, case_id) is None
    looking(scope.sight_of(town.here.grid_worker))
    assert finding.find_case(town.here.grid_worker, number).version == version


def test_supervisors_still_use_the_index_on_paths(here: None, town: Town) -> None:
    """Behind a wall PostgreSQL uses an index only for what cannot tell anything about rows; it has to be told so of
    ltree (docs/deploy.md), and of nothing else we ask for."""
    looking(scope.sight_of(town.here.street_staff))
    plain = set(db.session.scalars(text("SELECT proname FROM pg_proc WHERE proleakproof AND proname ~ '^ltree_'")))
    assert plain >= LEAKPROOF
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    for query, index in (
        ("SELECT id FROM cases WHERE unit_path <@ '33.3301.330106.330106002'", "ix_cases_unit_path"),
        (
            "SELECT id FROM cases WHERE stage = 'waiting' AND desk_id IN (1, 2) ORDER BY urgency_rank, due_at, id",
            "ix_cases_queue",
        ),
        ("SELECT id FROM cases WHERE number = 'x'", "uq_cases_number"),
        ("SELECT id FROM cases WHERE asker_id = 1 ORDER BY id DESC LIMIT 20", "ix_cases_asker"),
        ("SELECT id FROM case_steps WHERE case_id = 1", "uq_case_steps_case_id_seq"),
        ("SELECT id FROM cases WHERE next_alarm_at <= now() ORDER BY next_alarm_at LIMIT 1", "ix_cases_alarm"),
    ):
        plan = "\n".join(db.session.scalars(text(f"EXPLAIN {query}")))
        assert index in plan, plan
