"""Is this machine fit to serve people? What the settings, the database and Valkey say of themselves, in words.

`examine` gathers facts and changes nothing; `findings` judges them and is pure, so that each rule is a line of a test.
An error must be mended before residents come; a warning should be; the rest is only told in production.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from butler.kit import clock
from butler.kit.database import db
from butler.ledger import queries as ledger
from butler.ledger.rules import SENT_WITHIN
from butler.org import queries as org
from butler.rights import queries as rights
from butler.rights.rules import OVERDUE
from butler.settings import Settings
from butler.web import health

LEAST_ROOM = 2 * 1024**3  # bytes free where files are kept
LARGEST_SKEW = timedelta(seconds=5)
OLDEST_MESSAGE = 900  # seconds
_IMPORT = "请导入：flask butler calendar import"
DEFAULTS = ("change", "secret", "example", "default", "password", "test", "12345678", "butler")


@dataclass(frozen=True)
class Facts:
    """What was found. None: it could not be asked."""

    settings: Settings
    database: bool = False
    schema: str | None = None  # ok, newer, older
    embedded: bool = False  # the development cluster of `make run`
    role_powers: tuple[str, ...] = ()  # superuser, owner of tables, …: what the application's role should not have
    writable_histories: tuple[str, ...] = ()  # append-only tables the role could change
    encrypted_database: bool = False
    skew: timedelta = timedelta(0)  # between the database's clock and ours
    oldest_message: int = 0  # seconds
    valkey: dict[str, Any] | None = None
    room: int = LEAST_ROOM  # bytes
    calendar_years: frozenset[int] = field(default=frozenset())
    forgotten: timedelta | None = timedelta(0)  # since what was due was last forgotten; None: never
    unsealed: int = 0  # days that are over and have no head yet
    unsent: tuple[str, ...] = ()  # second parties who have not confirmed a head of more than a day ago
    today: datetime = field(default_factory=clock.now)


@dataclass(frozen=True)
class Finding:
    """Something to mend: what is wrong, and what to do."""

    is_error: bool
    said: str


def examine(settings: Settings) -> Facts:
    """Ask everything that can be asked. Writes nothing; a server that is away is a fact, not a failure."""
    facts: dict[str, Any] = {"settings": settings, "valkey": _ask_valkey(settings)}
    facts["room"] = shutil.disk_usage(settings.instance if settings.instance.exists() else "/").free
    try:
        facts |= _ask_database(settings)
    except SQLAlchemyError:
        db.session.rollback()
    return Facts(**facts)


def findings(facts: Facts) -> Iterator[Finding]:
    """What is wrong, errors first. In development only what keeps it from working."""
    found = [*_always(facts), *(_production(facts) if facts.settings.production else ())]
    yield from sorted(found, key=lambda finding: not finding.is_error)


def _always(facts: Facts) -> Iterator[Finding]:
    if not facts.database:
        yield Finding(True, "连不上数据库。请检查 DATABASE_URL 和数据库是否在运行。")
    elif facts.schema == "older":
        yield Finding(True, "数据库结构比程序旧。请先执行：flask --app wsgi db upgrade")
    if facts.valkey is None:
        yield Finding(False, "连不上 Valkey。什么都不会丢，但是通知会慢几秒。请检查 REDIS_URL。")
    if facts.room < LEAST_ROOM:
        yield Finding(True, "放文件的磁盘剩下不到 2 GB。请清理或扩容，不然居民传不了照片。")
    if abs(facts.skew) > LARGEST_SKEW:
        yield Finding(
            True, f"这台机器的时间和数据库差 {abs(facts.skew).total_seconds():.0f} 秒。请打开自动校时（NTP）。"
        )
    if facts.oldest_message > OLDEST_MESSAGE:
        yield Finding(True, "有消息十五分钟还没送出去。请检查 worker 和 schedule 是否在运行，再看：flask butler dead")
    missing = [year for year in (facts.today.year, facts.today.year + 1) if year not in facts.calendar_years]
    if facts.database and facts.today.year in missing:
        yield Finding(
            True,
            f"没有 {facts.today.year} 年的节假日安排，时限会按周一至周五估算。请导入：flask butler calendar import",
        )
    elif facts.database and missing and facts.today.month == 12:
        yield Finding(
            False, f"还没有 {missing[0]} 年的节假日安排（通常在上年十一月公布）。请导入：flask butler calendar import"
        )


def _production(facts: Facts) -> Iterator[Finding]:
    settings = facts.settings
    if any(word in settings.secret_key.lower() for word in DEFAULTS) or len(set(settings.secret_key)) < 12:
        yield Finding(True, "SECRET_KEY 像是示例里的，或者太容易猜。请换成随机的。")
    if not settings.trusted_hosts:
        yield Finding(True, "没有设置 BUTLER_TRUSTED_HOSTS，任何域名都会被应答。请写上我们自己的域名。")
    if urlsplit(settings.base_url).scheme != "https":
        yield Finding(True, "BUTLER_BASE_URL 不是 https 开头。名片上的码会印上这个地址，请先改好。")
    if settings.limit_factor != 1:
        yield Finding(False, "BUTLER_LIMIT_FACTOR 不是 1，调用次数的上限和文档写的不一样。")
    if settings.breached_passwords is not None and not settings.breached_passwords.is_file():
        yield Finding(True, "读不到 BUTLER_BREACHED_PASSWORDS 写的文件，没有人能设密码。请放好文件，或者去掉这一项。")
    if facts.embedded:
        yield Finding(True, "用的是 make run 自带的开发数据库。请换成正式的 PostgreSQL。")
    if facts.role_powers:
        yield Finding(
            True, f"应用用的数据库角色权力太大（{'、'.join(facts.role_powers)}）。请按 docs/deploy.md 建普通角色。"
        )
    if facts.writable_histories:
        yield Finding(
            True,
            f"应用的角色能改历史记录（{'、'.join(facts.writable_histories)}）。请用表的所有者再执行一次 db upgrade。",
        )
    if facts.database and not facts.encrypted_database and not _is_local(settings.database_url):
        yield Finding(True, "到数据库的连接没有加密。请在 DATABASE_URL 后面加 ?sslmode=verify-full。")
    if facts.database and facts.forgotten is None:
        yield Finding(False, "到期销毁还没有运行过。schedule 每天凌晨两点以后会自己运行，请明天再看一次。")
    elif facts.database and facts.forgotten is not None and facts.forgotten > OVERDUE:
        yield Finding(True, "到期的内容两天没有销毁了。请检查 schedule 是否在运行，再看：flask butler retention run")
    yield from _second_party(facts)
    yield from _valkey(facts)


def _second_party(facts: Facts) -> Iterator[Finding]:
    if facts.unsealed > 1:
        yield Finding(True, f"有 {facts.unsealed} 天的记录指纹还没有算。请检查 schedule 是否在运行。")
    if facts.unsent:
        yield Finding(
            True,
            f"记录指纹一天多了还没有送到：{'、'.join(facts.unsent)}。请看 flask butler dead，"
            "联系对方以后运行：flask butler ledger send",
        )
    if not facts.settings.ledger_parties:
        yield Finding(
            False, "没有设置 BUTLER_LEDGER_PARTIES，每天的记录指纹没有送到外面保管；至少请每天打印一张，交给第二个人。"
        )
    elif any(urlsplit(url).scheme != "https" for url in facts.settings.parties().values()):
        yield Finding(True, "BUTLER_LEDGER_PARTIES 里有不是 https 开头的地址，不会送过去。")


def _valkey(facts: Facts) -> Iterator[Finding]:
    if facts.valkey is None:
        return
    if facts.valkey.get("appendonly") == "no":
        yield Finding(False, "Valkey 没有打开 appendonly，重启会丢掉排队的提醒（数据库里还有，会慢几秒）。")
    if facts.valkey.get("maxmemory-policy") not in (None, "noeviction"):
        yield Finding(False, "Valkey 的 maxmemory-policy 应该是 noeviction。")
    if urlsplit(facts.settings.redis_url).scheme != "rediss" and not _is_local(facts.settings.redis_url):
        yield Finding(True, "到 Valkey 的连接没有加密。请在 Valkey 上打开 TLS，并把 REDIS_URL 写成 rediss://。")
    if not urlsplit(facts.settings.redis_url).password:
        yield Finding(True, "Valkey 没有密码。请设置密码并写进 REDIS_URL。")


def _is_local(url: str) -> bool:
    return (urlsplit(url).hostname or "localhost") in ("localhost", "127.0.0.1", "::1")


def _ask_database(settings: Settings) -> dict[str, Any]:
    one = db.session.connection().execute(text(_ROLE)).mappings().one()
    current = health.schema_state() != "older"
    last = rights.last_run() if current else None
    return {
        "database": True,
        "schema": health.schema_state(),
        "embedded": one["cluster"] == "butler-development",
        "role_powers": tuple(name for name in ("superuser", "bypassrls", "createrole", "owner") if one[name]),
        "writable_histories": _writable_histories(),
        "encrypted_database": bool(one["ssl"]),
        "skew": one["now"] - clock.now(),
        "oldest_message": health.oldest_message(),
        "forgotten": clock.now() - last.ended_at if last is not None and last.ended_at is not None else None,
        "unsealed": ledger.unsealed_days() if current else 0,
        "unsent": _unsent(settings) if current else (),
        "calendar_years": org.calendar().known_years,
    }


def _unsent(settings: Settings) -> tuple[str, ...]:
    late = ledger.unsent(settings, sealed_before=clock.now() - SENT_WITHIN)
    return tuple(dict.fromkeys(party for _, party in late))


_ROLE = """
SELECT r.rolsuper AS superuser, r.rolbypassrls AS bypassrls, r.rolcreaterole AS createrole,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE')) AS owner,
       current_setting('cluster_name') AS cluster, clock_timestamp() AS now,
       (SELECT s.ssl FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()) AS ssl
FROM pg_roles r WHERE r.rolname = current_user
"""


def _writable_histories() -> tuple[str, ...]:
    may = text("SELECT has_table_privilege(:name, 'UPDATE') OR has_table_privilege(:name, 'DELETE')")
    names = sorted(table.name for table in db.metadata.tables.values() if table.info.get("append_only"))
    return tuple(name for name in names if db.session.scalar(may, {"name": name}))


def _ask_valkey(settings: Settings) -> dict[str, Any] | None:
    try:
        with Redis.from_url(
            settings.redis_url, socket_timeout=1, socket_connect_timeout=1, decode_responses=True
        ) as server:
            server.ping()
            return dict(server.config_get("appendonly", "maxmemory-policy"))
    except RedisError:
        return None
