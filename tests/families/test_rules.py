"""How far a delegation reaches and for how long, over the whole table."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butler.families import rules
from butler.families.states import Basis, DelegationState, Paper, Power
from butler.kit.errors import Invalid
from butler.kit.wording import CHINA
from butler.notifications import texts

STARTS = datetime(2026, 11, 26, 9, tzinfo=CHINA)
ENDS = rules.end_of(date(2026, 12, 31))
SECOND = timedelta(seconds=1)


@dataclass
class Paperless:
    """A delegation as the rules see it."""

    state: str = "in_force"
    acts: list[str] = field(default_factory=lambda: ["ask", "follow"])
    matters: list[str] = field(default_factory=list)
    starts_at: datetime = STARTS
    ends_at: datetime = ENDS


@pytest.mark.parametrize("state", list(DelegationState))
@pytest.mark.parametrize(
    ("place", "at"),
    [
        ("before", STARTS - SECOND),
        ("first", STARTS),
        ("last", ENDS - SECOND),
        ("end", ENDS),
        ("after", ENDS + SECOND),
    ],
)
def test_it_holds_in_force_from_its_first_moment_up_to_its_end(state, place, at):
    allowed = rules.powers(Paperless(state=state.value), None, at)
    assert bool(allowed) == (state is DelegationState.IN_FORCE and place in ("first", "last"))


@pytest.mark.parametrize(
    ("matters", "asked", "covers"),
    [
        ([], None, True),
        ([], "M012", True),
        (["M012"], "M012", True),
        (["M012", "M016"], "M016", True),
        (["M012"], "M016", False),
        (["M012"], None, False),  # a question about anything is not within named matters
    ],
)
def test_it_covers_the_matters_it_names_or_all(matters, asked, covers):
    assert bool(rules.powers(Paperless(matters=matters), asked, STARTS)) == covers


@given(st.sets(st.sampled_from(list(Power))), st.sets(st.sampled_from(list(Power))))
def test_nothing_wider_than_what_was_asked_for_is_agreed_to(asked, given_):
    proposal = Paperless(acts=[power.value for power in rules.complete(asked)])
    if given_ <= asked | {Power.FOLLOW}:
        rules.check_narrower(given_, [], proposal)
    else:
        with pytest.raises(Invalid):
            rules.check_narrower(given_, [], proposal)
    assert Power.FOLLOW in rules.complete(given_)
    assert set(rules.complete(given_)) == given_ | {Power.FOLLOW}


@pytest.mark.parametrize(
    ("matters", "of", "fits"),
    [([], [], True), (["M012"], [], True), (["M012"], ["M012"], True), ([], ["M012"], False), (["M1"], ["M2"], False)],
)
def test_matters_are_narrowed_and_never_widened(matters, of, fits):
    if fits:
        rules.check_narrower([Power.ASK], matters, Paperless(matters=of))
    else:
        with pytest.raises(Invalid) as refusal:
            rules.check_narrower([Power.ASK], matters, Paperless(matters=of))
        assert refusal.value.errors[0].pointer == "/matters"


@pytest.mark.parametrize(
    ("today", "until", "fits"),
    [
        ("2026-11-26", "2026-11-25", False),
        ("2026-11-26", "2026-11-26", True),
        ("2026-11-26", "2027-11-26", True),
        ("2026-11-26", "2027-11-27", False),
        ("2028-02-29", "2029-02-28", True),
        ("2028-02-29", "2029-03-01", False),
    ],
)
def test_an_authority_lasts_a_year_at_most(today, until, fits):
    day, last = date.fromisoformat(today), date.fromisoformat(until)
    if fits:
        rules.check_term(last, day)
        assert rules.end_of(last) <= datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(days=367)
    else:
        with pytest.raises(Invalid):
            rules.check_term(last, day)


@pytest.mark.parametrize(
    ("born", "today", "turns"),
    [
        ("2015-06-01", "2026-11-26", "2029-06-01"),
        ("2012-11-27", "2026-11-26", "2026-11-27"),  # tomorrow
        ("2012-11-26", "2026-11-26", None),  # today
        ("2012-02-29", "2026-02-28", "2026-03-01"),
        ("2012-02-29", "2026-03-01", None),
        ("2026-11-27", "2026-11-26", None),  # not born yet
    ],
)
def test_until_the_fourteenth_birthday_a_guardian_agrees(born, today, turns):
    if turns:
        found = rules.fourteenth_birthday(date.fromisoformat(born), date.fromisoformat(today))
        assert found.isoformat() == turns
    else:
        with pytest.raises(Invalid):
            rules.fourteenth_birthday(date.fromisoformat(born), date.fromisoformat(today))


def test_nothing_leads_back_and_every_basis_has_its_papers():
    over = {state for state, onwards in rules.ARROWS.items() if not onwards}
    assert over == {DelegationState.REFUSED, DelegationState.ENDED}
    assert rules.ARROWS.keys() == set(DelegationState)
    assert rules.PAPERS[Basis.ADULT_GUARDIANSHIP].isdisjoint(rules.PAPERS[Basis.GRANTED])
    assert rules.PAPERS[Basis.GUARDIANSHIP] == {Paper.HOUSEHOLD_REGISTER, Paper.BIRTH_CERTIFICATE}
    assert rules.PAPERS.keys() == set(Basis)


def test_messages_about_families_fit_into_one_text():
    who = texts.call_relative("欧阳大文", "10010020003")
    every = [
        words
        for told in (
            texts.AUTHORITY_TO_DELEGATE,
            texts.AUTHORITY_TO_GRANTOR,
            texts.GUARDIAN_TO_WARD,
            texts.GUARDIAN_TO_GUARDIAN,
        )
        for words in told.values()
    ]
    written = [texts.write_of_family(words, who=who) for words in every]
    assert [text for text in written if len(text) > texts.LONGEST or "大文" in text] == []
    assert [words.news for words in every if len(words.news) > texts.NEWS] == []
