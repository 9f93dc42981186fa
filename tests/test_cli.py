"""Commands, as somebody at a terminal uses them."""

import json
from pathlib import Path

from sqlalchemy import func, select, update

from butler.cases.models import Case
from butler.cases.queries import checking
from butler.demo import town as demo_town
from butler.demo.handbill import write_handbill
from butler.families import queries as families
from butler.families.states import Power
from butler.identity.models import Person
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from butler.org.models import Building, Desk, Estate, Unit
from butler.settings import Settings
from factories import Town, file_errand


def run(app: ButlerFlask, *words: str) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["butler", *words])
    return result.exit_code, result.stdout, result.stderr


def test_check_finds_nothing_on_a_sound_database(app: ButlerFlask, town: Town) -> None:
    file_errand(town.here.residents[0], town.here)
    db.session.commit()

    assert run(app, "check") == (0, "", "没有发现问题。\n")


def test_check_names_what_is_broken(app: ButlerFlask, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    db.session.execute(update(Case).values(head_hash=b"edited"))
    db.session.commit()

    code, out, _ = run(app, "check")

    assert code == 1
    assert out == f"{case.number}: the head hash is not that of the last line\n"


def test_case_shows_the_history_without_names(app: ButlerFlask, town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    db.session.commit()

    code, out, _ = run(app, "case", case.number)

    assert code == 0
    assert [json.loads(line)["step"] for line in out.splitlines()] == ["filed"]
    assert run(app, "case", "0000-0000-0000")[0] == 1


def test_diagram_dry_run_prints_and_writes_nothing(app: ButlerFlask, session: object, tmp_path: Path) -> None:
    file = tmp_path / "map.md"

    code, out, _ = run(app, "diagram", "--dry-run", "--out", str(file))

    assert (code, file.exists()) == (0, False)
    assert "stateDiagram-v2" in out
    assert run(app, "diagram", "--out", str(file))[0] == 0
    assert file.read_text(encoding="utf-8") == out.removesuffix("\n")


def test_dead_letters_can_be_seen_and_tried_again(app: ButlerFlask, session: object) -> None:
    assert run(app, "dead", "--retry", "--dry-run") == (0, "", "共 0 条\n")


def test_the_demo_town_is_as_it_says(app: ButlerFlask, session: object, settings: Settings) -> None:
    assert demo_town.seed() is True
    assert demo_town.seed() is False

    def count(model: type, *which: object) -> int:
        return db.session.scalar(select(func.count()).select_from(model).where(*which)) or 0  # type: ignore[arg-type]

    assert {level: count(Unit, Unit.level == level) for level in ("district", "street", "community", "grid")} == {
        "district": 1,
        "street": 12,
        "community": 222,
        "grid": 27,
    }
    assert count(Unit, Unit.level == "community", Unit.code.startswith(demo_town.STREET)) == 7
    assert count(Estate) == 12
    assert count(Building) == 36
    assert count(Desk, Desk.kind == "butler") == 12
    assert count(Desk, Desk.kind != "butler") == count(Unit)
    people = db.session.scalars(select(Person)).all()
    assert [one.id for one in people if "演示" not in one.name] == []
    assert [one.id for one in people if one.phone is not None and not one.phone.startswith("100")] == []
    handbill = json.loads(write_handbill(settings).read_text(encoding="utf-8"))
    assert set(handbill) == {"base_url", "cards", "residents", "staff"}
    assert {one["role"] for one in handbill["staff"]} == {
        "butler",
        "grid_worker",
        "community_staff",
        "street_staff",
        "district_staff",
        "property_lead",
        "catalogue_editor",
        "privacy_officer",
        "administrator",
    }
    assert len(handbill["cards"]) == 36
    assert {"token", "building", "community"} == set(handbill["cards"][0])
    assert {"phone", "name", "building"} == set(handbill["residents"][0])
    assert {"username", "password", "role", "unit_code", "unit_name"} == set(handbill["staff"][0])
    grandson, daughter, mother = (
        db.session.scalars(select(Person).where(Person.has_phone(one["phone"]))).one()
        for one in handbill["residents"][-3:]
    )
    assert [(one["name"][-6:-1], one["building"]) for one in handbill["residents"][-3:]] == [
        ("·9岁外孙", handbill["cards"][-1]["building"]),
        ("·外地女儿", "外地（演示）"),
        ("78岁母亲", handbill["cards"][-1]["building"]),
    ]
    held = families.usable_by(daughter.id, Power.ASK, "M012")
    assert [(one.grantor_id, one.basis) for one in held] == [(mother.id, "granted"), (grandson.id, "guardianship")]
    assert families.is_under_14(grandson.id, clock.now())
    assert list(checking.violations()) == []
