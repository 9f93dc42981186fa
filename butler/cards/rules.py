"""How we say who answers a card. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from butler.identity.rules import Limit

TITLE = "管家"
REPORTS_FROM_ADDRESS = (Limit(5, timedelta(hours=1)), Limit(20, timedelta(days=1)))
MOST_ASKED_SHOWN = 6  # favourites on the page of a card
PHOTO_KEPT_SECONDS = 300  # by the browser that has seen it; taken down, it is gone everywhere so much later


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Who answers at a butler desk at one moment: surnames and duty telephones, nothing private."""

    surname: str | None  # of the butler appointed here, present or not
    on_duty: bool
    substitute: str | None  # surname of a neighbour who stands in while ours is away
    phone: str
    phone_of: str  # whose telephone that is, in words
    is_demo: bool  # an invented person of the demonstration
    photo: str | None = None  # the name of the picture of whoever is there now

    @property
    def name(self) -> str | None:
        """陈管家: a surname is enough to call somebody."""
        return self.surname and f"{self.surname}{TITLE}"

    @property
    def substitute_name(self) -> str | None:
        """王管家."""
        return self.substitute and f"{self.substitute}{TITLE}"

    @property
    def present_name(self) -> str | None:
        """Whoever is there now."""
        return self.name if self.on_duty else self.substitute_name

    @property
    def words(self) -> str:
        """One honest sentence, without promising a time nobody has promised."""
        if self.on_duty:
            return f"{self.name}在岗。"
        away = f"{self.name}休息" if self.surname else "这里暂时没有管家"
        if self.substitute:
            return f"{away}，{self.substitute_name}代班。"
        return f"{away}，眼下没有人代班。急事请打电话；不急的可以先提交，有人到岗就处理。"
