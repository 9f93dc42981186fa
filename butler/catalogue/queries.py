"""Questions to the catalogue: loaded once per process, when first asked for; read-only afterwards."""

from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock

from butler.catalogue.rules import MOST_ASKED
from butler.kit.errors import FieldError, Invalid, NotFound
from services_catalog import situations
from services_catalog.loading import load
from services_catalog.model import Bundle, Catalogue, Guide, Matter
from services_catalog.search import Index, SearchAnswer, build_index
from services_catalog.situations import AnswerInvalid, Checklist
from services_catalog.words import LIFE_EVENTS

# Two threads that come first together must not read everything twice; who wants a matter need not wait for the index.
_loading, _indexing = Lock(), Lock()


def catalogue() -> Catalogue:
    """The whole catalogue. Raises services_catalog.reading.CatalogueInvalid when its files are not sound."""
    with _loading:
        return _load()


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
    """The matters behind everyday words, best first. The first search of a process builds the index (a second)."""
    return _index().search(words, limit)


def load_all() -> None:
    """Load the catalogue and build the index of the search now."""
    _index()


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


@cache
def codes_by_name() -> Mapping[str, str]:
    """The code of each matter by its full name: one text points at another matter as 「name」."""
    return {matter.name: matter.code for matter in catalogue().matters.values()}


def _index() -> Index:
    with _indexing:
        return _build_index()


@cache
def _load() -> Catalogue:
    return load()


@cache
def _build_index() -> Index:
    return build_index(catalogue())
