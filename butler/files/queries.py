"""The files of a case, and how much there is of them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload, load_only

from butler.files.models import Attachment
from butler.files.rules import DAY, Used
from butler.files.states import FileKind, FileState
from butler.identity.models import Person
from butler.kit.database import db

_SENDER = joinedload(Attachment.uploader, innerjoin=True).options(load_only(Person.name))


def of_case(case_id: int) -> Sequence[Attachment]:
    """Every file of a case, the destroyed ones too, in the order in which they came."""
    return db.session.scalars(
        select(Attachment).where(Attachment.case_id == case_id).order_by(Attachment.id).options(_SENDER)
    ).all()


def find(case_id: int, attachment_id: int) -> Attachment | None:
    """One file of a case."""
    return db.session.scalar(
        select(Attachment).where(Attachment.case_id == case_id, Attachment.id == attachment_id).options(_SENDER)
    )


def used_by_case(case_id: int) -> Used:
    """What a case has, without what has been destroyed."""
    return _used(Attachment.case_id == case_id, Attachment.state != FileState.DESTROYED)


def papers_kept(case_id: int) -> int:
    """How many papers of a case can still be read."""
    kept = select(func.count(Attachment.id)).where(
        Attachment.case_id == case_id, Attachment.kind == FileKind.PAPER, Attachment.state != FileState.DESTROYED
    )
    return db.session.scalar(kept) or 0


def used_by_person(person_id: int, now: datetime) -> Used:
    """What somebody sent in the last 24 hours, whatever has become of it."""
    return _used(Attachment.uploader_id == person_id, Attachment.created_at > now - DAY)


def known_names(names: Collection[str]) -> set[str]:
    """Those of these names of files that a row still needs."""
    needed = select(Attachment.file_name).where(
        Attachment.file_name.in_(names), Attachment.state != FileState.DESTROYED
    )
    return set(db.session.scalars(needed))


def quarantined(most: int) -> Sequence[int]:
    """Ids of files that wait for the scanner, the oldest first."""
    return db.session.scalars(
        select(Attachment.id).where(Attachment.state == FileState.QUARANTINED).order_by(Attachment.id).limit(most)
    ).all()


def _used(*which: ColumnElement[bool]) -> Used:
    files, size = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Attachment.sent_size), 0)).where(*which)
    ).one()
    return Used(files, int(size))
