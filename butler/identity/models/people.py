"""People, their appointments and absences, where they live, their sign-ins."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from butler.identity.hashing import ID_NUMBER, index_for, is_indexed
from butler.identity.permissions import Role
from butler.identity.states import VerifiedHow
from butler.kit.database import Base, Id, Ref, words
from butler.kit.sealing import Sealed
from butler.org.models import Desk, Unit

PHONE = re.compile(r"1[0-9]{10}", re.ASCII)


def _index_of(column: str, *, even: bool) -> Callable[[Any], bytes | None]:
    """The default of a column with the index of another one."""
    return lambda writing: index_for(f"people.{column}", writing.get_current_parameters().get(column), even=even)


class Person(Base):
    """A human being: resident, butler, official. Residents have a phone, staff a user name and a password hash.

    The database sees name and phone sealed. They are found by their indexes, which are set with them.
    """

    __tablename__ = "people"
    __table_args__ = (
        words("verified_how", VerifiedHow),
        CheckConstraint(
            "(verified_at IS NULL) = (verified_how IS NULL) AND (verified_at IS NULL) = (verified_by IS NULL)",
            name="verified_by_somebody",
        ),
        CheckConstraint("(username IS NULL) = (password_hash IS NULL)", name="username_has_password"),
        CheckConstraint(
            "(wechat_openid IS NULL) = (wechat_index IS NULL AND wechat_index_even IS NULL)", name="wechat_has_index"
        ),
        CheckConstraint("name_index IS NOT NULL OR name_index_even IS NOT NULL", name="name_has_index"),
        CheckConstraint("username IS NULL OR username = lower(username)", name="username_lower"),
        CheckConstraint("(phone IS NULL) = (phone_index IS NULL AND phone_index_even IS NULL)", name="phone_has_index"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(Sealed("people.name"))
    name_index: Mapped[bytes | None] = mapped_column(
        LargeBinary, index=True, default=_index_of("name", even=False)
    )  # under the index key with an odd number, and so on
    name_index_even: Mapped[bytes | None] = mapped_column(
        LargeBinary, index=True, default=_index_of("name", even=True)
    )  # under the one with an even number
    phone: Mapped[str | None] = mapped_column(Sealed("people.phone"))  # eleven digits, mainland mobile
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True, default=_index_of("phone", even=False))
    phone_index_even: Mapped[bytes | None] = mapped_column(
        LargeBinary, unique=True, default=_index_of("phone", even=True)
    )
    username: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]  # argon2id
    password_set_at: Mapped[datetime | None]
    second_factor_at: Mapped[datetime | None]  # since when a one-time password is needed beside the password
    wechat_openid: Mapped[str | None] = mapped_column(Sealed("people.wechat_openid"))
    wechat_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    wechat_index_even: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    verified_at: Mapped[datetime | None]  # when somebody looked at papers and person together
    verified_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    verified_how: Mapped[str | None]
    id_number_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # the number itself is not kept
    id_number_index_even: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    # How somebody wants to be reached, about anything; a case may say more (`cases`).
    no_calls: Mapped[bool] = mapped_column(default=False, server_default=false())
    no_texts: Mapped[bool] = mapped_column(default=False, server_default=false())
    reach: Mapped[str | None] = mapped_column(Sealed("people.reach"))  # a safe time or way, in their own words
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @validates("name", "phone", "wechat_openid")
    def _find_by(self, column: str, value: str | None) -> str | None:
        """Keep the indexes with the value; a phone that is none would never be found again."""
        if column == "phone" and value is not None and not PHONE.fullmatch(value):
            raise ValueError("a phone has eleven digits and begins with 1")
        self._index(column.removesuffix("_openid"), f"people.{column}", value or "" if column == "name" else value)
        return value

    def know_by_card(self, number: str | None) -> None:
        """Keep the index of the number of an identity card, and of the number nothing; None forgets it."""
        self._index("id_number", ID_NUMBER, number)

    def _index(self, what: str, kind: str, value: str | None) -> None:
        setattr(self, f"{what}_index", index_for(kind, value, even=False))
        setattr(self, f"{what}_index_even", index_for(kind, value, even=True))

    @classmethod
    def has_phone(cls, phone: str) -> ColumnElement[bool]:
        """Whether this is somebody's telephone, eleven digits."""
        return is_indexed(cls.phone_index, cls.phone_index_even, "people.phone", phone)

    @classmethod
    def has_name(cls, name: str) -> ColumnElement[bool]:
        """Whether this is somebody's whole name."""
        return is_indexed(cls.name_index, cls.name_index_even, "people.name", name)

    @classmethod
    def has_wechat(cls, openid: str) -> ColumnElement[bool]:
        """Whether WeChat calls somebody so in our mini-program."""
        return is_indexed(cls.wechat_index, cls.wechat_index_even, "people.wechat_openid", openid)

    @property
    def courtesy_name(self) -> str:
        """What others read: a surname is enough to call somebody, 陈师傅 rather than 陈大文."""
        return self.name[:1]


class Appointment(Base):
    """A person in a role at a desk (or, for roles without one, in a unit), from–to."""

    __tablename__ = "appointments"
    __table_args__ = (
        words("role", Role),
        CheckConstraint(
            "(desk_id IS NOT NULL) = (role IN ('butler', 'grid_worker', 'community_staff', 'street_staff', "
            "'district_staff'))",
            name="desk_roles_have_a_desk",
        ),
        Index("ix_appointments_current_desk", "desk_id", postgresql_where="valid_to IS NULL"),
    )

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str]
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desks.id"))
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("units.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  # the first day it no longer holds

    person: Mapped[Person] = relationship(lazy="raise")
    desk: Mapped[Desk | None] = relationship(lazy="raise")
    unit: Mapped[Unit] = relationship(lazy="raise")


class Absence(Base):
    """A time somebody is not on duty (leave, illness, training)."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        Index("ix_absences_person_id_ends_at", "person_id", "ends_at"),
    )

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Residence(Base):
    """Somebody lives behind a door, from–to."""

    __tablename__ = "residences"
    __table_args__ = (UniqueConstraint("person_id", "household_id", "valid_from"),)

    id: Mapped[Id]
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"))
    household_id: Mapped[Ref] = mapped_column(ForeignKey("households.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


def _when_created(writing: Any) -> datetime:
    created: datetime = writing.get_current_parameters()["created_at"]
    return created


class SignIn(Base):
    """A server-side session. Only the hash of its token is kept; ending the row ends the session at once.

    A cookie gets a new token every day (`renewed_at`); the one before works a minute longer, for requests on their way.
    """

    __tablename__ = "sign_ins"
    __table_args__ = (
        CheckConstraint("face IN ('api', 'page')", name="face_known"),
        CheckConstraint("(previous_hash IS NULL) = (previous_until IS NULL)", name="previous_ends"),
        Index("ix_sign_ins_expires_at", "expires_at"),
        Index("ix_sign_ins_previous_hash", "previous_hash", postgresql_where="previous_hash IS NOT NULL"),
    )

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[Ref] = mapped_column(ForeignKey("people.id"), index=True)
    face: Mapped[str]  # a bearer token for the API, or a cookie for pages; one is no good as the other
    device: Mapped[str] = mapped_column(server_default="")  # in its owner's words: 苹果手机 · 微信
    created_at: Mapped[datetime]
    # When a password or a code was last entered, and when the token was made.
    proved_at: Mapped[datetime] = mapped_column(default=_when_created, server_default=func.now())
    renewed_at: Mapped[datetime] = mapped_column(default=_when_created, server_default=func.now())
    previous_hash: Mapped[str | None]
    previous_until: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise")


class OneTimeCode(Base):
    """A code sent to a phone: five minutes, five tries, once. Kept a day for the limits on sending."""

    __tablename__ = "one_time_codes"
    __table_args__ = (
        CheckConstraint("tries BETWEEN 0 AND 5", name="tries_limited"),
        Index("ix_one_time_codes_phone_index_created_at", "phone_index", "created_at"),
        Index("ix_one_time_codes_asked_from_created_at", "asked_from", "created_at"),
        Index("ix_one_time_codes_asked_from_block_created_at", "asked_from_block", "created_at"),
        Index("ix_one_time_codes_prefix_index_created_at", "prefix_index", "created_at"),
        Index("ix_one_time_codes_created_at", "created_at"),
    )

    id: Mapped[Id]
    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    code_hash: Mapped[str]
    asked_from: Mapped[str]  # keyed hash of the network address
    asked_from_block: Mapped[str | None]  # and of the /24 or /48 it is in
    prefix_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    used_at: Mapped[datetime | None]


class FailedSignIn(Base):
    """A wrong password, counted per user name and per address to slow guessing down."""

    __tablename__ = "failed_sign_ins"
    __table_args__ = (
        Index("ix_failed_sign_ins_username_index_at", "username_index", "at"),
        Index("ix_failed_sign_ins_asked_from_at", "asked_from", "at"),
    )

    id: Mapped[Id]
    username_index: Mapped[bytes] = mapped_column(LargeBinary)
    asked_from: Mapped[str]
    at: Mapped[datetime]
