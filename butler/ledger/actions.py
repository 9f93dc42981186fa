"""Deeds: seal a day, have its head sent, keep a receipt."""

from datetime import date, timedelta

from sqlalchemy import func, select, text

from butler.kit import clock, outbox
from butler.kit.database import db
from butler.kit.outbox import OutboxMessage
from butler.ledger import queries
from butler.ledger.hashing import NO_ROOT, digest_of_cases, digest_of_looks, root_of
from butler.ledger.heads import Head
from butler.ledger.models import LedgerDay, LedgerReceipt
from butler.ledger.rules import last_day_over
from butler.settings import Settings

TOPIC = "ledger"


def seal_next() -> LedgerDay | None:
    """Seal the oldest day that is over and not sealed yet; None when there is none. Whoever comes second waits.

    The first day that is ever sealed covers everything that was written before it.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("ledger", 0))))
    last = queries.last_day()
    over = last_day_over(clock.now())
    day = last.day + timedelta(days=1) if last is not None else over
    if day > over:
        return None
    db.session.execute(text("SET LOCAL statement_timeout = '30min'"))  # the first one covers all there is
    row = db.session.execute(_COVER, {"day": day, "end": queries.end_of(day)}).one()
    heads = queries.heads_of_looks(last.day if last is not None else None, day)
    cases_digest, looks_digest = digest_of_cases(queries.heads_of_cases(day)), digest_of_looks(heads)
    before = last.root if last is not None else NO_ROOT
    sealed = LedgerDay(
        day=day,
        before=before,
        cases=row.cases,
        lines=row.lines,
        lookers=len({looker_id for _, looker_id, _, _ in heads}),
        looks=sum(rows for *_, rows, _ in heads),
        cases_digest=cases_digest,
        looks_digest=looks_digest,
        root=root_of(before, day, cases_digest, looks_digest),
        sealed_at=clock.now(),
    )
    db.session.add(sealed)
    db.session.flush()
    return sealed


def queue_unsent(settings: Settings) -> int:
    """Have every head sent that a second party has not confirmed: put it into the outbox, or try it again when it died
    there; how many. What is on its way already stays so: each goes out once."""
    wanted = {_name(day, party): (day, party) for day, party in queries.unsent(settings)}
    found = db.session.execute(
        select(OutboxMessage.id, OutboxMessage.dedupe_id, OutboxMessage.dead_at).where(
            OutboxMessage.dedupe_id.in_(wanted)
        )
    ).all()
    for message in found:
        if message.dead_at is not None:
            outbox.revive(message.id)
    known = {message.dedupe_id for message in found}
    new = {name: {"day": day.isoformat(), "party": party} for name, (day, party) in wanted.items() if name not in known}
    if new:
        outbox.put_all(TOPIC, new)
    return len(new) + sum(message.dead_at is not None for message in found)


def keep_receipt(head: Head, party: str, *, key_id: str, words: str) -> None:
    """Write down that a party has the head of a day."""
    db.session.add(
        LedgerReceipt(
            day=head.day, party=party, root=head.root, key_id=key_id, words=words[:500], received_at=clock.now()
        )
    )
    db.session.flush()


def _name(day: date, party: str) -> str:
    return f"ledger:{day.isoformat()}:{party}"


# Every history as far as it was written when the day ended, where that is further than any day before covers.
_COVER = text("""
    WITH covered AS (SELECT case_id, max(seq) AS seq FROM ledger_heads GROUP BY case_id),
    grown AS (
        SELECT cases.id, coalesce(covered.seq, 0) AS before,
            (SELECT max(case_steps.seq) FROM case_steps
             WHERE case_steps.case_id = cases.id AND case_steps.seq > coalesce(covered.seq, 0) AND case_steps.at < :end
            ) AS seq
        FROM cases LEFT JOIN covered ON covered.case_id = cases.id
        WHERE cases.last_seq > coalesce(covered.seq, 0)
    ),
    written AS (
        INSERT INTO ledger_heads (day, case_id, seq) SELECT :day, id, seq FROM grown WHERE seq IS NOT NULL
    )
    SELECT count(*) AS cases, coalesce(sum(seq - before), 0) AS lines FROM grown WHERE seq IS NOT NULL
""")
