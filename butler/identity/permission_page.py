"""The page of permissions, drawn from the tables: roles × permissions × reach, and which field who reads."""

from collections.abc import Mapping

from butler.identity.permissions import (
    APPOINTS,
    GRANTS,
    KEPT_AFTER,
    REACHES,
    READABLE,
    ROLE_NAMES,
    FieldClass,
    Permission,
    Reach,
    Role,
    Standing,
)

_REACH_WORDS: Mapping[Reach, str] = {
    Reach.ALL: "everything of its kind",
    Reach.OWN: "asked for by them, or for them",
    Reach.DESK: "on their desk, answered for by it, or in their hands",
    Reach.SUBTREE: "in their unit and below",
}
_STANDING_WORDS: Mapping[Standing, str] = {
    Standing.OWN: "asked for it, or it is for them",
    Standing.HOLDER: f"has it in hand, or had it when it was done, for {KEPT_AFTER.days} days more",
    Standing.DESK: "sits at the desk where it waits, or that answers for it because it is late",
    Standing.ABOVE: "supervises the unit it lies in",
    Standing.NONE: "nothing connects them: it is not there (404)",
}
_FIELD_WORDS: Mapping[FieldClass, str] = {
    FieldClass.OUTLINE: "matter, place, state",
    FieldClass.NAME: "whole name",
    FieldClass.PHONE: "whole phone",
    FieldClass.ADDRESS: "front door",
    FieldClass.WORDS: "what people wrote",
    FieldClass.PAPERS: "papers",
}
_MASKED = {FieldClass.NAME: "王**", FieldClass.PHONE: "138****8000", FieldClass.WORDS: "numbers as \\*\\*\\*\\*"}


_PAGE = """# Permissions

Drawn from `butler/identity/permissions.py` by `flask butler permissions`; a test compares the two.
Who may call which address with which answer: [the matrix](../tests/matrix/matrix.yaml). Which rows:
`butler/identity/scope.py`, and behind it [row-level security](decisions/0013-row-level-security-is-the-second-wall.md).

## Who may do what

{grants}

Everybody who has signed in is also a resident. Nobody else may do anything but read what is public: cards, matters,
free evenings.

{reaches}

## Who appoints whom

{appoints}

## Which field who reads

By how somebody stands to the case, whatever their role. Several ways add up. What is not granted is left out, or
masked as shown.

{fields}

Lists show the outline and a surname to everybody. Whoever has it in hand opens papers only while the step needs them, a
resident only after proving who they are (`butler/files/rules.py`). Who reads less can uncover more for a reason and a
quarter of an hour, and the resident reads that they did (`butler/looks/rules.py`).
"""


def draw_permissions() -> str:
    """The whole page."""
    return _PAGE.format(
        grants=_table(
            ["", *(f"`{permission}`" for permission in Permission)],
            [
                [f"`{role}` {ROLE_NAMES[role]}", *("✓" if one in GRANTS[role] else "" for one in Permission)]
                for role in Role
            ],
        ),
        reaches=_table(["permission", "over what"], [[f"`{one}`", _REACH_WORDS[REACHES[one]]] for one in Permission]),
        appoints="\n".join(
            f"- `{role}`: {', '.join(f'`{other}`' for other in Role if other in others)}"
            for role, others in APPOINTS.items()
        ),
        fields=_table(
            ["", *(_FIELD_WORDS[field] for field in FieldClass)],
            [
                [f"`{standing}`: {_STANDING_WORDS[standing]}", *(_cell(standing, field) for field in FieldClass)]
                for standing in Standing
            ],
        ),
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows))


def _cell(standing: Standing, field: FieldClass) -> str:
    if field in READABLE[standing]:
        return "✓"
    return "" if standing is Standing.NONE else _MASKED.get(field, "")
