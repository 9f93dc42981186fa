"""Every period of the register really ends: an old row goes, a young one stays, and what is about a case on hold stays."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from butler.cards.models import Card, CardReport
from butler.cases.actions.moving import take_step
from butler.cases.models import Case
from butler.cases.queries import checking as case_checking
from butler.cases.states import Step
from butler.consents.models import Consent
from butler.families import actions as families
from butler.families.models import Delegation
from butler.families.states import Power
from butler.identity import actions as identity
from butler.identity.models import (
    Absence,
    Appointment,
    FailedSignIn,
    Invitation,
    KnownDevice,
    OneTimeCode,
    Person,
    PhoneChange,
    SignIn,
    StaffDeed,
    WeChatTicket,
)  # fmt: skip
from butler.identity.rules import DEVICE_KNOWN_FOR
from butler.kit import clock, daykeys, idempotency
from butler.kit.database import db
from butler.kit.daykeys import DayKey
from butler.kit.idempotency import IdempotencyKey
from butler.kit.outbox import OutboxMessage
from butler.looks import checking as look_checking
from butler.looks import hashing
from butler.looks.models import Look, LookDay, LookReason, Reveal
from butler.notifications.models import DemoMessage
from butler.privacy.exporting import forget_exports
from butler.privacy.models import Export, Finding
from butler.rights import actions, jobs, keeping
from butler.rights.register import register
from butler.rights.rules import LOG_KEPT, MESSAGES_KEPT
from factories import HAND_OVER, Town, file_errand
from figures import Show

DAY = timedelta(days=1)
ROOT = Path(__file__).parents[2]
KEPT = {"log": LOG_KEPT, "month": MESSAGES_KEPT, "day": DAY, "three_days": 3 * DAY, "session": 30 * DAY,
        "device": DEVICE_KNOWN_FOR}  # fmt: skip
ELSEWHERE = {
    "case": "tests/rights/test_own.py:test_a_run_forgets_what_is_due_and_nothing_else",
    "paper": "tests/files/test_jobs.py:test_papers_are_destroyed_when_their_time_is_over_and_photos_stay",
}
"""Periods that begin with the end of a case, proven where cases are closed."""
NO_CLOCK = {"while_member", "figures", "record", "shown"}
"""Periods that end with something that happens, or not."""


@dataclass(frozen=True)
class Laid:
    """When a row is dated, whose it is and the case it is about."""

    at: datetime
    case: Case
    town: Town
    number: int  # tells rows apart where something has to be unique

    @property
    def staff(self) -> int:
        return self.town.here.butler.person_id

    @property
    def resident(self) -> int:
        return self.town.here.residents[0].person_id


def sealed(laid: Laid, place: str) -> bytes:
    """Words under the key of that day, which is made if it is not there."""
    day = laid.at.date()
    row = db.session.get(DayKey, day)
    if row is None:
        row = DayKey(day=day, secret=daykeys.new_secret())
        db.session.add(row)
        db.session.flush()
    return daykeys.key_of(day, row.secret).seal(place, "居民来电话问进度，核对一下".encode())


def look(laid: Laid) -> Look:
    day = laid.at.date()
    row = Look(
        day=day, looker_id=laid.staff, seq=1, at=laid.at, role="butler", kind="full", fields=["name"], standing="desk",
        person_id=laid.resident, case_id=laid.case.id, district=laid.case.district, reason="", refused=False,
        sealed_words=sealed(laid, "looks.sealed_words"), desk_id=None, unit_id=None, hash=b"",
    )  # fmt: skip
    row.hash = hashing.chain(hashing.first_hash(laid.staff, day), row)
    db.session.add(LookDay(looker_id=laid.staff, day=day, rows=1, head=row.hash, people=[], allowance=60))
    return row


def delegation(laid: Laid) -> Delegation:
    return Delegation(
        grantor_id=laid.town.here.residents[1].person_id, delegate_id=laid.resident, basis="granted", state="ended",
        acts=["follow"], matters=[], starts_at=laid.at - 9 * DAY, ends_at=laid.at, called=None, ended_at=laid.at,
        proposed_by_id=laid.resident, confirmed_how="signed_in", confirmed_at=laid.at - 9 * DAY,
        confirmed_by_id=laid.town.here.residents[1].person_id, ended_why="expired", created_at=laid.at - 9 * DAY,
    )  # fmt: skip


def finding(laid: Laid) -> Finding:
    return Finding(
        key=f"old-{laid.number}", rule="doubted", day=laid.at.date(), looker_id=laid.staff, role="butler",
        unit_path=laid.case.unit_path, person_id=laid.resident, case_id=laid.case.id, number=laid.case.number, looks=1,
        first_at=laid.at, found_at=laid.at, verdict="open",
    )  # fmt: skip


def export(laid: Laid) -> Export:
    return Export(
        requester_id=laid.staff, role="street_staff", unit_path=laid.case.unit_path, first_day=laid.at.date(),
        last_day=laid.at.date(), reason="contact", words="演示", asked_at=laid.at, state="asked",
    )  # fmt: skip


def sign_in(laid: Laid) -> SignIn:
    return SignIn(
        token_hash=f"t{laid.number}", person_id=laid.resident, face="api", created_at=laid.at - DAY,
        proved_at=laid.at - DAY, seen_at=laid.at - DAY, expires_at=laid.at,
    )  # fmt: skip


def consent(laid: Laid) -> Consent:
    """Given for a case that ended that day; never taken back."""
    db.session.execute(update(Case).where(Case.id == laid.case.id).values(closed_at=laid.at))
    return Consent(
        person_id=laid.resident, purpose="papers", version=1, case_id=laid.case.id, channel="page",
        given_by_id=laid.resident, given_at=laid.at,
    )  # fmt: skip


ROWS: dict[str, Callable[[Laid], Any]] = {
    "looks": look,
    "look_days": look,  # comes with the row itself
    "look_reasons": lambda laid: LookReason(
        looker_id=laid.staff, day=laid.at.date(), at=laid.at, more=20,
        sealed_words=sealed(laid, "look_reasons.sealed_words"),
    ),
    "reveals": lambda laid: Reveal(
        looker_id=laid.staff, case_id=laid.case.id, district="330106", way="reason", fields=["phone"], why="contact",
        sealed_words=sealed(laid, "reveals.sealed_words"), uncovered_at=laid.at, covered_at=laid.at + timedelta(minutes=15),
    ),
    "staff_deeds": lambda laid: StaffDeed(
        at=laid.at, by_id=laid.staff, person_id=laid.resident, deed="password_set",
        sealed_why=sealed(laid, "staff_deeds.sealed_why"),
    ),
    "phone_changes": lambda laid: PhoneChange(person_id=laid.resident, at=laid.at, how="codes"),
    "findings": finding,
    "exports": export,
    "consents": consent,
    "delegations": delegation,
    "appointments": lambda laid: Appointment(
        person_id=laid.staff, role="butler", desk_id=laid.town.here.desk.id, unit_id=laid.town.here.desk.unit_id,
        valid_from=laid.at.date() - DAY, valid_to=laid.at.date(),
    ),
    "absences": lambda laid: Absence(person_id=laid.staff, starts_at=laid.at - DAY, ends_at=laid.at),
    "staff_invitations": lambda laid: Invitation(
        kind="reset", token_hash=f"i{laid.number}", person_id=laid.staff, created_at=laid.at - DAY, expires_at=laid.at
    ),
    "card_reports": lambda laid: CardReport(
        number=f"N{laid.number}", wrong="other", words="演示", asked_from="", at=laid.at
    ),
    "demo_messages": lambda laid: DemoMessage(
        dedupe_id=f"d{laid.number}", channel="sms", recipient="10000000001", text="演示", at=laid.at
    ),
    "day_keys": lambda laid: DayKey(day=laid.at.date(), secret=daykeys.new_secret()),
    "sign_ins": sign_in,
    "known_devices": lambda laid: KnownDevice(
        person_id=laid.resident, token_hash=f"k{laid.number}", created_at=laid.at, seen_at=laid.at
    ),
    "one_time_codes": lambda laid: OneTimeCode(
        phone_index=b"-", code_hash="-", asked_from="-", created_at=laid.at, expires_at=laid.at
    ),
    "failed_sign_ins": lambda laid: FailedSignIn(username_index=b"-", asked_from="-", at=laid.at),
    "wechat_tickets": lambda laid: WeChatTicket(
        token_hash=f"w{laid.number}", openid="o", created_at=laid.at, expires_at=laid.at + timedelta(minutes=10)
    ),
    "idempotency_keys": lambda laid: IdempotencyKey(
        actor="person:1", route="POST /x", key=f"{laid.number:020}", fingerprint=b"-", created_at=laid.at
    ),
    "outbox": lambda laid: OutboxMessage(
        topic="notice", dedupe_id=f"o{laid.number}", payload={}, created_at=laid.at, due_at=laid.at, sent_at=laid.at
    ),
}  # fmt: skip
HELD = 2
OF_A_CASE = {"looks", "look_days", "look_reasons", "reveals", "findings", "consents", "day_keys"}
"""What stays while a case is on hold, because it is about it, or belongs to what is."""


def kept_of(table: str) -> timedelta:
    """The shortest period a column of a table is registered with; exports themselves outlive their content."""
    periods = {one.kept for name, one in register().columns.items() if name.startswith(f"{table}.")}
    (period,) = (periods - NO_CLOCK) - ({"day"} if table == "exports" else set())
    return KEPT[period]


def run_all() -> None:
    """What runs every night and every hour."""
    day = actions.begin_run(again=True)
    assert day is not None
    jobs.forget_due(day)
    idempotency.purge()
    identity.purge()
    db.session.commit()
    db.session.expire_all()


def test_every_period_has_a_rule_or_says_where_it_is_proven() -> None:
    timed = {
        name.partition(".")[0] for name, one in register().columns.items() if one.kept not in NO_CLOCK | set(ELSEWHERE)
    }
    assert timed == set(ROWS) | {"cards"}
    assert {one.kept for one in register().columns.values()} == set(KEPT) | set(ELSEWHERE) | NO_CLOCK
    for name in ELSEWHERE.values():
        file, _, test = name.partition(":")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), name


def test_the_words_of_every_day_are_known_to_the_rule_of_day_keys() -> None:
    columns = {
        (table.name, column.name)
        for table in db.metadata.sorted_tables
        for column in table.columns
        if type(column.type).__name__ == "DaySealed"
    }
    assert columns == set(keeping.SEALED_BY_DAY)


def test_old_rows_go_young_ones_stay_and_a_hold_keeps(town: Town, show: Show) -> None:
    """Every table at once: laid, run, looked for."""
    cases = [file_errand(town.here.residents[0], town.here, consents=[HAND_OVER]) for _ in range(3)]
    for case in cases:
        take_step(town.here.residents[0], case.number, Step.CANCEL, {"note": ""}, version=case.version)
        ended = clock.now() - LOG_KEPT - 90 * DAY
        db.session.execute(update(Case).where(Case.id == case.id).values(closed_at=ended))
    actions.place_hold(cases[HELD].number, "（2026）演示1号")
    laid = {}
    for place, table in enumerate(ROWS):
        kept = kept_of(table)
        apart = min((2 + 3 * place) * DAY, kept / 4)  # each on days of its own, where there are enough
        for number, (name, age) in enumerate(
            (("old", kept + apart), ("young", kept - apart), ("held", kept + apart + DAY))
        ):
            if name != "held" or table in OF_A_CASE:
                laid[table, name] = lay(table, Laid(clock.now() - age, cases[number], town, number))
    db.session.commit()

    run_all()

    there = {what: db.session.get(*key) is not None for what, key in laid.items()}
    assert there == {(table, name): name != "old" for table, name in laid}
    assert list(look_checking.violations()) == list(case_checking.violations()) == []
    names = [name for _, name in laid]
    show(
        "T12", "rows whose time is over", tables=len(ROWS), old_gone=names.count("old"),
        young_stayed=names.count("young"), on_hold_stayed=names.count("held"),
    )  # fmt: skip


def lay(table: str, laid: Laid) -> tuple[type, Any]:
    """Put one row in and say how it is found again."""
    if table in ("look_days", "look_reasons") or (
        table == "day_keys" and laid.number == HELD
    ):  # with a look at the case
        db.session.add(look(laid))
        db.session.flush()
    if table == "look_days":
        return LookDay, (laid.staff, laid.at.date())
    if table == "day_keys" and laid.number == HELD:
        return DayKey, laid.at.date()
    row = ROWS[table](laid)
    db.session.add(row)
    db.session.flush()
    key = tuple(getattr(row, column.name) for column in row.__table__.primary_key.columns)
    return type(row), key if len(key) > 1 else key[0]


def test_who_issued_a_card_is_forgotten_and_the_card_stays(town: Town) -> None:
    for number, age in enumerate((LOG_KEPT + DAY, LOG_KEPT - DAY)):
        db.session.add(
            Card(
                token=f"0123456789ABCDEFGHJKMNPQR{number}", number=f"NR-{number}", desk_id=town.here.desk.id,
                issued_at=clock.now() - age, issued_by_id=town.here.butler.person_id,
            )
        )  # fmt: skip
    db.session.flush()
    run_all()
    cards = db.session.scalars(select(Card).where(Card.number.like("NR-%")).order_by(Card.number)).all()
    assert [one.issued_by_id for one in cards] == [None, town.here.butler.person_id]


def test_a_list_that_was_exported_is_gone_after_a_day(town: Town) -> None:
    case = file_errand(town.here.residents[0], town.here)
    for hours in (25, 1):
        row = export(Laid(clock.now() - timedelta(hours=hours), case, town, hours))
        row.state, row.decider_id, row.decided_at = "made", town.here.street_staff.person_id, row.asked_at
        row.content, row.expires_at = [["演示"]], row.asked_at + DAY
        db.session.add(row)
    db.session.flush()
    assert forget_exports() == 1
    db.session.expire_all()
    assert [one.content for one in db.session.scalars(select(Export).order_by(Export.asked_at))] == [None, [["演示"]]]


def test_nobody_deletes_what_is_young_and_nobody_who_signs_in_deletes_at_all(town: Town) -> None:
    for before in ("now() - interval '2 years'", "now()"):
        with pytest.raises(DBAPIError, match="kept for three years"), db.session.begin_nested():
            db.session.execute(text(f"SELECT forget_old('looks', {before}, 10)"))
    with db.session.begin_nested() as nested:
        db.session.execute(text("SELECT set_config('butler.system', '', true)"))
        with pytest.raises(DBAPIError, match="kept for three years"), db.session.begin_nested():
            db.session.execute(text("SELECT forget_old('looks', now() - interval '4 years', 10)"))
        nested.rollback()


def test_who_was_only_proposed_to_is_forgotten(town: Town, at: Callable[[str], None]) -> None:
    """A number somebody typed: no name, no sign-in, no answer. Whoever answered, or has anything else, stays."""
    at("2026-09-01 09:00")
    asker, other = town.here.residents
    until = clock.today() + 90 * DAY
    asked = {"acts": [Power.FOLLOW], "matters": (), "until": until}
    lost = families.propose(asker, name="舅舅", phone="10099990011", **asked)
    wanted = families.propose(asker, name="姨妈", phone="10099990012", **asked)
    given = families.grant(asker, name="女儿", phone="10099990013", **asked)
    ids = {"lost": lost.grantor_id, "signed in": wanted.grantor_id, "may act": given.delegate_id}
    db.session.add(
        SignIn(
            token_hash="x", person_id=wanted.grantor_id, face="api", created_at=clock.now(), seen_at=clock.now(),
            expires_at=clock.now() + 200 * DAY,
        )
    )  # fmt: skip
    at("2026-09-16 09:00")
    assert families.end_what_is_over() == 2
    at("2026-10-15 09:00")
    assert keeping.forget_nameless(clock.now(), 10) == 0, "who said no is not asked again for a month"
    at("2026-10-17 09:00")
    assert keeping.forget_nameless(clock.now(), 10) == 1
    db.session.expire_all()
    there = {name: db.session.get(Person, one) is not None for name, one in ids.items()}
    assert there == {"lost": False, "signed in": True, "may act": True}
    assert db.session.get(Delegation, lost.id) is None
    assert db.session.get(Person, other.person_id) is not None


def test_a_dry_run_names_the_tables_and_changes_nothing(town: Town) -> None:
    from butler.rights.commands import retention

    case = file_errand(town.here.residents[0], town.here)
    lay("absences", Laid(clock.now() - LOG_KEPT - DAY, case, town, 1))
    lay("looks", Laid(clock.now() - LOG_KEPT - 2 * DAY, case, town, 1))
    db.session.commit()
    for _ in range(2):
        told = CliRunner().invoke(retention, ["run", "--dry-run"], catch_exceptions=False).stdout
        assert told.splitlines()[1:] == ["looks：1 行", "absences：1 行", "day_keys：1 行"]
    told = CliRunner().invoke(retention, ["run"], catch_exceptions=False).stdout
    assert "删掉了 3 行到期的记录。" in told
    assert list(case_checking.violations()) == list(look_checking.violations()) == []
