"""The rows of identity: people and what they are appointed to, how they sign in, what was done to staff and by whom."""

from butler.identity.models.people import (
    Absence,
    Appointment,
    FailedSignIn,
    OneTimeCode,
    Person,
    Residence,
    SignIn,
)
from butler.identity.models.staff import Invitation, StaffDeed

__all__ = [
    "Absence",
    "Appointment",
    "FailedSignIn",
    "Invitation",
    "OneTimeCode",
    "Person",
    "Residence",
    "SignIn",
    "StaffDeed",
]
