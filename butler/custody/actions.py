"""Originals change hands: in, from one butler to the next, back. Each move is one row that nobody can change.

Rows are locked in the order of their ids before anything is decided, so that of two people who move the same paper one
is told that it has already moved.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from butler.custody import rules
from butler.custody.models import Handover, Holding, Original
from butler.kit import envelopes
from butler.kit.database import db
from butler.kit.errors import Conflict, NotAllowed, NotFound


def receive(
    *,
    case_id: int,
    items: Sequence[rules.Paper],
    owner_id: int,
    butler_id: int,
    now: datetime,
    due_back_at: datetime,
) -> list[Original]:
    """The butler takes papers from the resident, in the order of `items`.

    Raises `Invalid` for papers that may never be kept (``/items/<place>/name``, code never-kept) or a due time that
    cannot be (``/due_back_at``), `NotAllowed` when butler and resident are the same person.
    """
    if owner_id == butler_id:
        raise NotAllowed("自己的材料不能交给自己代办，请换一位同事来收。")
    rules.check_papers(items)
    rules.check_due_back(now, due_back_at)
    originals = [
        Original(
            case_id=case_id,
            sealed_words=envelopes.seal(
                case_id,
                "originals.sealed_words",
                {"name": item["name"].strip(), "condition": item["condition"].strip()},
            ),
            copies=item["copies"],
            holding=Holding.BUTLER,
            holder_id=butler_id,
            received_at=now,
            due_back_at=due_back_at,
        )
        for item in items
    ]
    db.session.add_all(originals)
    db.session.flush()
    db.session.add_all(
        Handover(original_id=original.id, seq=1, giver_id=owner_id, taker_id=butler_id, at=now)
        for original in originals
    )
    db.session.flush()
    return originals


def give_back(
    *,
    case_id: int,
    original_ids: Collection[int] | None = None,
    butler_id: int,
    owner_id: int,
    now: datetime,
) -> list[Original]:
    """The butler gives papers back to the resident: those named, or all that are still out.

    Raises `NotFound` for a paper that is not of this case, `Conflict` when there is nothing to give back, when one has
    already been given back or is in somebody else's hands, `NotAllowed` when `owner_id` is not who handed it in.
    """
    if original_ids is None:
        originals = _lock(Original.case_id == case_id, Original.returned_at.is_(None))
    else:
        originals = _lock(Original.case_id == case_id, Original.id.in_(original_ids))
        if len(originals) != len(set(original_ids)):
            raise NotFound("有一件原件不是这件事的，请刷新后再核对。")
    if not originals:
        raise Conflict("没有要归还的原件：都已经还了，或者还没有收过。")
    for original in originals:
        if original.returned_at is not None:
            raise Conflict(f"“{original.name}”已经还给本人了，不用再还。请刷新后再核对。")
        if original.holder_id != butler_id:
            raise Conflict(f"“{original.name}”现在不在您手里，请由拿着它的同事归还。")
    if _owners(originals) != {owner_id}:
        raise NotAllowed("原件只能还给当初交来的人。请核对后再归还。")
    _move(originals, holding=Holding.OWNER, to_id=owner_id, now=now)
    return originals


def hand_over(*, case_id: int, from_id: int, to_id: int, now: datetime) -> list[Original]:
    """A butler who leaves a case passes every paper of it to the next one; an empty list when they hold none.

    Raises `Conflict` for passing papers to oneself, `NotAllowed` for passing them to the resident, which is giving
    them back.
    """
    if from_id == to_id:
        raise Conflict("原件已经在您手里，请选另一位同事。")
    originals = _lock(Original.case_id == case_id, Original.holder_id == from_id, Original.holding == Holding.BUTLER)
    if originals:
        if to_id in _owners(originals):
            raise NotAllowed("这些原件是对方本人的，请用“归还原件”。")
        _move(originals, holding=Holding.BUTLER, to_id=to_id, now=now)
    return originals


def _lock(*which: ColumnElement[bool]) -> list[Original]:
    """The originals, locked, as they are now and not as this session remembers them."""
    query = select(Original).where(*which).order_by(Original.id).with_for_update()
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _owners(originals: Sequence[Original]) -> set[int]:
    """Who handed these papers in."""
    first = select(Handover.giver_id).where(Handover.original_id.in_([o.id for o in originals]), Handover.seq == 1)
    return set(db.session.scalars(first.distinct()))


def _move(originals: Sequence[Original], *, holding: Holding, to_id: int, now: datetime) -> None:
    """Write the next link of each chain and put the papers into the new hands."""
    newest = (
        select(Handover.original_id, func.max(Handover.seq))
        .where(Handover.original_id.in_([original.id for original in originals]))
        .group_by(Handover.original_id)
    )
    last_seq = dict(db.session.execute(newest).all())
    for original in originals:
        db.session.add(
            Handover(
                original_id=original.id,
                seq=last_seq[original.id] + 1,
                giver_id=original.holder_id,
                taker_id=to_id,
                at=now,
            )
        )
        original.holder_id, original.holding = to_id, holding
        original.returned_at = now if holding == Holding.OWNER else None
    db.session.flush()
