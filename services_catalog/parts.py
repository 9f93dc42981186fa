"""The parts of a matter: limits, papers, questions, and what an answer does. Values, as in `model`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import words
from .words import AuthorityHas, Channel, DelegationMode, Unit


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit: `days` counted in `unit`; zero days exactly when the unit is `immediate`."""

    days: int
    unit: Unit

    @property
    def words(self) -> str:
        """`15个工作日`, `30天`, `当场`."""
        return words.UNIT_WORDS[self.unit] if self.unit == "immediate" else f"{self.days}{words.UNIT_WORDS[self.unit]}"


@dataclass(frozen=True, slots=True)
class Delegation:
    """Whether somebody else may do it. `yes` = anyone with a written mandate; `limited` = papers may be carried,
    a face check, signature or choice stays with the person; `committee` = the village or residents' committee and nobody
    else; `no` = in person only. `note` says why."""

    mode: DelegationMode
    note: str

    @property
    def words(self) -> str:
        return words.DELEGATION_WORDS[self.mode]


@dataclass(frozen=True, slots=True)
class Material:
    """One paper. A required one is always needed; another only under its `condition` (empty for required ones).

    `form` is one of `MATERIAL_FORMS`; `origin` says in plain words who issues it or where it comes from;
    `authority_has` whether the authority can do without it (`AUTHORITY_HAS_WORDS`)."""

    name: str
    required: bool
    form: str
    origin: str
    authority_has: AuthorityHas
    condition: str = ""

    @property
    def presented(self) -> str:
        """One of `PRESENTATIONS`."""
        return {"licence": words.PRESENTED_LICENCE, "shared": words.PRESENTED_SHARED}.get(self.authority_has, self.form)

    @property
    def bring_words(self) -> str:
        """What to do about it, in a few words for a list: `带原件`, `带原件；手机里有电子证照的，不用带纸质的`."""
        match self.authority_has, self.form:
            case "shared", _:
                return "一般不用带，窗口自己能查到"
            case "licence", _:
                return f"带{self.form}；手机里有电子证照的，不用带纸质的"
            case _, "现场或线上填写":
                return "现场填或网上填，不用提前准备"
            case _, "本人到场完成":
                return "要您本人到场"
        return f"带{self.form}"


@dataclass(frozen=True, slots=True)
class Result:
    """What one holds in the end: its name, one of `RESULT_KINDS`, how it is handed out, and what it looks like (empty: not
    confirmed)."""

    name: str
    kind: str
    given: str
    sample: str = ""


@dataclass(frozen=True, slots=True)
class WayChange:
    """How an answer changes the way a matter is handled, for whoever gives it.

    `closes` and `opens` are channels; `delegation`, `visits` (trips) and `place` (where the window is, in words) stand in
    place of the matter's own. `why` is a clause for residents, `basis` where that is from: a text the matter names, or a
    field of the matter itself (`本事项的代办说明`)."""

    why: str
    basis: str
    closes: tuple[Channel, ...] = ()
    opens: tuple[Channel, ...] = ()
    delegation: DelegationMode | None = None
    visits: int | None = None
    place: str = ""

    def plain(self) -> dict[str, Any]:
        """As plain data, without what does not change."""
        return {key: value for key, value in flat_of(self).items() if value is not None and value not in ("", [])}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer and what it does: names of materials it adds, a note, another matter to go to instead, and how it
    changes the ways."""

    answer: str
    add: tuple[str, ...] = ()
    note: str = ""
    redirect: str | None = None
    ways: WayChange | None = None

    def plain(self) -> dict[str, Any]:
        """As plain data, without what is not there."""
        plain = flat_of(self) | {"ways": self.ways.plain() if self.ways else None}
        return without_empty(plain, "add", "note", "redirect", "ways")


@dataclass(frozen=True, slots=True)
class Situation:
    """A question that cuts the list of materials. `multi`: several answers may hold. 我不清楚 is always allowed."""

    id: str
    question: str
    multi: bool
    options: tuple[Option, ...]

    def option(self, answer: str) -> Option | None:
        """The option with this answer, word for word."""
        return next((option for option in self.options if option.answer == answer), None)


def flat_of(value: Any) -> dict[str, Any]:
    """A flat value as plain data; tuples become lists."""
    pairs: Iterable[tuple[str, Any]] = ((name, getattr(value, name)) for name in value.__dataclass_fields__)
    return {name: list(item) if isinstance(item, tuple) else item for name, item in pairs}


def without_empty(plain: dict[str, Any], *optional: str) -> dict[str, Any]:
    """The same without those optional keys that hold nothing."""
    return {key: value for key, value in plain.items() if value or key not in optional}
