"""An errand from the first word to the last, as requests: as they are, with a fault, or with another's number."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from apart import bearer
from butler.kit.database import db
from butler.kit.numbers import read_number
from factories import ERRAND_MATTER, Town

PAPERS = [{"name": "近期免冠照片", "copies": 2, "condition": "完好"}]
WINDOW = {"window": "北山街道便民服务中心2号窗口", "receipt_number": "演示-001"}


@dataclass(frozen=True)
class Deed:
    """One request of somebody: `path` and `body` with `{number}` for the case."""

    who: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    method: str = "POST"

    @property
    def about_a_case(self) -> bool:
        """Whether it names one."""
        return "{number}" in self.path

    def __str__(self) -> str:
        return f"{self.who} {self.method} {self.path}"


def _step(who: str, name: str, **body: Any) -> Deed:
    return Deed(who, f"/cases/{{number}}/steps/{name}", body)


DEEDS = (
    Deed("resident", "/cases", {"kind": "errand", "mode": "daytime", "matter_code": ERRAND_MATTER, "card_token": "{token}",
                                "summary": "请帮我办一张优待证", "consents": ["hand_over@1"]}),
    Deed("resident", "/cases/{number}", method="GET"),
    _step("resident", "note", note="下午我都在家"),
    Deed("butler", "/queue/claim-next"),
    Deed("butler", "/cases/{number}", method="GET"),
    Deed("butler", "/cases/{number}/timeline", method="GET"),
    _step("butler", "authorise"),
    _step("butler", "receive_originals", items=PAPERS),
    _step("butler", "submit", **WINDOW),
    Deed("butler", "/cases/{number}/reveal", {"fields": ["phone"], "reason": "contact", "words": "居民打电话来催，要回电"}),
    _step("butler", "record_result", result="granted"),
    _step("butler", "return_originals"),
    _step("butler", "resolve"),
    _step("resident", "confirm"),
    _step("resident", "rate", grade=5, tags=["态度好"], note="很方便"),
    Deed("resident", "/cases/{number}/access-log", method="GET"),
    Deed("resident", "/cases/{number}/attachments", method="GET"),
)  # fmt: skip


class Errand:
    """The people, and the case once it is there."""

    def __init__(self, client: FlaskClient, town: Town) -> None:
        self.client, self.card = client, town.here.card.token
        people = {"resident": town.here.residents[0], "butler": town.here.butler}
        self.headers = {who: bearer(actor.person_id) for who, actor in people.items()}
        self.number = ""
        db.session.commit()

    def send(self, deed: Deed, number: str | None = None) -> TestResponse:
        """Send it, about this case or another; the version is that of this case."""
        headers = self.headers[deed.who] | {
            "Idempotency-Key": secrets.token_hex(16),
            "If-Match": f'"{self._version()}"',
        }
        path = "/api/v1" + deed.path.format(number=number or self.number)
        body = {name: self.card if value == "{token}" else value for name, value in deed.body.items()}
        return self.client.open(path, method=deed.method, headers=headers, json=body if deed.method == "POST" else None)

    def really(self, deed: Deed) -> None:
        """Send it, and go on from there."""
        answer = self.send(deed)
        assert answer.status_code in (200, 201, 204), f"{deed}: {answer.text}"
        if not self.number:
            self.number = answer.json["number"]

    def _version(self) -> int:
        query = text("SELECT version FROM cases WHERE number = :number")
        connection: Any = db.engines[None]  # the test's own
        return connection.scalar(query, {"number": read_number(self.number)}) or 1
