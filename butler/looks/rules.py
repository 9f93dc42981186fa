"""How many people somebody may look at in a day. Values in, values out."""

from butler.looks.states import LookKind, Standing

PEOPLE_A_DAY = 60
"""People one may look at one by one in a day, without having their case in hand, before saying why (promises.md T10)."""
MORE_FOR_A_REASON = 20
"""How many more each written reason allows."""


def counts(kind: LookKind, standing: Standing) -> bool:
    """Whether a look counts towards the day's people: not lines of lists, and not one's own work or affairs."""
    return kind is not LookKind.LIST and standing not in (Standing.HOLDER, Standing.OWN)
