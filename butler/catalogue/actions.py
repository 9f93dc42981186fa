"""Publishing a catalogue, and keeping every version of a matter somebody may have relied on."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from butler.catalogue import queries
from butler.catalogue.models import CatalogueRevision, MatterVersion, UnansweredQuery
from butler.catalogue.rules import KEPT_DAYS, MOST_A_DAY, worth_keeping
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import NotFound
from services_catalog.changes import Difference, differences
from services_catalog.lint import Flaw, lint
from services_catalog.loading import build, load, read
from services_catalog.model import Catalogue, Matter


class Unfit(Exception):
    """The catalogue loads but should not be published like this. `flaws` holds what is to be mended."""

    def __init__(self, flaws: list[Flaw]) -> None:
        super().__init__(f"{len(flaws)} flaws")
        self.flaws = flaws


@dataclass(frozen=True, slots=True)
class Publication:
    """What was, or would be, published. `number` is None when nothing was: a dry run, or no difference."""

    number: int | None
    catalogue: Catalogue
    differences: tuple[Difference, ...]


def publish(
    *, root: Path | None, by: str, note: str, drafted_by: str | None = None, dry_run: bool = False
) -> Publication:
    """Publish the catalogue in the folder `root` (None: the one shipped with the program).

    In production two people have proved themselves before (`approving.check_two_people`). Nothing is written when there
    is nothing new. Raises CatalogueInvalid for a folder that cannot be used and Unfit for one that should not be; both
    change nothing.
    """
    return _publish(read(root), by=by, drafted_by=drafted_by, note=note, dry_run=dry_run)


def publish_again(
    number: int, *, by: str, note: str, drafted_by: str | None = None, dry_run: bool = False
) -> Publication:
    """Publish once more what was published as `number`: the way back. Raises NotFound."""
    row = db.session.get(CatalogueRevision, number)
    if row is None:
        raise NotFound("没有这一版目录。先看一看历史：flask butler catalogue history")
    return _publish(row.document, by=by, drafted_by=drafted_by, note=note, dry_run=dry_run)


def keep_shipped_versions() -> int:
    """Keep the matters shipped with this program. Returns how many versions were new."""
    return _keep(load().matters.values())


def count_unanswered(query: str) -> bool:
    """Count what was looked for in vain, without who looked. Returns whether the words were worth keeping."""
    words = worth_keeping(query)
    if words is None:
        return False
    today = clock.today()
    kept = UnansweredQuery
    known = db.session.scalar(select(func.count()).select_from(kept).where(kept.day == today)) or 0
    counted = insert(kept).values(day=today, words=words, times=1)
    if known >= MOST_A_DAY and db.session.get(kept, (today, words)) is None:
        return False
    db.session.execute(counted.on_conflict_do_update(index_elements=["day", "words"], set_={"times": kept.times + 1}))
    return True


def purge_unanswered() -> int:
    """Forget what was looked for in vain long ago. Returns how many rows."""
    old = clock.today() - timedelta(days=KEPT_DAYS)
    gone = db.session.execute(delete(UnansweredQuery).where(UnansweredQuery.day < old))
    return cast(CursorResult[Any], gone).rowcount


def _publish(document: dict[str, Any], *, by: str, drafted_by: str | None, note: str, dry_run: bool) -> Publication:
    new = build(**document)
    if flaws := lint(new):
        raise Unfit(flaws)
    old = queries.newest_catalogue()
    found = differences(old, new)
    if dry_run or not found:
        return Publication(None, new, found)
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    row = CatalogueRevision(
        revision=new.revision,
        content_hash=hashlib.sha256(canonical.encode()).hexdigest(),
        document=document,
        published_by=by,
        drafted_by=drafted_by,
        published_at=clock.now(),
        note=note,
    )
    db.session.add(row)
    _keep(old.matters.values())
    _keep(new.matters.values())
    db.session.flush()
    return Publication(row.id, new, found)


def _keep(matters: Iterable[Matter]) -> int:
    now = clock.now()
    rows = [
        {"code": matter.code, "revision": matter.revision, "content": matter.plain(), "kept_at": now}
        for matter in matters
    ]
    if not rows:
        return 0
    kept = insert(MatterVersion).on_conflict_do_nothing().returning(MatterVersion.code)
    return len(db.session.scalars(kept, rows).all())
