"""Is the process alive (`/healthz`), and may it be sent visitors (`/readyz`)? Public, and tell nothing private."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from butler.kit import clock
from butler.kit.database import db
from butler.kit.outbox import OutboxMessage
from butler.web.guard import public

pages = Blueprint("health", __name__)
_MIGRATIONS = Path(__file__).parents[2] / "migrations"


def install(app: Flask) -> None:
    """Register the two addresses."""
    app.register_blueprint(pages)


@pages.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@pages.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """200 when people can be served, else 503.

    Without Valkey we are `degraded` but ready: notices leave a few seconds later. A schema newer than this code is
    `degraded` too (a deployment under way); an older one cannot be served.
    """
    checks: dict[str, Any] = {"valkey": "ok" if _valkey_answers() else "down"}
    try:
        checks["database"] = "ok" if db.session.scalar(text("SELECT 1")) == 1 else "down"
        checks["schema"] = schema_state()
        checks["oldest_message_seconds"] = oldest_message()
    except SQLAlchemyError:
        db.session.rollback()
        checks["database"] = "down"
    ready = checks["database"] == "ok" and checks.get("schema") in ("ok", "newer")
    status = "down" if not ready else "ok" if (checks["valkey"], checks["schema"]) == ("ok", "ok") else "degraded"
    return jsonify(status=status, checks=checks), 200 if ready else 503


def _valkey_answers() -> bool:
    try:
        return bool(current_app.extensions["redis"].ping())
    except RedisError:
        return False


def schema_state() -> str:
    """The database's schema beside this code: ok, newer (a revision this code has not heard of) or older."""
    head, known = _revisions()
    present = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    if present == head:
        return "ok"
    return "newer" if present and present not in known else "older"


@lru_cache(maxsize=1)
def _revisions() -> tuple[str | None, frozenset[str]]:
    scripts = ScriptDirectory(str(_MIGRATIONS))
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def oldest_message() -> int:
    """How long the oldest undelivered message has been due, in seconds; 0 when none is."""
    due = db.session.scalar(
        select(func.min(OutboxMessage.due_at)).where(OutboxMessage.sent_at.is_(None), OutboxMessage.dead_at.is_(None))
    )
    return max(0, int((clock.now() - due).total_seconds())) if due else 0
