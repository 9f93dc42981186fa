"""Originals come in, change hands and go back."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from butler.cases.models import Case
from butler.custody import actions, queries
from butler.custody.models import Handover, Holding, Original
from butler.custody.rules import Paper
from butler.identity.models import Person
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from rows import NOON, make_case, make_person
from statements import statements

DUE_BACK = NOON + timedelta(days=10)
BOOK = Paper(name="户口簿", copies=1, condition="封面有折痕")
CERTIFICATE = Paper(name="结婚证", copies=2, condition="")


@pytest.fixture
def people(session):
    """Owner, butler, the next butler."""
    return tuple(make_person(name) for name in ("演示居民", "陈演示", "李演示"))


def test_receive_writes_each_paper_with_its_holder_and_first_link(people):
    owner, butler, _ = people
    case = make_case(asker_id=owner.id)

    received = receive(case, owner, butler, BOOK, CERTIFICATE)

    assert [
        (o.name, o.copies, o.condition, o.holding, o.holder_id, o.due_back_at, o.returned_at) for o in received
    ] == [
        ("户口簿", 1, "封面有折痕", Holding.BUTLER, butler.id, DUE_BACK, None),
        ("结婚证", 2, "", Holding.BUTLER, butler.id, DUE_BACK, None),
    ]
    assert [chain(original) for original in received] == [[(1, owner.id, butler.id)]] * 2
    assert queries.outstanding(case.id) == queries.of_case(case.id) == received
    assert queries.outstanding_count(case.id) == 2


def test_receive_refuses_what_may_never_be_kept_and_takes_nothing_of_it(people):
    owner, butler, _ = people
    case = make_case(asker_id=owner.id)

    with pytest.raises(Invalid):
        receive(case, owner, butler, BOOK, Paper(name="居民身份证", copies=1, condition=""))

    assert queries.of_case(case.id) == []


def test_receive_by_the_owner_is_refused(people):
    owner, _, _ = people

    with pytest.raises(NotAllowed):
        receive(make_case(asker_id=owner.id), owner, owner, BOOK)


def test_hand_over_moves_what_is_out_and_only_that(people):
    owner, butler, successor = people
    case, other = make_case(asker_id=owner.id), make_case(asker_id=owner.id)
    book, certificate = receive(case, owner, butler, BOOK, CERTIFICATE)
    (elsewhere,) = receive(other, owner, butler, BOOK)
    give_back(case, owner, butler, [certificate.id])

    moved = actions.hand_over(case_id=case.id, from_id=butler.id, to_id=successor.id, now=NOON)

    assert moved == [book]
    assert chain(book) == [(1, owner.id, butler.id), (2, butler.id, successor.id)]
    assert queries.held_by(successor.id) == [book]
    assert queries.held_by(butler.id) == [elsewhere]


def test_hand_over_of_nothing_moves_nothing(people):
    _, butler, successor = people

    assert actions.hand_over(case_id=make_case().id, from_id=butler.id, to_id=successor.id, now=NOON) == []


def test_hand_over_to_oneself_or_to_the_owner_is_refused(people):
    owner, butler, _ = people
    case = make_case(asker_id=owner.id)
    receive(case, owner, butler, BOOK)

    with pytest.raises(Conflict):
        actions.hand_over(case_id=case.id, from_id=butler.id, to_id=butler.id, now=NOON)
    with pytest.raises(NotAllowed):
        actions.hand_over(case_id=case.id, from_id=butler.id, to_id=owner.id, now=NOON)


def test_give_back_of_everything_ends_with_the_owner(people):
    owner, butler, _ = people
    case = make_case(asker_id=owner.id)
    papers = receive(case, owner, butler, BOOK, CERTIFICATE)
    later = NOON + timedelta(days=3)

    given = actions.give_back(case_id=case.id, butler_id=butler.id, owner_id=owner.id, now=later)

    assert given == papers == queries.of_case(case.id)
    assert [(o.holding, o.holder_id, o.returned_at) for o in given] == [(Holding.OWNER, owner.id, later)] * 2
    assert chain(papers[0]) == [(1, owner.id, butler.id), (2, butler.id, owner.id)]
    assert queries.outstanding_count(case.id) == 0
    assert queries.held_by(butler.id) == queries.held_by(owner.id) == []


def test_give_back_of_some_leaves_the_rest(people):
    owner, butler, _ = people
    case = make_case(asker_id=owner.id)
    book, certificate = receive(case, owner, butler, BOOK, CERTIFICATE)

    assert give_back(case, owner, butler, [certificate.id]) == [certificate]
    assert queries.outstanding(case.id) == [book]


def test_give_back_is_refused(people):
    owner, butler, successor = people
    case, other = make_case(asker_id=owner.id), make_case(asker_id=owner.id)
    book, certificate = receive(case, owner, butler, BOOK, CERTIFICATE)
    (elsewhere,) = receive(other, owner, butler, BOOK)
    give_back(case, owner, butler, [certificate.id])

    with pytest.raises(NotFound):  # of another case
        give_back(case, owner, butler, [book.id, elsewhere.id])
    with pytest.raises(Conflict):  # twice
        give_back(case, owner, butler, [certificate.id])
    with pytest.raises(Conflict):  # not in these hands
        give_back(case, owner, successor, None)
    with pytest.raises(NotAllowed):  # to somebody else
        give_back(case, successor, butler, None)
    with pytest.raises(Conflict):  # nothing there
        give_back(make_case(asker_id=owner.id), owner, butler, None)
    assert queries.outstanding(case.id) == [book]


def test_give_back_costs_the_same_however_many_papers(people):
    owner, butler, _ = people
    costs = []
    for papers in ([BOOK], [BOOK] * 9):
        case = make_case(asker_id=owner.id)
        receive(case, owner, butler, *papers)
        with statements() as sent:
            give_back(case, owner, butler, None)
        costs.append(len(sent))

    assert costs == [5, 5]  # lock, owners, newest links; write links, write papers


def receive(case: Case, owner: Person, butler: Person, *papers: Paper) -> list[Original]:
    return actions.receive(
        case_id=case.id, items=papers, owner_id=owner.id, butler_id=butler.id, now=NOON, due_back_at=DUE_BACK
    )


def give_back(case: Case, owner: Person, butler: Person, original_ids: Sequence[int] | None) -> list[Original]:
    return actions.give_back(
        case_id=case.id, original_ids=original_ids, butler_id=butler.id, owner_id=owner.id, now=NOON
    )


def chain(original: Original) -> list[tuple[int, int, int]]:
    links = select(Handover).where(Handover.original_id == original.id).order_by(Handover.seq)
    return [(link.seq, link.giver_id, link.taker_id) for link in db.session.scalars(links)]
