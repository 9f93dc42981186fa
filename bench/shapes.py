"""The shape of what the baseline answers: the fields of the application, by hand."""

from datetime import datetime
from typing import Any


def answer(
    case: dict, summary: str, why: str, *, place: str, desk: dict, path: list, clocks: list, asker: dict, **more: Any
) -> dict:
    """A case by itself."""
    return {
        "number": case["number"], "kind": case["kind"], "kind_name": "代办", "mode": case["mode"],
        "mode_name": "白天代办", "matter_code": case["matter_code"], "matter_name": case["matter_name"],
        "urgency": case["urgency"], "stage": case["stage"], "stage_name": "待接单", "state": case["state"],
        "state_name": "待签委托书", "status": "已提交，等管家接单", "outcome": case["outcome"], "place": place,
        "desk": desk, "accountable_desk": desk, "due_at": _iso(case["due_at"]), "due_why": case["due_why"],
        "late": False, "created_at": _iso(case["created_at"]), "closed_at": _iso(case["closed_at"]),
        "version": case["version"], "allowed_steps": more["steps"], "summary": summary, "answers": {},
        "matter_revision": case["matter_revision"], "matter_changes": [], "routed_why": why, "path": path,
        "clocks": clocks, "asker": asker, "beneficiary": asker, "holder": more["holder"],
        "lease_until": _iso(case["lease_until"]), "lease_epoch": case["lease_epoch"],
        "paused_until": _iso(case["paused_until"]), "resolved_at": _iso(case["resolved_at"]),
        "closed_level": case["closed_level"], "door": None, "uncovered": [], "uncovered_until": None,
    }  # fmt: skip


def desk(desk: tuple) -> dict:
    """A desk."""
    return {"id": str(desk.id), "kind": desk.kind, "name": desk.name, "phone": desk.phone}


def hop(seq: int, desk: tuple, why: str, at: datetime) -> dict:
    """One desk on the way."""
    return {
        "seq": seq, "desk": desk.name, "kind": desk.kind, "unit_code": desk.unit_code, "unit_name": desk.unit_name,
        "level": desk.level, "direction": "down", "why": why, "at": _iso(at),
    }  # fmt: skip


def clock(kind: str, due: datetime, why: str, *, running: bool) -> dict:
    """A clock."""
    return {"kind": kind, "name": kind, "due_at": _iso(due), "why": why, "provisional": False, "running": running}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
