"""The demo's own pages: who may sign in as whom, and every message that would have been sent. Demo mode only."""

import json
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from butler.identity.permissions import ROLE_NAMES, Role
from butler.kit.clock import CHINA
from butler.notifications import queries
from butler.settings import Settings
from butler.web.guard import public

SHOWN = 200  # messages
CHANNELS = {"sms": "短信", "wechat": "微信"}

pages = Blueprint("demo_pages", __name__, template_folder="templates")


@pages.get("/demo")
@public
def show() -> ResponseReturnValue:
    """The people of the demo with all that is needed to sign in as them, and the cards to scan."""
    return render_template(
        "demo/show.html", demo=_read_town(), role_names={role.value: ROLE_NAMES[role] for role in Role}
    )


@pages.get("/demo/inbox")
@public
def inbox() -> ResponseReturnValue:
    """Every message that would have been sent, newest first."""
    return render_template("demo/inbox.html", messages=queries.demo_messages(SHOWN), channels=CHANNELS)


@pages.get("/demo/inbox.json")
@public
def inbox_json() -> ResponseReturnValue:
    """The same for programs: ``{"items": [{channel, to, text, code, at}]}``, newest first; most have no `code`."""
    return jsonify(
        items=[
            {
                "channel": message.channel,
                "to": message.recipient,
                "text": message.text,
                "code": message.code,
                "at": message.at.astimezone(CHINA).isoformat(timespec="seconds"),
            }
            for message in queries.demo_messages(SHOWN)
        ]
    )


def _read_town() -> dict[str, list[dict[str, Any]]]:
    """What the demo data wrote to `instance/demo.json`: cards, residents, staff; nothing before it has been made."""
    settings: Settings = current_app.extensions["settings"]
    try:
        town: dict[str, Any] = json.loads((settings.instance / "demo.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        town = {}
    return {kind: town.get(kind, []) for kind in ("cards", "residents", "staff")}
