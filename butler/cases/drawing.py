"""The tables of arrows as a picture, so that the drawing cannot disagree with the code."""

from collections.abc import Iterator, Mapping

from butler.cases import wording
from butler.cases.procedures import BEGINNINGS, KERNEL, PROCEDURES, Arrow
from butler.cases.states import Kind, Relation, Stage, State, Step

_WHO: Mapping[Relation, str] = {
    Relation.ASKER: "居民",
    Relation.HOLDER: "持有人",
    Relation.DESK: "岗位",
    Relation.ABOVE: "上级",
}


def draw_map() -> str:
    """The whole of `docs/case-map.md`."""
    parts = [
        "# How a case moves",
        "Drawn from `butler/cases/procedures` by `flask butler diagram`; a test compares it. Do not edit.",
        "## Every kind: the stages",
        _diagram(_stage_arrows()),
    ]
    for kind, table in PROCEDURES.items():
        parts += [f"## {wording.KINDS[kind]} `{kind}`", _diagram(_state_arrows(kind)), _table(table)]
    return "\n\n".join(parts) + "\n"


def _stage_arrows() -> Iterator[str]:
    yield f"[*] --> {Stage.WAITING}: 提交"
    for (stage, step), arrow in KERNEL.items():
        yield f"{stage} --> {arrow.stage or stage}: {wording.BUTTONS[step]}"
    yield f"{Stage.IN_HAND} --> {Stage.RESOLVED}: 答复、送达或说明没办成"
    yield f"{Stage.RESOLVED} --> {Stage.IN_HAND}: {wording.BUTTONS[Step.DISPUTE]}"
    yield f"{Stage.IN_HAND} --> {Stage.WAITING}: 一直没有进展（系统）"
    yield f"{Stage.PAUSED} --> {Stage.IN_HAND}: 到时间（系统）"
    yield f"{Stage.RESOLVED} --> {Stage.CLOSED}: 到期没有回音（系统）"
    yield f"{Stage.CLOSED} --> [*]"


def _state_arrows(kind: Kind) -> Iterator[str]:
    yield f"[*] --> {BEGINNINGS[kind]}: 提交"
    for (state, step), arrow in PROCEDURES[kind].items():
        yield f"{state} --> {arrow.state or state}: {wording.BUTTONS[step]}"


def _diagram(arrows: Iterator[str]) -> str:
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {arrow}" for arrow in arrows), "```"])


def _table(table: Mapping[tuple[State, Step], Arrow]) -> str:
    rows = ["| from | step | to | who | demands | clock started |", "|---|---|---|---|---|---|"]
    for (state, step), arrow in table.items():
        who = "、".join(_WHO[relation] for relation in Relation if relation in arrow.by)
        demands = ", ".join(sorted(arrow.demands)) or "–"
        rows.append(
            f"| {state} {wording.STATES[state]} | `{step}` {wording.BUTTONS[step]} | {arrow.state or state} | {who} "
            f"| {demands} | {arrow.starts or '–'} |"
        )
    return "\n".join(rows)
