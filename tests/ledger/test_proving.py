"""T12: whoever owns the database writes a whole chain anew, and the heads of days with it. Only what lies outside tells."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from ledger.archive import Archive, sends_to
from sqlalchemy import Engine, create_engine, select, text

from apart import application_apart
from butler.cases import hashing as histories
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.looking import record_look
from butler.cases.models import Case, CaseStep
from butler.dev.servers import Urls
from butler.kit import clock, outbox, sight
from butler.kit.database import ButlerFlask, db, unit_of_work
from butler.ledger import hashing, jobs, proving, queries
from butler.ledger.heads import in_groups
from butler.ledger.models import LedgerDay
from butler.looks import hashing as looks
from butler.looks.models import Look
from butler.looks.states import LookKind
from butler.rights import actions as rights
from butler.settings import Settings
from factories import file_consult, file_errand, load_calendar, make_town
from figures import Show

Clock = Callable[[str], None]
FIRST, DAYS = date(2026, 11, 23), 4


@pytest.fixture(scope="module")
def apart(urls: Urls, settings: Settings) -> Iterator[ButlerFlask]:
    with application_apart(urls, settings, "ledger", connections=2) as app:
        yield app


@pytest.fixture(scope="module")
def owner(apart: ButlerFlask) -> Iterator[Engine]:
    engine = create_engine(apart.extensions["settings"].database_owner_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def letters(apart: ButlerFlask, server: tuple[Archive, int]) -> Iterator[Archive]:
    """Four days of work in a town, each sealed in its night and sent out."""
    with pytest.MonkeyPatch.context() as patch, apart.app_context():
        sends_to(apart, server[1], patch)
        live_through_four_days(patch)
        for _ in range(DAYS):
            outbox.drain()
        db.session.remove()
        yield server[0]


def live_through_four_days(patch: pytest.MonkeyPatch) -> None:
    def at(day: int, hour: int) -> None:
        moment = clock.datetime(2026, 11, 23 + day, hour, tzinfo=clock.CHINA)
        patch.setattr(clock, "now", lambda: moment)

    at(0, 8)
    with unit_of_work():
        load_calendar()
        town = make_town()
        db.session.flush()
    for day in range(DAYS):
        at(day, 9)
        with unit_of_work():
            case = file_errand(town.here.residents[0], town.here)
            file_consult(town.elsewhere.residents[0], town.elsewhere)
            record_look(town.here.butler, case, LookKind.SUMMARY)
            if day != 1:
                claim_next(town.here.butler)
        at(day + 1, 3)
        jobs.seal_days()


@pytest.fixture
def here(apart: ButlerFlask, letters: Archive) -> Iterator[None]:
    with apart.app_context():
        yield
        db.session.remove()


def verify(app: ButlerFlask, *words: str) -> tuple[int, list[str], str]:
    result = app.test_cli_runner().invoke(args=["butler", "ledger", "verify", *words])
    return result.exit_code, result.stdout.splitlines(), result.stderr


@pytest.fixture
def kept(letters: Archive, tmp_path: Path) -> str:
    """What the second party has, as a file."""
    file = tmp_path / "letters.jsonl"
    file.write_bytes(letters.file())
    return str(file)


def test_an_untouched_record_fits_what_was_sent(here: None, apart: ButlerFlask, kept: str) -> None:
    code, out, err = verify(apart, "--against", kept)
    assert (code, out) == (0, [])
    assert "核对了 4 天，2026-11-23 到 2026-11-26，其中 4 天和外面保管的比过。没有发现问题。" in err.replace("\n", "")

    code, out, err = verify(apart)
    assert (code, out) == (0, [])
    assert "没有和外面的比" in err

    with unit_of_work():
        root = in_groups(queries.find_day(FIRST + timedelta(days=1)).root)
    assert verify(apart, "--to", "2026-11-24", "--root", root.lower())[:2] == (0, [])
    assert verify(apart, "--from", "2026-11-25", "--against", kept)[:2] == (0, [])


def test_an_owner_who_writes_everything_anew_is_found_out(
    here: None, apart: ButlerFlask, owner: Engine, kept: str, show: Show
) -> None:
    """A line of the second day is changed, its chain, and the heads of all days after it; nothing inside tells."""
    before = rows_of(owner)
    with owner.begin() as connection:
        see_everything(connection)
        case = connection.execute(
            select(Case.id, Case.number)
            .where(Case.kind == "errand")
            .order_by(Case.created_at.desc())
            .offset(2)
            .limit(1)
        ).one()
        rewrite_history(connection, case.id, case.number)
        rewrite_heads(connection)

    alone, out, _ = verify(apart)
    assert (alone, out) == (0, [])
    checked = apart.test_cli_runner().invoke(args=["butler", "check"])
    assert checked.exit_code == 0, checked.output

    against, out, _ = verify(apart, "--against", kept)
    assert against == 1
    assert out[0].startswith("2026-11-24 11月24日（周二）：和外面保管的指纹比，办件的经过不一样：那边记的是 2 件、2 行")
    assert not any("2026-11-23" in line for line in out)
    with unit_of_work():
        theirs = json.loads(Path(kept).read_bytes().splitlines()[-1])["statement"]["root"]
    code, paper, _ = verify(apart, "--to", "2026-11-26", "--root", theirs)
    assert code == 1
    assert paper[0].startswith("2026-11-26 11月26日（周四）：和给出的指纹不一样。")
    restore(owner, before)
    assert verify(apart, "--against", kept)[:2] == (0, [])
    show(
        "T12", "a chain written anew with all heads by the owner of the database",
        days=DAYS, found_inside=0, found_against_letters=1, day_named=1, found_against_paper=1,
    )  # fmt: skip


def test_looks_written_anew_are_found_out_too(here: None, apart: ButlerFlask, owner: Engine, kept: str) -> None:
    before = rows_of(owner)
    with owner.begin() as connection:
        see_everything(connection)
        rewrite_looks(connection, FIRST + timedelta(days=2))
        rewrite_heads(connection)
    assert verify(apart)[:2] == (0, [])
    code, out, _ = verify(apart, "--against", kept)
    assert code == 1
    assert out[0].startswith("2026-11-25 11月25日（周三）：和外面保管的指纹比，查看的记录不一样：那边记的是 1 人、1 次")
    restore(owner, before)


TAMPERED = {
    "a line is changed": (
        "UPDATE case_steps SET actor_role = 'grid_worker' WHERE id = (SELECT max(id) FROM case_steps)",
        "2026-11-26 11月26日（周四）：单号",
    ),
    "a case is gone": (
        "DELETE FROM ledger_heads WHERE case_id = (SELECT min(case_id) FROM ledger_heads)",
        "2026-11-23 11月23日（周一）：和数据库里封存的指纹比，办件的经过不一样：那边记的是 2 件、3 行，现在算出来是 1 件",
    ),
    "a look is gone": (
        "DELETE FROM looks WHERE day = '2026-11-24'",
        "2026-11-24 11月24日（周二）：查看记录：looker",
    ),
    "a day is gone": (
        "DELETE FROM ledger_days WHERE day = '2026-11-24'",
        "2026-11-24 11月24日（周二）：外面有这一天的指纹，这里没有。",
    ),
    "a head is changed": (
        "UPDATE ledger_days SET root = decode(repeat('00', 32), 'hex') WHERE day = '2026-11-26'",
        "2026-11-26 11月26日（周四）：和数据库里封存的指纹比，这一天的记录一样，可是指纹被改过",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(TAMPERED))
def test_what_is_changed_clumsily_is_named(here: None, apart: ButlerFlask, owner: Engine, kept: str, name: str) -> None:
    statement, said = TAMPERED[name]
    before = rows_of(owner)
    with owner.begin() as connection:
        see_everything(connection)
        connection.execute(text(statement))
    code, out, _ = verify(apart, "--against", kept)
    assert code == 1
    assert [line for line in out if line.startswith(said)], out
    restore(owner, before)


def test_erasing_breaks_nothing(here: None, apart: ButlerFlask, kept: str, at: Clock) -> None:
    """The key of a case is destroyed: its words are gone, the hashes over their sealed bytes stay right."""
    at("2026-11-27 09:00")
    with unit_of_work():
        case_id = db.session.scalars(select(Case.id).order_by(Case.id)).first()
        assert case_id is not None
        rights.forget_case(case_id)
    with unit_of_work():
        assert db.session.scalars(select(CaseStep).where(CaseStep.case_id == case_id)).first().is_gone  # type: ignore[union-attr]
    assert verify(apart, "--against", kept)[:2] == (0, [])


def test_looks_that_went_after_their_time_are_taken_as_they_were_sealed(
    here: None, apart: ButlerFlask, owner: Engine, kept: str, at: Clock
) -> None:
    before = rows_of(owner)
    with owner.begin() as connection:
        see_everything(connection)
        connection.execute(text("DELETE FROM looks WHERE day = '2026-11-23'"))
        connection.execute(text("DELETE FROM look_days WHERE day = '2026-11-23'"))
    code, out, _ = verify(apart, "--against", kept)
    assert code == 1, "before their time they are missing"
    assert "查看的记录不一样：那边记的是 1 人、1 次，现在算出来是 0 人、0 次" in out[0]

    at("2029-11-25 12:00")
    code, out, err = verify(apart, "--against", kept)
    assert (code, out) == (0, [])
    assert "其中 1 天的查看记录已经过了保存期" in err.replace("\n", "")
    restore(owner, before)


def test_letters_that_are_forged_or_doubled_are_told_of(
    here: None, apart: ButlerFlask, letters: Archive, tmp_path: Path
) -> None:
    first = letters.letters[0]
    forged = first | {"statement": first["statement"] | {"cases": 7}}
    foreign = first | {"key_id": "2019"}
    file = tmp_path / "letters.jsonl"
    file.write_bytes(b"\n".join(json.dumps(one).encode() for one in (forged, foreign, {"statement": {}})) + b"\nx\n")

    code, out, err = verify(apart, "--against", str(file))

    assert code == 1
    assert out == [
        "文件第 1 条（2026-11-23 11月23日（周一））的签名不对，没有用它来比。",
        "文件第 3 条读不懂，没有用它来比。",
        "文件第 4 条读不懂，没有用它来比。",
    ]
    assert "1 封是用我们已经不认识的钥匙签的" in err


def test_it_can_be_stopped_and_says_how_far_it_came(
    here: None, apart: ButlerFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, take = [], proving.Comparison.take

    def stop_at_the_third(self: proving.Comparison, sealed: LedgerDay) -> None:
        taken.append(sealed.day)
        if len(taken) == 3:
            raise KeyboardInterrupt
        take(self, sealed)

    monkeypatch.setattr(proving.Comparison, "take", stop_at_the_third)
    code, out, err = verify(apart)
    assert (code, out) == (130, [])
    assert "已经核对到 2026-11-24，接着做：--from 2026-11-24" in err.replace("\n", "")


def test_roots_that_are_none_are_refused(here: None, apart: ButlerFlask) -> None:
    for wrong in ("12", "Z" * 64, "0" * 63):
        assert verify(apart, "--root", wrong)[0] == 2


# What the owner of a database can do.


def see_everything(connection: Any) -> None:
    sight.tell(connection, sight.Sight(system="owner"))


TABLES = ("case_steps", "cases", "looks", "look_days", "look_roots", "ledger_days", "ledger_heads")


def rows_of(owner: Engine) -> dict[str, list[dict[str, Any]]]:
    with owner.begin() as connection:
        see_everything(connection)
        return {
            name: [dict(row) for row in connection.execute(select(db.metadata.tables[name])).mappings()]
            for name in TABLES
        }


def restore(owner: Engine, before: dict[str, list[dict[str, Any]]]) -> None:
    """As it was: what is there already is brought back column by column, what is not is put in."""
    with owner.begin() as connection:
        see_everything(connection)
        for name, rows in before.items():
            table = db.metadata.tables[name]
            keys = [column.name for column in table.primary_key.columns]
            for row in rows:
                same = [table.c[key] == row[key] for key in keys]
                if connection.execute(table.update().where(*same).values(row)).rowcount == 0:
                    connection.execute(table.insert().values(row))


def rewrite_history(connection: Any, case_id: int, number: str) -> None:
    head, steps = histories.first_hash(number), db.metadata.tables["case_steps"]
    for row in connection.execute(select(steps).where(steps.c.case_id == case_id).order_by(steps.c.seq)).all():
        at = row.at + timedelta(minutes=1)
        changed = CaseStep(**{**row._mapping, "at": at})
        head = histories.chain(head, changed)
        connection.execute(steps.update().where(steps.c.id == row.id).values(at=at, hash=head))
    connection.execute(Case.__table__.update().where(Case.id == case_id).values(head_hash=head))


def rewrite_looks(connection: Any, day: date) -> None:
    table, days = db.metadata.tables["looks"], db.metadata.tables["look_days"]
    row = connection.execute(select(table).where(table.c.day == day)).one()
    changed = Look(**{**row._mapping, "role": "grid_worker"})
    head = looks.chain(looks.first_hash(row.looker_id, day), changed)
    connection.execute(table.update().where(table.c.id == row.id).values(role="grid_worker", hash=head))
    connection.execute(days.update().where(days.c.day == day).values(head=head))
    connection.execute(text("DELETE FROM look_roots"))


def rewrite_heads(connection: Any) -> None:
    """Every day anew, by the rules of `butler.ledger.hashing`, with the rows as they are now."""
    table, before = db.metadata.tables["ledger_days"], hashing.NO_ROOT
    for day in connection.scalars(select(table.c.day).order_by(table.c.day)).all():
        cases = connection.execute(
            text(
                "SELECT c.number, h.seq, s.hash FROM ledger_heads h JOIN cases c ON c.id = h.case_id "
                "JOIN case_steps s ON s.case_id = h.case_id AND s.seq = h.seq WHERE h.day = :day "
                'ORDER BY c.number COLLATE "C"'
            ),
            {"day": day},
        ).all()
        seen = connection.execute(
            text("SELECT day, looker_id, rows, head FROM look_days WHERE day = :day AND rows > 0 ORDER BY looker_id"),
            {"day": day},
        ).all()
        parts = {
            "cases_digest": hashing.digest_of_cases((one[0], one[1], bytes(one[2])) for one in cases),
            "looks_digest": hashing.digest_of_looks((one[0], one[1], one[2], bytes(one[3])) for one in seen),
        }
        root = hashing.root_of(before, day, **parts)
        connection.execute(table.update().where(table.c.day == day).values(before=before, root=root, **parts))
        before = root
