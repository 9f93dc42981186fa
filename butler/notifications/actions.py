"""Telling people: one notice each, kept to be read again, and carried out by the outbox."""

from collections.abc import Mapping
from typing import cast

from sqlalchemy import Table, insert

from butler.kit import clock, envelopes, outbox
from butler.kit.database import db
from butler.notifications.models import TEXT, Notice


def tell(case_id: int, happening: str, texts: Mapping[int, str]) -> None:
    """Tell each person (id → text) once about one happening of a case.

    `happening` names it within the case: the number of the step, ``filed``, ``late-<clock>-<rung>``. Telling the same
    person twice about the same happening is a bug and violates a constraint.
    """
    now = clock.now()
    sealed = {text: envelopes.seal(case_id, TEXT, text) for text in set(texts.values())}
    notices = [
        {
            "dedupe_id": f"case:{case_id}:{happening}:{person_id}",
            "person_id": person_id,
            "case_id": case_id,
            "sealed_text": sealed[text],
            "created_at": now,
        }
        for person_id, text in texts.items()
    ]
    if notices:
        written = db.session.connection().execute(_WRITE, notices)
        outbox.put_all("notice", {dedupe_id: {"notice_id": notice_id} for notice_id, dedupe_id in written})


_WRITE = insert(cast(Table, Notice.__table__)).returning(Notice.id, Notice.dedupe_id)
