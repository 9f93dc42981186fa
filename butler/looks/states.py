"""The words of looking: how somebody looked, at what, and how they stood to it."""

from enum import StrEnum

from butler.identity.permissions import FieldClass, Standing

__all__ = ["FieldClass", "LookKind", "Standing", "Way", "Why"]


class LookKind(StrEnum):
    """How somebody looked."""

    LIST = "list"  # a line among others: matter, place, surname
    SUMMARY = "summary"  # one case, without what was said and who it is
    FULL = "full"  # one case with everything the looker may see
    REVEAL = "reveal"  # what is usually covered, for a reason, for a while
    PAPER = "paper"  # a photo, an attachment, a printed sheet
    EXPORT = "export"  # a file that leaves the screen
    SEARCH = "search"  # looked for a person or a number


class Why(StrEnum):
    """Reasons for uncovering what is usually covered."""

    CONTACT = "contact"  # to call or write to the resident
    VISIT = "visit"  # to go there
    PREPARE = "prepare"  # to prepare or check papers
    COMPLAINT = "complaint"  # to look into a complaint or a rating
    DANGER = "danger"  # somebody may be in danger
    CHECK = "check"  # a check from above
    OTHER = "other"


class SearchBy(StrEnum):
    """By what somebody looked for a person. Exactly that; nothing is found by half a name."""

    NAME = "name"
    PHONE = "phone"
    NUMBER = "number"  # of a case


class Way(StrEnum):
    """What uncovering takes."""

    REASON = "reason"  # a reason; written down, and the resident can read it
    BREAK_GLASS = "break_glass"  # also: the lead and the privacy officer are told at once
