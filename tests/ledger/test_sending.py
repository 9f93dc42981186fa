"""The head of a day leaves the house signed, once, and its receipt is kept; whatever the other side does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from ledger.archive import KEY, PARTY, Archive, sends_to
from sqlalchemy import func, select

from butler.kit import clock, outbox
from butler.kit.database import ButlerFlask, db
from butler.kit.outbox import OutboxMessage
from butler.kit.signing import canonical, read_signers
from butler.ledger import actions, jobs, queries
from butler.ledger.deliveries import deliver_head
from butler.ledger.heads import in_groups, read_root
from butler.ledger.models import LedgerHead, LedgerReceipt
from butler.ledger.sheets import Sheet, code_text, sheet_pdf
from butler.settings import Settings
from factories import Town, file_consult, file_errand

Clock = Callable[[str], None]
DAY = date(2026, 11, 23)


@pytest.fixture
def settings_here(
    app: ButlerFlask, town: Town, server: tuple[Archive, int], archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    return sends_to(app, server[1], monkeypatch)


def receipts() -> list[LedgerReceipt]:
    return list(db.session.scalars(select(LedgerReceipt).order_by(LedgerReceipt.day)))


def seal_monday(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    file_errand(town.here.residents[0], town.here)
    db.session.commit()
    at("2026-11-24 02:00")
    assert jobs.seal_days() == 1


def test_a_day_is_sealed_once_and_only_when_nothing_of_it_can_still_come(town: Town, at: Clock) -> None:
    at("2026-11-23 09:00")
    case = file_errand(town.here.residents[0], town.here)
    db.session.commit()
    at("2026-11-24 01:59")
    over = queries.last_day()
    assert jobs.seal_days() == 1  # the day before the first line: empty, and the beginning of the chain
    assert over is None
    at("2026-11-24 02:00")
    assert (jobs.seal_days(), jobs.seal_days()) == (1, 0)

    first, second = queries.days_between(None, None)
    assert (first.cases, first.lines, second.day, second.cases, second.lines) == (0, 0, DAY, 1, 1)
    assert second.before == first.root
    assert db.session.execute(select(LedgerHead.case_id, LedgerHead.seq, LedgerHead.day)).all() == [(case.id, 1, DAY)]


def test_a_line_that_comes_late_belongs_to_the_next_day(town: Town, at: Clock) -> None:
    seal_monday(town, at)
    before = queries.find_day(DAY).root
    at("2026-11-23 23:59")
    file_consult(town.here.residents[1], town.here)
    db.session.commit()
    at("2026-11-25 03:00")

    assert jobs.seal_days() == 1
    assert queries.find_day(DAY).root == before
    assert queries.find_day(DAY + timedelta(days=1)).cases == 1


def test_days_without_anything_have_heads_too(town: Town, at: Clock) -> None:
    seal_monday(town, at)
    at("2026-11-27 08:00")

    assert jobs.seal_days() == 3
    assert len({one.root for one in queries.days_between(None, None)}) == 4


def test_a_head_is_sent_signed_and_its_receipt_kept(
    settings_here: Settings, archive: Archive, town: Town, at: Clock
) -> None:
    seal_monday(town, at)
    outbox.drain()

    (letter,) = archive.letters
    (signer,) = read_signers(KEY)
    assert letter["key_id"] == "2026"
    assert signer.proves(canonical(letter["statement"]), letter["signature"])
    assert not signer.proves(canonical(letter["statement"] | {"cases": 9}), letter["signature"])
    sealed = queries.find_day(DAY)
    assert letter["statement"]["root"] == sealed.root.hex()
    assert archive.keys == ["ledger-2026-11-23"]
    (receipt,) = receipts()
    assert (receipt.day, receipt.party, receipt.root, receipt.words) == (DAY, PARTY, sealed.root, "档-7")
    assert queries.unsent(settings_here) == []

    assert actions.queue_unsent(settings_here) == 0
    outbox.drain()
    assert len(archive.letters) == 1


@pytest.mark.parametrize(
    "mood", ["lies", "another day", "chats", "a list", "nothing", "errs", "refuses", "moved", "hangs"]
)
def test_what_is_not_confirmed_is_tried_again(
    settings_here: Settings, archive: Archive, app: ButlerFlask, town: Town, at: Clock, mood: str
) -> None:
    seal_monday(town, at)
    archive.mood, patient = mood, app.extensions["deliveries"]
    if mood == "hangs":
        app.extensions["deliveries"] = patient | {"ledger": deliver_head(settings_here, seconds=0.5)}
    outbox.drain()
    app.extensions["deliveries"] = patient
    assert receipts() == []
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.topic == "ledger")).one()
    assert message.last_error in ("NotConfirmed", "NoAnswer")

    archive.mood = "well"
    at("2026-11-24 02:01")
    outbox.drain()
    assert [one.day for one in receipts()] == [DAY]


def test_what_died_on_the_way_is_sent_with_the_next_day(
    settings_here: Settings, archive: Archive, town: Town, at: Clock
) -> None:
    seal_monday(town, at)
    archive.mood = "errs"
    for hour in range(8):
        at(f"2026-11-24 {2 + hour * 2:02}:30")
        outbox.drain()
    at("2026-11-25 01:00")
    outbox.drain()
    assert len(outbox.dead_letters()) == 1
    assert queries.unsent(settings_here, sealed_before=clock.now() - timedelta(hours=22)) == [(DAY, PARTY)]

    archive.mood = "well"
    at("2026-11-25 02:00")
    assert jobs.seal_days() == 1
    outbox.drain()
    assert [one.day for one in receipts()] == [DAY, DAY + timedelta(days=1)]
    assert len({letter["statement"]["root"] for letter in archive.letters}) == 2


def test_whom_the_settings_no_longer_name_is_sent_nothing(
    settings_here: Settings, archive: Archive, app: ButlerFlask, town: Town, at: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_monday(town, at)
    deliver = app.extensions["deliveries"]["ledger"]
    deliver({"day": "2026-11-23", "party": "别人"}, "")
    assert (archive.letters, receipts()) == ([], [])
    monkeypatch.setitem(app.extensions, "settings", replace(settings_here, ledger_parties=""))
    assert queries.unsent(app.extensions["settings"]) == []


def test_nothing_is_sent_where_nobody_is_named(town: Town, at: Clock) -> None:
    seal_monday(town, at)
    sent = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.topic == "ledger")
    assert db.session.scalar(sent) == 0


WRONG = {
    "no address": ("甲=", KEY),
    "no name": ("=https://a.example/", KEY),
    "twice": ("甲=https://a.example/,甲=https://b.example/", KEY),
    "another way": ("甲=ftp://a.example/", KEY),
    "no key": ("甲=https://a.example/", ""),
    "a short key": ("甲=https://a.example/", "2026:AAAA"),
    "a key of one letter": ("甲=https://a.example/", "2026:" + "A" * 43),
    "a key without a name": ("甲=https://a.example/", KEY.removeprefix("2026")),
    "two keys of one name": ("甲=https://a.example/", f"{KEY},{KEY}"),
    "no base64": ("甲=https://a.example/", "2026:管"),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_settings_that_cannot_be_used_are_refused_at_the_start(settings: Settings, name: str) -> None:
    parties, key = WRONG[name]
    with pytest.raises(ValueError, match="BUTLER_LEDGER"):
        replace(settings, ledger_parties=parties, ledger_key=key).parties()


def test_the_sheet_says_what_the_head_says(town: Town, at: Clock) -> None:
    seal_monday(town, at)
    head = queries.head_of(queries.find_day(DAY))

    assert in_groups(head.root).replace(" ", "").lower() == head.root.hex()
    assert read_root(in_groups(head.root)) == head.root
    assert code_text(head).split()[1:] == ["2026-11-23", head.root.hex().upper()]
    sheet = Sheet(head, clock.now(), "http://localhost", is_demo=True)
    assert sheet_pdf(sheet).startswith(b"%PDF-")
    assert sheet_pdf(sheet) == sheet_pdf(sheet)
    assert sheet_pdf(sheet) != sheet_pdf(replace(sheet, head=replace(head, root=bytes(32))))
