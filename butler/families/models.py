"""A delegation: one person may act for another."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from butler.families.states import Basis, ConfirmedHow, DelegationState, EndedWhy, Paper
from butler.identity.models import Person
from butler.kit.database import Base, Id, Ref, words
from butler.kit.sealing import Sealed


class Delegation(Base):
    """`delegate` may act for `grantor`: for which acts, in which matters, from when to when, and how we know.

    What it says never changes once it is in force: something else is another delegation. `state` and what ends it change
    only in `actions.moving`.
    """

    __tablename__ = "delegations"
    __table_args__ = (
        words("basis", Basis),
        words("state", DelegationState),
        words("confirmed_how", ConfirmedHow),
        words("paper", Paper),
        words("ended_why", EndedWhy),
        CheckConstraint("grantor_id <> delegate_id", name="nobody_for_themselves"),
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        CheckConstraint("basis <> 'granted' OR ends_at <= starts_at + interval '367 days'", name="granted_for_a_year"),
        CheckConstraint(
            "acts <@ ARRAY['ask', 'follow', 'decide', 'mandate'] AND 'follow' = ANY (acts)", name="acts_known"
        ),
        CheckConstraint(
            "basis <> 'adult_guardianship' OR ends_at <= starts_at + interval '1098 days'",
            name="adult_guardian_for_three_years",
        ),
        CheckConstraint("(basis = 'adult_guardianship') = (issued_on IS NOT NULL)", name="adult_guardian_has_decision"),
        CheckConstraint("basis = 'granted' OR matters = '{}'", name="guardian_in_every_matter"),
        CheckConstraint("state <> 'in_force' OR confirmed_at IS NOT NULL", name="in_force_is_confirmed"),
        CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_how IS NULL) AND (confirmed_at IS NULL) = (confirmed_by_id IS NULL)",
            name="confirmed_by_somebody",
        ),
        CheckConstraint(
            "confirmed_how <> 'signed_in' OR confirmed_by_id = grantor_id", name="signed_in_is_the_grantor"
        ),
        CheckConstraint(
            "confirmed_how <> 'face_to_face' OR confirmed_by_id NOT IN (grantor_id, delegate_id)",
            name="seen_by_a_third",
        ),
        CheckConstraint(
            "(confirmed_how IS NOT DISTINCT FROM 'face_to_face') = (paper IS NOT NULL)", name="seen_with_a_paper"
        ),
        CheckConstraint(
            "basis = 'granted' OR state = 'ended' OR confirmed_how IS NOT DISTINCT FROM 'face_to_face'",
            name="guardian_is_seen",
        ),
        CheckConstraint("(state IN ('refused', 'ended')) = (ended_at IS NOT NULL)", name="over_has_time"),
        CheckConstraint("(state = 'ended') = (ended_why IS NOT NULL)", name="ended_has_reason"),
        Index(
            "uq_delegations_open", "grantor_id", "delegate_id", "basis",
            unique=True, postgresql_where="state IN ('proposed', 'in_force')",
        ),
        Index("ix_delegations_grantor_id_id", "grantor_id", "id"),
        Index("ix_delegations_delegate_id_id", "delegate_id", "id"),
        Index("ix_delegations_ends_at", "ends_at", postgresql_where="state IN ('proposed', 'in_force')"),
        Index("ix_delegations_created_at", "created_at"),
    )  # fmt: skip

    id: Mapped[Id]
    # Whose affairs: the parent's, the child's under 14, the ward's.
    grantor_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    delegate_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))  # who acts
    basis: Mapped[str]
    state: Mapped[str]
    acts: Mapped[list[str]] = mapped_column(ARRAY(TEXT))  # words of Power, `follow` always
    matters: Mapped[list[str]] = mapped_column(ARRAY(TEXT))  # codes; empty: every matter
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]  # the first moment it no longer holds
    # How whoever began it calls the other. Until the other has answered this is all they are shown of them.
    called: Mapped[str | None] = mapped_column(Sealed("delegations.called"))
    proposed_by_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    confirmed_how: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    paper: Mapped[str | None]
    # Of the decision that made an adult's guardian: who gave it and when. Its number is not kept, and no copy.
    issuer: Mapped[str | None] = mapped_column(Sealed("delegations.issuer"))
    issued_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # none: its time was over
    ended_why: Mapped[str | None]
    created_at: Mapped[datetime]

    grantor: Mapped[Person] = relationship(foreign_keys=[grantor_id], lazy="raise")
    delegate: Mapped[Person] = relationship(foreign_keys=[delegate_id], lazy="raise")
