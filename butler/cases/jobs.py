"""What runs by itself."""

from butler.cases.actions.alarms import ring_due


def sweep_alarms() -> int:
    """Ring what is due; returns how many cases rang. Any number of processes may do it at once."""
    return ring_due()
