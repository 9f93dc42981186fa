"""Questions to the catalogue, answered from the edition this process shows; read-only."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Row, func, select

from butler.catalogue import editions
from butler.catalogue.models import CatalogueRevision, MatterVersion, UnansweredQuery
from butler.catalogue.rules import MOST_ASKED, SHOWN_FROM
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import FieldError, Invalid, NotFound
from services_catalog import situations
from services_catalog.changes import Change, Difference, differences, matter_changes
from services_catalog.loading import build, load, read_matter
from services_catalog.model import Bundle, Catalogue, Guide, Matter
from services_catalog.reading import CatalogueInvalid
from services_catalog.search import SearchAnswer
from services_catalog.situations import AnswerInvalid, Checklist
from services_catalog.words import LIFE_EVENTS

_CHANGED = Change("other", "事项的内容在您提交以后改过，请以事项页面上现在写的为准。")


def catalogue() -> Catalogue:
    """The whole catalogue. Raises services_catalog.reading.CatalogueInvalid when its files are not sound."""
    return editions.current().catalogue


def matter(code: str) -> Matter:
    """The matter with this code, as written (`M001`). Raises NotFound."""
    found = catalogue().matters.get(code)
    if found is None:
        raise NotFound("没有找到这个事项。请换个说法搜一搜，或者直接问管家。")
    return found


def guide(code: str) -> Guide:
    """The guide of the matter `code`. Raises NotFound when there is no such matter or it has no guide."""
    found = catalogue().guides.get(matter(code).code)
    if found is None:
        raise NotFound("这个事项还没有办事指南。事项页上写了要带什么，也可以直接问管家。")
    return found


def bundle(code: str) -> Bundle:
    """The bundle (一件事) with this code (`B01`). Raises NotFound."""
    found = catalogue().bundles.get(code)
    if found is None:
        raise NotFound("没有找到这个“一件事”。请从列表里重新选。")
    return found


def matters(*, group: str | None = None, life_event: str | None = None, channel: str | None = None) -> list[Matter]:
    """The matters by code, those that fit every filter given. `group` also finds what serves it secondly."""
    return [
        matter
        for matter in catalogue().matters.values()
        if (group is None or group in matter.groups)
        and (life_event is None or life_event == matter.life_event)
        and (channel is None or channel in matter.channels)
    ]


def by_life_event(*, group: str | None = None, channel: str | None = None) -> list[tuple[str, list[Matter]]]:
    """The matters under the events of a life in which they come, in the order of a life; empty events left out."""
    found = matters(group=group, channel=channel)
    listed = [(event, [matter for matter in found if matter.life_event == event]) for event in LIFE_EVENTS]
    return [(event, inside) for event, inside in listed if inside]


def most_asked() -> list[Matter]:
    """What to offer somebody who has not yet said what they need (`rules.MOST_ASKED`)."""
    return [matter(code) for code in MOST_ASKED]


def search(words: str, *, limit: int = 10) -> SearchAnswer:
    """The matters behind everyday words, best first. The first search of a process builds the index (seconds)."""
    edition = editions.current()
    answer = edition.index().search(words, limit)
    known = tuple(hit for hit in answer.items if hit.code in edition.catalogue.matters)
    return answer if len(known) == len(answer.items) else SearchAnswer(answer.answered and bool(known), known)


def newest_catalogue() -> Catalogue:
    """What was published last, read from the database now; before anything was, the one shipped."""
    document = db.session.scalar(select(CatalogueRevision.document).order_by(CatalogueRevision.id.desc()).limit(1))
    return load() if document is None else build(**document)


def publications(limit: int = 20) -> Sequence[Row[int, str, str, datetime, str]]:
    """What was published, newest first: id, revision, published_by, published_at, note."""
    kept = CatalogueRevision
    columns = (kept.id, kept.revision, kept.published_by, kept.published_at, kept.note)
    return db.session.execute(select(*columns).order_by(kept.id.desc()).limit(limit)).all()


def changes_in(number: int) -> tuple[Difference, ...] | None:
    """What the publication `number` changed against the one before it (the first: against the shipped catalogue). None
    when one of the two was made under other rules and cannot be read any more. Raises NotFound."""
    kept = CatalogueRevision
    newest_first = kept.id.desc()
    rows = db.session.scalars(select(kept.document).where(kept.id <= number).order_by(newest_first).limit(2)).all()
    if db.session.get(kept, number) is None:
        raise NotFound("没有这一版目录。请从列表里重新选。")
    try:
        return differences(build(**rows[1]) if len(rows) > 1 else load(), build(**rows[0]))
    except CatalogueInvalid:
        return None


def unanswered(*, days: int = 30, limit: int = 200) -> list[Row[str, int, int, date]]:
    """What was looked for in vain in the last days, most often first: words, times, on how many days, the last day.
    Only what was looked for `rules.SHOWN_FROM` times at least."""
    kept = UnansweredQuery
    times = func.sum(kept.times)
    return list(
        db.session.execute(
            select(kept.words, times, func.count(), func.max(kept.day))
            .where(kept.day > clock.today() - timedelta(days=days))
            .group_by(kept.words)
            .having(times >= SHOWN_FROM)
            .order_by(times.desc(), kept.words)
            .limit(limit)
        ).all()
    )


def changes_since(code: str, revision: str | None) -> tuple[Change, ...]:
    """What is different now for somebody who relied on this version of a matter. Empty when nothing is.

    A matter that is gone, and a version nobody kept, are said in a sentence as well: silence would be a promise.
    """
    now = catalogue().matters.get(code)
    if now is None:
        return (Change("other", "这个事项已经不在目录里了，请问管家现在怎么办。"),)
    if revision is None or now.revision == revision:
        return ()
    content = db.session.scalar(
        select(MatterVersion.content).where(MatterVersion.code == code, MatterVersion.revision == revision)
    )
    if content is None:
        return (_CHANGED,)
    try:
        return matter_changes(read_matter(content), now)
    except CatalogueInvalid:  # kept by an older program, in another shape
        return (_CHANGED,)


def checklist(code: str, answers: Mapping[str, str | Sequence[str]]) -> Checklist:
    """What to bring for a matter, given answers by question id.

    Raises NotFound for an unknown matter and Invalid, pointing below ``/answers``, for answers that are not its own.
    """
    asked = matter(code)
    try:
        return situations.checklist(asked, answers)
    except AnswerInvalid as invalid:
        # Only our own question ids go into the pointer; a name somebody made up is not repeated.
        ours = any(invalid.pointer.split("/")[1] == situation.id for situation in asked.situations)
        pointer = f"/answers{invalid.pointer}" if ours else "/answers"
        raise Invalid(errors=[FieldError(pointer, "answer", invalid.message)]) from invalid


@editions.once_per_edition
def codes_by_name() -> Mapping[str, str]:
    """The code of each matter by its full name: one text points at another matter as 「name」."""
    return {matter.name: matter.code for matter in catalogue().matters.values()}
