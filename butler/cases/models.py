"""The case and everything that hangs on it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from butler.cases.states import ClockKind, Direction, Kind, Mode, Outcome, PauseReason, Stage, State, Urgency
from butler.identity.models import Person
from butler.kit import envelopes
from butler.kit.database import Base, Id, Ltree, Ref, words
from butler.kit.envelopes import CaseKey, CaseSealed
from butler.kit.sealing import Sealed
from butler.org.models import Building, Desk, SlotPattern, Unit
from butler.org.states import Level


class Case(Base):
    """One thing somebody asked for, from the first word to the last.

    `stage`, `state`, `holder_id`, `version` and the alarms change only in `actions.moving`. `unit_path` is the place as
    it was when the case was filed: boundaries move, old cases keep the old path. `district` is the partition key.
    """

    __tablename__ = "cases"
    __table_args__ = (
        words("kind", Kind),
        words("mode", Mode),
        words("urgency", Urgency),
        words("stage", Stage),
        words("state", State),
        words("outcome", Outcome),
        words("pause_reason", PauseReason),
        words("closed_level", Level),
        CheckConstraint("(kind = 'errand') = (mode IS NOT NULL)", name="errand_has_mode"),
        CheckConstraint("kind <> 'errand' OR matter_code IS NOT NULL", name="errand_has_matter"),
        CheckConstraint("(stage <> 'closed') = (next_alarm_at IS NOT NULL)", name="open_has_alarm"),
        CheckConstraint("(stage IN ('in_hand', 'paused')) = (holder_id IS NOT NULL)", name="in_hand_has_holder"),
        CheckConstraint("(stage = 'in_hand') = (lease_until IS NOT NULL)", name="in_hand_has_lease"),
        CheckConstraint("(stage = 'paused') = (paused_until IS NOT NULL)", name="paused_has_end"),
        CheckConstraint("(stage = 'paused') = (pause_reason IS NOT NULL)", name="paused_has_reason"),
        CheckConstraint("(stage = 'closed') = (outcome IS NOT NULL)", name="closed_has_outcome"),
        CheckConstraint("(stage = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        CheckConstraint("(stage = 'closed') = (closed_level IS NOT NULL)", name="closed_has_level"),
        CheckConstraint("stage <> 'resolved' OR resolver_id IS NOT NULL", name="resolved_has_resolver"),
        CheckConstraint("version > 0 AND lease_epoch >= 0", name="counters_grow"),
        CheckConstraint("asker_sees OR beneficiary_sees", name="shown_to_somebody"),
        CheckConstraint("asker_id <> beneficiary_id OR asker_sees = beneficiary_sees", name="nobody_hides_alone"),
        CheckConstraint("(asker_id <> beneficiary_id) = (delegation_id IS NOT NULL)", name="family_has_delegation"),
        # The hot questions, one index each: next in a queue, what is mine, what rings, what did I ask.
        Index("ix_cases_queue", "desk_id", "urgency_rank", "due_at", "id", postgresql_where="stage = 'waiting'"),
        Index("ix_cases_desk", "desk_id", "stage", "id"),
        Index("ix_cases_accountable", "accountable_desk_id", "due_at", "id", postgresql_where="stage <> 'closed'"),
        Index("ix_cases_holder", "holder_id", "due_at", "id", postgresql_where="holder_id IS NOT NULL"),
        Index("ix_cases_alarm", "next_alarm_at", postgresql_where="next_alarm_at IS NOT NULL"),
        Index("ix_cases_asker", "asker_id", "id"),
        Index("ix_cases_beneficiary", "beneficiary_id", "id"),
        Index("ix_cases_delegation", "delegation_id", "id", postgresql_where="delegation_id IS NOT NULL"),
        Index("ix_cases_unit_path", "unit_path", postgresql_using="gist"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    district: Mapped[str]
    kind: Mapped[str]
    mode: Mapped[str | None]
    urgency: Mapped[str]
    urgency_rank: Mapped[int] = mapped_column(SmallInteger)  # 0 before 1: the order of queues
    stage: Mapped[str]
    state: Mapped[str]
    outcome: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    matter_code: Mapped[str | None]
    matter_name: Mapped[str]  # as it was called then; a consult without matter says 咨询
    matter_revision: Mapped[str | None]
    sealed_words: Mapped[bytes | None] = mapped_column(CaseSealed)  # `summary` and `answers`

    asker_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    beneficiary_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    recorder_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    # Either may be kept from seeing it by the other, never both (docs/threats.md, T26): `identity.scope.own`, `shows`.
    asker_sees: Mapped[bool] = mapped_column(default=True, server_default="true")
    beneficiary_sees: Mapped[bool] = mapped_column(default=True, server_default="true")
    delegation_id: Mapped[int | None] = mapped_column(ForeignKey("delegations.id"))  # by which one asked for the other

    # How the residents want to be reached about this case, beside what they want in general (`Person`).
    no_calls: Mapped[bool] = mapped_column(default=False, server_default="false")
    no_texts: Mapped[bool] = mapped_column(default=False, server_default="false")
    sealed_reach: Mapped[bytes | None] = mapped_column(CaseSealed)  # `reach`

    unit_id: Mapped[Ref] = mapped_column(ForeignKey("units.id"))  # the lowest unit known
    unit_path: Mapped[str] = mapped_column(Ltree)
    building_id: Mapped[int | None] = mapped_column(ForeignKey("buildings.id"))
    desk_id: Mapped[Ref] = mapped_column(ForeignKey("desks.id"))  # where it waits and is worked on
    accountable_desk_id: Mapped[Ref] = mapped_column(ForeignKey("desks.id"))  # who answers for it; moves up when late
    sealed_why: Mapped[bytes | None] = mapped_column(CaseSealed)  # `routed_why`

    holder_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    lease_epoch: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    resolver_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    paused_until: Mapped[datetime | None]
    pause_reason: Mapped[str | None]

    due_at: Mapped[datetime | None]  # the earliest running promise; none while paused or closed
    due_why: Mapped[str]
    next_alarm_at: Mapped[datetime | None]

    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_level: Mapped[str | None]  # 小事不出社区: how far up it had to go
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))  # the consult it came from

    last_seq: Mapped[int] = mapped_column(default=0)
    head_hash: Mapped[bytes] = mapped_column(LargeBinary)  # of the newest step: an edited history no longer fits

    desk: Mapped[Desk] = relationship(foreign_keys=[desk_id], lazy="raise")
    accountable_desk: Mapped[Desk] = relationship(foreign_keys=[accountable_desk_id], lazy="raise")
    unit: Mapped[Unit] = relationship(lazy="raise")
    building: Mapped[Building | None] = relationship(lazy="raise")
    asker: Mapped[Person] = relationship(foreign_keys=[asker_id], lazy="raise")
    beneficiary: Mapped[Person] = relationship(foreign_keys=[beneficiary_id], lazy="raise")
    holder: Mapped[Person | None] = relationship(foreign_keys=[holder_id], lazy="raise")
    hops: Mapped[list["CaseHop"]] = relationship(order_by="CaseHop.seq", lazy="raise", viewonly=True)
    clocks: Mapped[list["CaseClock"]] = relationship(order_by="CaseClock.id", lazy="raise", viewonly=True)
    key: Mapped[CaseKey | None] = relationship(lazy="raise", viewonly=True)

    def shows(self, person_id: int) -> bool:
        """Whether it is somebody's own affair and not hidden from them."""
        asked = self.asker_sees and person_id == self.asker_id
        return asked or (self.beneficiary_sees and person_id == self.beneficiary_id)

    @property
    def shown_parties(self) -> tuple[int, ...]:
        """Whose affair it is, without whoever it is hidden from; the asker first, nobody twice."""
        return tuple(dict.fromkeys(one for one in (self.asker_id, self.beneficiary_id) if self.shows(one)))

    @property
    def summary(self) -> str:
        """What was asked for, in the person's own words."""
        return envelopes.read_text(self.id, "cases.sealed_words", self.sealed_words, "summary")

    @property
    def reach(self) -> str:
        """A safe time or way to be reached about it, in the residents' own words, if any."""
        return envelopes.read_text(self.id, "cases.sealed_reach", self.sealed_reach) if self.sealed_reach else ""

    @property
    def answers(self) -> dict[str, Any]:
        """What they answered to the questions of the matter."""
        return envelopes.read_facts(self.id, "cases.sealed_words", self.sealed_words, "answers")

    @property
    def routed_why(self) -> str:
        """Why it is on its desk; somebody's own words where a person sent it there."""
        return envelopes.read_text(self.id, "cases.sealed_why", self.sealed_why)


class CaseStep(Base):
    """One line of a history: who did what, when, from where to where. Append-only and hash-chained per case."""

    __tablename__ = "case_steps"
    __table_args__ = (UniqueConstraint("case_id", "seq"), {"info": {"append_only": True}})

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"))
    district: Mapped[str]
    seq: Mapped[int]
    step: Mapped[str]  # a Step or a Happening
    stage: Mapped[str]  # after it
    state: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # none: the system
    actor_role: Mapped[str]  # resident, butler, …, system: as they acted then
    desk_id: Mapped[Ref] = mapped_column(ForeignKey("desks.id"))  # where the case was after it
    at: Mapped[datetime]
    sealed_words: Mapped[bytes | None] = mapped_column(CaseSealed)  # `note` and `data`
    hash: Mapped[bytes] = mapped_column(LargeBinary)  # over the sealed words: whole also when they have been destroyed

    actor: Mapped[Person | None] = relationship(lazy="raise")

    @property
    def note(self) -> str:
        """What they said, in their own words; shown to the resident."""
        return envelopes.read_text(self.case_id, "case_steps.sealed_words", self.sealed_words, "note")

    @property
    def data(self) -> dict[str, Any]:
        """What was kept with the step."""
        return envelopes.read_facts(self.case_id, "case_steps.sealed_words", self.sealed_words, "data")

    @property
    def is_gone(self) -> bool:
        """Whether its words have been destroyed."""
        return envelopes.is_gone(self.case_id, self.sealed_words)


class CaseHop(Base):
    """One desk on the way of a case, and why it came there."""

    __tablename__ = "case_hops"
    __table_args__ = (
        words("direction", Direction),
        UniqueConstraint("case_id", "seq"),
        {"info": {"append_only": True}},
    )

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int]
    desk_id: Mapped[Ref] = mapped_column(ForeignKey("desks.id"))
    direction: Mapped[str]
    sealed_why: Mapped[bytes | None] = mapped_column(CaseSealed)  # `why`
    at: Mapped[datetime]

    desk: Mapped[Desk] = relationship(lazy="raise")

    @property
    def why(self) -> str:
        """Why it came there; somebody's own words where a person sent it."""
        return envelopes.read_text(self.case_id, "case_hops.sealed_why", self.sealed_why)


class CaseClock(Base):
    """A promise with a due time that can explain itself. One running clock of each kind per case."""

    __tablename__ = "case_clocks"
    __table_args__ = (
        words("kind", ClockKind),
        CheckConstraint("paused_at IS NULL OR stopped_at IS NULL", name="paused_is_running"),
        Index("uq_case_clocks_running", "case_id", "kind", unique=True, postgresql_where="stopped_at IS NULL"),
        Index("ix_case_clocks_provisional", "due_at", postgresql_where="provisional AND stopped_at IS NULL"),
    )

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    started_at: Mapped[datetime]
    limit_amount: Mapped[int]
    limit_unit: Mapped[str]
    due_at: Mapped[datetime]
    why: Mapped[str]
    provisional: Mapped[bool]
    calendar_version: Mapped[str]
    pauses: Mapped[list[list[str]]] = mapped_column(JSONB)  # ended ones, [from, to] in ISO 8601
    paused_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]


class CaseRung(Base):
    """A rung of the ladder that a late case has climbed: each once per clock."""

    __tablename__ = "case_rungs"
    __table_args__ = (UniqueConstraint("clock_id", "rung", name="uq_case_rungs_once"),)

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), index=True)
    clock_id: Mapped[Ref] = mapped_column(ForeignKey("case_clocks.id"))
    rung: Mapped[int] = mapped_column(SmallInteger)  # 1 grid, 2 community, 3 street, 4 district
    desk_id: Mapped[Ref] = mapped_column(ForeignKey("desks.id"), index=True)
    at: Mapped[datetime]


class Mandate(Base):
    """授权委托: what the butler may do for the resident, for this case and no longer (民法典 arts 165, 173)."""

    __tablename__ = "mandates"
    __table_args__ = (
        CheckConstraint("valid_from < valid_until", name="has_a_term"),
        Index("uq_mandates_in_force", "case_id", unique=True, postgresql_where="revoked_at IS NULL"),
    )

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"))
    principal_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    agent_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    matter_code: Mapped[str]
    acts: Mapped[list[str]] = mapped_column(JSONB)  # each named: submit, sign_receipt, correct, collect
    signed_how: Mapped[str]  # paper letter, signed in front of the butler …
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SlotBooking(Base):
    """A seat in an off-hours window. A seat is taken once."""

    __tablename__ = "slot_bookings"
    __table_args__ = (
        Index("uq_slot_bookings_seat", "pattern_id", "day", "seat", unique=True, postgresql_where="freed_at IS NULL"),
    )

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"), unique=True)
    pattern_id: Mapped[Ref] = mapped_column(ForeignKey("slot_patterns.id"))
    day: Mapped[date] = mapped_column(Date)
    seat: Mapped[int] = mapped_column(SmallInteger)
    freed_at: Mapped[datetime | None]

    pattern: Mapped[SlotPattern] = relationship(lazy="raise")


class LegalHold(Base):
    """Somebody with the right to ask (a court, a dispute, an audit) needs a case to be kept. Nothing of it is destroyed
    while a hold is in force, whatever the time and whoever asks."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        CheckConstraint("released_at IS NULL OR released_at >= placed_at", name="released_afterwards"),
        Index("uq_legal_holds_in_force", "case_id", unique=True, postgresql_where="released_at IS NULL"),
    )

    id: Mapped[Id]
    case_id: Mapped[Ref] = mapped_column(ForeignKey("cases.id"))
    reason: Mapped[str] = mapped_column(Sealed("legal_holds.reason"))  # the order or file it rests on; no names
    placed_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
