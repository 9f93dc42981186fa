"""The people, the things and the question of the matrix: who, asking for whose, gets which kind of answer."""

import io
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from werkzeug.routing import Rule

from apart import bearer
from butler.cards import actions as cards
from butler.cards import reporting
from butler.cards.states import Wrong
from butler.cases.actions.looking import record_look
from butler.cases.models import Case
from butler.cases.states import Stage
from butler.consents.actions import Said
from butler.consents.actions import give as give_consent
from butler.consents.models import Consent
from butler.consents.states import Channel, Purpose
from butler.families.actions.moving import move
from butler.families.models import Delegation
from butler.families.states import DelegationState, EndedWhy
from butler.files.models import Attachment
from butler.files.states import FileKind, FileState
from butler.identity import actions as identity
from butler.identity.actions.inviting import invite
from butler.identity.models import Appointment, Person, SignIn
from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.looks.models import Look
from butler.looks.states import LookKind
from butler.privacy.models import Finding
from butler.privacy.rules import Rule as Suspicion
from factories import LONG_AGO, Street, Town, actor_of, file_errand, guards
from surfing import browser_of

MATRIX = Path(__file__).parent / "matrix.yaml"
NOBODY = "nobody"
WHERE = ("own", "here", "sibling", "elsewhere")
"""Whose thing is asked for: the caller's own, one of the same place, of the street beside, of another district."""
KINDS = {200: "Y", 201: "Y", 202: "Y", 204: "Y", 303: "Y", 304: "Y", 400: "Y", 409: "Y", 410: "Y", 412: "Y", 422: "Y",
         403: "F", 404: "N", 401: "S", 308: "Y", 415: "Y", 428: "Y", 503: "Y"}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """What the matrix says of one route."""

    route: str
    expected: Mapping[str, str]  # who → one letter for each of WHERE, or one for all
    send: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    file: bool = False  # whether a file goes with it
    about: str = ""  # which thing a number or code in the path names, where the path does not say it

    @property
    def has_object(self) -> bool:
        """Whether the answer may depend on whose thing it is."""
        return any(len(letters) > 1 for letters in self.expected.values())


@cache
def read_matrix() -> Mapping[str, Line]:
    """The file, unfolded: every route with what each role gets."""
    matrix = yaml.safe_load(MATRIX.read_text(encoding="utf-8"))
    lines = {}
    for route, said in matrix["routes"].items():
        said = {"is": said} if isinstance(said, str) else said
        row = dict(matrix["rows"][said["is"]])
        others = {"others": row.pop("others", None), NOBODY: row.pop(NOBODY, "S")}
        expected = {role.value: row.pop(role.value, others["others"]) for role in Role} | {NOBODY: others[NOBODY]}
        assert row == {}, f"{said['is']}: nobody is called {row}"
        more = {name: value for name, value in said.items() if name != "is"}
        lines[route] = Line(route, expected, **more)
    return lines


def routes_of(app: Flask) -> dict[str, Rule]:
    """Every method and rule there is, as the matrix writes them."""
    return {
        f"{method} {rule.rule}": rule
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


@dataclass
class Things:
    """One of everything that a path can name, of one owner or place."""

    number: str
    card: str
    token: str
    code: str
    desk: int
    values: dict[str, int]


class Scene:
    """A town in which every role works here, with things of its own, of here, of the street beside and of elsewhere."""

    def __init__(self, app: Flask, client: FlaskClient, town: Town) -> None:
        self.app, self.client, self.town = app, client, town
        here = town.here
        lead = hired("lead", Role.PROPERTY_LEAD, here.street)
        self.people: dict[str, Actor] = {
            "resident": here.residents[0],
            "butler": here.butler,
            "grid_worker": here.grid_worker,
            "community_staff": here.community_staff,
            "street_staff": here.street_staff,
            "district_staff": town.district_staff,
            "property_lead": lead,
            "catalogue_editor": hired("editor", Role.CATALOGUE_EDITOR, town.district),
            "privacy_officer": hired("officer", Role.PRIVACY_OFFICER, town.district),
            "administrator": hired("admin", Role.ADMINISTRATOR, town.district),
        }
        places = {"here": here, "sibling": town.sibling, "elsewhere": town.elsewhere}
        flatmate = identity.add_resident(name="同住", phone="10000000099", household=here.households[0])
        askers = {
            "here": actor_of(flatmate),
            "sibling": town.sibling.residents[0],
            "elsewhere": town.elsewhere.residents[0],
        }
        # What the flatmate asked for is for the resident, whose guardian they were, and hidden from them still.
        allowed = guards(askers["here"], here.residents[0], here.butler)
        hidden = {"beneficiary": allowed, "beneficiary_sees": False}
        self.things = {
            ("", where): self.things_of(
                street, file_errand(askers[where], street, **(hidden if where == "here" else {})), street.other_butler,
                askers[where],
            )
            for where, street in places.items()
        }  # fmt: skip
        guardianship = db.session.get_one(Delegation, allowed["delegation"])  # who is under 14 files nothing alone
        move(guardianship, DelegationState.ENDED, by_id=here.butler.person_id, why=EndedWhy.REPLACED)
        for who, actor in self.people.items():
            self.things[who, "own"] = self.things_of(here, self.own_case(who, actor), actor, actor)
        self.tokens = {who: bearer(actor.person_id) for who, actor in self.people.items()}
        self.browsers: dict[str, FlaskClient] = {}
        self.form_tokens: dict[str, str] = {}  # a form that lies open
        self.cookies: dict[str, str] = {}  # as they were before anybody asked anything
        self.addresses = app.url_map.bind("localhost")
        for who in [*self.people, NOBODY]:
            browser = client.__class__(app, app.response_class, use_cookies=True)
            if who != NOBODY:
                browser_of(browser, self.people[who].person_id)
            with browser.session_transaction() as kept:
                kept["csrf_token"] = secrets.token_hex(20)
                self.form_tokens[who] = form_token(app, dict(kept))
            self.browsers[who] = browser
            self.cookies[who] = self.cookie_of(who).value
        db.session.commit()

    def own_case(self, who: str, actor: Actor) -> Case:
        """What somebody has in hand; whoever works at no desk has asked for it themselves."""
        here = self.town.here
        desk = next((post.desk_id for post in actor.posts if post.desk_id is not None), None)
        asker = actor if desk is None else here.residents[1]
        case = file_errand(asker, here)
        if desk is not None:
            case.stage, case.holder_id, case.lease_until = Stage.IN_HAND.value, actor.person_id, case.next_alarm_at
            case.desk_id = case.accountable_desk_id = desk
            db.session.flush()
        return case

    def things_of(self, street: Street, case: Case, colleague: Actor, owner: Actor) -> Things:
        """Everything beside a case that can be named."""
        now = clock.now()
        attachment = Attachment(
            case_id=case.id, uploader_id=case.asker_id, uploader_role="resident", kind=FileKind.PHOTO,
            media_type="application/pdf", pages=1, sent_size=1, size=1, sealed_size=1, sha256=bytes(32),
            file_name=secrets.token_hex(16), sealed_key=b"-", sealed_words=b"-", state=FileState.QUARANTINED,
            created_at=now,
        )  # fmt: skip
        finding = Finding(
            key=secrets.token_hex(8), rule=next(iter(Suspicion)), day=now.date(), looker_id=street.grid_worker.person_id,
            role="grid_worker", unit_path=street.grids[0].path, person_id=case.asker_id, case_id=case.id,
            number=case.number, looks=1, first_at=now, found_at=now, verdict="open",
        )  # fmt: skip
        delegation = Delegation(
            grantor_id=owner.person_id, delegate_id=made_up(), basis="granted", state="proposed", acts=["ask", "follow"],
            matters=[], starts_at=now, ends_at=now + timedelta(days=30), proposed_by_id=owner.person_id, created_at=now,
        )  # fmt: skip
        db.session.add_all([attachment, finding, delegation])
        record_look(street.community_staff, case, LookKind.FULL)
        card = cards.issue(desk=street.desk, building=street.buildings[0], by=None)
        address = f"10.{card.id % 250}.{card.id // 250 % 250}.1"  # not one for all, which may report five
        reported = reporting.report(token=card.token, wrong=Wrong.WORN, words="", asked_from=address)
        _, invitation = invite(by=colleague, name="新人", role=Role.BUTLER, place=street.desk)
        bearer(owner.person_id)
        db.session.flush()
        newest = select(SignIn.id).where(SignIn.person_id == owner.person_id).order_by(SignIn.id.desc()).limit(1)
        post = select(Appointment.id).where(Appointment.person_id == colleague.person_id).limit(1)
        look = select(Look.id).where(Look.case_id == case.id).order_by(Look.id.desc()).limit(1)
        said = Said(person_id=owner.person_id, by_id=owner.person_id, channel=Channel.PAGE, now=now)
        give_consent([Purpose.WECHAT], said, case_id=None)
        wechat = select(Consent.id).where(Consent.person_id == owner.person_id, Consent.case_id.is_(None))
        values = {
            "consent_id": db.session.scalar(wechat),
            "export_id": 2**40,
            "report_id": reported.id,
            "delegation_id": delegation.id,
            "attachment_id": attachment.id,
            "finding_id": finding.id,
            "invitation_id": invitation.id,
            "person_id": colleague.person_id,
            "sign_in_id": db.session.scalar(newest),
            "appointment_id": db.session.scalar(post) or 0,
            "look_id": db.session.scalar(look),
        }
        code = colleague.posts[0].unit_code if colleague.posts else street.grids[1].code
        return Things(case.number, card.number, card.token, code, street.other_desk.id, values)  # type: ignore[arg-type]

    def cookie_of(self, who: str) -> Any:
        """What somebody's browser keeps; None after a page had it forgotten."""
        return self.browsers[who].get_cookie(self.app.config["SESSION_COOKIE_NAME"])

    def things_at(self, who: str, where: str) -> Things:
        """What somebody has there, or what there is for everybody."""
        return self.things.get((who if who != NOBODY else "resident", where)) or self.things["", where]

    def ask(self, line: Line, rule: Rule, who: str, where: str) -> tuple[str, Any]:
        """Ask once, and take back whatever it did. The letter of the answer, and the answer."""
        things = self.things_at(who, where)
        path = self.path(line, rule, things)
        method = line.route.split(" ")[0]
        with taken_back():
            if path.startswith("/api/"):
                headers = dict(self.tokens.get(who, {}))
                if method != "GET":
                    headers |= {"Idempotency-Key": secrets.token_hex(16), "If-Match": '"1"'}
                sent = self.filled(line.send, things)
                body: dict[str, Any] = {"data": sent | a_file() | {"_end": "1"}} if line.file else {"json": sent}
                if method in ("GET", "DELETE"):
                    body = {}
                answer = self.browsers[NOBODY].open(path, method=method, headers=headers, **body)
            else:
                form = {"_end": "1", "_version": "1", "_key": secrets.token_hex(16)} | self.filled(line.send, things)
                if line.file:
                    form |= a_file()
                if method != "GET":
                    form["csrf_token"] = self.form_tokens[who]
                answer = self.browsers[who].open(path, method=method, data=form if method != "GET" else None)
                if (now := self.cookie_of(who)) is None or now.value != self.cookies[who]:
                    self.browsers[who].set_cookie(self.app.config["SESSION_COOKIE_NAME"], self.cookies[who])
        answer.close()
        if answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?next"):
            return "S", answer
        return KINDS.get(answer.status_code, f"!{answer.status_code}"), answer

    def path(self, line: Line, rule: Rule, things: Things) -> str:
        """The address with this thing in it."""
        values: dict[str, Any] = {}
        for name in rule.arguments:
            match name:
                case "number":
                    values[name] = things.card if "/cards/" in rule.rule else things.number
                case "token":
                    values[name] = things.token if "/join/" not in rule.rule else "x" * 43
                case "code":
                    values[name] = things.code if "/units/" in rule.rule else line.about
                case "name" | "step" | "doing" | "kind" | "decision" | "purpose" | "day":
                    values[name] = line.about
                case _:
                    values[name] = things.values[name]
        path = self.addresses.build(rule.endpoint, values)
        return path.partition("?")[0] + (f"?{self.filled({'': line.query}, things)['']}" if line.query else "")

    @staticmethod
    def filled(send: Mapping[str, Any], things: Things) -> dict[str, Any]:
        """What is sent, with `{card}` and the like put in."""
        named = {"card": things.card, "token": things.token, "code": things.code, "number": things.number}
        named["desk"] = str(things.desk)
        return {name: value.format(**named) if isinstance(value, str) else value for name, value in send.items()}


def a_file() -> dict[str, Any]:
    """A field with a file in it, which nobody would take for a picture."""
    return {"file": (io.BytesIO(b"nothing"), "x.jpg")}


def made_up() -> int:
    """The id of a new resident, for whom nothing matters but that there is one."""
    return identity.add_resident(name="亲戚", phone=None).id


def hired(username: str, role: Role, unit: Any) -> Actor:
    """Somebody in a role without a desk."""
    person = Person(name=username, username=username, password_hash="-", is_demo=True, created_at=clock.now())
    db.session.add(person)
    db.session.flush()
    identity.appoint(person=person, role=role, unit=unit, since=LONG_AGO)
    return actor_of(person)


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is written in the block is undone."""
    connection: Any = db.engines[None]
    before = connection.begin_nested()
    try:
        yield
    finally:
        before.rollback()


def form_token(app: Flask, kept: Mapping[str, Any]) -> str:
    """The token a form of this browser carries."""
    with app.app_context(), app.test_request_context():  # with a `g` of its own, where the token is kept
        session.update(kept)
        token: str = generate_csrf()
        return token
