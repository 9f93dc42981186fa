"""Publishing: lint, difference, a row, and what every process shows from then on."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from inspect import unwrap
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

import services_catalog
from butler.app import create_app
from butler.catalogue import actions, editions, pages, queries
from butler.catalogue.commands import commands
from butler.catalogue.models import CatalogueRevision, MatterVersion
from butler.kit.database import ButlerFlask, db
from butler.kit.errors import NotFound
from butler.settings import Settings
from butler.web import stored
from services_catalog.loading import load

SHIPPED = Path(services_catalog.__file__).parent
OLD, NEW = "首次办理一般免费，补卡按公示", "首次办理免费，补卡12元"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of three shipped matters in which the bus card has another fee."""
    copy_some(tmp_path)
    charge(tmp_path, OLD, NEW)
    return tmp_path


@pytest.fixture(autouse=True)
def shipped(app: ButlerFlask, tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any) -> Iterator[None]:
    """As if three matters were what is shipped; and no other is left behind."""
    root = tmp_path_factory.mktemp("shipped")
    copy_some(root)
    few = load(root)
    for module in (editions, queries, actions):
        monkeypatch.setattr(module, "load", lambda: few)
    monkeypatch.setattr(editions, "_shown", editions.Edition(editions.SHIPPED, few))
    monkeypatch.setattr(editions, "_prepared", None)
    stored.forget_all(app)
    yield
    stored.forget_all(app)


def copy_some(folder: Path) -> None:
    """A catalogue of three matters without bundles."""
    for name in ("matters/M012.yaml", "matters/M014.yaml", "matters/M062.yaml", "guides/M012.md", "guides/M014.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(SHIPPED / name, folder / name)
    (folder / "bundles.yaml").write_text("[]\n")


def charge(folder: Path, old: str, new: str) -> None:
    """Another fee for the bus card, and the guide stamped as checked."""
    before = load(folder).matters["M012"].revision
    change(folder / "matters/M012.yaml", old, new)
    change(folder / "guides/M012.md", before, load(folder).matters["M012"].revision)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def run(*words: str) -> Result:
    return CliRunner().invoke(commands, list(words))


def rows() -> int:
    return db.session.scalar(select(func.count()).select_from(CatalogueRevision)) or 0


def test_publish_writes_a_row_and_everybody_who_looks_shows_it(client: FlaskClient, folder: Path) -> None:
    first = client.get("/api/v1/matters/M012")
    assert first.json is not None
    assert first.json["fee"] == OLD

    result = run("publish", str(folder), "--note", "公交卡改价", "--by", "王编辑")

    assert result.exit_code == 0, result.output
    assert f"费用从“{OLD}”改成“{NEW}”。" in result.output
    row = db.session.scalars(select(CatalogueRevision)).one()
    assert (row.published_by, row.note, row.revision) == ("王编辑", "公交卡改价", load(folder).revision)
    assert client.get("/api/v1/matters/M012").json["fee"] == OLD  # this process has not looked yet
    assert editions.look() is True
    second = client.get("/api/v1/matters/M012", headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.json["fee"]) == (200, NEW)
    assert client.get("/api/v1/search?q=敬老证").json["items"][0]["code"] == "M012"
    assert editions.look() is False
    assert run("publish", str(folder)).stderr == "和正在用的目录一样，没有要发布的。\n"
    assert rows() == 1


def test_a_new_process_shows_what_was_published(client: FlaskClient, folder: Path, monkeypatch: Any) -> None:
    run("publish", str(folder))
    monkeypatch.setattr(editions, "_shown", None)

    assert client.get("/api/v1/matters/M012").json["fee"] == NEW


def test_dry_run_says_what_would_change_and_changes_nothing(client: FlaskClient, folder: Path) -> None:
    result = run("publish", str(folder), "--dry-run", "--json")

    said = orjson.loads(result.output)
    assert (said["ok"], said["number"]) == (True, None)
    assert [(one["kind"], one["code"]) for one in said["differences"]] == [
        ("changed", "M012"),
        ("changed", "guide M012"),
    ]
    assert rows() == 0
    assert editions.look() is False


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tap: false", "tap: maybe", "/tap：这里应当是 true 或 false"),
        ("- 乘车刷卡", "- 你乘车刷卡", "不要写“你”"),
    ],
    ids=["broken", "unfit"],
)
def test_publish_of_a_bad_folder_changes_nothing(
    client: FlaskClient, folder: Path, old: str, new: str, said: str
) -> None:
    change(folder / "matters/M012.yaml", old, new)

    result = run("publish", str(folder))

    assert (result.exit_code, said in result.output) == (1, True)
    assert "什么也没有改" in result.stderr
    assert rows() == 0
    assert client.get("/api/v1/matters/M012").json["fee"] == OLD


def test_publish_again_goes_back(client: FlaskClient, folder: Path) -> None:
    run("publish", str(folder))
    first = db.session.scalars(select(CatalogueRevision.id)).one()
    charge(folder, NEW, "免费")
    assert run("publish", str(folder)).exit_code == 0
    editions.look()
    assert client.get("/api/v1/matters/M012").json["fee"] == "免费"

    result = run("publish", "--again", str(first), "--note", "退回")

    assert result.exit_code == 0, result.output
    editions.look()
    assert client.get("/api/v1/matters/M012").json["fee"] == NEW
    assert [line.split("  ")[4] for line in run("history").output.splitlines()] == ["退回", "", ""]
    assert run("publish", "--again", "999999").exit_code == 1


def test_history_before_anything_was_published(client: FlaskClient) -> None:
    assert run("history").stderr == "还没有发布过，用的是随程序带的目录。\n"
    assert orjson.loads(run("history", "--json").output) == []


def test_a_case_can_be_told_what_changed_since(client: FlaskClient, folder: Path) -> None:
    before = queries.matter("M012").revision
    assert queries.changes_since("M012", before) == ()
    actions.keep_shipped_versions()
    assert actions.keep_shipped_versions() == 0  # each version once
    assert db.session.scalar(select(func.count()).select_from(MatterVersion)) == 3
    run("publish", str(folder))
    editions.look()

    assert [change.text for change in queries.changes_since("M012", before)] == [f"费用从“{OLD}”改成“{NEW}”。"]
    assert queries.changes_since("M012", "0" * 12)[0].text.startswith("事项的内容在您提交以后改过")
    assert queries.changes_since("M099", before)[0].text.startswith("这个事项已经不在目录里了")
    assert queries.changes_since("M012", None) == ()


def test_without_a_database_the_shipped_catalogue_is_shown(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "_shown", None)
    app = create_app(replace(settings, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none"))

    answer = app.test_client().get("/api/v1/matters/M012")

    assert (answer.status_code, answer.json["fee"]) == (200, OLD)
    with app.app_context(), pytest.raises(OperationalError):
        editions.look()


def test_an_index_made_at_the_start_serves_every_edition_of_the_same_content(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    index_of = editions.index_of
    monkeypatch.setattr(editions, "_made", None)
    monkeypatch.setattr(editions, "index_of", lambda one, at: [made.append(one.revision), index_of(one, at)][1])
    app = create_app(replace(settings, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none"))
    monkeypatch.setattr(editions, "_shown", None)

    editions.prepare(app).join(60)
    shown = editions.current().catalogue

    assert editions.current().index() is editions.Edition(1, replace(shown)).index()
    assert editions.Edition(2, replace(shown, revision="other")).index().search("敬老卡").items
    assert made == [shown.revision, "other"]
    assert list((settings.instance / "search").glob("*.index")), "the next process reads it"


def test_a_process_goes_on_when_the_database_is_away(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(replace(settings, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none"))
    looks = []

    class Twice:
        def wait(self, _: float) -> bool:
            looks.append(1)
            return len(looks) > 2

    editions._watch(app, Twice())  # type: ignore[arg-type]

    assert len(looks) == 3
    assert editions.current().number == editions.SHIPPED


def test_the_editor_reads_who_published_what_and_when(app: ButlerFlask, client: FlaskClient, folder: Path) -> None:
    run("publish", str(folder), "--note", "公交卡改价", "--by", "王编辑")
    charge(folder, NEW, "首次办理免费，补卡20元")
    run("publish", str(folder), "--by", "李编辑")
    second, first = (row.id for row in queries.publications())
    assert editions.look() is True

    with app.test_request_context(f"/catalogue/revisions?of={second}"):
        page = str(unwrap(pages.revisions)())

    assert page.index("李编辑") < page.index("公交卡改价")
    assert page.count("正在用") == 1
    assert f"费用从“{NEW}”改成“首次办理免费，补卡20元”。" in page
    assert f"第 {first} 版" in page
    changed = queries.changes_in(first)
    assert changed is not None
    assert [one.code for one in changed] == ["M012", "guide M012"]
    with pytest.raises(NotFound):
        queries.changes_in(second + 1)


def test_a_revision_of_other_rules_is_listed_and_not_compared(
    app: ButlerFlask, client: FlaskClient, folder: Path
) -> None:
    run("publish", str(folder), "--by", "王编辑")
    row = db.session.scalars(select(CatalogueRevision)).one()
    old = CatalogueRevision(
        revision="0" * 12, content_hash="0" * 64, document={**row.document, "matters": {"matters/M012.yaml": {}}},
        published_by="老编辑", published_at=row.published_at, note="",
    )  # fmt: skip
    db.session.add(old)
    db.session.commit()

    assert queries.changes_in(old.id) is None
    with app.test_request_context(f"/catalogue/revisions?of={old.id}"):
        assert "现在比不出来" in str(unwrap(pages.revisions)())
