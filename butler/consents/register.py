"""The register of what people are asked to agree to (`purposes.yaml`), and reading what they say they agree to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from butler.consents.states import Purpose
from butler.kit.errors import FieldError, Invalid

FILE = Path(__file__).parent / "purposes.yaml"
POINTER = "/consents"


@dataclass(frozen=True)
class Text:
    """The words of one version. Published once, never changed."""

    purpose: Purpose
    version: int  # from 1
    since: date
    text: str

    @property
    def code(self) -> str:
        """How forms and programs name it: ``papers@1``."""
        return f"{self.purpose.value}@{self.version}"


@dataclass(frozen=True)
class Entry:
    """One purpose. `needed_for`: a kind of case that cannot be done without it; `questions`: of the catalogue."""

    purpose: Purpose
    title: str
    per_case: bool
    separate: bool
    needed_for: str | None
    law: str
    without: str
    withdrawn: str
    questions: frozenset[str]
    versions: tuple[Text, ...]

    @property
    def now(self) -> Text:
        """What is asked today."""
        return self.versions[-1]


@cache
def register() -> Mapping[Purpose, Entry]:
    """Read the file, in its order. Raises KeyError or ValueError when an entry is not whole; a test would find it first."""
    read: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        (purpose := Purpose(name)): Entry(
            purpose=purpose,
            title=one["title"],
            per_case=one["for"] == "case",
            separate=one["separate"],
            needed_for=one.get("needed_for"),
            law=one["law"],
            without=one["without"],
            withdrawn=one["withdrawn"],
            questions=frozenset(one.get("questions", ())),
            versions=tuple(
                Text(purpose, version, text["since"], text["text"])
                for version, text in enumerate(one["versions"], start=1)
            ),
        )
        for name, one in read.items()
    }


def text_of(purpose: Purpose, version: int) -> Text:
    """The words somebody agreed to, whenever that was."""
    return register()[purpose].versions[version - 1]


def code_of(purpose: Purpose) -> str:
    """How the present version is named: ``papers@1``."""
    return register()[purpose].now.code


def read_codes(codes: Sequence[str], among: Collection[Purpose]) -> list[Purpose]:
    """The purposes somebody agrees to, by the codes of the texts they were shown (``papers@1``).

    Raises Invalid for each that there is not, that has a newer text (what was not shown cannot have been agreed to), or
    that is not asked for here.
    """
    present = {entry.now.code: purpose for purpose, entry in register().items()}
    every = {text.code for entry in register().values() for text in entry.versions}
    wrong, read = [], []
    for place, code in enumerate(codes):
        if code not in every:
            wrong.append(FieldError(f"{POINTER}/{place}", "unknown_consent", "没有这一项授权，请重新打开页面再选。"))
        elif code not in present:
            wrong.append(
                FieldError(f"{POINTER}/{place}", "old_consent", "这一项授权的说明改过了，请看过新的说明，再选一次。")
            )
        elif present[code] not in among:
            wrong.append(FieldError(f"{POINTER}/{place}", "not_wanted", "这里用不到这一项授权，请去掉。"))
        elif present[code] not in read:
            read.append(present[code])
    if wrong:
        raise Invalid(errors=wrong)
    return read


def about_health(question_ids: Collection[str]) -> frozenset[str]:
    """Those questions of the catalogue whose answers are stored only with a consent of their own."""
    return register()[Purpose.HEALTH].questions.intersection(question_ids)
