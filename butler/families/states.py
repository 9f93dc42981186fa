"""Words of families that are stored in rows."""

from enum import StrEnum


class Basis(StrEnum):
    """What somebody acts for another by."""

    GRANTED = "granted"
    GUARDIANSHIP = "guardianship"
    ADULT_GUARDIANSHIP = "adult_guardianship"


class Power(StrEnum):
    """What a delegate may do with the affairs of whoever they act for; each is named (民法典 art 165)."""

    ASK = "ask"
    FOLLOW = "follow"
    DECIDE = "decide"
    MANDATE = "mandate"


class DelegationState(StrEnum):
    """How far a delegation is."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    ENDED = "ended"


class EndedWhy(StrEnum):
    """Why a delegation is over."""

    REVOKED = "revoked"
    GIVEN_UP = "given_up"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    GROWN_UP = "grown_up"
    LEFT = "left"
    DECIDED = "decided"
    MISTAKEN = "mistaken"


class OverWhy(StrEnum):
    """Why staff write down that a guardianship is over; words of `EndedWhy`."""

    DECIDED = "decided"
    MISTAKEN = "mistaken"


class ConfirmedHow(StrEnum):
    """How we know that it is the will of whoever gives the authority, or that somebody is a guardian."""

    SIGNED_IN = "signed_in"
    FACE_TO_FACE = "face_to_face"


class Paper(StrEnum):
    """Which paper was shown. Never a copy of it, and never its number."""

    ID_CARD = "id_card"
    HOUSEHOLD_REGISTER = "household_register"
    BIRTH_CERTIFICATE = "birth_certificate"
    COURT_DECISION = "court_decision"
    APPOINTMENT = "appointment"
    AGREEMENT = "agreement"
