"""What the application finds: the right locale, a plain role, persistence, secrets only their owner reads."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from butler.dev.postgres import CLUSTER_NAME, EXTENSIONS
from butler.dev.processes import find_processes_in
from butler.dev.servers import Urls, embedded

SECRETS = ("password-butler_app", "password-butler_owner", "password-postgres")


def _ask(url: str, *statements: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as db:
        for statement in statements:
            result = db.execute(statement)
        return result.fetchall() if result.description else []


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    """Both servers, started where the locale is C, as under cron, systemd or CI."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_ALL", "C")
        for name in ("DATABASE_URL", "REDIS_URL"):
            patch.delenv(name, raising=False)
        with embedded() as urls:
            yield urls


def test_cluster_made_under_lc_all_c_knows_chinese(urls: Urls) -> None:
    """Trap 1: with LC_CTYPE=C, pg_trgm sees no Chinese at all."""
    locale = "select pg_encoding_to_char(encoding), datctype, datlocprovider, datlocale from pg_database"
    assert _ask(urls.database_url, locale + " where datname = 'butler'") == [("UTF8", "C.UTF-8", "b", "C.UTF-8")]
    assert _ask(urls.database_url, "select cardinality(show_trgm('办理居住证')), lower('ÀÉ')") == [(6, "àé")]


def test_application_role_owns_nothing_and_cannot_grow(urls: Urls) -> None:
    """Trap 2: a superuser never meets a missing permission."""
    role = "select current_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = user"
    assert _ask(urls.database_url, role) == [("butler_app", False, False, False, False)]
    assert _ask(urls.owner_url, role) == [("butler_owner", False, False, False, False)]
    for forbidden in ("create table mine (id int)", "set role butler_owner", "alter role butler_app superuser"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _ask(urls.database_url, forbidden)


def test_application_role_cannot_look_past_row_level_security(urls: Urls) -> None:
    """Trap 2: row-level security holds for the application and, forced, for the owner of the table."""
    _ask(
        urls.owner_url,
        "create table secret (id bigint generated always as identity, name text)",
        "insert into secret (name) values ('one')",
        "alter table secret enable row level security",
        "alter table secret force row level security",
    )
    seen = [_ask(url, "select count(*) from secret") for url in (urls.database_url, urls.owner_url, urls.superuser_url)]
    assert seen == [[(0,)], [(0,)], [(1,)]]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _ask(urls.database_url, "alter table secret disable row level security")


def test_owner_makes_tables_the_application_writes(urls: Urls) -> None:
    """Default privileges; also in a database a test makes for itself."""
    _ask(urls.superuser_url, "create database another owner butler_owner")
    for swap in (lambda url: url, lambda url: url.removesuffix("/butler") + "/another"):
        _ask(swap(urls.owner_url), "create table t (id bigint generated always as identity, place ltree)")
        assert _ask(swap(urls.database_url), "insert into t (place) values ('a.b') returning id, place") == [(1, "a.b")]
        extensions = _ask(swap(urls.database_url), "select extname from pg_extension where extname <> 'plpgsql'")
        assert {name for (name,) in extensions} == set(EXTENSIONS)


def test_servers_take_no_connection_from_outside_and_none_without_password(urls: Urls) -> None:
    assert _ask(urls.superuser_url, "select inet_server_addr()::text, current_setting('listen_addresses')") == [
        ("127.0.0.1/32", "127.0.0.1")
    ]
    with pytest.raises(psycopg.OperationalError, match="password"):
        _ask(urls.superuser_url.replace(urls.superuser_url.split(":")[2].split("@")[0], "wrong"))
    with redis.Redis.from_url(urls.redis_url, decode_responses=True) as valkey:
        assert valkey.config_get("bind", "appendonly") == {"bind": "127.0.0.1", "appendonly": "yes"}


def test_cluster_says_it_is_for_development(urls: Urls) -> None:
    """So that a production start can refuse it."""
    assert _ask(urls.database_url, "show cluster_name") == [(CLUSTER_NAME,)]


def test_embedded_leaves_nothing_but_the_directory_it_was_given(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    with embedded(instance) as first:
        _ask(first.owner_url, "create table kept (id int)", "insert into kept values (7)")
    assert {name: stat.S_IMODE((instance / name).stat().st_mode) for name in SECRETS} == dict.fromkeys(SECRETS, 0o600)
    with pytest.raises(psycopg.OperationalError):
        _ask(first.database_url, "select 1")
    with embedded(instance) as second:
        assert _ask(second.database_url, "select id from kept") == [(7,)]


def test_servers_the_environment_names_are_used_instead(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://a@db/x")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql+psycopg://o@db/x")
    monkeypatch.setenv("REDIS_URL", "redis://queue/3")
    with embedded(instance) as urls:
        assert urls == Urls(
            "postgresql+psycopg://a@db/x",
            "postgresql+psycopg://o@db/x",
            "postgresql+psycopg://o@db/x",
            "redis://queue/3",
        )
        assert list(instance.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account to run PostgreSQL as")
def test_root_in_a_closed_directory_keeps_it_closed(
    instance: Path, monkeypatch: pytest.MonkeyPatch, start: Callable[..., Any]
) -> None:
    """PostgreSQL does not run as root; its account then gets a place of its own instead of an open door to ours."""
    from butler.dev import postgres

    outside = instance / "outside"
    monkeypatch.setattr(postgres, "OUTSIDE", outside)
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    instance.chmod(0o711)
    outside.mkdir(mode=0o755)
    closed = instance / "root"
    closed.mkdir(mode=0o700)
    (closed / "instance").mkdir()
    for _ in range(2):  # made, then found again
        with embedded(closed / "instance") as urls:
            [(where,)] = _ask(urls.superuser_url, "show data_directory")
            assert Path(where).parent.parent == outside.resolve()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account to run PostgreSQL as")
def test_root_runs_somebodys_cluster_as_its_owner(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sudo make run` in a directory where `make run` was before."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    with embedded(instance):
        pass
    for path in (instance / "postgres", *(instance / "postgres").rglob("*")):
        os.chown(path, 4321, 4321)
    with embedded(instance):
        assert {p.uids().real for p in find_processes_in(instance / "postgres", "postgres")} == {4321}
