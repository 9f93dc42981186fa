"""What staff fill in for a step: one form per step, with the words around it and what its fields show.

The schemas are those of the API, stricter where a form would otherwise guess.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import marshmallow as ma
from marshmallow import fields as plain

from butler.cases import routing, telling, wording
from butler.cases.models import Case
from butler.cases.pages import saying
from butler.cases.pages.letters import letter_of
from butler.cases.procedures.limits import LONGEST_PAUSE
from butler.cases.queries import desk, finding
from butler.cases.schemas import STEP_INPUTS, Act, AuthoriseIn, OriginalIn, ReceiveIn, SignedHow
from butler.cases.states import PauseReason, State, Step
from butler.catalogue import queries as catalogue_queries
from butler.custody import rules as custody_rules
from butler.identity import queries as identity_queries
from butler.identity.scope import Actor
from butler.kit import clock, worktime
from butler.kit.errors import NotFound
from butler.org import queries as org_queries
from butler.org.models import Desk
from butler.web.fields import Said, Schema, Text, Word
from butler.web.forms import typed_rows
from butler.web.payload import read_query

WHOLE = "完好"
_FREE_ROWS = 2
_SUGGESTED = 8  # matters to choose from
_TAKEN: Mapping[str, str] = {
    "原件": "要原件",
    "原件和复印件": "要原件和复印件",
    "复印件": "要复印件",
    "电子证照可免交": "手机里有电子的就不用收",
}
"""Papers a butler may be given, by their form in the catalogue."""
_LETTER = "委托书"


class ActsIn(AuthoriseIn):
    """An empty form grants nothing; over the API leaving them out means the usual four."""

    acts = plain.List(
        Word(Act),
        required=True,
        validate=ma.validate.Length(min=1, max=4),
        error_messages={"required": Said("请至少勾一项，居民请您办什么就勾什么。", "required")},
    )
    signed_how = Word(SignedHow, required=True)


class RowIn(OriginalIn):
    """One row; without words about it the paper looked whole."""

    name = Text(max=60, required=True, error_messages={"required": Said("请写明（或勾选）是什么材料。", "required")})

    @ma.post_load
    def _whole(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"condition": data["condition"] or WHOLE}


class RowsIn(ReceiveIn):
    """The papers somebody hands over, one a row."""

    items = plain.List(
        plain.Nested(RowIn),
        required=True,
        validate=ma.validate.Length(min=1, max=30, error="一次登记 1 到 30 样，多的分两次收。"),
        error_messages={"required": Said("请至少登记一样原件。没有原件要收，就直接记录递交。", "required")},
    )


class SearchIn(Schema):
    """Words to look for a matter with."""

    q = Text(max=40, load_default="")


_SEARCH = SearchIn()
Facts = Callable[[Actor, Case], Mapping[str, Any]]


@dataclass(frozen=True)
class StepForm:
    """A step as a page asks for it. `fields`: the template of its fields; `words` and `hint` are about the note."""

    title: str
    lead: str
    schema: ma.Schema
    fields: str = "words"
    words: str = ""
    hint: str = ""
    optional: bool = False  # whether the note may stay empty
    facts: Facts = field(default=lambda actor, case: {})


def form_of(step: Step, state: State) -> StepForm | None:
    """The form of a step taken from here; None for steps that need no form, and for those that are not for staff."""
    if step is Step.RESOLVE:
        return _DELIVER if state in (State.RESULT_READY, State.RETURNED) else _GIVE_UP
    return FORMS.get(step)


def schema_of(step: Step) -> ma.Schema:
    """What a step takes from a form. Raises NotFound for steps that are the resident's."""
    form = form_of(step, State.RETURNED)
    if form is not None:
        return form.schema
    if step not in _WITHOUT_FORM:
        raise NotFound("没有这一步。请回到办件，按上面的按钮办。")
    return STEP_INPUTS[step]


def _authorise(actor: Actor, case: Case) -> Mapping[str, Any]:
    return {
        "acts": [(act.value, telling.ACTS[act]) for act in Act],
        "usual": [act.value for act in Act],
        "signed_how": list(saying.SIGNED_HOW.items()),
        "signed_by": list(saying.SIGNED_BY.items()) if case.asker_id != case.beneficiary_id else [],
        "letter": letter_of(actor, case),
    }


def _receive(_: Actor, case: Case) -> Mapping[str, Any]:
    """Rows of papers: those typed before, then those of the matter, then free ones."""
    rows: list[dict[str, Any]] = [dict(row, given=True) for row in typed_rows("items")]
    named = {row.get("name") for row in rows}
    look_only = []
    for item in saying.materials_of(case):
        name, form = item.material.name, item.material.presented
        if _LETTER in name or form not in _TAKEN:
            continue
        if custody_rules.why_never_kept(name):
            look_only.append(name)
        elif name not in named:
            rows.append({"name": name, "known": True, "why": f"{item.material.condition or item.why}，{_TAKEN[form]}"})
    known = {item.material.name for item in saying.materials_of(case)}
    for row in rows:
        row.setdefault("known", row.get("name") in known)
    return {"rows": rows + [{} for _ in range(_FREE_ROWS)], "look_only": look_only}


def _submit(_: Actor, case: Case) -> Mapping[str, Any]:
    matter = catalogue_queries.matter(case.matter_code or "")
    return {"matter": matter}


def _result(_: Actor, __: Case) -> Mapping[str, Any]:
    return {"results": list(saying.RESULTS.items())}


def _convert(_: Actor, case: Case) -> Mapping[str, Any]:
    """Matters a butler may do for somebody: what was looked for, else what the question sounds like."""
    words = read_query(_SEARCH)["q"]
    found = [hit.code for hit in catalogue_queries.search((words or case.summary)[:40], limit=30).items]
    codes = [*([case.matter_code] if case.matter_code and not words else []), *found]
    matters = [catalogue_queries.matter(code) for code in dict.fromkeys(codes)]
    delegable = [matter for matter in matters if "errand" in matter.channels][:_SUGGESTED]
    return {"searched": words, "matters": [(one.code, one.name, one.delegation.words) for one in delegable]}


def _pause(_: Actor, __: Case) -> Mapping[str, Any]:
    calendar, now = org_queries.calendar(), clock.now()
    return {
        "reasons": [(reason.value, wording.PAUSE_REASONS[reason]) for reason in PauseReason],
        "tomorrow": worktime.next_opening(
            calendar, datetime.combine(now.date() + timedelta(days=1), time(), clock.CHINA)
        ),
        "latest": worktime.due(calendar, now, LONGEST_PAUSE).at,
    }


def _refer_up(_: Actor, case: Case) -> Mapping[str, Any]:
    above = routing.next_above(finding.stops_of(case), case.desk_id)
    return {"goes_to": above.name if above else None}


def _dispatch(actor: Actor, case: Case) -> Mapping[str, Any]:
    desks = desk.desks_for(actor, case)
    duty = identity_queries.duty_of([one.id for one in desks], clock.now())
    return {"desks": [(one.id, one.name, _who_is_there(one, duty[one.id])) for one in desks]}


def _who_is_there(one: Desk, person: Any) -> str:
    who = f"{person.courtesy_name}师傅在岗" if person else "这会儿没有人在岗"
    return f"{who}，{one.phone}" if one.phone else who


FORMS: Mapping[Step, StepForm] = {
    Step.AUTHORISE: StepForm(
        title="签委托书",
        lead="念给居民听，一项一项问清楚。居民同意并签了字，再按下面的按钮。",
        schema=ActsIn(),
        fields="authorise",
        facts=_authorise,
    ),
    Step.RECEIVE_ORIGINALS: StepForm(
        title="收原件",
        lead="当面点清，收一样勾一样。登记好了打印收条，一式两份，双方签字。",
        schema=RowsIn(),
        fields="receive_originals",
        facts=_receive,
    ),
    Step.SUBMIT: StepForm(
        title="记录递交",
        lead="窗口收下材料以后再记。从这时起走部门的时间，不再算我们的。",
        schema=STEP_INPUTS[Step.SUBMIT],
        fields="submit",
        facts=_submit,
    ),
    Step.RECORD_RESULT: StepForm(
        title="记录结果",
        lead="部门有了结果，照原样记下来。我们只转告，不替部门下结论。",
        schema=STEP_INPUTS[Step.RECORD_RESULT],
        fields="record_result",
        facts=_result,
    ),
    Step.ANSWER: StepForm(
        title="答复居民",
        lead="居民看到的就是您写的话。不确定的，写明以谁的答复为准。",
        schema=STEP_INPUTS[Step.ANSWER],
        words="您的答复",
        hint="先回答能不能办，再写带什么、去哪里、多久",
    ),
    Step.CONVERT: StepForm(
        title="转为代办",
        lead="居民想请您去办，就转成代办。这件咨询到此结束，新的一件接着办。",
        schema=STEP_INPUTS[Step.CONVERT],
        fields="convert",
        facts=_convert,
    ),
    Step.PAUSE: StepForm(
        title="暂停计时",
        lead="停的时间不算在约定里，到时间自动接着走。居民会看到原因。",
        schema=STEP_INPUTS[Step.PAUSE],
        fields="pause",
        facts=_pause,
    ),
    Step.RELEASE: StepForm(
        title="退回待接",
        lead="退回以后别的同事可以接。原来约定的时间照走，不重新算。",
        schema=STEP_INPUTS[Step.RELEASE],
        words="为什么退回",
        hint="写给接手的人看：办到哪一步、还差什么",
    ),
    Step.REFER_UP: StepForm(
        title="上报",
        lead="您这里办不了的，请上一级接着办。",
        schema=STEP_INPUTS[Step.REFER_UP],
        fields="refer_up",
        words="卡在哪里，试过什么",
        facts=_refer_up,
    ),
    Step.DISPATCH: StepForm(
        title="分派",
        lead="选一个离居民最近、办得了的岗位。",
        schema=STEP_INPUTS[Step.DISPATCH],
        fields="dispatch",
        facts=_dispatch,
    ),
    Step.NOTE: StepForm(
        title="留言",
        lead="居民和办这件事的人都看得到。",
        schema=STEP_INPUTS[Step.NOTE],
        words="想说的话",
    ),
}
_DELIVER = StepForm(
    title="完成送达",
    lead="结果交到居民手上了，再按下面的按钮。居民会收到消息，请他核对确认。",
    schema=STEP_INPUTS[Step.RESOLVE],
    words="交代几句",
    hint="比如：卡片在信封里，有效期到哪一天",
    optional=True,
)
_GIVE_UP = StepForm(
    title="没法办成",
    lead="写清原因，再写居民还可以怎么办。居民不同意，可以请您接着办。",
    schema=STEP_INPUTS[Step.RESOLVE],
    words="原因，和居民还可以怎么办",
)
_WITHOUT_FORM = frozenset({Step.CLAIM, Step.RESUME, Step.URGE, Step.RETURN_ORIGINALS})
