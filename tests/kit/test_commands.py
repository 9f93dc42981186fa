"""The commands about keys, as somebody types them."""

from click.testing import Result
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from butler.kit import envelopes
from butler.kit.database import ButlerFlask, db
from butler.kit.envelopes import CaseKey
from butler.kit.sealing import Key, Ring, read_ring
from rows import make_case, make_person


def run(app: ButlerFlask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["butler", "keys", *words])


def test_new_keys_make_a_ring(app: ButlerFlask) -> None:
    made = dict(line.split("=", 1) for line in run(app, "new", "--id", "2027").stdout.splitlines())

    ring = read_ring(made["BUTLER_KEYS"], made["BUTLER_INDEX_KEY"], secret_key="", production=True)

    assert ring.first.id == "2027"


def test_rotate_seals_anew_and_check_tells_by_which_key(session: scoped_session[Session], app: ButlerFlask) -> None:
    person, case = make_person("王秀英"), make_case(summary="我妈妈住院了")
    db.session.commit()
    old = app.extensions["ring"]
    keys = {"new": Key("new", b"n" * 31 + b"x"), **old.keys}
    try:
        app.extensions["ring"] = Ring(keys, old.index_keys)

        counted = run(app, "rotate", "--dry-run")
        rotated = run(app, "rotate")
        again = run(app, "rotate")
        checked = run(app, "check")

        assert (counted.exit_code, rotated.exit_code, again.exit_code, checked.exit_code) == (0, 0, 0, 0)
        assert counted.stdout.splitlines() == rotated.stdout.splitlines() == ["people: 2", "case_keys: 1"]
        assert again.stdout == ""
        assert "people.name: new 2" in checked.stdout.splitlines()
        assert "cases.sealed_words: of the case 1" in checked.stdout.splitlines()
        app.extensions["ring"] = Ring({"new": keys["new"]}, old.index_keys)
        db.session.expire_all()
        assert (person.name, case.summary) == ("王秀英", "我妈妈住院了")
    finally:
        app.extensions["ring"] = old


def test_check_names_what_does_not_open(session: scoped_session[Session], app: ButlerFlask) -> None:
    case = make_case()
    row = db.session.scalars(select(CaseKey)).one()
    row.wrapped = envelopes.wrap(case.id + 1, envelopes.new_key())
    db.session.commit()

    checked = run(app, "check")

    assert checked.exit_code == 1
    assert f"case_keys.wrapped: {row.id} 打不开" in checked.stdout
    assert f"cases.sealed_words: {case.id} 打不开" in checked.stdout
