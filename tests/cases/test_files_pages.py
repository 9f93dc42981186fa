"""Photos and papers on pages, without a line of JavaScript."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from files.hostile import FILES, picture
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from butler.cases.actions.claiming import claim_next
from butler.cases.models import Case
from butler.files import rules
from butler.files.models import Attachment
from butler.kit.database import db
from butler.kit.files import Store
from factories import Town, file_errand
from surfing import Browser, browser_of

Clock = Callable[[str], None]


@pytest.fixture(autouse=True)
def disk(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store(tmp_path / "files", margin=0)
    monkeypatch.setitem(app.extensions, "files", store)
    return store


@pytest.fixture
def case(town: Town, at: Clock) -> Case:
    at("2026-11-23 09:00")
    return file_errand(town.here.residents[0], town.here)


@pytest.fixture
def resident(client: FlaskClient, case: Case, town: Town) -> Browser:
    return browser_of(client, town.here.residents[0].person_id)


def test_a_resident_sends_a_photo_and_a_paper_and_the_butler_opens_them(
    resident: Browser, client: FlaskClient, case: Case, town: Town
) -> None:
    resident.open(f"/my/cases/{case.number}").follow("传照片或材料")
    resident.upload("传上去", (FILES["jpeg with a position"][0](), "楼道.jpg"), purpose="三楼楼道灯")
    assert resident.status == 200
    assert resident.address == f"/my/cases/{case.number}?done=attach"
    assert "传好了，办这件事的人看得到。" in resident.text
    assert "照片：三楼楼道灯" in resident.text
    assert "您，" in resident.text
    resident.follow("传照片或材料")
    resident.upload("传上去", (picture(size=(900, 600)), "a.png"), kind="paper", purpose="户口本首页")
    assert "材料：户口本首页" in resident.text
    assert "办完 30 天后销毁" in resident.text

    butler = browser_of(client, town.here.butler.person_id)
    butler.open(f"/desk/cases/{case.number}")
    assert "接单后，或者写明理由临时查看“材料”，才能打开" in butler.text
    assert "传照片或材料" not in butler.page.links
    claim_next(town.here.butler)
    db.session.commit()
    butler.open(f"/desk/cases/{case.number}")
    assert "接单后，" not in butler.text
    links = [line for line in butler.page.links.values() if "/attachments/" in line and not line.endswith("new")]
    for link in {*links, links[0] + "?small=1"}:
        opened = client.get(link)
        assert (opened.status_code, opened.headers["Content-Type"]) == (200, "image/jpeg")
        assert opened.headers["Content-Disposition"].startswith("attachment; ")
        assert opened.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"

    butler.follow("传照片或材料").upload("传上去", (picture(), "b.jpg"), purpose="换好的灯")
    assert butler.address == f"/desk/cases/{case.number}?done=attach"
    assert "照片：换好的灯" in butler.text


def test_a_resident_proves_once_more_who_they_are_before_a_paper_opens(
    resident: Browser, client: FlaskClient, case: Case, at: Clock
) -> None:
    resident.open(f"/my/cases/{case.number}/attachments/new")
    resident.upload("传上去", (picture(), "a.jpg"), kind="paper")
    link = f"/my/cases/{case.number}/attachments/{_only().id}"
    assert client.get(link).status_code == 200
    at("2026-11-23 09:16")
    asked = client.get(link)
    assert (asked.status_code, asked.headers["Content-Type"]) == (303, "text/html; charset=utf-8")
    assert link in unquote(asked.headers["Location"])


def test_a_small_copy_is_small(resident: Browser, client: FlaskClient, case: Case) -> None:
    resident.open(f"/my/cases/{case.number}/attachments/new")
    resident.upload("传上去", (picture(size=(2000, 1000)), "a.jpg"))
    small = client.get(f"/my/cases/{case.number}/attachments/{_only().id}?small=1")
    with Image.open(io.BytesIO(small.data)) as image:
        assert max(image.size) == 320


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (None, "请选一张照片或者一份 PDF。"),
        ("svg", "只收照片（JPG、PNG、WebP）和 PDF。"),
        ("heic", "截一张屏"),
        ("cut jpeg", "打不开"),
        ("pdf with a password", "设了密码"),
        ("png that says 30,000 by 30,000", "尺寸太大了"),
    ],
)
def test_what_is_not_taken_is_said_at_its_field(resident: Browser, case: Case, file: str | None, words: str) -> None:
    resident.open(f"/my/cases/{case.number}/attachments/new")
    resident.upload("传上去", (FILES[file][0](), "a.jpg") if file else None, kind="paper", purpose="<b>户口本</b>")
    assert resident.status == 422
    assert resident.text.count(words) == 2  # in the summary and at the field
    assert resident.form("传上去").fields["purpose"] == ["<b>户口本</b>"]
    assert resident.form("传上去").fields["kind"] == ["paper"]
    resident.upload("传上去", (picture(), "a.jpg"))
    assert resident.status == 200
    assert "材料：<b>户口本</b>" in resident.text


def test_a_refusal_comes_back_to_the_form(resident: Browser, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_A_DAY", 0)
    resident.open(f"/my/cases/{case.number}/attachments/new")
    resident.upload("传上去", (picture(), "a.jpg"), purpose="楼道灯")
    assert resident.status == 429
    assert "您今天传的照片和材料已经满了" in resident.text
    assert resident.form("传上去").fields["purpose"] == ["楼道灯"]


def test_the_same_form_sent_twice_keeps_one_file(resident: Browser, case: Case, client: FlaskClient) -> None:
    page = resident.open(f"/my/cases/{case.number}/attachments/new").page
    for _ in range(2):
        resident.page = page
        resident.upload("传上去", (picture(), "a.jpg"))
        assert resident.status == 200
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 1


def test_a_cut_form_says_so(resident: Browser, case: Case) -> None:
    form = resident.open(f"/my/cases/{case.number}/attachments/new").form("传上去")
    sent = {name: values for name, values in form.fields.items() if name != "_end"}
    answer = resident.client.post(
        form.action, data={**sent, "file": (io.BytesIO(picture()), "a.jpg")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 400
    assert "上传中断，请再试一次" in answer.get_data(as_text=True)


def test_a_closed_case_offers_no_form(resident: Browser, case: Case) -> None:
    resident.open(f"/my/cases/{case.number}/cancel").press("取消申请")
    resident.open(f"/my/cases/{case.number}")
    assert "传照片或材料" not in resident.page.links
    assert resident.open(f"/my/cases/{case.number}/attachments/new").address == f"/my/cases/{case.number}"


def test_others_find_nothing(resident: Browser, client: FlaskClient, case: Case, town: Town) -> None:
    resident.open(f"/my/cases/{case.number}/attachments/new")
    resident.upload("传上去", (picture(), "a.jpg"))
    link = f"/my/cases/{case.number}/attachments/{_only().id}"
    neighbour = browser_of(client, town.here.residents[1].person_id)
    assert neighbour.open(link).status == 404
    assert neighbour.open(f"/my/cases/{case.number}/attachments/new").status == 404
    assert neighbour.open(f"/desk/cases/{case.number}/attachments/{_only().id}").status == 404


def _only() -> Attachment:
    return db.session.scalars(select(Attachment)).one()
