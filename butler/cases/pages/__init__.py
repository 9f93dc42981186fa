"""Cases for people: the resident's pages and those of the desks."""

from butler.cases.pages import (
    asking,
    attachments,
    consenting,
    family,
    looks,
    papers,
    quiet,
    renumbering,
    resident,
    searching,
    staff,
    stepping,
    verifying,
)

ALL = (resident.pages, staff.pages)

__all__ = [
    "ALL",
    "asking",
    "attachments",
    "consenting",
    "family",
    "looks",
    "papers",
    "quiet",
    "renumbering",
    "resident",
    "searching",
    "staff",
    "stepping",
    "verifying",
]
