"""The key of a case: read once, bound to its case, destroyed for good."""

import os

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from butler.kit import envelopes
from butler.kit.database import db
from butler.kit.envelopes import GONE, CaseKey
from butler.kit.errors import Conflict
from butler.kit.sealing import Unreadable
from rows import make_case
from statements import statements

PLACE = "notices.sealed_text"


def forget() -> None:
    """As in the next unit of work."""
    db.session.flush()
    db.session.info.pop("case_keys", None)
    db.session.expire_all()


def test_texts_of_a_case_open_with_its_key_only(session: scoped_session[Session]) -> None:
    case, other = make_case(), make_case()
    forget()
    sealed = envelopes.seal(case.id, PLACE, "我妈妈住院了")

    assert envelopes.read_text(case.id, PLACE, sealed) == "我妈妈住院了"
    assert envelopes.read_text(case.id, PLACE, None) == ""
    for case_id, place in ((other.id, PLACE), (case.id, "ratings.sealed_comment")):
        with pytest.raises(Unreadable):
            envelopes.read_text(case_id, place, sealed)
    with pytest.raises(Unreadable):
        envelopes.key_of_case(0)


def test_the_key_of_another_case_put_in_its_place_does_not_open(session: scoped_session[Session]) -> None:
    case, other = make_case(), make_case()
    keys = {row.case_id: row for row in db.session.scalars(select(CaseKey))}
    keys[case.id].wrapped = keys[other.id].wrapped
    forget()

    with pytest.raises(Unreadable):
        envelopes.key_of_case(case.id)


def test_a_key_is_read_once_and_many_keys_in_one_query(session: scoped_session[Session]) -> None:
    cases = [make_case().id for _ in range(4)]
    forget()

    with statements() as sent:
        envelopes.read_keys(cases[:3])
        keys = [envelopes.key_of_case(case_id) for case_id in cases[:3] * 2]
        envelopes.read_keys(cases)
        envelopes.key_of_case(cases[3])

    assert len(sent) == 2
    assert len({key.secret for key in keys if key}) == 3


def test_a_destroyed_key_leaves_a_mark_and_nothing_else(session: scoped_session[Session]) -> None:
    case_id = make_case().id
    sealed = envelopes.seal(case_id, PLACE, "我妈妈住院了")

    assert (envelopes.destroy_key(case_id), envelopes.destroy_key(case_id)) == (True, False)

    for _ in range(2):
        assert envelopes.key_of_case(case_id) is None
        assert envelopes.read_text(case_id, PLACE, sealed) == GONE
        assert envelopes.unseal(case_id, PLACE, sealed) is None
        with pytest.raises(Conflict, match="已按规定销毁"):
            envelopes.seal(case_id, PLACE, "再说一句")
        forget()
    row = db.session.scalars(select(CaseKey).where(CaseKey.case_id == case_id)).one()
    assert row.wrapped is None
    assert row.shredded_at is not None


def test_a_key_is_forgotten_with_the_transaction(session: scoped_session[Session]) -> None:
    case_id = make_case().id
    assert db.session.info["case_keys"].keys() == {case_id}
    db.session.commit()
    assert "case_keys" not in db.session.info
    envelopes.key_of_case(case_id)
    db.session.rollback()
    assert "case_keys" not in db.session.info


def test_each_case_has_a_key_of_its_own(session: scoped_session[Session]) -> None:
    assert len({envelopes.new_key().secret for _ in range(50)} | {os.urandom(32)}) == 51
