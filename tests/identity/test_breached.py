"""A list of breached passwords on this machine is asked before a password is taken (ASVS 6.2.12)."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butler.identity import actions
from butler.identity.breached import is_breached
from butler.identity.passwords import BREACHED
from butler.identity.permissions import Role
from factories import actor_of

BAD, GOOD = "four unrelated horses walk", "five unrelated horses run home"


def listed(folder: Path, passwords: list[str], end: str) -> Path:
    """A list with these in it."""
    hashes = sorted(hashlib.sha1(one.encode(), usedforsecurity=False).hexdigest().upper() for one in passwords)
    file = folder / "pwned.txt"
    file.write_bytes("".join(f"{one}{end}" for one in hashes).encode())
    return file


@pytest.mark.parametrize("end", ["\n", "\r\n", ":17\n", ":3\r\n"])
@pytest.mark.parametrize("many", [0, 1, 2, 3, 500])
def test_every_line_is_found_and_nothing_else(tmp_path: Path, many: int, end: str) -> None:
    passwords = [f"password {number}" for number in range(many)]
    file = listed(tmp_path, passwords, end)

    assert [one for one in passwords if not is_breached(one, file)] == []
    assert [number for number in range(300) if is_breached(f"another {number}", file)] == []


@given(st.sets(st.text(max_size=20), max_size=30), st.text(max_size=20))
def test_it_is_what_the_set_says(tmp_path_factory: pytest.TempPathFactory, passwords: set[str], asked: str) -> None:
    file = listed(tmp_path_factory.mktemp("list"), [one for one in passwords if one.isprintable()], ":1\n")

    assert is_breached(asked, file) is (asked in passwords and asked.isprintable())


def test_a_breached_password_is_refused_and_the_link_stays(app, client, town, travel, tmp_path, monkeypatch):
    file = listed(tmp_path, [BAD, "something else"], ":9\r\n")
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], breached_passwords=file))
    person, admin = town.staff(Role.BUTLER), town.staff(Role.ADMINISTRATOR)
    token, _ = actions.offer_reset(person, by=actor_of(admin), why="试")

    refused, taken = (
        client.post("/api/v1/auth/links/reset", json={"token": token, "password": one}) for one in (BAD, GOOD)
    )

    assert (refused.status_code, refused.json["errors"][0]["message"]) == (422, BREACHED)
    assert taken.status_code == 204
