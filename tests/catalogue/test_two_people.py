"""Publishing takes two people in production, each with their own password and one-time password (ASVS 2.3.5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pyotp
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from butler.catalogue import actions
from butler.catalogue.commands import commands
from butler.catalogue.models import CatalogueRevision
from butler.identity import actions as identity
from butler.identity.permissions import Role
from butler.kit import clock
from butler.kit.database import ButlerFlask, db
from factories import Town

PASSWORD = "correct horse battery staple"


@pytest.fixture
def people(app: ButlerFlask, town: Town, at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """User names and the secrets of their second factors; production in all but the keys."""
    at("2026-11-23 09:00")
    settings = replace(app.extensions["settings"], env="production", demo=False)
    monkeypatch.setitem(app.extensions, "settings", settings)
    secrets = {}
    for name, role in (("editor", Role.CATALOGUE_EDITOR), ("other", Role.CATALOGUE_EDITOR), ("admin", Role.ADMINISTRATOR),
                       ("officer", Role.PRIVACY_OFFICER), ("bare", Role.CATALOGUE_EDITOR)):  # fmt: skip
        person = identity.add_staff_member(name=name, username=name, password=PASSWORD)
        identity.appoint(person=person, role=role, unit=town.district, since=date(2026, 1, 1))
        if name != "bare":
            secrets[name] = identity.begin_factor(person)
            earlier = int(clock.now().timestamp()) - 30
            identity.confirm_factor(person, otp=pyotp.TOTP(secrets[name]).at(earlier))
    db.session.commit()
    return secrets


def publish(people: dict[str, str], drafter: str, publisher: str, password: str = PASSWORD, otp: str = "") -> Result:
    """Both enter what they are asked for; the publisher what is given here."""

    def now(name: str) -> str:
        return pyotp.TOTP(people[name]).at(int(clock.now().timestamp())) if name in people else ""

    typed = "\n".join([PASSWORD, now(drafter), password, otp or now(publisher), ""])
    words = ["publish", "--drafted-by", drafter, "--by", publisher, "--note", "第一版"]
    return CliRunner().invoke(commands, words, input=typed)


def rows() -> int:
    return db.session.scalar(select(func.count()).select_from(CatalogueRevision)) or 0


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is always something to publish."""
    found = actions.differences
    monkeypatch.setattr(actions, "differences", lambda old, new: found(replace(old, matters={}), new))


@pytest.mark.parametrize("publisher", ["other", "admin"])
def test_two_editors_publish(people: dict[str, str], changed: None, publisher: str) -> None:
    done = publish(people, "editor", publisher)

    assert done.exit_code == 0, done.output
    row = db.session.scalars(select(CatalogueRevision)).one()
    assert (row.drafted_by, row.published_by) == ("editor", publisher)


@pytest.mark.parametrize(
    ("publisher", "password", "otp", "said"),
    [
        ("editor", PASSWORD, "", "要是两个人"),
        (" Editor", PASSWORD, "", "要是两个人"),
        ("other", "not the right one", "", "用户名或密码不对"),
        ("other", PASSWORD, "000000", "可能填错了"),
        ("officer", PASSWORD, "", "不是目录编辑"),
        ("bare", PASSWORD, "", "还没有设置动态口令"),
        ("nobody", PASSWORD, "", "用户名或密码不对"),
    ],
)
def test_everything_else_publishes_nothing(
    people: dict[str, str], changed: None, publisher: str, password: str, otp: str, said: str
) -> None:
    done = publish(people, "editor", publisher, password, otp)

    assert (done.exit_code, rows()) == (1, 0)
    assert said in done.output


def test_both_have_to_be_named(people: dict[str, str], changed: None) -> None:
    for words in (["--by", "editor"], ["--drafted-by", "editor"], []):
        assert CliRunner().invoke(commands, ["publish", *words]).exit_code == 2
    assert rows() == 0


def test_the_database_does_not_take_one_person_twice(town: Town, changed: None) -> None:
    with pytest.raises(IntegrityError, match="two_people"):
        actions.publish(root=None, by="editor", drafted_by="editor", note="")
