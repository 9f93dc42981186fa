"""授权委托书: what it says, for the screen and for the printer.

民法典 art 165 asks for the agent's name, the matter, the powers, the term and the principal's signature; the rest is
usual in local forms (domain.md §3.4) and not confirmed by the authority. We never write 全权代理: each act is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from butler.cases import answers, telling
from butler.cases.models import Case, Mandate
from butler.cases.procedures.limits import MANDATE_TERM
from butler.cases.queries import showing
from butler.cases.schemas import Act
from butler.custody import queries as custody_queries
from butler.custody.models import Original
from butler.identity.permissions import FieldClass
from butler.identity.rules import mask_name, mask_phone
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.wording import say_day

NOT_GRANTED = (
    "必须由本人到场、本人签字或刷脸的环节",
    "代为承诺、放弃权利、签订合同",
    "代为收钱、付钱（部门规定的收费由委托人自己付）",
    "保管身份证、社会保障卡、银行卡，知道密码、验证码",
)


@dataclass(frozen=True)
class Letter:
    """A letter ready to be read or signed. Empty texts become blank lines."""

    number: str
    principal: str
    principal_phone: str
    address: str
    agent: str
    company: str
    agent_phone: str
    matter_name: str
    acts: Sequence[tuple[str, bool]]  # what, and whether it is granted
    not_granted: Sequence[str]
    originals: Sequence[Original]
    term: str
    in_force: bool


def letter_of(actor: Actor, case: Case) -> Letter:
    """The letter of an errand: as it was signed, or as it is about to be. Masked unless the caller has the case."""
    mandate: Mandate | None = showing.mandate_in_force(case.id, clock.now())
    plain = FieldClass.PHONE in answers.shown_plainly(actor, case)
    principal, phone = case.beneficiary.name, case.beneficiary.phone or ""
    granted = set(mandate.acts) if mandate else set()
    return Letter(
        number=case.number,
        principal=principal if plain else mask_name(principal),
        principal_phone=phone if plain or not phone else mask_phone(phone),
        address=answers.place_of(case),
        agent=case.holder.name if case.holder else "",
        company=case.building.estate.company if case.building else "",
        agent_phone=case.desk.phone or "",
        matter_name=case.matter_name,
        acts=[(telling.ACTS[act], act in granted) for act in Act],
        not_granted=NOT_GRANTED,
        originals=custody_queries.outstanding(case.id),
        term=f"从 {say_full_day(mandate.valid_from)}到 {say_full_day(mandate.valid_until)}"
        if mandate
        else f"从签字那天起 {MANDATE_TERM.days} 天",
        in_force=mandate is not None,
    )


def say_full_day(moment: datetime) -> str:
    """“2026年11月23日（周一）”: on paper a day has its year."""
    return f"{moment.astimezone(clock.CHINA).year}年{say_day(moment)}"
