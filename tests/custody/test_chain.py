"""Whatever is done in whatever order: every original has exactly one holder and an unbroken chain of hands."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from butler.custody import actions, queries
from butler.custody.models import Handover, Holding
from butler.custody.rules import Paper
from butler.kit.database import db
from butler.kit.errors import Refusal
from rows import NOON, make_case, make_person

PEOPLE = st.integers(0, 3)  # 0 is the owner, the others are butlers


class Papers(RuleBasedStateMachine):
    """Papers of one case in the hands of an owner and three butlers, beside a dictionary that says whose they are."""

    @initialize()
    def open_a_case(self):
        self.people = [make_person().id for _ in range(4)]
        self.owner = self.people[0]
        self.case_id = make_case(asker_id=self.owner).id
        self.holders: dict[int, int] = {}  # original → person
        self.moves: dict[int, int] = {}  # original → links of its chain
        self.now = NOON

    @rule(butler=PEOPLE, number=st.integers(1, 3))
    def receive(self, butler, number):
        taken = self.attempt(
            actions.receive,
            items=[Paper(name="户口簿", copies=1, condition="")] * number,
            owner_id=self.owner,
            butler_id=self.people[butler],
            due_back_at=NOON + timedelta(days=30),
        )

        assert (taken is None) == (butler == 0)
        self.moved(taken, self.people[butler])

    @rule(giver=PEOPLE, taker=PEOPLE)
    def hand_over(self, giver, taker):
        giver_id, taker_id = self.people[giver], self.people[taker]
        held = self.out_with(giver_id)

        moved = self.attempt(actions.hand_over, from_id=giver_id, to_id=taker_id)

        allowed = giver != taker and not (held and taker == 0)
        assert moved == (self.originals(held) if allowed else None)
        self.moved(moved, taker_id)

    @rule(butler=PEOPLE, to=PEOPLE)
    def give_back_everything(self, butler, to):
        out = [one for one, holder in sorted(self.holders.items()) if holder != self.owner]

        given = self.attempt(actions.give_back, butler_id=self.people[butler], owner_id=self.people[to])

        allowed = bool(out) and to == 0 and self.out_with(self.people[butler]) == out
        assert given == (self.originals(out) if allowed else None)
        self.moved(given, self.owner)

    @rule(butler=PEOPLE, data=st.data())
    def give_back_some(self, butler, data):
        named = data.draw(st.sets(st.sampled_from(sorted(self.holders)), max_size=3)) if self.holders else set()
        allowed = bool(named) and butler != 0 and named <= set(self.out_with(self.people[butler]))

        given = self.attempt(actions.give_back, original_ids=named, butler_id=self.people[butler], owner_id=self.owner)

        assert given == (self.originals(sorted(named)) if allowed else None)
        self.moved(given, self.owner)

    @invariant()
    def one_holder_and_an_unbroken_chain(self):
        originals = queries.of_case(self.case_id)
        assert {original.id: original.holder_id for original in originals} == self.holders
        out = [original for original in originals if self.holders[original.id] != self.owner]
        assert queries.outstanding(self.case_id) == out
        assert queries.outstanding_count(self.case_id) == len(out)
        chains: dict[int, list[Handover]] = {original.id: [] for original in originals}
        for link in db.session.scalars(
            select(Handover).where(Handover.original_id.in_(chains)).order_by(Handover.original_id, Handover.seq)
        ):
            chains[link.original_id].append(link)
        for original in originals:
            links = chains[original.id]
            assert [link.seq for link in links] == list(range(1, self.moves[original.id] + 1))
            hands = [links[0].giver_id, *(link.taker_id for link in links)]
            assert [link.giver_id for link in links] == hands[:-1]
            assert hands[0] == self.owner
            assert hands[-1] == original.holder_id
            assert original.holding == (Holding.OWNER if original.holder_id == self.owner else Holding.BUTLER)

    def attempt(self, deed, **arguments):
        """What a deed answers; None when it is refused."""
        self.now += timedelta(minutes=1)
        try:
            return deed(case_id=self.case_id, now=self.now, **arguments)
        except Refusal:
            return None

    def moved(self, originals, person_id):
        for original in originals or []:
            self.holders[original.id] = person_id
            self.moves[original.id] = self.moves.get(original.id, 0) + 1

    def out_with(self, person_id):
        """What a butler holds, in order; an owner holds nothing of others."""
        return sorted(one for one, holder in self.holders.items() if holder == person_id != self.owner)

    def originals(self, ids):
        """Those, in this order, as they are kept."""
        kept = {original.id: original for original in queries.of_case(self.case_id)}
        return [kept[one] for one in ids]


def test_every_original_has_one_holder_whatever_is_done(session):
    run_state_machine_as_test(Papers, settings=settings(max_examples=40, stateful_step_count=25, deadline=None))
