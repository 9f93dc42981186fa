"""T1: what is somebody else's and what does not exist are told in the same words, with the same headers, for the same
number of questions to the database; nobody learns from an answer that there is something."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from matrix.scene import NOBODY, WHERE, Line, Scene, read_matrix, routes_of
from werkzeug.routing import Rule

from butler.identity.permissions import GRANTS, Role
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from butler.kit.numbers import new_number
from butler.looks.states import Why
from butler.privacy.models import Export
from butler.privacy.states import ExportState
from butler.web.guard import Access
from factories import Street, Town
from figures import Show
from statements import statements

OBJECTS = {
    "number", "attachment_id", "look_id", "finding_id", "invitation_id", "person_id", "sign_in_id", "appointment_id",
    "export_id", "delegation_id", "report_id",
}  # fmt: skip
"""What a path can name that belongs to somebody. Units, matters and what a card leads to are everybody's."""
INNER = {"attachment_id", "look_id"}  # belong to a case: also asked for under a case of one's own
NOWHERE = 2**40  # no number of anything
EACH_TIME = re.compile(
    r'urn:butler:req:[0-9a-f]+|出错编号：<b>[0-9A-Z]{6}</b>|name="(?:_key|csrf_token)" value="[^"]+"|nonce[-=][^\s;>]+'
)
"""In a body or header: what no two requests share."""
EACH_TIME_HEADERS = {"x-request-id", "date", "content-length", "server-timing", "set-cookie"}


@dataclass(frozen=True)
class Told:
    """All that somebody can tell two answers apart by."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...]
    asked: tuple[str, ...]  # of the database


def test_what_is_not_yours_is_told_as_what_is_not_there(
    app: ButlerFlask, client: FlaskClient, town: Town, at: Callable[[str], None], show: Show
) -> None:
    at("2026-11-23 09:00")
    scene = Scene(app, client, town)
    stranger_things(scene)
    route = "GET /api/v1/cases/<number:number>"
    line, rule = read_matrix()[route], routes_of(app)[route]
    assert told(scene, line, rule, "resident", "own") != told(scene, line, rule, "resident", "nowhere")

    asked, not_found, different, dearer = 0, 0, [], []
    nowhere: dict[tuple[str, str, str], Told] = {}
    for line, rule, who, theirs, missing in pairs(scene):
        asked += 1
        first = told(scene, line, rule, who, theirs)
        second = nowhere.get((line.route, who, missing)) or told(scene, line, rule, who, missing)
        nowhere[line.route, who, missing] = second
        if first.asked != second.asked:  # what is remembered from one request to the next is remembered by now
            first = told(scene, line, rule, who, theirs)
        not_found += first.status == 404
        what = f"{line.route}: {who}, {theirs}"
        if (first.status, first.body, first.headers) != (second.status, second.body, second.headers):
            different.append(f"{what}: {first.status}, not there {second.status}")
        if first.asked != second.asked:
            dearer.append(f"{what}: {first.asked}, not there {second.asked}")

    show(
        "T1",
        "not yours is told as not there",
        asked=asked,
        answered_404=not_found,
        different=len(different),
        other_cost=len(dearer),
    )
    assert (different, dearer) == ([], [])
    assert not_found > asked * 0.9  # the rest is refused for what was sent, before anything is looked for


def pairs(scene: Scene) -> Iterator[tuple[Line, Rule, str, str, str]]:
    """(route, who, whose thing, what is not there): all that the matrix keeps from whoever may use the route."""
    rules = routes_of(scene.app)
    for route, line in read_matrix().items():
        names = rules[route].arguments & OBJECTS
        for who, letters in line.expected.items():
            if not names or who == NOBODY or not may_use(scene.app.view_functions[rules[route].endpoint], Role(who)):
                continue
            hidden = [
                where for where, letter in zip(WHERE, letters.ljust(4, letters[-1]), strict=True) if letter == "N"
            ]
            for where in hidden if len(letters) > 1 else ["elsewhere"]:
                if where != "own":
                    yield line, rules[route], who, where, "nowhere"
            if names & INNER and letters[0] == "Y":
                yield line, rules[route], who, "own, theirs within", "own, nothing within"


def may_use(view: Any, role: Role) -> bool:
    """Whether the guard lets the role in at all; the rest is about whose thing it is."""
    access: Access = view.access
    return access.kind != "allowed" or bool((GRANTS[role] | GRANTS[Role.RESIDENT]) & access.permissions)


def told(scene: Scene, line: Line, rule: Rule, who: str, where: str) -> Told:
    """Ask, and forget what differs at every request and what was sent."""
    things = scene.things_at(who, where)
    with statements() as asked:
        _, answer = scene.ask(line, rule, who, where)
    sent = (answer.request.path, things.number, things.card)

    def plain(text: str) -> str:
        for name in sent:
            text = text.replace(name, "…")
        return EACH_TIME.sub("~", text)

    questions = tuple(one for one in asked if "SAVEPOINT" not in one)  # of the test, and numbered
    headers = {(name.lower(), plain(value)) for name, value in answer.headers if name.lower() not in EACH_TIME_HEADERS}
    return Told(answer.status_code, plain(answer.text), tuple(sorted(headers)), questions)


def stranger_things(scene: Scene) -> None:
    """What is nowhere, lists of somebody else's, and what hangs on a case of theirs under one of the caller's own."""
    theirs = scene.things["", "elsewhere"]
    export = an_export(scene.town.elsewhere)
    theirs.values["export_id"] = export.id
    nothing = dict.fromkeys(theirs.values, NOWHERE)
    scene.things["", "nowhere"] = replace(theirs, number=new_number(), card=new_number(), values=nothing)
    for who in scene.people:
        own = scene.things[who, "own"]
        for where, inner in (("own, theirs within", theirs.values), ("own, nothing within", nothing)):
            scene.things[who, where] = replace(own, values=own.values | {name: inner[name] for name in INNER})


def an_export(street: Street) -> Export:
    """Made and waiting to be fetched by somebody of that street."""
    now = clock.now()
    export = Export(
        requester_id=street.community_staff.person_id, role="community_staff", unit_path=street.community.path,
        first_day=now.date(), last_day=now.date(), reason=Why.OTHER, words="演示：街道例会上要看一看", asked_at=now,
        state=ExportState.MADE, decider_id=street.street_staff.person_id, decided_at=now, content=[["演示"]],
        expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    db.session.add(export)
    db.session.commit()
    return export
