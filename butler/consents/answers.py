"""Consents and their register as they go out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from butler.consents.models import Consent
from butler.consents.register import Entry, register, text_of
from butler.consents.states import Channel, Purpose
from butler.kit.clock import CHINA

CHANNELS: Mapping[Channel, str] = {
    Channel.PAGE: "在网页上",
    Channel.API: "在小程序或其他程序里",
    Channel.FACE_TO_FACE: "当面说的，管家登记",
    Channel.NEW_VERSION: "说明改了，旧的自动失效",
}
"""How a consent was given or ended."""


def consent_line(consent: Consent, number: str | None) -> dict[str, Any]:
    """One consent with the words that were agreed to; `number` of its case."""
    text = text_of(Purpose(consent.purpose), consent.version)
    return {
        "id": str(consent.id),
        "consent": text.code,
        "purpose": consent.purpose,
        "version": consent.version,
        "title": register()[text.purpose].title,
        "text": text.text,
        "case_number": number,
        "channel": consent.channel,
        "given_at": _iso(consent.given_at),
        "withdrawn_at": _iso(consent.withdrawn_at),
        "withdrawn_channel": consent.withdrawn_channel,
    }


@dataclass(frozen=True)
class ShownConsent:
    """A consent as pages list it."""

    consent: Consent
    title: str
    text: str
    channel: str
    withdrawn_channel: str
    withdrawn: str  # what happens when it is taken back
    taken_back: bool  # by somebody; else in force, or replaced by a newer text


def shown(consents: Iterable[Consent]) -> list[ShownConsent]:
    """Consents in words, in the same order."""
    lines = []
    for one in consents:
        text = text_of(Purpose(one.purpose), one.version)
        ended = Channel(one.withdrawn_channel) if one.withdrawn_channel else None
        lines.append(
            ShownConsent(
                consent=one,
                title=register()[text.purpose].title,
                text=text.text,
                channel=CHANNELS[Channel(one.channel)],
                withdrawn_channel=CHANNELS[ended] if ended else "",
                withdrawn=register()[text.purpose].withdrawn,
                taken_back=ended is not None and ended is not Channel.NEW_VERSION,
            )
        )
    return lines


def entry_line(entry: Entry) -> dict[str, Any]:
    """One purpose with every version of its text, the oldest first."""
    return {
        "purpose": entry.purpose.value,
        "consent": entry.now.code,
        "title": entry.title,
        "per_case": entry.per_case,
        "separate": entry.separate,
        "needed_for": entry.needed_for,
        "law": entry.law,
        "without": entry.without,
        "withdrawn": entry.withdrawn,
        "versions": [
            {"version": text.version, "since": text.since.isoformat(), "text": text.text} for text in entry.versions
        ],
    }


def _iso(moment: Any) -> str | None:
    return moment.astimezone(CHINA).isoformat(timespec="seconds") if moment else None
