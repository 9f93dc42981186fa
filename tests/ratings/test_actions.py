"""Rating a case: kept once, on the word of the case engine."""

import pytest
from sqlalchemy import select

from butler.cases.events import CaseRated
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid
from butler.kit.events import publish
from butler.ratings import queries
from butler.ratings.models import Rating
from rows import NOON, make_case, make_person


@pytest.fixture
def rated(session):
    """What the case engine says when somebody rates; and another case, rated by another."""
    other, stranger = make_case(), make_person()
    publish(rating_of(other, rater_id=stranger.id))
    asker = make_person()
    return rating_of(make_case(asker_id=asker.id), rater_id=asker.id)


def rating_of(case, *, rater_id):
    return CaseRated(
        case_id=case.id,
        district=case.district,
        grade=2,
        tags=("等得太久", "多跑了路"),
        comment="跑了两趟",
        rater_id=rater_id,
        at=NOON,
    )


def test_rating_is_kept_as_it_was_given(rated):
    assert queries.rating_of(rated.case_id) is None

    publish(rated)

    kept = queries.rating_of(rated.case_id)
    assert (kept.district, kept.grade, kept.tags, kept.comment, kept.rater_id, kept.rated_at) == (
        "990106",
        2,
        ["等得太久", "多跑了路"],
        "跑了两趟",
        rated.rater_id,
        NOON,
    )


def test_rating_twice_is_refused_and_changes_nothing(rated):
    publish(rated)

    with pytest.raises(Conflict):
        publish(CaseRated(**vars(rated) | {"grade": 5, "tags": (), "comment": "", "rater_id": make_person().id}))

    grades = db.session.scalars(select(Rating.grade).where(Rating.case_id == rated.case_id)).all()
    assert grades == [2]


def test_rating_that_does_not_fit_is_refused(rated):
    with pytest.raises(Invalid):
        publish(CaseRated(**vars(rated) | {"grade": 5}))

    assert queries.rating_of(rated.case_id) is None
