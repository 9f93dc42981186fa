"""Deeds: asking for a code, signing in and out, appointing."""

from butler.identity.actions.appointing import (
    add_resident,
    add_staff_member,
    appoint,
    disable,
    end_appointment,
    move_in,
    record_absence,
)
from butler.identity.actions.codes import ask_code
from butler.identity.actions.hashing import hash_password
from butler.identity.actions.signing_in import (
    end_sign_ins_of,
    note_use,
    purge,
    sign_in_with_code,
    sign_in_with_password,
    sign_out,
)

__all__ = [
    "add_resident",
    "add_staff_member",
    "appoint",
    "ask_code",
    "disable",
    "end_appointment",
    "end_sign_ins_of",
    "hash_password",
    "move_in",
    "note_use",
    "purge",
    "record_absence",
    "sign_in_with_code",
    "sign_in_with_password",
    "sign_out",
]
