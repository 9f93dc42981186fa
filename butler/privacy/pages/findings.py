"""查看核对: what stands out in the log, and what came of asking. The privacy officer sees who looked, never what at."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from butler.cases.answers import called
from butler.identity.permissions import Permission
from butler.looks import wording as looking
from butler.looks.models import Look
from butler.looks.queries import names_of
from butler.looks.states import LookKind, Standing
from butler.privacy import actions, queries, wording
from butler.privacy.models import Finding
from butler.privacy.schemas import FindingsIn, SettleIn
from butler.privacy.states import Rule, Verdict
from butler.web.forms import fill_in_again
from butler.web.guard import allowed
from butler.web.once import once
from butler.web.payload import read_form, read_query

pages = Blueprint("privacy_pages", __name__, template_folder="../templates")

_FINDINGS, _SETTLE = FindingsIn(), SettleIn()


@dataclass(frozen=True)
class Row:
    """A finding as the list shows it."""

    finding: Finding
    who: str
    rule: str
    number: str | None


@dataclass(frozen=True)
class LogLine:
    """One row of the log, without anything of the case."""

    at: datetime
    what: str
    because: str
    why: str


@pages.get("/privacy/findings")
@allowed(Permission.LOOK_REVIEW)
def findings() -> ResponseReturnValue:
    """What has to be asked about, the newest first; `?verdict=` what has been."""
    asked = read_query(_FINDINGS)
    verdict = asked.get("verdict") or Verdict.OPEN
    page = queries.findings_for(g.actor, verdict=verdict, cursor=asked.get("cursor"), limit=asked["limit"])
    return render_template(
        "privacy/findings.html",
        rows=_rows(list(page.items)),
        next_cursor=page.next_cursor,
        verdict=verdict,
        verdicts=wording.VERDICTS,
    )


@pages.get("/privacy/findings/<int:finding_id>")
@allowed(Permission.LOOK_REVIEW)
def show(finding_id: int) -> ResponseReturnValue:
    """One finding with the rows of the log behind it, and the form for the answer."""
    finding = queries.find_finding(g.actor, finding_id)
    looks = queries.looks_behind(finding)
    (row,) = _rows([finding])
    return render_template(
        "privacy/finding.html",
        row=row,
        lines=[_line(look) for look in looks],
        verdict=wording.VERDICTS[Verdict(finding.verdict)],
        verdicts=[(one.value, words) for one, words in wording.VERDICTS.items() if one is not Verdict.OPEN],
        settler=names_of({finding.settler_id}).get(finding.settler_id) if finding.settler_id else None,
    )


@pages.post("/privacy/findings/<int:finding_id>")
@allowed(Permission.LOOK_REVIEW)
@once
@fill_in_again(show)
def settle(finding_id: int) -> ResponseReturnValue:
    """Write down what the answer was."""
    actions.settle(g.actor, finding_id, **read_form(_SETTLE))
    return redirect(url_for("privacy_pages.show", finding_id=finding_id), 303)


def _rows(found: list[Finding]) -> list[Row]:
    names = names_of({one.looker_id for one in found})
    return [
        Row(
            finding=one,
            who=called(names.get(one.looker_id, ""), one.role),
            rule=wording.RULES[Rule(one.rule)],
            number=one.number,
        )
        for one in found
    ]


def _line(look: Look) -> LogLine:
    return LogLine(
        at=look.at,
        what=looking.tell_look(LookKind(look.kind), look.fields, 1),
        because=looking.STANDINGS[Standing(look.standing)] or "没有工作关系",
        why=looking.tell_reason(LookKind(look.kind), look.reason, look.words),
    )
