"""What the privacy officer sends."""

from butler.looks.states import Why
from butler.privacy.states import Verdict
from butler.web.fields import Day, Schema, Text, Whole, Word


class FindingsIn(Schema):
    """Which findings; the open ones unless asked otherwise."""

    verdict = Word(Verdict)
    cursor = Text(max=200)
    limit = Whole(min=1, max=50, load_default=20)


class SettleIn(Schema):
    """What the answer was."""

    verdict = Word(Verdict, required=True)
    words = Text(max=1000, multiline=True, required=True)


class ExportIn(Schema):
    """Which days, and what for."""

    first_day = Day(required=True)
    last_day = Day(required=True)
    reason = Word(Why, required=True)
    words = Text(max=200, required=True)
