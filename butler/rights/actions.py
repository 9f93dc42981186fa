"""Deeds: forget a case, keep one from being forgotten, take somebody out, correct a name."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from butler.cases.actions.history import tell_of_destroyed
from butler.cases.models import Case, LegalHold
from butler.cases.queries.holding import held
from butler.families import actions as families
from butler.files import actions as files
from butler.files.models import Attachment
from butler.files.states import DestroyedWhy, FileState
from butler.identity import actions as identity
from butler.identity.models import Person, Residence
from butler.identity.scope import Actor
from butler.kit import clock
from butler.kit.database import db
from butler.kit.envelopes import destroy_key
from butler.kit.errors import Conflict, NotFound
from butler.kit.numbers import read_number
from butler.kit.outbox import OutboxMessage
from butler.rights import queries
from butler.rights.models import RetentionRun
from butler.rights.rules import BROKEN_OFF, LEFT, MESSAGES_KEPT


def forget_case(case_id: int) -> Sequence[str]:
    """Make every text, paper and photo of a closed case unreadable for good; returns the names of the files to remove
    after the commit. The row, its path and its times stay: figures are right and nobody can be read in them."""
    now = clock.now()
    kept = select(Attachment).where(Attachment.case_id == case_id, Attachment.state != FileState.DESTROYED)
    names = []
    for attachment in db.session.scalars(kept):
        names.append(attachment.file_name)
        files.destroy(attachment, DestroyedWhy.EXPIRED, now)
    if names:
        tell_of_destroyed(case_id, DestroyedWhy.EXPIRED, len(names))
    destroy_key(case_id)
    return names


def place_hold(number: str, reason: str) -> LegalHold:
    """Keep a case whatever its time. Raises NotFound, and Conflict when it is held already."""
    case = _case(number)
    if db.session.scalar(select(LegalHold.id).where(LegalHold.case_id == case.id, LegalHold.released_at.is_(None))):
        raise Conflict("这件已经在保留中了，什么都没有改动。")
    hold = LegalHold(case_id=case.id, reason=reason.strip(), placed_at=clock.now(), released_at=None)
    db.session.add(hold)
    db.session.flush()
    return hold


def release_hold(number: str) -> None:
    """Let time go on for a case. Raises NotFound when it is not held."""
    case = _case(number)
    hold = db.session.scalar(select(LegalHold).where(LegalHold.case_id == case.id, LegalHold.released_at.is_(None)))
    if hold is None:
        raise NotFound("这件没有在保留中。")
    hold.released_at = clock.now()
    db.session.flush()


def forget_messages(limit: int) -> int:
    """Take away what left the outbox a month ago; returns how many of at most `limit`."""
    before = clock.now() - MESSAGES_KEPT
    old = select(OutboxMessage.id).where(
        or_(OutboxMessage.sent_at < before, OutboxMessage.dead_at < before, OutboxMessage.expires_at < before)
    )
    return _delete(delete(OutboxMessage).where(OutboxMessage.id.in_(old.limit(limit))))


def begin_run(*, again: bool = False) -> date | None:
    """Have the run of today, if nobody has had it; `again` has it in any case, for somebody who asks by hand.

    One statement decides, so that of any number of schedulers one has it. What was broken off is had by the next.
    Returns the day, or None when the run is another's.
    """
    now = clock.now()
    stuck = and_(RetentionRun.ended_at.is_(None), RetentionRun.began_at < now - BROKEN_OFF)
    return db.session.scalar(
        insert(RetentionRun)
        .values(day=now.date(), began_at=now, cases=0, messages=0)
        .on_conflict_do_update(
            index_elements=[RetentionRun.day],
            set_={"began_at": now, "ended_at": None},
            where=true() if again else stuck,
        )
        .returning(RetentionRun.day)
    )


def count_forgotten(day: date, *, cases: int = 0, messages: int = 0, rows: int = 0) -> None:
    """Add to what the run of a day has done, in the transaction that did it."""
    db.session.execute(
        update(RetentionRun)
        .where(RetentionRun.day == day)
        .values(
            cases=RetentionRun.cases + cases,
            messages=RetentionRun.messages + messages,
            rows=RetentionRun.rows + rows,
        )
    )


def end_run(day: date) -> None:
    """Note that the run of a day has done all there was."""
    db.session.execute(update(RetentionRun).where(RetentionRun.day == day).values(ended_at=clock.now()))


def correct_name(actor: Actor, name: str) -> None:
    """Call somebody as they say they are called (PIPL art. 46). Cases show the new name at once; histories keep what was
    written then. Staff are called as their administrator appointed them. Raises Conflict for them."""
    if actor.posts:
        raise Conflict("您在岗位上用的名字由管理员更正，什么都没有改动。")
    person = db.session.get_one(Person, actor.person_id)
    person.name = name
    db.session.flush()


def erase(actor: Actor) -> None:
    """Take somebody out at their own wish (PIPL art. 47). Files become unreadable now; the sweep takes them away.

    Name and telephone go, every device is signed out, homes and authorities within the family end, and what they asked for
    themselves becomes unreadable. Cases another asked for them, and cases on hold, stay until their own time. Raises
    Conflict while something is going on or somebody holds a post: then there is still somebody who counts on them.
    """
    if actor.posts:
        raise Conflict("您现在还有岗位。请先让管理员结束您的岗位，再来注销。什么都没有改动。")
    identity.check_settled(actor.person_id)
    going_on = queries.open_affairs(actor.person_id)
    if going_on:
        raise Conflict(
            f"您还有 {going_on} 件事没有办完，或者有原件没有还给您。办完或者撤回以后再来注销，什么都没有改动。"
        )
    families.end_all_of(actor.person_id)  # authorities before cases, cases before people: `cases.queries.acting`
    alone = select(Case.id).where(Case.asker_id == actor.person_id, Case.beneficiary_id == actor.person_id, ~held())
    for case_id in db.session.scalars(alone).all():
        forget_case(case_id)
    lived = update(Residence).where(Residence.person_id == actor.person_id, Residence.valid_to.is_(None))
    db.session.execute(lived.values(valid_to=clock.today()))
    person = db.session.get_one(Person, actor.person_id)
    person.name, person.phone, person.disabled_at = LEFT, None, clock.now()
    person.verified_at = person.verified_by = person.verified_how = None
    person.wechat_openid = person.reach = None
    person.know_by_card(None)
    db.session.flush()
    identity.end_sign_ins_of(person)


def _case(number: str) -> Case:
    known = read_number(number)
    case = db.session.scalar(select(Case).where(Case.number == known)) if known else None
    if case is None:
        raise NotFound("没有找到这个单号的办件。请核对单号。")
    return case


def _delete(statement: Any) -> int:
    return cast(CursorResult[Any], db.session.execute(statement)).rowcount
