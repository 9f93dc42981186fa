"""Which steps somebody at work takes only after proving again that it is them (promises.md T25)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import g

from butler.cases.states import Step
from butler.identity.rules import RECENTLY
from butler.identity.session import demand_recent_sign_in

PROVEN_STEPS = frozenset({Step.RECEIVE_ORIGINALS, Step.SUBMIT, Step.RETURN_ORIGINALS})
"""Those with which somebody's originals pass from hand to hand: from the resident, to the window, back.

No other step waits for a password, and none of an emergency ever does: whoever says that they have seen it or are there
is believed at once.
"""


def proven_step(view: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    """For views with a step in the address: `demand_recent_sign_in` of staff before `PROVEN_STEPS`. Goes below the guard
    and above `@once`."""

    @wraps(view)
    def proven(number: str, step: str) -> Any:
        if step in PROVEN_STEPS and g.actor.is_staff:
            demand_recent_sign_in(RECENTLY)
        return view(number, step)

    return proven
