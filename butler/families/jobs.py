"""What the poller does for families."""

from butler.families.actions import end_what_is_over
from butler.kit.database import unit_of_work


def sweep_over() -> int:
    """Write down what the clock has ended; returns how many."""
    with unit_of_work():
        return end_what_is_over()
