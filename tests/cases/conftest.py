"""Who opens the pages of cases."""

from datetime import time

import pytest
from flask.testing import FlaskClient

from butler.identity.scope import Actor
from butler.kit.database import ButlerFlask, db
from butler.org import actions as org
from butler.org.models import SlotPattern
from factories import Town
from surfing import Browser, browser_of
from tests.cases.desk import MONDAY, Clock, Sit


@pytest.fixture
def sit(app: ButlerFlask, client: FlaskClient) -> Sit:
    """A browser of its own for each person, signed in."""

    def browser(actor: Actor) -> Browser:
        signed_in = browser_of(type(client)(app, app.response_class, use_cookies=True), actor.person_id)
        db.session.commit()
        return signed_in

    return browser


@pytest.fixture
def butler(town: Town, at: Clock, sit: Sit) -> Browser:
    """The butler of the first building at the desk on a Monday morning."""
    at(MONDAY)
    return sit(town.here.butler)


@pytest.fixture
def resident(town: Town, at: Clock, client: FlaskClient) -> Browser:
    """The resident of the first building on a Monday morning."""
    at(MONDAY)
    return browser_of(client, town.here.residents[0].person_id)


@pytest.fixture
def evening(town: Town) -> SlotPattern:
    """Wednesdays 18:30 at the first butler's, two people."""
    return org.add_slot_pattern(
        desk=town.here.desk,
        weekday=2,
        starts=time(18, 30),
        ends=time(20),
        place="物业服务中心",
        capacity=2,
        cutoff_minutes=30,
    )
