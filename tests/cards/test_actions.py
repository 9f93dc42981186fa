"""Issuing, replacing, revoking."""

import pytest
from sqlalchemy import func, select

from butler.cards import actions
from butler.cards.models import Card
from butler.cards.tokens import is_token
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid
from butler.kit.numbers import read_number
from butler.org import queries as org
from factories import Street


def test_issue_makes_a_card_of_the_desk(here: Street) -> None:
    by = here.street_staff.person_id

    card = actions.issue(desk=here.desk, building=here.buildings[0], by=by)

    assert (card.desk_id, card.building_id, card.issued_by_id) == (here.desk.id, here.buildings[0].id, by)
    assert (card.issued_at, card.revoked_at, card.replaced_by_id) == (clock.now(), None, None)
    assert is_token(card.token)
    assert read_number(card.number) == card.number


def test_issue_for_a_building_of_another_desk(here: Street) -> None:
    with pytest.raises(Invalid) as refused:
        actions.issue(desk=here.desk, building=here.buildings[1], by=None)

    assert [error.pointer for error in refused.value.errors] == ["/building_id"]


def test_issue_for_a_desk_that_is_no_butlers(here: Street) -> None:
    with pytest.raises(Invalid) as refused:
        actions.issue(desk=org.desk_of(here.community), building=None, by=None)

    assert [error.pointer for error in refused.value.errors] == ["/desk_id"]


def test_replace_revokes_the_old_and_points_to_the_new(here: Street) -> None:
    new = actions.replace(card=here.card, by=None)

    assert (here.card.revoked_at, here.card.replaced_by_id) == (clock.now(), new.id)
    assert (new.desk_id, new.building_id, new.revoked_at) == (here.card.desk_id, here.card.building_id, None)
    assert new.token != here.card.token


@pytest.mark.parametrize(
    "deed", [lambda card: actions.replace(card=card, by=None), lambda card: actions.revoke(card=card)]
)
def test_card_out_of_use_stays_so(here: Street, deed) -> None:
    actions.revoke(card=here.card)
    before = db.session.scalar(select(func.count()).select_from(Card))

    with pytest.raises(Conflict):
        deed(here.card)

    assert db.session.scalar(select(func.count()).select_from(Card)) == before
