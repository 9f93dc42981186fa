"""``python -m butler.dev.audit``: are weaknesses known of exactly the libraries we pin? Three answers, and the SBOM.

Standard library only: it needs no environment of its own, and one request for each pin. What can be said without any
list is said first: every line pinned to one version, every pin with its hashes. A list that lies, hangs or is away is
never taken for "nothing known".
"""

import argparse
import io
import json
import re
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

PYPI = "https://pypi.org"
NOTHING_KNOWN, FOUND, COULD_NOT_ASK = 0, 1, 3  # exit codes; 2 is that of a command line nobody understands
ASKING = 8  # requests at a time
PATIENCE, LONGEST = 4.0, 15.0  # seconds: for one answer, for all of them
LARGEST = 8 * 1024 * 1024  # bytes of one answer
GIVE_UP_AFTER = 6  # unanswered in a row, before anything was answered

_NOT_WAITED_FOR = "没有等到回答"
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[A-Za-z0-9,._-]+\])?==([A-Za-z0-9.!+_-]+)(?: ?; ?([^ ].*))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_PART = re.compile(r"[-_.]+")


@dataclass(frozen=True)
class Pin:
    """One library in exactly one version, with what its files hash to."""

    name: str
    version: str
    hashes: tuple[str, ...]
    only_if: str = ""  # a marker: not on every machine


@dataclass
class Outcome:
    """What was found out."""

    asked: int = 0
    wrong: list[str] = field(default_factory=list)  # what no list is needed for
    weak: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)  # names, with why

    @property
    def code(self) -> int:
        """The exit code. What is known counts, whatever else could not be asked."""
        if self.wrong or self.weak:
            return FOUND
        return COULD_NOT_ASK if self.unanswered else NOTHING_KNOWN

    def sentences(self) -> Iterator[str]:
        """What a person reads."""
        yield from self.wrong
        if self.weak:
            yield f"有 {len(self.weak)} 个已知漏洞，请升级后再发布："
            yield from (f"  {line}" for line in self.weak)
        if self.unanswered:
            yield (
                f"{self.asked} 个库里有 {len(self.unanswered)} 个没能问到有没有已知漏洞（例如 {self.unanswered[0]}）。"
                "这不等于没有漏洞，请换一台能访问漏洞名单的机器再执行 make audit。"
            )
        elif not self.weak and not self.wrong:
            yield f"{self.asked} 个库都问过了，没有已知漏洞。"


def read_pins(path: Path) -> tuple[list[Pin], list[str]]:
    """The pins of a requirements file, and a sentence for every line that is not pinned or has no hash."""
    pins, wrong = [], []
    for line in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        line = line.partition(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        hashes = tuple(_HASH.findall(line))
        plain = _HASH.sub("", line).strip()
        pinned = _PIN.fullmatch(plain)
        if pinned is None:
            wrong.append(f"{path.name} 里的“{plain[:60]}”没有固定到一个版本。")
        elif not hashes:
            wrong.append(f"{path.name} 里的 {pinned[1]} 没有校验值。")
        else:
            pins.append(Pin(_PART.sub("-", pinned[1]).lower(), pinned[2], hashes, pinned[3] or ""))
    return pins, wrong


def audit(paths: Iterable[Path], index: str = PYPI, *, patience: float = PATIENCE, longest: float = LONGEST) -> Outcome:
    """Check the files, then ask the list about every pin in them. Takes `longest` seconds at the most, or so."""
    outcome, pins = Outcome(), dict[tuple[str, str], Pin]()
    for path in paths:
        found, wrong = read_pins(path)
        outcome.wrong += wrong
        pins |= {(pin.name, pin.version): pin for pin in found}
    outcome.asked = len(pins)
    for pin, answer in _ask_all(list(pins.values()), index.rstrip("/"), patience, time.monotonic() + longest):
        if isinstance(answer, str):
            outcome.unanswered.append(f"{pin.name} {pin.version}：{answer}")
        else:
            outcome.weak += answer
    outcome.weak.sort()
    outcome.unanswered.sort(key=lambda line: (line.endswith(_NOT_WAITED_FOR), line))
    return outcome


def bill_of_materials(pins: Sequence[Pin]) -> str:
    """What is in us (CycloneDX 1.6, JSON): the same pins give the same text."""
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{pin.name}@{quote(pin.version)}",
            "name": pin.name,
            "version": pin.version,
            "purl": f"pkg:pypi/{pin.name}@{quote(pin.version)}",
            "externalReferences": [
                {
                    "type": "distribution",
                    "url": f"{PYPI}/simple/{pin.name}/",
                    "hashes": [{"alg": "SHA-256", "content": one} for one in sorted(pin.hashes)],
                }
            ],
        }
        for pin in sorted(pins, key=lambda pin: (pin.name, pin.version))
    ]
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}
    return json.dumps(bom, ensure_ascii=False, indent=1) + "\n"


def run(paths: Sequence[Path], *, index: str, sbom: Path, kept: Path | None) -> int:
    """The command: write the bill of materials of the first file, ask, say it; the exit code.

    With `kept` the sentences also stay in that file, and not having been able to ask is no failure: for a run of checks
    that says it at its end (`say_again`).
    """
    sbom.parent.mkdir(parents=True, exist_ok=True)
    sbom.write_text(bill_of_materials(read_pins(paths[0])[0]), encoding="utf-8")
    outcome = audit(paths, index)
    said = "\n".join(outcome.sentences())
    print(said, file=sys.stderr if outcome.code else sys.stdout)
    if kept is None:
        return outcome.code
    kept.write_text(said if outcome.code == COULD_NOT_ASK else "", encoding="utf-8")
    return NOTHING_KNOWN if outcome.code == COULD_NOT_ASK else outcome.code


def say_again(kept: Path) -> None:
    """What could not be asked, so that nobody overlooks it at the end of a long log."""
    said = kept.read_text(encoding="utf-8") if kept.is_file() else "没有检查依赖里的已知漏洞。请执行 make audit。"
    if said:
        print(f"\n{'!' * 100}\n{said}\n{'!' * 100}", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and do what it says. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m butler.dev.audit", description="Known weaknesses of what is pinned."
    )
    parser.add_argument("paths", nargs="*", type=Path, default=[Path("requirements.txt")], help="requirements files")
    parser.add_argument("--index", default=PYPI, help="whose list (JSON as that of PyPI)")
    parser.add_argument("--sbom", type=Path, default=Path("build/sbom.json"), help="where the bill of materials goes")
    parser.add_argument(
        "--later", type=Path, metavar="FILE", help="keep it here when the list could not be asked; exit 0"
    )
    parser.add_argument("--again", type=Path, metavar="FILE", help="only say what `--later` has kept")
    given = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if given.again is not None:
        say_again(given.again)
        return NOTHING_KNOWN
    return run(given.paths, index=given.index, sbom=given.sbom, kept=given.later)


def _ask_all(pins: Sequence[Pin], index: str, patience: float, until: float) -> Iterator[tuple[Pin, list[str] | str]]:
    """Every pin with its weaknesses, or with why it was not answered."""
    waiting, answers = SimpleQueue[Pin](), SimpleQueue[tuple[Pin, list[str] | str]]()
    away = threading.Event()
    for pin in pins:
        waiting.put(pin)

    def ask_some() -> None:
        while not away.is_set() and time.monotonic() < until:
            try:
                pin = waiting.get_nowait()
            except Empty:
                return
            answers.put((pin, _ask(pin, index, patience, until)))

    for _ in range(min(ASKING, len(pins))):
        threading.Thread(target=ask_some, daemon=True).start()  # a list that hangs must not hold the process
    left, answered = {(pin.name, pin.version): pin for pin in pins}, False
    while left and time.monotonic() < until:
        try:
            pin, answer = answers.get(timeout=max(0.01, until - time.monotonic()))
        except Empty:
            break
        del left[pin.name, pin.version]
        answered = answered or not isinstance(answer, str)
        yield pin, answer
        if not answered and len(pins) - len(left) >= GIVE_UP_AFTER:
            break  # the rest would say the same, slowly
    away.set()
    for pin in left.values():
        yield pin, _NOT_WAITED_FOR


def _ask(pin: Pin, index: str, patience: float, until: float) -> list[str] | str:
    asked = Request(f"{index}/pypi/{quote(pin.name)}/{quote(pin.version)}/json", headers={"Accept": "application/json"})  # noqa: S310
    try:
        with urlopen(asked, timeout=patience) as answer:  # noqa: S310 (the address comes from our own command line)
            body = b""
            while piece := answer.read1(65536):
                body += piece
                if len(body) > LARGEST or time.monotonic() > until:
                    return "回答得太长或者太慢"
        return _weaknesses(pin, json.loads(body))
    except HTTPError as error:
        return f"名单回答 {error.code}"
    except (OSError, HTTPException):
        return "连不上名单"
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return "回答的不是名单"


def _weaknesses(pin: Pin, said: dict[str, dict[str, object]]) -> list[str]:
    """What the list says of this version. Raises when it speaks of another, or of none."""
    about, known = said["info"], said["vulnerabilities"]
    if _PART.sub("-", str(about["name"])).lower() != pin.name or about["version"] != pin.version:
        raise ValueError("speaks of another library")
    if not isinstance(known, list):
        raise TypeError("no list")
    found = [
        f"{pin.name} {pin.version}：{one['id']}"
        + (f"（{'、'.join(one['aliases'])}）" if one.get("aliases") else "")
        + (f"，{'、'.join(one['fixed_in'])} 起已修复" if one.get("fixed_in") else "，还没有修复的版本")
        for one in known
        if not one.get("withdrawn")
    ]
    if about.get("yanked"):
        found.append(f"{pin.name} {pin.version}：作者已经撤回了这个版本")
    return found


if __name__ == "__main__":
    sys.exit(main())
