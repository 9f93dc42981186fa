"""Which papers may be kept, and for how long. Pure.

Source: 居民身份证法 art 15 (nobody but the police may hold back an identity card). That bank cards, telephones,
passwords and codes are refused, and the longest term, are our own rules; the authority has not confirmed them.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from butler.kit.errors import FieldError, Invalid

LONGEST_TERM = timedelta(days=90)
MOST_PAPERS = 30  # of one hand-in
MOST_COPIES = 99
LONGEST_NAME = 60
LONGEST_CONDITION = 200


class Paper(TypedDict):
    """One paper to be handed in: what it is, how many sheets or booklets of it, what it looks like."""

    name: str
    copies: int
    condition: str


@dataclass(frozen=True)
class NeverKept:
    """Something that must not stay in a butler's hands, by the words people use for it, and what to say.

    With `paper_about_it` a copy, a form or a certificate that only mentions the thing is fine.
    """

    names: str  # alternatives of a regular expression over the normalised name
    paper_about_it: bool
    why: str


NEVER_KEPT = (
    NeverKept(
        "身份证|身分证|二代证|idcard",
        paper_about_it=True,
        why="居民身份证当面看过就请还给本人，任何人不能留下（居民身份证法第十五条）。需要的话可以收复印件。",
    ),
    NeverKept(
        "银行卡|储蓄卡|借记卡|信用卡|存折|bankcard",
        paper_about_it=True,
        why="银行卡和存折不能交给管家，请本人收好。需要的话可以收复印件。",
    ),
    NeverKept(
        "社会保障卡|社保卡|市民卡",
        paper_about_it=True,
        why="社会保障卡里有银行账户，不能交给管家，请本人收好。需要的话可以收复印件。",
    ),
    NeverKept("手机|电话卡|sim卡", paper_about_it=True, why="手机和电话卡不能交给管家，请本人收好。"),
    NeverKept("密码|口令|pin码|u盾|优盾|网银盾", paper_about_it=False, why="密码不能告诉管家，谁来问都不要说。"),
    NeverKept("验证码|校验码|动态码|短信码", paper_about_it=False, why="验证码不能告诉管家，谁来问都不要说。"),
)

# 身份证复印件, 身份证明, 社会保障卡申领登记表: papers about the thing. A joining word (和, 及 …) starts the next thing.
_ABOUT_IT = "[^、，,；;及和与或/+]{0,8}?(?:复印件|影印件|扫描件|明|表|书|协议|声明|回执|单|凭证|号码?)"


def why_never_kept(name: str) -> str | None:
    """The sentence for a paper that may not be taken into custody; None when it may."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).lower()
    for thing in NEVER_KEPT:
        rest = re.sub(f"(?:{thing.names}){_ABOUT_IT}", "", plain) if thing.paper_about_it else plain
        if re.search(thing.names, rest):
            return thing.why
    return None


def check_papers(papers: Sequence[Paper]) -> None:
    """Raise `Invalid`, with every wrong field at ``/items/<place>/…``, unless all of it may be taken."""
    if not 1 <= len(papers) <= MOST_PAPERS:
        raise Invalid.at("/items", f"请登记 1 到 {MOST_PAPERS} 件材料，多的分两次收。")
    errors = [error for place, paper in enumerate(papers) for error in _errors_of(f"/items/{place}", paper)]
    if errors:
        raise Invalid(errors=errors)


def check_due_back(received_at: datetime, due_back_at: datetime) -> None:
    """Raise `Invalid` unless the papers go back after they came and within `LONGEST_TERM`."""
    if not received_at < due_back_at <= received_at + LONGEST_TERM:
        raise Invalid.at("/due_back_at", f"归还的日子要在今天之后、{LONGEST_TERM.days} 天以内。")


def _errors_of(pointer: str, paper: Paper) -> list[FieldError]:
    errors = []
    if not 1 <= len(paper["name"].strip()) <= LONGEST_NAME:
        errors.append(FieldError(f"{pointer}/name", "invalid", f"请写明是什么材料，不超过 {LONGEST_NAME} 个字。"))
    elif why := why_never_kept(paper["name"]):
        errors.append(FieldError(f"{pointer}/name", "never-kept", why))
    if not 1 <= paper["copies"] <= MOST_COPIES:
        errors.append(FieldError(f"{pointer}/copies", "invalid", f"份数是 1 到 {MOST_COPIES}。"))
    if len(paper["condition"]) > LONGEST_CONDITION:
        errors.append(FieldError(f"{pointer}/condition", "invalid", f"外观不超过 {LONGEST_CONDITION} 个字。"))
    return errors
