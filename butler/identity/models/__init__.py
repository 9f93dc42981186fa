"""The rows of identity: people and what they are appointed to, how they sign in, what was done to staff and by whom."""

from butler.identity.models.factors import KnownDevice, RecoveryCode, SecondFactor
from butler.identity.models.people import (
    Absence,
    Appointment,
    FailedSignIn,
    OneTimeCode,
    Person,
    Residence,
    SignIn,
)
from butler.identity.models.phones import PhoneChange
from butler.identity.models.staff import Invitation, StaffDeed
from butler.identity.models.wechat import WeChatCode, WeChatTicket

__all__ = [
    "Absence",
    "Appointment",
    "FailedSignIn",
    "Invitation",
    "KnownDevice",
    "OneTimeCode",
    "Person",
    "PhoneChange",
    "RecoveryCode",
    "Residence",
    "SecondFactor",
    "SignIn",
    "StaffDeed",
    "WeChatCode",
    "WeChatTicket",
]
