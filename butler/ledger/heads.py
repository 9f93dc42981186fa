"""The head of a day: how it is written for people, what a letter of ours says, and how two of them differ. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from butler.ledger.hashing import root_of

FORMAT = "butler-ledger-1"
HEX = 64
EARLIER = "这一天自己的记录一样，但是它前面的日子不一样"
"""What follows from a difference on an earlier day."""


def in_groups(root: bytes) -> str:
    """In capitals, four and four, as one reads it aloud: “8F3A 01BC …”."""
    digits = root.hex().upper()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def read_root(text: str) -> bytes:
    """A head as somebody copied it from paper: groups, dashes and small letters do no harm. Raises ValueError."""
    digits = "".join(text.replace("-", "").replace(":", "").split())
    if len(digits) != HEX:
        raise ValueError(f"{HEX} digits, not {len(digits)}")
    return bytes.fromhex(digits)


@dataclass(frozen=True)
class Head:
    """The head of a day as the house has it, as it is recomputed, or as a second party kept it."""

    day: date
    before: bytes
    cases: int
    lines: int
    lookers: int
    looks: int
    cases_digest: bytes
    looks_digest: bytes
    root: bytes

    def statement(self, installation: str) -> dict[str, Any]:
        """What is signed and sent."""
        return {
            "format": FORMAT,
            "installation": installation,
            "day": self.day.isoformat(),
            "cases": self.cases,
            "lines": self.lines,
            "lookers": self.lookers,
            "looks": self.looks,
            "before": self.before.hex(),
            "cases_digest": self.cases_digest.hex(),
            "looks_digest": self.looks_digest.hex(),
            "root": self.root.hex(),
        }


def read_statement(said: Mapping[str, Any]) -> Head:
    """A statement as it was sent. Raises ValueError or KeyError for what is none, or does not fit itself."""
    if said["format"] != FORMAT:
        raise ValueError("another format")
    head = Head(
        day=date.fromisoformat(said["day"]),
        before=read_root(said["before"]),
        cases=int(said["cases"]),
        lines=int(said["lines"]),
        lookers=int(said["lookers"]),
        looks=int(said["looks"]),
        cases_digest=read_root(said["cases_digest"]),
        looks_digest=read_root(said["looks_digest"]),
        root=read_root(said["root"]),
    )
    if root_of(head.before, head.day, head.cases_digest, head.looks_digest) != head.root:
        raise ValueError("its root is not that of its parts")
    return head


def differences(ours: Head, theirs: Head) -> list[str]:
    """What of a day is not as the other side has it; nothing when all fits."""
    found = []
    if ours.cases_digest != theirs.cases_digest:
        found.append(f"办件的经过不一样：那边记的是 {_cases(theirs)}，现在算出来是 {_cases(ours)}")
    if ours.looks_digest != theirs.looks_digest:
        found.append(f"查看的记录不一样：那边记的是 {_looks(theirs)}，现在算出来是 {_looks(ours)}")
    if not found and ours.before != theirs.before:
        found.append(EARLIER)
    elif not found and ours.root != theirs.root:
        found.append("这一天的记录一样，可是指纹被改过")
    return found


def _cases(head: Head) -> str:
    return f"{head.cases} 件、{head.lines} 行"


def _looks(head: Head) -> str:
    return f"{head.lookers} 人、{head.looks} 次"
