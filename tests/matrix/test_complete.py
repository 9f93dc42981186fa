"""The matrix knows every address, says what the guards say, and would notice each grant that is given or taken away."""

from collections.abc import Iterator, Mapping

import yaml
from matrix.scene import MATRIX, NOBODY, Line, read_matrix, routes_of

from butler.identity.permissions import GRANTS, Permission, Role
from butler.kit.database import ButlerFlask
from butler.web.guard import Access
from figures import Show

Grants = Mapping[Role, frozenset[Permission]]


def test_every_address_has_a_line_and_every_line_an_address(app: ButlerFlask) -> None:
    """A new address: add a line to tests/matrix/matrix.yaml (CONTRIBUTING.md)."""
    assert read_matrix().keys() == routes_of(app).keys()


def test_every_row_is_used() -> None:
    matrix = yaml.safe_load(MATRIX.read_text(encoding="utf-8"))
    used = {said if isinstance(said, str) else said["is"] for said in matrix["routes"].values()}
    assert used == matrix["rows"].keys()


def test_the_matrix_says_what_the_guards_say(app: ButlerFlask) -> None:
    assert list(surprises(app, GRANTS)) == []


def test_each_grant_that_is_flipped_is_noticed(app: ButlerFlask, show: Show) -> None:
    """Given to one more role, or taken from one that has it. Everybody is a resident too: what those may, all may."""
    flipped, unnoticed = 0, []
    for role in Role:
        for permission in Permission:
            if role is not Role.RESIDENT and permission in GRANTS[Role.RESIDENT]:
                continue
            flipped += 1
            if not any(surprises(app, {**GRANTS, role: GRANTS[role] ^ {permission}})):
                unnoticed.append(f"{role} {permission}")
    show("P26", "each grant flipped once is noticed by the matrix", flipped=flipped, noticed=flipped - len(unnoticed))
    assert unnoticed == []


def surprises(app: ButlerFlask, grants: Grants) -> Iterator[str]:
    """Where the guard of an address, with these grants, and the matrix do not agree."""
    rules = routes_of(app)
    for route, line in read_matrix().items():
        access: Access = app.view_functions[rules[route].endpoint].access  # type: ignore[attr-defined]
        if (line.expected[NOBODY] == "S") == (access.kind == "public"):
            yield f"{route}: {NOBODY}"
        for role in Role:
            has = grants[role] | grants[Role.RESIDENT]
            may_in = access.kind != "allowed" or bool(has & access.permissions)
            if may_in == _turned_away(line, role, access):
                yield f"{route}: {role}"


def _turned_away(line: Line, role: Role, access: Access) -> bool:
    """Whether the matrix keeps a role out whatever they ask for. Pages hide from residents that there is anything."""
    letters = set(line.expected[role.value])
    hidden = "/api/" not in line.route and role is Role.RESIDENT and access.kind == "allowed"
    return letters == {"F"} or (hidden and letters == {"N"})
