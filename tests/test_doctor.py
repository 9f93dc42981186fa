"""What makes a machine unfit, one rule a line; and that facts are really asked for."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session, scoped_session

from butler.doctor import Facts, examine, findings
from butler.kit.clock import CHINA
from butler.kit.database import ButlerFlask
from butler.settings import Settings
from factories import load_calendar


@pytest.fixture
def good(settings: Settings) -> Facts:
    """A machine in production with nothing to mend."""
    production = replace(
        settings,
        env="production",
        secret_key="kQ9vX2mB7cL4wT8zR1nJ6pH3sD5fG0yA",
        database_url="postgresql+psycopg://butler_app:x@db.example/butler",
        redis_url="rediss://:x@valkey.example/0",
        base_url="https://butler.example",
        trusted_hosts=("butler.example",),
        ledger_parties="档案室=https://archive.example/heads",
        ledger_key="2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        limit_factor=1,
    )
    return Facts(
        production,
        database=True,
        schema="ok",
        encrypted_database=True,
        valkey={"appendonly": "yes", "maxmemory-policy": "noeviction"},
        calendar_years=frozenset({2026, 2027}),
        today=datetime(2026, 12, 1, tzinfo=CHINA),
    )


def test_a_good_machine_has_nothing_to_mend(good: Facts) -> None:
    assert list(findings(good)) == []


WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], bool, str]] = {
    "no database": ({"database": False}, {}, True, "连不上数据库"),
    "old schema": ({"schema": "older"}, {}, True, "db upgrade"),
    "no Valkey": ({"valkey": None}, {}, False, "Valkey"),
    "no room": ({"room": 10**9}, {}, True, "2 GB"),
    "clocks differ": ({"skew": timedelta(seconds=-9)}, {}, True, "差 9 秒"),
    "messages wait": ({"oldest_message": 901}, {}, True, "butler dead"),
    "nothing was ever forgotten": ({"forgotten": None}, {}, False, "还没有运行过"),
    "nothing forgotten for two days": ({"forgotten": timedelta(hours=49)}, {}, True, "retention run"),
    "days without a head": ({"unsealed": 2}, {}, True, "2 天的记录指纹"),
    "a head nobody has": ({"unsent": ("甲", "乙")}, {}, True, "甲、乙。请看 flask butler dead"),
    "no second party": ({}, {"ledger_parties": ""}, False, "BUTLER_LEDGER_PARTIES"),
    "a second party without https": (
        {},
        {"ledger_parties": "甲=http://archive.example/"},
        True,
        "不是 https",
    ),
    "no calendar": ({"calendar_years": frozenset({2027})}, {}, True, "2026 年"),
    "no next calendar": ({"calendar_years": frozenset({2026})}, {}, False, "2027 年"),
    "a secret of an example": ({}, {"secret_key": "please-change-me-0123456789abcdef"}, True, "SECRET_KEY"),
    "a secret of one letter": ({}, {"secret_key": "a" * 40}, True, "SECRET_KEY"),
    "any host": ({}, {"trusted_hosts": ()}, True, "BUTLER_TRUSTED_HOSTS"),
    "no https": ({}, {"base_url": "http://butler.example"}, True, "https"),
    "other limits": ({}, {"limit_factor": 0.0}, False, "BUTLER_LIMIT_FACTOR"),
    "the embedded database": ({"embedded": True}, {}, True, "make run"),
    "a superuser": ({"role_powers": ("superuser",)}, {}, True, "superuser"),
    "histories can be changed": ({"writable_histories": ("case_steps",)}, {}, True, "case_steps"),
    "a readable way to the database": ({"encrypted_database": False}, {}, True, "sslmode"),
    "Valkey forgets": ({"valkey": {"appendonly": "no"}}, {}, False, "appendonly"),
    "Valkey evicts": ({"valkey": {"maxmemory-policy": "allkeys-lru"}}, {}, False, "noeviction"),
    "a list that is not there": ({}, {"breached_passwords": Path("/nowhere")}, True, "BUTLER_BREACHED_PASSWORDS"),
    "a readable way to Valkey": ({}, {"redis_url": "redis://:x@valkey.example/0"}, True, "rediss://"),
    "Valkey is open": ({}, {"redis_url": "rediss://valkey.example/0"}, True, "没有密码"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_each_thing_that_is_wrong_is_said_once(good: Facts, wrong: str) -> None:
    facts, settings, is_error, words = WRONG[wrong]
    (finding,) = findings(replace(good, **facts, settings=replace(good.settings, **settings)))
    assert (finding.is_error, words in finding.said) == (is_error, True)


def test_the_development_machine_is_refused_in_production(settings: Settings, session: scoped_session[Session]) -> None:
    load_calendar()
    facts = examine(settings)
    assert (facts.database, facts.schema, facts.embedded) == (True, "ok", True)
    assert facts.role_powers == facts.writable_histories == (), "tests run as the plain role"
    assert facts.valkey is not None
    assert abs(facts.skew) < timedelta(seconds=5)
    said = [finding.said for finding in findings(replace(facts, settings=replace(settings, env="production")))]
    assert any("make run" in line for line in said)


def test_nothing_answers(app: ButlerFlask, settings: Settings) -> None:
    away = replace(settings, redis_url="redis://127.0.0.1:1/0")
    with app.app_context():
        assert examine(away).valkey is None


def test_the_command_says_it_and_ends_with_one(app: ButlerFlask, session: scoped_session[Session]) -> None:
    result = CliRunner().invoke(app.cli, ["butler", "doctor"], obj=_info(app))
    assert result.exit_code in (0, 1)
    assert "发现" in result.output


def _info(app: ButlerFlask) -> Any:
    from flask.cli import ScriptInfo

    return ScriptInfo(create_app=lambda: app)
