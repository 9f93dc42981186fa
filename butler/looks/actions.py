"""Writing down who looks, in the transaction that shows it: no row, no view."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from butler.identity.scope import Actor, Post
from butler.kit import clock, daykeys
from butler.kit.database import db
from butler.kit.errors import Invalid, NotAllowed
from butler.kit.events import publish
from butler.looks.events import DecoySeen
from butler.looks.hashing import chain, first_hash
from butler.looks.models import LookDay, LookReason
from butler.looks.rules import MORE_FOR_A_REASON, PEOPLE_A_DAY, counts, says_something
from butler.looks.states import FieldClass, LookKind, Standing, Way


@dataclass(frozen=True)
class Seen:
    """One thing that is about to be shown: whose it is, which case, and how the looker stands to it."""

    person_id: int | None
    case_id: int | None
    district: str = ""
    standing: Standing = Standing.NONE


@dataclass
class _Row:
    """A row about to be written; `hashing.Line`."""

    looker_id: int
    day: Any
    seq: int
    at: datetime
    role: str
    desk_id: int | None
    unit_id: int | None
    kind: str
    fields: list[str]
    standing: str
    person_id: int | None
    case_id: int | None
    district: str
    reason: str
    sealed_words: bytes | None
    refused: bool
    hash: bytes = b""


def record_looks(
    actor: Actor,
    kind: LookKind,
    seen: Sequence[Seen],
    *,
    fields: Collection[FieldClass] = (FieldClass.OUTLINE,),
    post: Post | None = None,
    reason: str = "",
    words: str = "",
    refused: bool = False,
) -> None:
    """Write one row for each thing seen, in two statements however many. Call it once per request, after every lock on
    cases.

    `fields`: what is shown without a mask; `post`: in which of their posts the actor looks, the first unless given;
    `reason` and `words`: why, where that is asked for; `refused`: a search that is not answered. Raises ReasonRequired
    when it would show one person more than the day allows, to somebody who does not have the case in hand.
    """
    if not seen:
        return
    sealed = daykeys.seal("looks.sealed_words", words)  # before the lock: its key may have to be waited for
    now = clock.now()
    day = now.date()
    post = post or (actor.posts[0] if actor.posts else None)
    which = {"looker": actor.person_id, "day": day}
    start = which | {"first": first_hash(actor.person_id, day), "allowance": PEOPLE_A_DAY}
    rows, head, people, allowance = db.session.connection().execute(_LOCK, start).one()
    before, known = people, set(people)
    written = []
    for seq, one in enumerate(seen, start=rows + 1):
        row = _Row(
            looker_id=actor.person_id,
            day=day,
            seq=seq,
            at=now,
            role=post.role if post else "resident",
            desk_id=post.desk_id if post else None,
            unit_id=post.unit_id if post else None,
            kind=kind.value,
            fields=sorted(fields),
            standing=one.standing.value,
            person_id=one.person_id,
            case_id=one.case_id,
            district=one.district,
            reason=reason,
            sealed_words=sealed,
            refused=refused,
        )
        row.hash = head = chain(head, row)
        written.append(row)
        if one.person_id is not None and one.person_id not in known and counts(kind, one.standing):
            known.add(one.person_id)
            people = [*people, one.person_id]
    if len(people) > max(allowance, len(before)):
        raise ReasonRequired(allowance)
    same, first = which | {"people": people, "rows": written[-1].seq, "head": head}, written[0]
    same |= {name: getattr(first, name) for name in _SAME}
    same |= {f"{name}s": [getattr(row, name) for row in written] for name in _EACH}
    for case_id in db.session.connection().execute(_WRITE, same).scalars().all():
        unit_id = post.unit_id if post else None
        publish(DecoySeen(case_id=case_id, looker_id=actor.person_id, role=first.role, unit_id=unit_id))


class ReasonRequired(NotAllowed):
    """403: so many people in one day that a written reason is needed before the next."""

    code = "reason-required"
    title = "请先写明原因"

    def __init__(self, allowance: int) -> None:
        super().__init__(f"不在您手上的人，今天已经看了 {allowance} 位，这次没有显示。请先写明为什么还要看。")


def allow_more(actor: Actor, *, words: str) -> int:
    """Write down why somebody has to look at more people today, and let them; how many they may see now.

    Raises Invalid when the words say nothing.
    """
    if not says_something(words, Way.BREAK_GLASS):
        raise Invalid.at("/words", "请写清楚为什么还要看，至少 10 个字。隐私专员会看到。", code="too-short")
    sealed = daykeys.seal("look_reasons.sealed_words", words)
    now = clock.now()
    start = {"looker": actor.person_id, "day": now.date(), "first": first_hash(actor.person_id, now.date())}
    db.session.execute(_LOCK, start | {"allowance": PEOPLE_A_DAY})
    day = db.session.get_one(LookDay, (actor.person_id, now.date()), populate_existing=True)
    day.allowance += MORE_FOR_A_REASON
    reason = LookReason(looker_id=actor.person_id, day=now.date(), at=now, sealed_words=sealed, more=MORE_FOR_A_REASON)
    db.session.add(reason)
    db.session.flush()
    return day.allowance


_SAME = ("at", "role", "desk_id", "unit_id", "kind", "fields", "reason", "sealed_words", "refused")
_EACH = ("seq", "standing", "person_id", "case_id", "district", "hash")

# The upsert, not a SELECT: whoever waited for the row sees what the other request has written meanwhile.
_LOCK = text("""
    INSERT INTO look_days (looker_id, day, rows, head, people, allowance)
    VALUES (:looker, :day, 0, :first, '{}', :allowance)
    ON CONFLICT (looker_id, day) DO UPDATE SET rows = look_days.rows
    RETURNING rows, head, people, allowance
""")
_WRITE = text("""
    WITH moved AS (
        UPDATE look_days SET rows = :rows, head = :head, people = CAST(:people AS bigint[])
        WHERE looker_id = :looker AND day = :day
    ), written AS (
    INSERT INTO looks (day, looker_id, at, role, desk_id, unit_id, kind, fields, reason, sealed_words,
        refused, seq, standing, person_id, case_id, district, hash)
    SELECT :day, :looker, :at, :role, CAST(:desk_id AS bigint), CAST(:unit_id AS bigint), :kind,
        CAST(:fields AS text[]), :reason, CAST(:sealed_words AS bytea), :refused, each.*
    FROM unnest(CAST(:seqs AS int[]), CAST(:standings AS text[]), CAST(:person_ids AS bigint[]),
        CAST(:case_ids AS bigint[]), CAST(:districts AS text[]), CAST(:hashs AS bytea[])) AS each
    )
    SELECT case_id FROM decoys WHERE case_id = ANY(CAST(:case_ids AS bigint[]))
""")
