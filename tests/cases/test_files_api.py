"""Photos and papers over HTTP."""

import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from files.hostile import FILES, pdf, picture
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader, PdfWriter
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from apart import bearer
from butler.cases.actions.claiming import claim_next
from butler.cases.actions.history import tell_of_destroyed
from butler.cases.models import Case
from butler.cases.pages import history
from butler.cases.queries import checking as cases_checking
from butler.files import rules
from butler.files.events import FileUnsafe
from butler.files.models import Attachment
from butler.files.rules import Used
from butler.files.states import DestroyedWhy, FileState
from butler.identity.scope import Actor
from butler.kit import files
from butler.kit.database import db
from butler.kit.events import publish
from butler.kit.files import Store
from butler.looks import checking
from butler.looks.models import Look
from butler.web import uploads
from factories import Town, file_errand

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


class Sender:
    """Somebody who sends and opens files of a case."""

    def __init__(self, client: FlaskClient, case: Case, actor: Actor) -> None:
        self.client, self.url = client, f"/api/v1/cases/{case.number}/attachments"
        self.headers = bearer(actor.person_id)
        db.session.commit()

    def send(self, data: bytes, *, name: str = "a.jpg", key: str | None = None, **fields: str) -> Any:
        form = {"kind": "photo", "file": FileStorage(io.BytesIO(data), filename=name), "_end": "1"} | fields
        form = {field: value for field, value in form.items() if value != ""}
        headers = self.headers | {"Idempotency-Key": key or uuid.uuid4().hex}
        boundary, body = encode_multipart(form)
        content_type = f"multipart/form-data; boundary={boundary}"
        return self.client.post(self.url, data=body, headers=headers, content_type=content_type)

    def list(self) -> Any:
        return self.client.get(self.url, headers=self.headers)

    def open(self, sent: Any) -> Any:
        return self.client.get(f"{self.url}/{sent.json['id']}", headers=self.headers)


@pytest.fixture
def resident(client: FlaskClient, case: Case, town: Town) -> Sender:
    return Sender(client, case, town.here.residents[0])


def test_a_photo_is_kept_sealed_and_comes_back_clean(resident: Sender, case: Case, disk: Store) -> None:
    sent = resident.send(FILES["jpeg with a position"][0](), name="../../身份证 <b>.jpg", purpose="楼道灯不亮")

    assert sent.status_code == 201, sent.json
    assert sent.json == {
        "id": sent.json["id"],
        "kind": "photo",
        "name": "../../身份证 <b>.jpg",
        "purpose": "楼道灯不亮",
        "media_type": "image/jpeg",
        "size": sent.json["size"],
        "width": 48,
        "height": 64,
        "pages": None,
        "who": "您",
        "state": "stored",
        "created_at": "2026-11-23T09:00:00+08:00",
        "destroyed_at": None,
        "destroyed_on": None,
        "may_open": True,
    }
    assert resident.list().json["items"] == [sent.json]
    (name,) = disk.names()
    on_disk = disk.path(name).read_bytes()
    assert not on_disk.startswith(b"\xff\xd8")
    assert b"JFIF" not in on_disk

    opened = resident.open(sent)
    assert opened.status_code == 200
    assert opened.data.startswith(b"\xff\xd8")
    assert len(opened.data) == sent.json["size"]
    headers = {
        name: opened.headers[name]
        for name in (
            "Content-Type",
            "Content-Disposition",
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Cache-Control",
            "Cross-Origin-Resource-Policy",
        )
    }
    assert headers == {
        "Content-Type": "image/jpeg",
        "Content-Disposition": f'attachment; filename="photo-{case.number}-{sent.json["id"]}.jpg"; '
        f"filename*=UTF-8''%E7%85%A7%E7%89%87-{case.number}-{sent.json['id']}.jpg",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def test_the_same_key_keeps_one_file(resident: Sender, disk: Store) -> None:
    key = uuid.uuid4().hex
    first, again = (resident.send(picture(), key=key) for _ in range(2))
    other = resident.send(picture("PNG"), key=key)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.json["code"] == "idempotency-key-reused"
    assert len(list(disk.names())) == 1


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"_end": ""}, 400, "form-unreadable"),
        ({"_end": "2"}, 400, "form-unreadable"),
        ({"kind": ""}, 422, "validation"),
        ({"kind": "video"}, 422, "validation"),
        ({"purpose": "x" * 61}, 422, "validation"),
        ({"surprise": "1"}, 422, "validation"),
        ({"file": ""}, 422, "validation"),
        ({"file": "text"}, 422, "validation"),
    ],
)
def test_a_form_that_is_not_right_keeps_nothing(
    resident: Sender, disk: Store, fields: dict[str, str], status: int, code: str
) -> None:
    refused = resident.send(picture(), **fields)
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert list(disk.names()) == []
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_a_cut_upload_says_so(resident: Sender, disk: Store) -> None:
    edge = "x" * 30
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'.encode()
    headers = resident.headers | {"Idempotency-Key": uuid.uuid4().hex}
    content_type = f"multipart/form-data; boundary={edge}"
    whole = head + picture() + f"\r\n--{edge}--\r\n".encode()
    for body, length in ((whole[:-200], len(whole) - 200), (whole[:-200], len(whole)), (b"", 0), (b"garbage", 7)):
        refused = resident.client.post(
            resident.url,
            input_stream=io.BytesIO(body),
            environ_overrides={"CONTENT_LENGTH": str(length)},
            content_type=content_type,
            headers=headers,
        )
        assert (refused.status_code, refused.json["code"]) == (400, "form-unreadable")
        assert "上传中断，请再试一次" in refused.json["detail"]
    assert list(disk.names()) == []


def test_a_body_that_drips_gives_its_place_up(resident: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SECONDS", -1)
    slow = resident.send(picture())
    assert (slow.status_code, slow.json["code"]) == (400, "form-unreadable")
    monkeypatch.setattr(uploads, "SECONDS", 60)
    assert resident.send(picture()).status_code == 201


def test_too_large_is_refused_before_it_is_read(resident: Sender) -> None:
    exactly = resident.send(pdf().ljust(rules.LARGEST, b"\n"), kind="paper")
    over = resident.send(pdf().ljust(rules.LARGEST + 1, b"\n"), kind="paper")
    headers = resident.headers | {"Idempotency-Key": uuid.uuid4().hex}
    unread = io.BytesIO(b"x" * 1000)
    huge = resident.client.post(
        resident.url,
        input_stream=unread,
        environ_overrides={"CONTENT_LENGTH": str(10**9)},
        content_type="multipart/form-data; boundary=abc",
        headers=headers,
    )
    assert exactly.status_code == 201
    assert (over.status_code, over.json["code"], huge.status_code) == (413, "too-large", 413)
    assert "10 MB" in over.json["detail"]
    assert "10 MB" in huge.json["detail"]
    assert unread.tell() == 0
    assert resident.client.post(resident.url, json={}, headers=headers).status_code == 415


def test_hostile_files_leave_nothing(resident: Sender, disk: Store) -> None:
    for name in ("svg", "html", "eicar", "zip", "png that says 30,000 by 30,000", "pdf with a packed script"):
        refused = resident.send(FILES[name][0](), name="a.jpg")
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, FILES[name][1])
    assert list(disk.names()) == []


def test_strangers_know_of_nothing(client: FlaskClient, case: Case, resident: Sender, town: Town) -> None:
    sent = resident.send(picture())
    for actor in (town.here.residents[1], town.sibling.butler, town.elsewhere.grid_worker):
        stranger = Sender(client, case, actor)
        assert [stranger.send(picture()).status_code, stranger.list().status_code] == [404, 404]
        assert stranger.open(sent).status_code == 404
    nobody = client.post(resident.url, data={}, headers={"Idempotency-Key": uuid.uuid4().hex})
    assert nobody.status_code == 401


def test_papers_are_for_the_resident_and_who_has_it_in_hand(
    client: FlaskClient, case: Case, resident: Sender, town: Town, at: Clock
) -> None:
    paper = resident.send(picture(size=(800, 500)), kind="paper", purpose="户口本首页")
    butler, grid = Sender(client, case, town.here.butler), Sender(client, case, town.here.community_staff)

    assert [one.open(paper).status_code for one in (resident, butler, grid)] == [200, 403, 403]
    assert [line["may_open"] for line in butler.list().json["items"]] == [False]
    assert butler.send(picture()).status_code == 403  # nobody has claimed it yet
    assert claim_next(town.here.butler) is not None
    db.session.commit()
    assert [one.open(paper).status_code for one in (resident, butler, grid)] == [200, 200, 403]
    assert butler.send(picture()).json["who"] == "您"
    assert [line["who"] for line in resident.list().json["items"]] == ["您", "陈管家"]

    at("2026-11-23 09:16")
    again = resident.open(paper)
    assert (again.status_code, again.json["code"]) == (401, "reauth-required")
    assert butler.open(paper).status_code == 200
    at("2026-11-23 10:01")  # at work an hour; the token lives on
    again = butler.open(paper)
    assert (again.status_code, again.json["code"]) == (401, "reauth-required")


def test_who_uncovers_papers_opens_them_for_that_while_and_no_longer(
    client: FlaskClient, case: Case, resident: Sender, town: Town, at: Clock
) -> None:
    white = io.BytesIO()
    Image.new("RGB", (1200, 800), "white").save(white, "JPEG")
    paper, photo = resident.send(white.getvalue(), kind="paper"), resident.send(picture())
    butler, above = Sender(client, case, town.here.butler), Sender(client, case, town.here.street_staff)
    colleague = Sender(client, case, town.here.other_butler)

    def uncover(who: Sender, *fields: str, **more: bool) -> int:
        wish = {"fields": fields, "reason": "prepare", "words": "上门以前要核对户口本的内容"} | more
        url = who.url.replace("/attachments", "/reveal")
        return int(client.post(url, json=wish, headers=who.headers | {"Idempotency-Key": uuid.uuid4().hex}).status_code)

    def opened(*who: Sender) -> list[int]:
        return [one.open(paper).status_code for one in who]

    assert uncover(butler, "phone", "name") == 201
    assert opened(butler, above, colleague) == [403, 403, 404]  # other fields uncover no papers
    assert (uncover(butler, "papers"), uncover(above, "papers", break_glass=True)) == (201, 201)
    assert opened(butler, above, colleague) == [200, 200, 404]
    assert [line["may_open"] for line in butler.list().json["items"]] == [True, True]
    with Image.open(io.BytesIO(butler.open(paper).data)) as image:
        assert sum(image.convert("L").histogram()[:220]) > 5000  # what it may be used for is burned in
    at("2026-11-23 09:14:59")
    assert (opened(butler, above), above.open(photo).status_code) == ([200, 200], 200)
    at("2026-11-23 09:15:00")
    assert opened(butler, above) == [403, 403]
    assert [line["may_open"] for line in butler.list().json["items"]] == [False, True]

    rows = db.session.scalars(select(Look.standing).where(Look.kind == "paper").order_by(Look.id)).all()
    assert rows == ["desk", "above", "desk", "desk", "above", "above"]  # each opening, and none that was refused
    assert list(checking.violations()) == []


def test_a_history_tells_of_files_that_came_and_went(
    client: FlaskClient, case: Case, resident: Sender, town: Town, at: Clock
) -> None:
    claim_next(town.here.butler)
    db.session.commit()
    butler = Sender(client, case, town.here.butler)
    lease = case.lease_until
    resident.send(picture(), kind="photo")
    butler.send(picture(), kind="paper")
    refused = resident.send(FILES["svg"][0]())
    assert refused.status_code == 422
    tell_of_destroyed(case.id, DestroyedWhy.EXPIRED, 2)
    publish(FileUnsafe(case_id=case.id, attachment_id=1))
    db.session.commit()

    def told(actor: Actor) -> list[tuple[str, str]]:
        return [(line.step.value, line.text) for line in history.lines_of(actor, case)[3::-1]]

    assert told(town.here.residents[0]) == [
        ("attached", "您传了一张照片"),
        ("attached", "陈管家传了一份材料"),
        ("destroyed", "保存的时间到了，销毁了 2 份照片或材料"),
        ("destroyed", "没有通过安全检查，销毁了 1 份照片或材料"),
    ]
    assert told(town.here.butler)[1] == ("attached", "您传了一份材料")
    answer = client.get(resident.url.replace("/attachments", "/timeline"), headers=resident.headers).json["items"]
    assert [line["what"] for line in answer[2:]] == ["传了照片或材料"] * 2 + ["照片和材料按规定销毁了"] * 2
    assert list(cases_checking.violations()) == []
    db.session.refresh(case)
    assert (case.stage, case.lease_until) == ("in_hand", lease)


def test_what_a_paper_is_for_is_burned_into_every_copy(resident: Sender) -> None:
    white = Image.new("RGB", (1200, 800), "white")
    out = io.BytesIO()
    white.save(out, "JPEG", quality=95)
    photo, paper = resident.send(out.getvalue()), resident.send(out.getvalue(), kind="paper")

    def dark(response: Any) -> float:
        with Image.open(io.BytesIO(response.data)) as image:
            grey = image.convert("L")
            return sum(grey.histogram()[:220]) / (grey.width * grey.height)

    assert dark(resident.open(photo)) == 0
    assert 0.01 < dark(resident.open(paper)) < 0.3
    strips = [(0, 0, 600, 400), (600, 0, 1200, 400), (0, 400, 600, 800), (600, 400, 1200, 800)]
    with Image.open(io.BytesIO(resident.open(paper).data)) as image:
        for strip in strips:
            assert sum(image.convert("L").crop(strip).histogram()[:220]) > 500  # no quarter without it


def test_a_pdf_carries_it_on_every_page(resident: Sender, case: Case) -> None:
    def turned(writer: PdfWriter) -> None:
        writer.add_blank_page(width=842, height=595)
        writer.add_metadata({"/Title": "kept"})

    sent = resident.send(pdf(turned), kind="paper", name="a.pdf")
    assert (sent.status_code, sent.json["media_type"], sent.json["pages"]) == (201, "application/pdf", 2)
    opened = resident.open(sent)
    assert (opened.status_code, opened.headers["Content-Type"]) == (200, "application/pdf")
    assert f'filename="paper-{case.number}-{sent.json["id"]}.pdf"' in opened.headers["Content-Disposition"]
    copy = PdfReader(io.BytesIO(opened.data))
    for page in copy.pages:
        assert f"仅用于 {case.matter_name} {case.number} 2026年11月23日" in page.extract_text()
    assert [tuple(page.mediabox)[2:] for page in copy.pages] == [(200, 200), (842, 595)]


def test_every_opening_leaves_a_row(client: FlaskClient, case: Case, resident: Sender, town: Town) -> None:
    paper = resident.send(picture(), kind="paper")
    butler = Sender(client, case, town.here.butler)
    butler.open(paper)  # refused: shown nothing, so seen nothing
    claim_next(town.here.butler)
    db.session.commit()
    for one in (resident, butler):
        assert one.open(paper).status_code == 200

    rows = db.session.execute(select(Look.looker_id, Look.kind, Look.standing, Look.case_id).order_by(Look.id)).all()
    assert rows == [
        (town.here.residents[0].person_id, "paper", "own", case.id),
        (town.here.butler.person_id, "paper", "holder", case.id),
    ]
    log = client.get(resident.url.replace("/attachments", "/access-log"), headers=resident.headers)
    assert [entry["kind"] for entry in log.json["items"]] == ["paper", "paper"]


def test_a_closed_case_takes_no_more(resident: Sender, client: FlaskClient, case: Case) -> None:
    cancelled = client.post(
        resident.url.replace("/attachments", "/steps/cancel"),
        json={},
        headers=resident.headers | {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{case.version}"'},
    )
    assert cancelled.status_code == 200
    refused = resident.send(picture())
    assert (refused.status_code, refused.json["code"]) == (409, "state-conflict")


def test_quotas_are_said_in_plain_words(resident: Sender, monkeypatch: pytest.MonkeyPatch, disk: Store) -> None:
    monkeypatch.setattr(rules, "MOST_IN_A_CASE", 1)
    assert resident.send(picture()).status_code == 201
    full = resident.send(picture())
    assert (full.status_code, full.json["code"]) == (413, "too-large")
    assert "已经满了" in full.json["detail"]

    monkeypatch.setattr(rules, "MOST_IN_A_CASE", 9)
    monkeypatch.setattr(rules, "MOST_A_DAY", 1)
    often = resident.send(picture())
    assert (often.status_code, often.json["code"], often.headers["Retry-After"]) == (429, "rate-limited", "3600")

    monkeypatch.setattr(rules, "MOST_A_DAY", 9)
    disk.margin = 2**62
    no_room = resident.send(picture())
    assert (no_room.status_code, no_room.json["code"]) == (507, "storage-full")
    assert len(list(disk.names())) == 1


def test_a_full_lane_sheds_uploads_and_nothing_else(resident: Sender, client: FlaskClient, case: Case) -> None:
    lane = client.application.extensions["uploads"]
    for _ in range(3):
        assert lane.acquire(blocking=False)
    try:
        shed = resident.send(picture())
        assert (shed.status_code, shed.json["code"], shed.headers["Retry-After"]) == (503, "overloaded", "5")
        assert resident.list().status_code == 200
    finally:
        lane.release(3)
    for _ in range(4):  # every place in it is given back, whatever the answer was
        assert resident.send(b"no picture").status_code == 422
    assert resident.send(picture()).status_code == 201


def test_a_file_that_is_gone_or_altered_says_so(resident: Sender, disk: Store) -> None:
    sent = resident.send(picture())
    (name,) = disk.names()
    path = disk.path(name)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    altered = resident.open(sent)
    path.unlink()
    missing = resident.open(sent)
    assert [(one.status_code, one.json["code"]) for one in (altered, missing)] == [(503, "dependency-down")] * 2


def test_a_file_put_in_the_place_of_another_does_not_open(resident: Sender, disk: Store) -> None:
    first, second = resident.send(picture()), resident.send(picture("PNG"))
    names = [db.session.get(Attachment, int(one.json["id"])).file_name for one in (first, second)]
    one, other = (disk.path(name) for name in names)
    one.write_bytes(other.read_bytes())
    assert resident.open(first).status_code == 503
    assert resident.open(second).status_code == 200


def test_what_a_file_was_called_is_not_in_the_database(resident: Sender) -> None:
    resident.send(picture(), name="王大明身份证.jpg", purpose="王大明的身份证")
    row = db.session.execute(select(Attachment.__table__)).one()
    assert not any(
        "王大明" in str(value) or "王大明".encode() in bytes(value) for value in row if _bytes_or_text(value)
    )
    assert row.state == FileState.STORED
    assert files.store().get(row.file_name) is not None
    assert Used(1, row.sent_size) == Used(1, len(picture()))


def _bytes_or_text(value: Any) -> bool:
    return isinstance(value, bytes)
