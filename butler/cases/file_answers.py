"""Photos and papers of a case as they go out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Response, current_app
from reportlab.pdfbase import pdfmetrics

from butler.cards.typesetting import FONT_FILE, FONT_NAME, open_canvas, save_canvas
from butler.cases.actions import attaching
from butler.cases.actions.looking import record_look, standing_of
from butler.cases.answers import called
from butler.cases.models import Case
from butler.consents.models import Consent
from butler.consents.rules import taken_back_in
from butler.consents.states import Purpose
from butler.files import actions as files
from butler.files import queries as file_queries
from butler.files import rules, watermarks
from butler.files.examining import stamp
from butler.files.models import Attachment
from butler.files.rules import Opening
from butler.files.states import FileKind, FileState
from butler.identity.rules import RECENTLY
from butler.identity.scope import Actor
from butler.identity.session import demand_recent_sign_in
from butler.kit import clock
from butler.kit.clock import CHINA
from butler.looks.actions import Seen, record_looks
from butler.looks.states import FieldClass, LookKind, Standing

KIND_WORDS = {FileKind.PHOTO: "照片", FileKind.PAPER: "材料"}
_SIDE = 800  # points of the sheet over a page
_ENDINGS = {"image/jpeg": "jpg", "application/pdf": "pdf"}


def attachment_line(
    actor: Actor, case: Case, attachment: Attachment, openings: Mapping[FileKind, Opening]
) -> dict[str, Any]:
    """A file in the list of a case; `openings`: `attaching.openings_of` this actor."""
    words = files.words_of(attachment)
    return {
        "id": str(attachment.id),
        "kind": attachment.kind,
        "name": words["name"],
        "purpose": words["purpose"],
        "media_type": attachment.media_type,
        "size": attachment.size,
        "width": attachment.width,
        "height": attachment.height,
        "pages": attachment.pages,
        "who": who_sent(actor, attachment),
        "state": attachment.state,
        "created_at": _iso(attachment.created_at),
        "destroyed_at": _iso(attachment.destroyed_at),
        "destroyed_on": _iso(destroyed_on(case, attachment)),
        "may_open": can_open(attachment, openings),
    }


def who_sent(actor: Actor, attachment: Attachment) -> str:
    """您 for oneself, role and surname for others."""
    if attachment.uploader_id == actor.person_id:
        return "您"
    return called(attachment.uploader.name, attachment.uploader_role)


def can_open(attachment: Attachment, openings: Mapping[FileKind, Opening]) -> bool:
    """Whether there is something to open and somebody may (perhaps after signing in again)."""
    stored = rules.can_be_opened(FileState(attachment.state))
    return stored and openings[FileKind(attachment.kind)] is not Opening.NO


def destroyed_on(case: Case, attachment: Attachment) -> datetime | None:
    """When a paper is going to be destroyed; None for photos, for open cases and for what is destroyed already."""
    if attachment.kind != FileKind.PAPER or attachment.state == FileState.DESTROYED:
        return None
    return rules.destroyed_on(case.closed_at, current_app.extensions["settings"].papers_kept_days)


def copy_for(actor: Actor, case: Case, attachment: Attachment, *, small: bool = False) -> Response:
    """A copy of a file for somebody who asks for it, to be kept by nobody on the way and run by nothing.

    Papers carry across them what they may be used for; of photos there is a `small` copy for pages with many. Raises
    NotAllowed, Unauthenticated (reauth-required: papers open only after proving lately that it is oneself) and what
    `files.actions.read` raises.
    """
    if attaching.check_opening(actor, case, attachment) is Opening.FRESH:
        at_work = not rules.AT_WORK.isdisjoint(attaching.standings_of(actor, case))
        demand_recent_sign_in(RECENTLY if at_work else rules.FRESH_MINUTES)
    data = files.read(attachment)
    write_down(actor, case)
    if attachment.kind == FileKind.PAPER:
        if attachment.media_type == "image/jpeg":
            data = watermarks.burn(data, purpose_words(case), font=FONT_FILE)
        else:
            data = stamp(data, _sheet(purpose_words(case)))
    elif small and attachment.media_type == "image/jpeg":
        data = watermarks.shrink(data)
    ending = _ENDINGS[attachment.media_type]
    plain, full = f"{attachment.kind}-{case.number}-{attachment.id}", KIND_WORDS[FileKind(attachment.kind)]
    return Response(
        data,
        mimetype=attachment.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{plain}.{ending}"; '
            f"filename*=UTF-8''{quote(f'{full}-{case.number}-{attachment.id}.{ending}')}",  # RFC 6266
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


@dataclass(frozen=True)
class ShownFile:
    """A file as pages list it."""

    attachment: Attachment
    kind_word: str
    name: str
    purpose: str
    who: str
    can_open: bool
    is_locked: bool  # the consent was taken back, and it has to be kept for a while all the same
    destroyed_on: datetime | None


def shown_files(actor: Actor, case: Case, agreed: Sequence[Consent]) -> list[ShownFile]:
    """The photos and papers of a case, in the order in which they came; `agreed`: its consents."""
    shown, openings = [], attaching.openings_of(actor, case, agreed)
    taken_back = taken_back_in(agreed, Purpose.PAPERS)
    for attachment in file_queries.of_case(case.id):
        words = files.words_of(attachment)
        shown.append(
            ShownFile(
                attachment=attachment,
                kind_word=KIND_WORDS[FileKind(attachment.kind)],
                name=words["name"],
                purpose=words["purpose"],
                who=who_sent(actor, attachment),
                can_open=can_open(attachment, openings),
                is_locked=taken_back and attachment.kind == FileKind.PAPER and attachment.state == FileState.STORED,
                destroyed_on=destroyed_on(case, attachment),
            )
        )
    return shown


def _sheet(words: str) -> bytes:
    """A square PDF with the words across it, slanting, grey and half transparent."""
    canvas, out = open_canvas((_SIDE, _SIDE), title="")
    canvas.translate(_SIDE / 2, _SIDE / 2)
    canvas.rotate(24)
    canvas.setFont(FONT_NAME, 18)
    canvas.setFillColorRGB(0.3, 0.3, 0.3, alpha=0.35)
    wide = pdfmetrics.stringWidth(words, FONT_NAME, 18) + 60
    for line, height in enumerate(range(-_SIDE, _SIDE, 90)):
        for place in range(-2, 3):
            canvas.drawString((place + line % 2 / 2) * wide, height, words)
    save_canvas(canvas)
    return out.getvalue()


def write_down(actor: Actor, case: Case) -> None:
    """Every opening leaves a row, a resident's own too: with somebody else's telephone in hand, it is not their own."""
    fields = (FieldClass.OUTLINE, FieldClass.PAPERS)
    if standing_of(actor, case) is None:
        own = Seen(case.beneficiary_id, case.id, case.district, Standing.OWN)
        record_looks(replace(actor, posts=()), LookKind.PAPER, [own], fields=fields)
    else:
        record_look(actor, case, LookKind.PAPER, fields=fields)


def purpose_words(case: Case) -> str:
    """What is burned into a copy of a paper."""
    today = clock.today()
    return f"仅用于 {case.matter_name} {case.number} {today.year}年{today.month}月{today.day}日"


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(CHINA).isoformat(timespec="seconds") if moment else None
