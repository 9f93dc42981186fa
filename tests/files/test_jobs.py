"""The scanner, the end of papers, the sweep and the check."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from files.hostile import pdf, picture
from sqlalchemy.orm import Session, scoped_session

from butler.cases.jobs import destroy_papers
from butler.cases.models import Case
from butler.cases.states import Outcome, Stage, State
from butler.files import actions, checking, jobs
from butler.files.actions import Sent
from butler.files.models import Attachment
from butler.files.states import DestroyedWhy, FileKind, FileState
from butler.kit import clock
from butler.kit.database import db
from butler.kit.envelopes import destroy_key
from butler.kit.errors import Conflict, Gone
from butler.kit.files import Store, new_name
from butler.looks.states import Standing
from rows import make_case

Clock = Callable[[str], None]


@pytest.fixture(autouse=True)
def disk(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store(tmp_path / "files", margin=0)
    monkeypatch.setitem(app.extensions, "files", store)
    return store


@pytest.fixture
def scanner(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in that knows one virus, and fails where a file says so."""
    program = tmp_path / "scanner.py"
    program.write_text(
        "import sys, pathlib\n"
        "data = sys.stdin.buffer.read()\n"
        f"pathlib.Path(r'{tmp_path}/broken').exists() and sys.exit(2)\n"
        "sys.exit(1 if b'EICAR' in data else 0)\n"
    )
    settings = replace(app.extensions["settings"], scan_command=f"{sys.executable} {program}")
    monkeypatch.setitem(app.extensions, "settings", settings)
    return tmp_path / "broken"


def keep(case: Case, data: bytes | None = None, kind: FileKind = FileKind.PAPER) -> Attachment:
    return actions.keep(
        Sent(kind=kind, purpose="户口本", name="a.jpg", data=data or picture()),
        case_id=case.id,
        case_is_open=True,
        sender_id=case.asker_id,
        sender_role="resident",
        standings={Standing.OWN},
    )


def close(case: Case, days_ago: float) -> None:
    case.stage, case.state, case.outcome = Stage.CLOSED, State.DELIVERED, Outcome.CONFIRMED
    case.closed_at, case.closed_level = clock.now() - timedelta(days=days_ago), "grid"
    case.next_alarm_at = None
    db.session.flush()


def test_nobody_opens_a_file_before_the_scanner_has_seen_it(
    session: scoped_session[Session], disk: Store, scanner: Path
) -> None:
    case = make_case()
    clean, unsafe = keep(case), keep(case, pdf(lambda writer: writer.add_metadata({"/Title": "EICAR"})))
    db.session.commit()
    for attachment in (clean, unsafe):
        assert attachment.state == FileState.QUARANTINED
        with pytest.raises(Conflict, match="安全检查"):
            actions.read(attachment)

    scanner.touch()  # it does not work: everything waits
    assert jobs.scan_quarantined() == 0
    assert {clean.state, unsafe.state} == {FileState.QUARANTINED}
    scanner.unlink()
    assert jobs.scan_quarantined() == 2
    assert jobs.scan_quarantined() == 0

    assert actions.read(clean).startswith(b"\xff\xd8")
    assert (unsafe.state, unsafe.destroyed_why) == (FileState.DESTROYED, DestroyedWhy.UNSAFE)
    assert (unsafe.sealed_key, unsafe.sealed_words) == (None, None)
    with pytest.raises(Gone):
        actions.read(unsafe)
    assert list(disk.names()) == [clean.file_name]


def test_a_scanner_that_is_not_there_lets_nothing_through(
    app: Any, session: scoped_session[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        app.extensions, "settings", replace(app.extensions["settings"], scan_command="/no/such/scanner --stream -")
    )
    attachment = keep(make_case())
    db.session.commit()
    assert jobs.scan_quarantined() == 0
    assert attachment.state == FileState.QUARANTINED


def test_papers_are_destroyed_when_their_time_is_over_and_photos_stay(
    session: scoped_session[Session], disk: Store, at: Clock
) -> None:
    at("2026-11-23 09:00")
    open_one, fresh, old = make_case(), make_case(), make_case()
    kept = [keep(open_one), keep(fresh), keep(old, kind=FileKind.PHOTO)]
    due = [keep(old), keep(old, pdf())]
    close(fresh, 29.9)
    close(old, 30)
    db.session.commit()

    assert destroy_papers() == 2
    assert destroy_papers() == 0

    assert sorted(disk.names()) == sorted(one.file_name for one in kept)
    assert [one.state for one in kept] == [FileState.STORED] * 3
    assert [(one.state, one.destroyed_why, one.destroyed_at) for one in due] == [
        (FileState.DESTROYED, DestroyedWhy.EXPIRED, clock.now())
    ] * 2
    assert [actions.words_of(one) for one in due] == [{"name": "", "purpose": ""}] * 2
    assert list(checking.violations(read=True)) == []


def test_a_destroyed_file_does_not_open_even_when_the_disk_comes_back_from_a_backup(
    session: scoped_session[Session], disk: Store
) -> None:
    case = make_case()
    attachment = keep(case)
    close(case, 31)
    db.session.commit()
    path = disk.path(attachment.file_name)
    backup = path.read_bytes()
    assert destroy_papers() == 1
    path.write_bytes(backup)
    assert actions.data_of(attachment) is None
    os.utime(path, (time.time() - 3_700,) * 2)
    assert jobs.sweep_files() == 1


def test_the_sweep_takes_only_what_no_row_needs(session: scoped_session[Session], disk: Store) -> None:
    attachment, orphan, young = keep(make_case()), new_name(), new_name()
    db.session.commit()
    for name in (orphan, young):
        disk.put(name, b"x")
    for name in (attachment.file_name, orphan):
        os.utime(disk.path(name), (time.time() - 3_700,) * 2)
    assert jobs.sweep_files() == 1
    assert set(disk.names()) == {attachment.file_name, young}


def test_the_check_finds_what_is_missing_or_altered(session: scoped_session[Session], disk: Store) -> None:
    good, missing, cut, altered = (keep(make_case()) for _ in range(4))
    disk.destroy(missing.file_name)
    path = disk.path(cut.file_name)
    path.write_bytes(path.read_bytes()[:-1])
    path = disk.path(altered.file_name)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert good.state == FileState.STORED
    assert list(checking.violations()) == [
        f"attachment {missing.id}: its file is not there",
        f"attachment {cut.id}: its file has another size",
    ]
    assert list(checking.violations(read=True)) == [
        f"attachment {missing.id}: its file is not there",
        f"attachment {cut.id}: its file has another size",
        f"attachment {altered.id}: its file has been altered",
    ]


def told(sample: int | None = None) -> dict[str, tuple[dict[str, int], int, list[str], int]]:
    return {
        one.place: (dict(one.by_key), one.destroyed, one.unreadable, one.left_out) for one in checking.open_all(sample)
    }


def test_keys_are_checked_down_to_the_files(session: scoped_session[Session], disk: Store, app: Any) -> None:
    case, ended = make_case(), make_case()
    whole, swapped, moved, gone, shredded = (keep(one) for one in (case, case, case, case, ended))
    actions.destroy(gone, DestroyedWhy.EXPIRED, clock.now())
    destroy_key(ended.id)
    session.commit()
    fine = ({"of the case": 3}, 1, [], 0), ({"of the file": 3}, 1, [], 0), ({"of the file": 3}, 1, [], 0)
    places = ("attachments.sealed_key", "attachments.sealed_words", "attachments (files)")
    assert told() == dict(zip(places, fine, strict=True))
    ((opened, destroyed, bad, left_out),) = [told(sample=2)[places[2]]]
    assert (sum(opened.values()) + destroyed, bad, left_out) == (2, [], 2)
    session.commit()

    disk.path(swapped.file_name).write_bytes(disk.path(whole.file_name).read_bytes())
    moved.sealed_key = whole.sealed_key
    session.commit()
    assert told() == {
        places[0]: ({"of the case": 2}, 1, [str(moved.id)], 0),
        places[1]: ({"of the file": 2}, 1, [str(moved.id)], 0),
        places[2]: ({"of the file": 1}, 1, [str(swapped.id), str(moved.id)], 0),
    }
    session.commit()
    asked = app.test_cli_runner().invoke(args=["butler", "keys", "check", "--all"])
    assert asked.exit_code == 1
    assert (
        f"attachments.sealed_words: of the file 2，已销毁 1\nattachments.sealed_words: {moved.id} 打不开"
        in asked.output
    )
    disk.destroy(shredded.file_name)
    disk.destroy(whole.file_name)
    assert told()[places[2]] == ({}, 1, [str(whole.id), str(swapped.id), str(moved.id)], 0)
