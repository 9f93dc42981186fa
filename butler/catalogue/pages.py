"""The matters for people: search, one matter, what to bring, guides, bundles, and the home page.

Somebody who came from a card keeps it in the address (`?card=`) on every link here, never in a session: the butler it
leads to is known again when a case is filed.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from butler.catalogue import afterwards, queries, wording
from butler.catalogue.rendering import link_names, to_html
from butler.catalogue.rules import NOT_PUT_FORWARD, SHOWN_FROM
from butler.catalogue.schemas import PageQuery, RevisionsQuery
from butler.identity.permissions import Permission
from butler.web.guard import allowed, public
from butler.web.payload import read_query
from services_catalog.handling import ways
from services_catalog.model import BundleMember, Matter
from services_catalog.situations import NEED_WORDS, in_best_order
from services_catalog.words import CHANNEL_WORDS, GROUP_WORDS, UNCLEAR

pages = Blueprint("catalogue_pages", __name__, template_folder="templates")

_QUERY = PageQuery()
_REVISIONS = RevisionsQuery()
_TOKEN = re.compile("[0-9A-HJKMNP-TV-Z]{26}")
_EXAMPLES = 3  # everyday names under a life event


@pages.record_once
def offer_most_asked(state: BlueprintSetupState) -> None:
    """Hang the favourites on the application: the page of a card shows them, and packages of one level do not import
    each other."""
    state.app.extensions["most_asked"] = queries.most_asked


@pages.context_processor
def common() -> dict[str, Any]:
    """What every template here may use."""
    return {
        "card": _card(),
        "ask": _ask,
        "cell": _cell,
        "linked": lambda text: _linked(str(escape(text))),
        "wording": wording,
        "channel_words": CHANNEL_WORDS,
    }


@pages.get("/")
@public
def home() -> ResponseReturnValue:
    """What this is, a search, the favourites, and how to find one's butler."""
    return render_template("catalogue/home.html", most_asked=queries.most_asked())


@pages.get("/matters")
@public
def find() -> ResponseReturnValue:
    """What fits the words (`q`), or the events of a life to choose from."""
    asked = read_query(_QUERY)
    if words := asked.get("q"):
        answer = queries.search(words)
        if not answer.answered:
            afterwards.count_unanswered(words)
        return render_template("catalogue/found.html", words=words, answer=answer)
    if event := asked.get("life_event"):
        return render_template("catalogue/event.html", event=event, matters=queries.matters(life_event=event))
    events = [(event, matters, _examples(matters)) for event, matters in queries.by_life_event()]
    return render_template("catalogue/events.html", events=events)


@pages.get("/matters/<code>")
@public
def matter(code: str) -> ResponseReturnValue:
    """One matter, the answers first."""
    found = queries.matter(code)
    return render_template(
        "catalogue/matter.html",
        matter=found,
        ways=ways(found),
        bundles=queries.catalogue().bundles_with(code),
        groups=[GROUP_WORDS[group] for group in found.groups],
        questions=_questions(found),
    )


@pages.get("/matters/<code>/checklist")
@public
def checklist(code: str) -> ResponseReturnValue:
    """Exactly what to bring, given the answers in the address: a list can be sent on or printed."""
    found = queries.matter(code)
    answers = _answers(found)
    return render_template(
        "catalogue/checklist.html",
        matter=found,
        checklist=queries.checklist(code, answers),
        names={other.code: other.name for other in queries.matters()},
        answers=answers,
        questions=_questions(found),
        need_words=NEED_WORDS,
    )


@pages.get("/matters/<code>/guide")
@public
def guide(code: str) -> ResponseReturnValue:
    """The guide of a matter, step by step."""
    html = _linked(to_html(queries.guide(code).body))
    return render_template("catalogue/guide.html", matter=queries.matter(code), html=html)


@pages.get("/catalogue/unanswered")
@allowed(Permission.CATALOGUE_EDIT)
def unanswered() -> ResponseReturnValue:
    """What people looked for in vain, for whoever writes the ways of asking."""
    return render_template("catalogue/unanswered.html", rows=queries.unanswered(), least=SHOWN_FROM)


@pages.get("/catalogue/revisions")
@allowed(Permission.CATALOGUE_EDIT)
def revisions() -> ResponseReturnValue:
    """What was published, by whom and when, and what one of them (`of`) changed. Publishing itself is a command."""
    number = read_query(_REVISIONS).get("of")
    return render_template(
        "catalogue/revisions.html",
        rows=queries.publications(),
        shown=queries.catalogue().revision,
        number=number,
        changed=queries.changes_in(number) if number else None,
        vain=len(queries.unanswered()),
    )


@pages.get("/bundles")
@public
def bundles() -> ResponseReturnValue:
    """All bundles (一件事)."""
    return render_template("catalogue/bundles.html", bundles=queries.catalogue().bundles.values())


@pages.get("/bundles/<code>")
@public
def bundle(code: str) -> ResponseReturnValue:
    """One bundle: its matters in a sensible order."""
    found = queries.bundle(code)
    steps = [
        {
            "href": _address(member.code),
            "title": f"{number}. {queries.matter(member.code).name}",
            "note": member.reason + _order(member),
            "side": member.need,
        }
        for number, member in enumerate(found.members, start=1)
    ]
    return render_template("catalogue/bundle.html", bundle=found, steps=steps)


def _card() -> str | None:
    """The token of the card somebody came with; anything that cannot be one is dropped rather than carried on."""
    token = request.args.get("card", "").upper()
    return token if _TOKEN.fullmatch(token) else None


def _ask(answers: Mapping[str, Sequence[str]] = MappingProxyType({}), **what: str) -> str:
    """The address where a case is filed, from this card, with the answers already given: nobody is asked twice."""
    card = _card()
    given = {f"q.{question}": text for question, text in answers.items()}
    return "/cases/new?" + urlencode({**what, **given, **({"card": card} if card else {})}, doseq=True)


def _cell(matter: Matter, note: str | None = None) -> dict[str, str]:
    """A matter as a line of a list."""
    return {"href": _address(matter.code), "title": matter.name, "note": note or wording.row_note(matter)}


def _address(code: str) -> str:
    return url_for("catalogue_pages.matter", code=code, card=_card())


def _linked(html: str) -> Markup:
    """Escaped or cleaned HTML in which 「name」 leads to that matter."""
    return Markup(link_names(html, queries.codes_by_name(), _address))  # noqa: S704 - escaped or cleaned by the caller


def _order(member: BundleMember) -> str:
    """What comes before, in words."""
    said, codes = ("要先办好", member.depends_on) if member.depends_on else ("最好先办", member.suggested_after)
    return f"。{said}：{'、'.join(queries.matter(code).name for code in codes)}" if codes else ""


def _examples(matters: list[Matter]) -> str:
    shown = [matter for matter in matters if matter.code not in NOT_PUT_FORWARD][:_EXAMPLES]
    return "、".join(matter.colloquial[0] for matter in shown)


def _questions(matter: Matter) -> list[tuple[str, str, bool, list[tuple[str, str]]]]:
    """The questions as a form shows them: name, words, several answers, choices. 我不清楚 is always one of them."""
    return [
        (
            situation.id,
            situation.question,
            situation.multi,
            [(option.answer, option.answer) for option in situation.options] + [(UNCLEAR, "我不清楚，请管家帮我看")],
        )
        for situation in in_best_order(matter)
    ]


def _answers(matter: Matter) -> dict[str, list[str]]:
    """The answers in the address; names that are no question of this matter are left alone (WeChat adds its own)."""
    return {
        situation.id: request.args.getlist(situation.id)
        for situation in matter.situations
        if situation.id in request.args
    }
