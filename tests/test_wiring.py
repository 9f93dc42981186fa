"""Who listens to what."""

import inspect

import butler.cards.events
import butler.cases.events
import butler.consents.events
import butler.families.events
import butler.files.events
import butler.identity.events
import butler.looks.events
import butler.org.events
from butler import wiring


def test_every_event_has_a_listener():
    events = {
        kind
        for module in (
            butler.cards.events,
            butler.cases.events,
            butler.consents.events,
            butler.families.events,
            butler.files.events,
            butler.identity.events,
            butler.looks.events,
            butler.org.events,
        )
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__
    }

    assert set(wiring.REACTIONS) == events
    assert all(wiring.REACTIONS.values())


def test_deliveries_know_every_topic(settings):
    assert set(wiring.deliveries(settings)) == {"code", "notice", "word", "ledger", "text"}
