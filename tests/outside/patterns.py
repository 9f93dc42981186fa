"""Whether a regular expression takes time in proportion to the text, shown by its structure and never by a clock.

A backtracking matcher is linear when it never has a choice to take back over a long stretch: nothing without an end is
inside another repetition, what follows a repetition cannot be what the repetition holds, the branches of a choice begin
differently, and a search that fails does not begin again within the stretch it has just read.
"""

import re
from collections.abc import Iterator
from typing import Any

_c, _p = re._constants, re._parser  # type: ignore[attr-defined]

LONG = 64
"""A repetition of at most so many is a constant factor, and counts as finite."""
LETTERS = [chr(code) for code in (*range(0x250), *range(0x2000, 0x2070), *range(0x3000, 0x3020), 0x4E00, 0x624B, 0x9FFF,
                                  *range(0xFF01, 0xFF5F), 0xD800, 0xFEFF, 0x1F600)]  # fmt: skip
_REPEATS = {_c.MAX_REPEAT, _c.MIN_REPEAT}
_ONE = {_c.LITERAL, _c.NOT_LITERAL, _c.ANY, _c.IN, _c.CATEGORY, _c.RANGE}
_NOTHING = {_c.AT, _c.ASSERT, _c.ASSERT_NOT}

Part = tuple[Any, Any]


def faults(pattern: re.Pattern[Any], *, searched: bool) -> list[str]:
    """Why it may take more than linear time; `searched`: it is looked for anywhere, not matched from the beginning."""
    if isinstance(pattern.pattern, bytes):
        pattern = re.compile(pattern.pattern.decode("latin-1"), pattern.flags & ~re.UNICODE | re.ASCII)
    parsed = _p.parse(pattern.pattern, pattern.flags)
    if "GROUPREF" in repr(parsed):
        return ["refers back"]
    return list(_faults(list(parsed), [], pattern.flags, inside=False, searched=searched, before=None))


def _faults(
    parts: list[Part], rest: list[Part], flags: int, *, inside: bool, searched: bool, before: frozenset[str] | None
) -> Iterator[str]:
    for place, (op, arg) in enumerate(parts):
        after = parts[place + 1 :] + rest
        match op:
            case _ if op in _REPEATS:
                low, high, body = arg
                body = list(body)
                endless = high - low > LONG
                follows = _first(after, flags)
                if endless and inside:
                    yield "a repetition without an end inside another"
                if high > 1 and _varies(body):
                    yield "what is repeated varies in length"
                if endless and after and (_holds(body, flags) & follows) and not _takes_anything(after):
                    yield "what follows could be what is repeated"
                begins = _holds(body, flags) if before is None else before
                if endless and searched and _must_follow(after) and begins & _holds(body, flags):
                    yield "a search that fails begins again within what it has read"
                yield from _faults(
                    body,
                    after,
                    flags,
                    inside=inside or endless,
                    searched=searched,
                    before=_first(body, flags) if before is None else before,
                )
            case _c.BRANCH:
                starts = [_first([*branch, *after], flags) for branch in arg[1]]
                if inside and any(one & other for at, one in enumerate(starts) for other in starts[:at]):
                    yield "branches that begin alike are repeated without an end"
                for branch in arg[1]:
                    yield from _faults(list(branch), after, flags, inside=inside, searched=searched, before=before)
            case _c.SUBPATTERN:
                yield from _faults(list(arg[3]), after, flags, inside=inside, searched=searched, before=before)
        if place == 0 and op is _c.AT and arg in (_c.AT_BEGINNING, _c.AT_BEGINNING_STRING):
            searched = False
        if before is None and op not in _NOTHING:
            before = _first([(op, arg)], flags)


def _varies(body: list[Part]) -> bool:
    low, high = _p.SubPattern(_p.State(), body).getwidth()
    return bool(low != high)


def _must_follow(after: list[Part]) -> bool:
    """Whether the pattern can fail after the repetition."""
    return any(op in _NOTHING or _p.SubPattern(_p.State(), [(op, arg)]).getwidth()[0] > 0 for op, arg in after)


def _takes_anything(after: list[Part]) -> bool:
    """Whether what is left can never fail, so that nothing is ever taken back."""
    return not _must_follow(after)


def _first(parts: list[Part], flags: int) -> frozenset[str]:
    """The letters a text may begin with that these parts match."""
    found: frozenset[str] = frozenset()
    for op, arg in parts:
        if op in _NOTHING:
            continue
        found |= _begins(op, arg, flags)
        if _p.SubPattern(_p.State(), [(op, arg)]).getwidth()[0] > 0:
            break
    return found


def _begins(op: Any, arg: Any, flags: int) -> frozenset[str]:
    if op in _ONE:
        return _letters(repr((op, arg)), op, arg, flags)
    if op in _REPEATS:
        return _first(list(arg[2]), flags)
    if op is _c.SUBPATTERN:
        return _first(list(arg[3]), flags)
    if op is _c.BRANCH:
        return frozenset().union(*(_first(list(branch), flags) for branch in arg[1]))
    return frozenset(LETTERS)


def _holds(parts: list[Part], flags: int) -> frozenset[str]:
    """Every letter that may stand anywhere in what these parts match."""
    found: frozenset[str] = frozenset()
    for op, arg in parts:
        if op in _REPEATS:
            found |= _holds(list(arg[2]), flags)
        elif op is _c.SUBPATTERN:
            found |= _holds(list(arg[3]), flags)
        elif op is _c.BRANCH:
            found = found.union(*(_holds(list(branch), flags) for branch in arg[1]))
        elif op not in _NOTHING:
            found |= _begins(op, arg, flags)
    return found


_KNOWN: dict[tuple[str, int], frozenset[str]] = {}


def _letters(name: str, op: Any, arg: Any, flags: int) -> frozenset[str]:
    if (name, flags) not in _KNOWN:
        state = _p.State()
        state.flags = flags
        one = re._compiler.compile(_p.SubPattern(state, [(op, arg)]), flags)  # type: ignore[attr-defined]
        _KNOWN[name, flags] = frozenset(letter for letter in LETTERS if one.fullmatch(letter))
    return _KNOWN[name, flags]
