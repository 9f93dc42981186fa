"""Strict reading of plain data: every surprise becomes a finding that names file, place and cure.

A `Node` is one value of a file with the way that leads to it (a JSON pointer). Its methods return a value of the
asked type, or note a finding and return a harmless stand-in, so that one pass finds everything that is wrong.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml


class Finding(NamedTuple):
    """What is wrong: the file, the place inside it (JSON pointer, empty for the whole file), a Chinese sentence."""

    file: str
    pointer: str
    message: str


class CatalogueInvalid(Exception):
    """The catalogue cannot be used. `findings` holds everything that was wrong, not only the first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        lines = (f"{file}{pointer and f' {pointer}'}：{message}" for file, pointer, message in self.findings)
        super().__init__("\n".join(lines))


class _Loader(yaml.CSafeLoader):
    """YAML for people: only `true`/`false` are booleans (`mode: no` stays a word, unlike YAML 1.1), dates stay text,
    and a key written twice is an error instead of a silent loss."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith((":bool", ":timestamp"))]
        for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            seen: set[str] = set()
            for key, _ in node.value:
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"“{key.value}”写了两遍", key.start_mark)
                seen.add(key.value)
        return mapping


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def parse_yaml(text: str, file: str, findings: list[Finding]) -> Any:
    """The plain data in `text`; None and a finding when it is not YAML."""
    try:
        # _Loader is a CSafeLoader: it builds plain data only.
        return yaml.load(text, Loader=_Loader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = f"第{error.problem_mark.line + 1}行" if error.problem_mark else "文件"
        findings.append(Finding(file, "", f"{line}读不懂：{error.problem}。请检查缩进、冒号后面的空格和重复的键。"))
    except yaml.YAMLError:
        findings.append(Finding(file, "", "文件里有不能识别的字符，请另存为UTF-8文本。"))
    return None


@dataclass(frozen=True, slots=True)
class Node:
    """One value and where it stands. `findings` is shared by all nodes of one reading."""

    value: Any
    file: str
    findings: list[Finding] = field(repr=False)
    pointer: str = ""

    def note(self, message: str) -> None:
        """Record a finding about this value."""
        self.findings.append(Finding(self.file, self.pointer, message))

    def at(self, step: str | int) -> "Node":
        """The value under a key or position; None when it is not there."""
        inside = self.value[step] if isinstance(step, int) or step in self.value else None
        return Node(inside, self.file, self.findings, f"{self.pointer}/{step}")

    def fields(self, required: Sequence[str], optional: Sequence[str] = ()) -> bool:
        """Whether this is a mapping with all required keys and no unknown one; notes what differs."""
        if not isinstance(self.value, dict):
            self.note("这里应当是“键: 值”的一组内容")
            return False
        missing = [key for key in required if key not in self.value]
        for key in missing:
            self.note(f"缺少“{key}”")
        for key in self.value:
            if key not in required and key not in optional:
                self.note(f"不认识“{key}”，请检查拼写")
        return not missing

    def text(self, *, empty: bool = False) -> str:
        """A text without spaces at its ends; not empty unless `empty`."""
        if not isinstance(self.value, str):
            self.note("这里应当是文字" + ("，数字请加引号" if isinstance(self.value, int | float) else ""))
            return ""
        if not self.value and not empty:
            self.note("这里不能空着")
        if self.value != self.value.strip():
            self.note("文字前后有多余的空格")
        return self.value

    def whole(self) -> int:
        """A whole number, not negative."""
        if type(self.value) is not int or self.value < 0:
            self.note("这里应当是不小于0的整数")
            return 0
        return self.value

    def truth(self) -> bool:
        """true or false."""
        if not isinstance(self.value, bool):
            self.note("这里应当是 true 或 false")
            return False
        return self.value

    def choice(self, allowed: Sequence[str]) -> Any:
        """One of the allowed words."""
        if self.value not in allowed:
            self.note(f"“{self.value}”不在可选范围内，只能是：{'、'.join(allowed)}")
            return allowed[0]
        return self.value

    def items(self, *, least: int = 0) -> Iterator["Node"]:
        """The entries of a list with at least `least` of them."""
        if not isinstance(self.value, list):
            self.note("这里应当是一个列表（每行以“- ”开头）")
            return
        if len(self.value) < least:
            self.note(f"这里至少要有{least}项")
        for position in range(len(self.value)):
            yield self.at(position)

    def texts(self, *, least: int = 0) -> tuple[str, ...]:
        """A list of different texts."""
        return self.all_different([node.text() for node in self.items(least=least)])

    def choices(self, allowed: Sequence[str], *, least: int = 0) -> tuple[Any, ...]:
        """A list of different words out of `allowed`."""
        return self.all_different([node.choice(allowed) for node in self.items(least=least)])

    def all_different(self, values: Sequence[str]) -> tuple[str, ...]:
        """The values; a finding for each that occurs twice."""
        for value in sorted({value for value in values if value and values.count(value) > 1}):
            self.note(f"“{value}”出现了不止一次")
        return tuple(values)
