"""Carrying the head of a day to a second party, signed, and keeping what they answer."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import orjson

from butler.kit.database import unit_of_work
from butler.kit.errors import Unavailable
from butler.kit.outbox import Delivery
from butler.kit.outgoing import SECONDS, Answer, Door
from butler.kit.signing import Signer, canonical
from butler.ledger import actions, queries
from butler.ledger.heads import Head, read_root
from butler.settings import Settings


class NotConfirmed(Unavailable):
    """503: the party answered, but not that it has exactly what was sent. Tried again."""


def deliver_head(settings: Settings, *, seconds: float = SECONDS) -> Delivery:
    """A delivery for the outbox: the head is read when it leaves, sent, and its receipt kept. What has a receipt already,
    and what the settings no longer name, is not sent."""

    def deliver(payload: Mapping[str, Any], _: str) -> None:
        day, party = date.fromisoformat(payload["day"]), payload["party"]
        address, signers = settings.parties().get(party), settings.signers()
        if address is None or not signers:
            return
        with unit_of_work():
            if queries.has_receipt(day, party):
                return
            head = queries.head_of(queries.find_day(day))
        letter = sign(head, settings.base_url, signers[0])
        answer = _door(settings, address).call(
            "POST",
            address,
            content=orjson.dumps(letter),
            headers={"Content-Type": "application/json", "Idempotency-Key": f"ledger-{day.isoformat()}"},
            seconds=seconds,
        )
        words = _confirmed(answer, head)
        with unit_of_work():
            if not queries.has_receipt(day, party):
                actions.keep_receipt(head, party, key_id=signers[0].id, words=words)

    return deliver


def sign(head: Head, installation: str, signer: Signer) -> dict[str, Any]:
    """The letter: what is said, by which key, and the signature over the canonical bytes of what is said."""
    statement = head.statement(installation)
    return {"statement": statement, "key_id": signer.id, "signature": signer.sign(canonical(statement))}


def _door(settings: Settings, address: str) -> Door:
    parts = urlsplit(address)
    return Door(hosts=frozenset({parts.hostname or ""}), inside=parts.scheme == "http" and not settings.production)


def _confirmed(answer: Answer, head: Head) -> str:
    """How they call it in their files. Raises NotConfirmed unless they repeat day and root: a 200 of some proxy on the way
    is no receipt."""
    if not 200 <= answer.status < 300:
        raise NotConfirmed(f"对方回答了 {answer.status}。")
    try:
        said = orjson.loads(answer.body)
        right = said["day"] == head.day.isoformat() and read_root(said["root"]) == head.root
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotConfirmed("对方的回答读不懂。") from error
    if not right:
        raise NotConfirmed("对方重复的指纹和我们发的不一样。")
    return str(said.get("receipt", ""))[:500]
