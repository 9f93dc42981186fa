"""Whether what somebody asks for may be asked: which matter, agreed to what, for whom. Writes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from butler.cases.states import Kind, Mode
from butler.catalogue import queries as catalogue_queries
from butler.consents.register import POINTER, about_health, read_codes
from butler.consents.states import Purpose
from butler.families import queries as families
from butler.families.models import Delegation
from butler.families.states import Power
from butler.identity.scope import Actor
from butler.kit.errors import Conflict, Invalid, NotFound

NO_MATTER = "咨询"
ASKED: Mapping[Kind, tuple[Purpose, ...]] = {
    Kind.CONSULT: (Purpose.PAPERS, Purpose.HEALTH),
    Kind.ERRAND: (Purpose.HAND_OVER, Purpose.PAPERS, Purpose.HEALTH),
}
"""What may be agreed to when a case is filed, and for it later."""


def check_matter(
    kind: Kind, mode: Mode | None, matter_code: str | None, answers: Mapping[str, Any]
) -> tuple[str, str | None]:
    """The matter's name and revision. An errand needs one that may be done for a person (domain.md §3.4).

    Raises Invalid (unknown matter, answers that are not its own, a mode too many or too few) and Conflict (it must be
    done in person).
    """
    if kind is Kind.ERRAND and mode is None:
        raise Invalid.at("/mode", "请选择白天代办，还是下班后交给管家（错峰）", code="required")
    if kind is not Kind.ERRAND and mode is not None:
        raise Invalid.at("/mode", "咨询不用选代办方式", code="not_wanted")
    if matter_code is None:
        if kind is Kind.ERRAND:
            raise Invalid.at("/matter_code", "请先选要代办的事项", code="required")
        if answers:  # only a matter knows which answers there are
            raise Invalid.at("/answers", "没有选事项，就没有要回答的情况，请去掉。", code="not_wanted")
        return NO_MATTER, None
    try:
        matter = catalogue_queries.matter(matter_code)
    except NotFound:
        raise Invalid.at("/matter_code", "没有这个事项，请重新选择", code="unknown_matter") from None
    made = catalogue_queries.checklist(matter.code, answers)  # raises Invalid for answers that are not its own
    if kind is Kind.ERRAND and "errand" not in made.channels:
        raise Conflict(
            f"“{matter.name}”不能代办：{made.why_not('errand')}。"
            f"{f'可以{made.channel_words}；' if made.channels else ''}您也可以改为咨询，管家陪您准备材料。"
        )
    return matter.name, matter.revision


def check_consents(kind: Kind, codes: Sequence[str]) -> list[Purpose]:
    """What is agreed to, each thing once. Only what cannot be done without it is demanded (个人信息保护法 16).

    Raises Invalid for a text that is not asked here, and without the consent an errand needs.
    """
    agreed = read_codes(codes, ASKED[kind])
    if kind is Kind.ERRAND and Purpose.HAND_OVER not in agreed:
        raise Invalid.at(
            POINTER, "代办要把您的材料交给部门窗口，先要您同意。不同意的话，可以改成咨询。", code="consent_missing"
        )
    return agreed


def without_health(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers without those that say something about somebody's health or hardship."""
    telling = about_health(answers)
    return {question: answer for question, answer in answers.items() if question not in telling}


def answers_that_fit(matter_code: str, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was answered long ago, unless the questions have changed since."""
    try:
        catalogue_queries.checklist(matter_code, answers)
    except (Invalid, NotFound):
        return {}
    return answers


def check_may_hide(delegation: Delegation) -> None:
    """Raise Invalid (``/beneficiary_sees``) unless what is asked by it may be kept from whom it is for: whoever gave an
    authority sees at any time what is done with it; a guardian may protect a child."""
    if not families.is_guardianship(delegation):
        said = "家人授权您办的事，家人一直看得到，不能瞒着。您自己想问的，请在“为谁”里选“我自己”。"
        raise Invalid.at("/beneficiary_sees", said, code="not_hidden")


def find_delegation(
    actor: Actor, beneficiary: Mapping[str, int] | None, matter_code: str | None, now: datetime
) -> Delegation | None:
    """By which the caller asks for somebody else; it cannot be taken back while this is written. "Not there", "not yours"
    and "does not cover this" are told alike."""
    if beneficiary is None:
        return None
    return families.hold(actor, beneficiary["delegation"], Power.ASK, matter_code, now)
