"""A request that is being filled in: what is typed so far, the matter it is about, the place it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from butler.cases.pages.schemas import StartIn
from butler.cases.queries import placing
from butler.cases.queries.placing import Spot
from butler.cases.telling import tell_paper
from butler.catalogue import queries as catalogue_queries
from butler.custody import rules as custody_rules
from butler.kit.errors import Invalid
from butler.web.payload import read_query

Draft = MultiDict[str, str]

_START = StartIn()
_LETTER = "委托书"  # the butler brings it; nobody has to think of it


@dataclass(frozen=True)
class About:
    """The matter a request is about, as far as the pages show it."""

    matter: Any  # services_catalog.model.Matter, or None for a question about anything
    checklist: Any
    answers: Mapping[str, str | list[str]]

    @property
    def delegable(self) -> bool:
        """Whether a butler may do it for somebody."""
        return self.matter is not None and "errand" in self.checklist.channels

    def papers(self, *needs: str) -> list[str]:
        """What becomes of each paper that is needed so surely."""
        return [
            tell_paper(
                item.material.name,
                item.material.presented,
                never_kept=custody_rules.why_never_kept(item.material.name) is not None,
            )
            for item in self.checklist.items
            if item.need in needs and _LETTER not in item.material.name
        ]

    @property
    def answered(self) -> list[tuple[str, str]]:
        """Question and answer, in words."""
        given = [(one.question, self.answers[one.id]) for one in self.matter.situations if one.id in self.answers]
        return [(question, text if isinstance(text, str) else "、".join(text)) for question, text in given]


def draft_from_query() -> Draft:
    """The form as a link starts it: from a matter, a card, a checklist with its answers."""
    asked = read_query(_START)
    draft: Draft = MultiDict()
    names = {"kind": "kind", "matter": "matter_code", "card": "card_token", "building": "building_id"}
    for name, field in names.items():
        if asked.get(name):
            draft.add(field, str(asked[name]))
    for name, text in request.args.items(multi=True):
        if name.startswith("q."):
            draft.add(f"answers.{name[2:]}", text)
    return draft


def about_of(draft: Mapping[str, str]) -> About:
    """The matter and its checklist. Raises NotFound. Answers that are not the matter's own are left out."""
    code = draft.get("matter_code")
    if not code:
        return About(None, None, {})
    matter = catalogue_queries.matter(code)
    answers = {
        one.id: given if one.multi else given[0]
        for one in matter.situations
        if (given := _all(draft, f"answers.{one.id}"))
    }
    try:
        return About(matter, catalogue_queries.checklist(code, answers), answers)
    except Invalid:  # an old link: the questions have changed since
        return About(matter, catalogue_queries.checklist(code, {}), {})


def _all(draft: Any, name: str) -> list[str]:
    return [text for text in draft.getlist(name) if text]


def spot_of(draft: Mapping[str, str]) -> Spot | None:
    """Where somebody asks from, if they have said so. Raises NotFound, and Gone for a card out of use."""
    if token := draft.get("card_token"):
        return placing.spot_of_card(token)
    building = draft.get("building_id", "")
    return placing.spot_of_building(int(building)) if building.isascii() and building.isdigit() else None
