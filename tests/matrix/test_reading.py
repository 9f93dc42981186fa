"""T6 and ASVS 3.5.3: looking changes nothing. Every address that is looked at, twice, as each kind of person, with the
whole database compared before and after: only the tables that say who looked may grow."""

from collections.abc import Callable

from flask.testing import FlaskClient
from matrix.scene import NOBODY, Scene, read_matrix, routes_of
from sqlalchemy import text

from butler.kit.database import ButlerFlask, db
from factories import Town
from figures import Show

WHO_LOOKED = {"looks", "look_days"}
"""Somebody at work saw something of a person, on purpose before it is shown."""
IN_VAIN = {"unanswered_queries"}
"""What was looked for in vain, without who; only by a search that finds nothing."""


def test_looking_twice_changes_nothing(
    app: ButlerFlask, client: FlaskClient, town: Town, at: Callable[[str], None], show: Show
) -> None:
    at("2026-11-23 09:00")
    scene = Scene(app, client, town)
    asked, unlike, before = 0, [], rows()
    grown: dict[str, set[str]] = {}
    for who in [*scene.people, NOBODY]:
        for path in addresses(scene, who):
            first, second = (look(scene, who, path) for _ in range(2))
            asked += 2
            if first != second:
                unlike.append(f"{who} {path}: {first}, then {second}")
        after = rows()
        for name in [name for name in after if after[name] != before[name]]:
            grown.setdefault(name, set()).add(who)
            assert after[name][0] >= before[name][0], f"{name} has lost rows to {who}"
        before = after

    show(
        "T6", "every address looked at twice", asked=asked, tables=len(before), grown=sorted(grown), unlike=len(unlike)
    )
    assert unlike == []
    assert grown.keys() == WHO_LOOKED | IN_VAIN
    assert grown["unanswered_queries"] <= {"resident", NOBODY}, "those who were sent to search here"
    assert not grown["looks"] & {"resident", NOBODY, "catalogue_editor", "administrator", "property_lead"}


def addresses(scene: Scene, who: str) -> list[str]:
    """What somebody may look at: all of it for their own things; what is everybody's is asked for by two of them."""
    rules, found = routes_of(scene.app), []
    for route, line in read_matrix().items():
        everybodys = set(line.expected.values()) == {"Y"} and who not in ("resident", NOBODY)
        let_in = line.expected[who][0] == "Y" or who == "resident"
        if route.startswith("GET ") and let_in and not everybodys:
            found.append(scene.path(line, rules[route], scene.things_at(who, "own")))
    return found


def look(scene: Scene, who: str, path: str) -> int:
    browser = scene.browsers[NOBODY if path.startswith("/api/") else who]
    headers = dict(scene.tokens.get(who, {})) if path.startswith("/api/") else {}
    answer = browser.get(path, headers=headers)
    answer.close()
    return answer.status_code


def rows() -> dict[str, tuple[int, int]]:
    """Of each table, sign-ins and guesses too: how many rows, and a sum over all that is in them."""
    names = [table.name for table in db.metadata.sorted_tables]
    parts = [
        f"SELECT '{name}' AS t, count(*), coalesce(sum(hashtextextended(r::text, 0)::numeric), 0) FROM {name} r"
        for name in names
    ]
    found = db.engines[None].execute(text(" UNION ALL ".join(parts)))  # type: ignore[attr-defined]  # the test's own
    return {name: (count, int(total)) for name, count, total in found}
