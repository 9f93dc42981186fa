"""How a message leaves: the port, the demo's way, and the honest way of an installation that has none yet."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.dialects.postgresql import insert

from butler.kit import clock
from butler.kit.database import unit_of_work
from butler.notifications.models import DemoMessage


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message to one person. `channel` is sms (to a phone) or wechat (to a resident who agreed, by openid; to a
    member of staff, by user name)."""

    channel: str
    recipient: str
    text: str
    code: str | None = None


class NoChannel(Exception):
    """No gateway has been configured. The outbox keeps the message, and in the end shows it as undelivered."""


class Channel(Protocol):
    """What carries messages out of the house."""

    def send(self, message: Message, dedupe_id: str) -> None:
        """Hand the message to the provider. Raises when it was not taken; the same `dedupe_id` is shown only once."""


class DemoChannel:
    """Keeps the message to be shown at /demo/inbox instead of sending it."""

    def send(self, message: Message, dedupe_id: str) -> None:
        """Keep it; a second time changes nothing."""
        with unit_of_work() as session:
            session.execute(
                insert(DemoMessage)
                .values(
                    dedupe_id=dedupe_id,
                    channel=message.channel,
                    recipient=message.recipient,
                    text=message.text,
                    code=message.code,
                    at=clock.now(),
                )
                .on_conflict_do_nothing(index_elements=[DemoMessage.dedupe_id])
            )


class Unconfigured:
    """An installation without a gateway: nothing is sent, and nothing pretends to have been."""

    def send(self, message: Message, dedupe_id: str) -> None:
        """Raises `NoChannel`."""
        raise NoChannel(f"{message.channel} {dedupe_id}")
