"""Reading the log of a day, asking about it, and writing down what the answer was."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert

from butler.identity.permissions import Role
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.errors import Conflict, Invalid
from butler.looks import checking
from butler.looks.hashing import root
from butler.looks.models import LookDay, LookRoot
from butler.looks.queries import overseers_of
from butler.looks.rules import says_something
from butler.looks.states import Way
from butler.notifications.actions import tell
from butler.privacy import knowing, patterns, queries, wording
from butler.privacy.models import Finding
from butler.privacy.rules import TELLS_LOOKER, Suspicion, judge
from butler.privacy.states import Rule, Verdict


def review(day: date) -> int:
    """Read the log of a day, and of the weeks before it, and write down what stands out; how many findings are new.
    Twice does no harm."""
    days, (weeks, together) = knowing.days_of_lookers(day), knowing.weeks_of_people(day)
    lookers = {one.looker_id: one for one in [*weeks, *days]}
    views, of_weeks = ({one.looker_id: one.views for one in some} for some in (days, weeks))
    new = sum(_ask(lookers[looker], day, [one]) for looker, one in patterns.judge_crowds(views))
    new += sum(_ask(lookers[looker], day, [one]) for looker, one in patterns.judge_weeks(of_weeks, day, together))
    new += sum(_ask(one, day, judge(one.views, one.lines)) for one in days)
    new += sum(_ask(one, day, patterns.judge_lying(one.views)) for one in knowing.taken_before(day))
    new += sum(_ask(one, day, patterns.judge_leaving(one.views, on)) for one, on in knowing.last_days_of_posts(day))
    for one in knowing.exports_of_week(day):
        new += _ask(one, day, patterns.judge_exports([view.at for view in one.views]))
    return new


def _ask(looker: knowing.LookerDay, day: date, suspicions: Iterable[Suspicion]) -> int:
    """Write down what stands out in what somebody looked at; how many of it is new."""
    found, new = list(suspicions), 0
    if not found:
        return 0
    path = queries.path_of_unit(looker.unit_id)
    numbers = queries.numbers_of({one.case_id for one in found if one.case_id is not None})
    for one in found:
        on, about = one.day or day, one.case_id or one.person_id or 0
        new += note(
            f"{one.rule.value}:{looker.looker_id}:{on.isoformat()}:{about}",
            rule=one.rule,
            day=on,
            looker_id=looker.looker_id,
            role=looker.role,
            unit_path=path,
            person_id=one.person_id,
            case_id=one.case_id,
            number=numbers.get(one.case_id or 0),
            looks=one.looks,
            first_at=one.at,
        )
    return new


def note(key: str, *, rule: Rule, doubt: str | None = None, **facts: Any) -> bool:
    """Write a finding down unless the same question has been asked before; tell whether it is new."""
    values = {"key": key, "rule": rule.value, "found_at": clock.now(), "doubt": doubt, "verdict": Verdict.OPEN.value}
    row = insert(cast(Table, Finding.__table__)).values(**values, **facts)
    written = row.on_conflict_do_nothing(index_elements=["key"]).returning(Finding.id)
    return db.session.execute(written).scalar() is not None


def settle(actor: Actor, finding_id: int, *, verdict: Verdict, words: str) -> Finding:
    """Write down what the answer was. Raises NotFound, Conflict when it is settled, Invalid without real words."""
    finding = queries.find_finding(actor, finding_id, lock=True)
    if finding.verdict != Verdict.OPEN:
        raise Conflict("这一条已经核对过了，没有再改动。")
    if verdict is Verdict.OPEN:
        raise Invalid.at("/verdict", "请选核对的结果。", code="choice")
    if not says_something(words, Way.BREAK_GLASS):
        raise Invalid.at("/words", "请写清楚问了谁、怎么说的，至少 10 个字。", code="too-short")
    finding.verdict, finding.words = verdict.value, words
    finding.settler_id, finding.settled_at = actor.person_id, clock.now()
    db.session.flush()
    return finding


def tell_lookers() -> int:
    """Tell the lookers of confirmed findings, where the rules say so; how many were told. For a part of the system:
    the officer who confirmed it sees no case, and so can send no notice about one."""
    query = select(Finding).where(Finding.verdict == Verdict.CONFIRMED, Finding.told_at.is_(None))
    told = db.session.scalars(query.order_by(Finding.id).limit(50).with_for_update(skip_locked=True)).all()
    for finding in told:
        finding.told_at = clock.now()
        cases = [finding.case_id, *(look.case_id for look in queries.looks_behind(finding))]
        for case_id in [one for one in cases if one is not None and Rule(finding.rule) in TELLS_LOOKER][:1]:
            tell(case_id, f"finding-{finding.id}", {finding.looker_id: wording.TO_LOOKER})
    db.session.flush()
    return len(told)


def tell_officers(case_id: int, happening: str, unit_path: str, text: str, *, but: Collection[int] = ()) -> None:
    """Tell every privacy officer of this unit and those above it."""
    officers = [one for one in overseers_of(unit_path, clock.now()) if one.role is Role.PRIVACY_OFFICER]
    tell(case_id, happening, {one.person_id: text for one in officers if one.person_id not in but})


def seal(today: date | None = None) -> list[LookRoot]:
    """Write the head of every day that is over and has none yet, the oldest first; they can be sent out of the house."""
    today = today or clock.today()
    last = db.session.scalars(select(LookRoot).order_by(LookRoot.day.desc()).limit(1)).first()
    first = select(LookDay.day).order_by(LookDay.day).limit(1)
    day = last.day + timedelta(days=1) if last else db.session.scalar(first)
    before, sealed = last.root if last else checking.NO_ROOT, []
    while day is not None and day < today:
        heads = checking.heads_of(day)
        before = root(before, day, heads)
        rows = sum(count for _, count, _ in heads)
        sealed.append(LookRoot(day=day, lookers=len(heads), rows=rows, root=before, sealed_at=clock.now()))
        day += timedelta(days=1)
    db.session.add_all(sealed)
    db.session.flush()
    return sealed
