"""A browser without JavaScript: opens pages, fills in their forms, presses their buttons; nothing a page does not offer."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import urldefrag

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from butler.identity.models import SignIn
from butler.kit import clock
from butler.kit.database import db
from butler.kit.numbers import fingerprint

Fields = dict[str, list[str]]


@dataclass
class Form:
    """A form as it stands on the page: where it goes, what it would send, its buttons (words → address)."""

    action: str
    method: str
    fields: Fields = field(default_factory=dict)
    choices: Fields = field(default_factory=dict)  # radios and boxes that are not chosen
    buttons: dict[str, str] = field(default_factory=dict)
    named: dict[str, tuple[str, list[str]] | None] = field(default_factory=dict)  # what a button sends itself


class _Page(HTMLParser):
    """Forms, links and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.words: list[str] = []
        self._sends: tuple[str, list[str]] | None = None
        self._into: list[str] | None = None  # words of the link or button being read
        self._address = ""
        self._area: str | None = None
        self._silent = False
        self.feed(html)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
            case "input" if given.get("name"):
                form = self.forms[-1]
                chosen = given.get("type") not in ("radio", "checkbox") or "checked" in given
                target = form.fields if chosen else form.choices
                target.setdefault(given["name"], []).append(given.get("value", ""))
            case "textarea":
                self._area = given["name"]
                self.forms[-1].fields[self._area] = [""]
            case "a" | "button":
                self._into, self._address = [], given.get("href") or given.get("formaction") or ""
                self._sends = (given["name"], [given.get("value", "")]) if given.get("name") else None
            case "title" | "style":
                self._silent = True

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.forms[-1].fields[self._area][0] += data
        elif not self._silent:
            self.words.append(data)
        if self._into is not None:
            self._into.append(data)

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "textarea" if self._area is not None:
                value = self.forms[-1].fields[self._area]
                value[0] = value[0].removeprefix("\n")
                self._area = None
            case "a" if self._into is not None:
                self.links["".join(self._into).strip()] = self._address
                self._into = None
            case "button" if self._into is not None:
                form = self.forms[-1]
                form.buttons["".join(self._into).strip()] = self._address or form.action
                form.named["".join(self._into).strip()] = self._sends
                self._into = None
            case "title" | "style":
                self._silent = False


class Browser:
    """One person's browser. `page` is what it shows."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.response: TestResponse
        self.page: _Page

    @property
    def status(self) -> int:
        """Of the last answer, after redirects."""
        return self.response.status_code

    @property
    def text(self) -> str:
        """Everything there is to read."""
        return self.page.text

    @property
    def address(self) -> str:
        """Path and query of the page."""
        return self.response.request.full_path.removesuffix("?")

    def open(self, path: str) -> "Browser":
        """Go to an address."""
        return self._show(self.client.get(path, follow_redirects=True))

    def follow(self, link: str) -> "Browser":
        """Tap a link by its words."""
        return self.open(self.page.links[link])

    def form(self, button: str) -> Form:
        """The form with this button."""
        return next(form for form in self.page.forms if button in form.buttons)

    def press(self, button: str, **typed: str | list[str]) -> "Browser":
        """Fill in a form and press one of its buttons. Names with a dot are written with `__`."""
        form = self.form(button)
        pressed = dict([form.named[button]]) if form.named[button] else {}
        return self.send(form.buttons[button], {**pressed, **self.filled_in(form, **typed)})

    def upload(self, button: str, file: tuple[bytes, str] | None, **typed: str | list[str]) -> "Browser":
        """Choose a file (bytes, name) in a form, fill in the rest and press its button."""
        form = self.form(button)
        parts: dict[str, object] = {**self.filled_in(form, **typed)}
        end = parts.pop("_end")
        parts["file"] = (BytesIO(file[0]), file[1]) if file else (BytesIO(), "")
        sent = {**parts, "_end": end}
        address = urldefrag(form.buttons[button]).url
        kind = "multipart/form-data"
        return self._show(self.client.post(address, data=sent, content_type=kind, follow_redirects=True))

    def filled_in(self, form: Form, **typed: str | list[str]) -> Fields:
        """What the form would send with this in it; only what the form offers can be filled in."""
        sent = {name: list(values) for name, values in form.fields.items()}
        for name, value in typed.items():
            name = name.replace("__", ".")
            values = value if isinstance(value, list) else [value]
            offered = form.choices.get(name, [])
            assert name in form.fields or set(values) <= {*offered, *sent.get(name, [])}, f"no field {name}"
            sent[name] = values
        sent["_end"] = sent.pop("_end")  # stays last
        return sent

    def send(self, address: str, fields: Fields) -> "Browser":
        """Post fields to an address."""
        return self._show(self.client.post(urldefrag(address).url, data=fields, follow_redirects=True))

    def _show(self, response: TestResponse) -> "Browser":
        self.response = response
        self.page = _Page(response.get_data(as_text=True))
        return self


def browser_of(client: FlaskClient, person_id: int) -> Browser:
    """A browser in which somebody is signed in."""
    token, now = secrets.token_urlsafe(32), clock.now()
    db.session.add(
        SignIn(
            token_hash=fingerprint(token),
            person_id=person_id,
            face="page",
            created_at=now,
            proved_at=now,
            seen_at=now,
            expires_at=now + timedelta(days=30),
        )
    )
    db.session.flush()
    with client.session_transaction() as session:
        session["sign_in"] = token
    return Browser(client)
