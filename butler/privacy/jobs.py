"""What is done beside the web: every night, and every round."""

from butler.kit.database import unit_of_work
from butler.privacy.actions import review, seal, tell_lookers
from butler.privacy.exporting import forget_exports, make_exports


def close_days() -> int:
    """Seal every day that is over and look through it; how many days. Each day once, however often this is called."""
    with unit_of_work():
        sealed = seal()
        for root in sealed:
            review(root.day)
        return len(sealed)


def tell_of_verdicts() -> int:
    """Tell the lookers of findings that were confirmed since the last round."""
    with unit_of_work():
        return tell_lookers()


def export_lists() -> int:
    """Make the lists that were approved, and forget those whose day is over."""
    with unit_of_work():
        return make_exports() + forget_exports()
