"""What cases do when something happens further down."""

from sqlalchemy import func, select

from butler.cases.actions import clocks, shredding
from butler.cases.actions.history import tell_of_destroyed
from butler.cases.actions.moving import SYSTEM, move
from butler.cases.models import Case, CaseClock
from butler.cases.queries import finding
from butler.cases.states import Happening, Stage, State
from butler.consents.events import ConsentWithdrawn
from butler.consents.states import Purpose
from butler.families.events import AuthorityTaken
from butler.files.events import FileUnsafe
from butler.files.states import DestroyedWhy
from butler.kit import clock
from butler.kit.database import db
from butler.kit.wording import say_moment
from butler.org import queries as org_queries
from butler.org.events import CalendarLoaded


def recompute_due_times(_: CalendarLoaded) -> None:
    """A year's holidays have been published: due times that rested on a guess are worked out again, and each case that
    is touched says so in its history."""
    org_queries.forget_calendar()
    guessed = db.session.execute(
        select(CaseClock, Case)
        .join(Case, Case.id == CaseClock.case_id)
        .where(CaseClock.provisional, CaseClock.stopped_at.is_(None))
        .order_by(Case.id)
        .options(*finding.WITH_KEY)
        .with_for_update(of=Case)
    ).all()
    now = clock.now()
    for guess, case in guessed:
        before = guess.due_at
        if not clocks.recompute(guess):
            continue
        move(
            case,
            stage=Stage(case.stage),
            state=State(case.state),
            outcome=None,
            holder_id=case.holder_id,
            step=Happening.DUE_MOVED,
            actor_id=None,
            role=SYSTEM,
            now=now,
            note=f"原来最晚{say_moment(before, now)}，现在最晚{say_moment(guess.due_at, now)}",
            data={"clock": guess.kind, "from": before.isoformat(), "to": guess.due_at.isoformat()},
        )


def take_from_delegate(event: AuthorityTaken) -> None:
    """An authority was taken back or given up: what was asked for under it leaves the sight of who asked, in the same
    transaction. Waits for the steps that are being taken on these cases; those that come after find no case."""
    db.session.flush()
    db.session.execute(select(func.take_from_delegate(event.delegation_id)))
    for loaded in db.session:
        if isinstance(loaded, Case) and loaded.delegation_id == event.delegation_id:
            db.session.expire(loaded, ["asker_sees", "beneficiary_sees"])


def stop_using(event: ConsentWithdrawn) -> None:
    """A consent was taken back: what rests on it alone goes at once. Files are unreadable from now on; the sweep takes
    them from the disk. What stands in the history stays: it was done rightly then (个人信息保护法 15)."""
    if event.case_id is None:
        return
    match event.purpose:
        case Purpose.PAPERS:
            shredding.destroy_papers_of(event.case_id)
        case Purpose.HEALTH:
            shredding.forget_health(event.case_id)


def tell_of_unsafe_file(event: FileUnsafe) -> None:
    """The scanner found something in a file: the history says that it is no more, and why."""
    tell_of_destroyed(event.case_id, DestroyedWhy.UNSAFE, 1)
