"""To agree and to take it back. Taking back tells whoever acts on it, in the same transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from butler.consents.events import ConsentGiven, ConsentWithdrawn
from butler.consents.models import Consent
from butler.consents.register import POINTER, register
from butler.consents.states import Channel, Purpose
from butler.kit.database import db
from butler.kit.errors import Conflict, FieldError
from butler.kit.events import publish


@dataclass(frozen=True, kw_only=True)
class Said:
    """Who says so and how: `by_id` is the person (or who acts for them), or face to face who writes it down."""

    person_id: int  # whose data it is about
    by_id: int
    channel: Channel
    now: datetime


def row_of(purpose: Purpose, said: Said, *, case_id: int | None) -> Consent:
    """The row of a consent in the words of today; for callers who write it themselves, for a case that is just filed."""
    face_to_face = said.channel is Channel.FACE_TO_FACE
    return Consent(
        person_id=said.person_id,
        purpose=purpose.value,
        version=register()[purpose].now.version,
        case_id=case_id,
        channel=said.channel.value,
        given_by_id=said.person_id if face_to_face else said.by_id,
        recorded_by_id=said.by_id if face_to_face else None,
        given_at=said.now,
        withdrawn_at=None,
        withdrawn_channel=None,
        withdrawn_by_id=None,
    )


def give(purposes: Collection[Purpose], said: Said, *, case_id: int | None) -> None:
    """Write down that somebody agrees. What is in force already stays as it is, with its date; an older text that is
    still in force ends here, for nobody agrees to a new one without having seen it."""
    for purpose in purposes:
        row = row_of(purpose, said, case_id=case_id)
        older = update(Consent).where(
            Consent.person_id == said.person_id, Consent.purpose == purpose, Consent.case_id.is_not_distinct_from(case_id),
            Consent.withdrawn_at.is_(None), Consent.version < row.version,
        )  # fmt: skip
        db.session.execute(older.values(withdrawn_at=said.now, withdrawn_channel=Channel.NEW_VERSION))
        values = {column.key: getattr(row, column.key) for column in Consent.__table__.columns if column.key != "id"}
        written = db.session.scalar(insert(Consent).values(values).on_conflict_do_nothing().returning(Consent.id))
        if written is not None:
            publish(
                ConsentGiven(
                    consent_id=written,
                    purpose=purpose,
                    channel=said.channel,
                    case_id=case_id,
                    person_id=said.person_id,
                    by_id=said.by_id,
                )
            )


def withdraw(consent: Consent, *, by_id: int, channel: Channel, now: datetime) -> bool:
    """Take a consent back; tells whether it was in force. Twice is once: the first time stays.

    What was done before stays valid (个人信息保护法 15); what rests on it ends now: `wiring` says who listens.
    """
    if consent.case_id is not None:
        hold_still(consent.case_id)
    taken = db.session.scalar(
        update(Consent)
        .where(Consent.id == consent.id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now, withdrawn_channel=channel.value, withdrawn_by_id=by_id)
        .returning(Consent.id)
    )
    db.session.refresh(consent)
    if taken is None:
        return False
    publish(
        ConsentWithdrawn(
            consent_id=consent.id,
            purpose=Purpose(consent.purpose),
            channel=channel,
            case_id=consent.case_id,
            person_id=consent.person_id,
            by_id=by_id,
        )
    )
    return True


def hold_still(case_id: int, *, shared: bool = False) -> None:
    """Wait for one another until the transaction ends: who takes a consent of a case back alone, who has kept something
    under one (`shared`) beside others. Whoever comes second sees what the first has done, so that nothing outlives the
    consent it was kept under. Who takes one back never locks the case itself: others hold it while they wait here."""
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    db.session.execute(select(lock(func.hashtextextended(f"consents of case {case_id}", 0))))


def demand(purpose: Purpose, agreed: Collection[Purpose], detail: str) -> None:
    """Raise Conflict (consent-missing) unless it is among what was agreed to. `detail` says whom to ask."""
    if purpose not in agreed:
        entry = register()[purpose]
        raise Conflict(
            detail,
            code="consent-missing",
            title="还没有同意",
            errors=[FieldError(POINTER, "consent_missing", f"还没有同意“{entry.title}”。")],
            consent=entry.now.code,
        )
