"""Who may do what: one page. Scope (which rows) is in `identity.scope`."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    """What somebody is appointed as. Everybody who has signed in is also a resident."""

    RESIDENT = "resident"
    BUTLER = "butler"
    GRID_WORKER = "grid_worker"
    COMMUNITY_STAFF = "community_staff"
    STREET_STAFF = "street_staff"
    DISTRICT_STAFF = "district_staff"
    PROPERTY_LEAD = "property_lead"
    CATALOGUE_EDITOR = "catalogue_editor"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"


ROLE_NAMES: Mapping[Role, str] = {
    Role.RESIDENT: "居民",
    Role.BUTLER: "管家",
    Role.GRID_WORKER: "网格员",
    Role.COMMUNITY_STAFF: "社区工作人员",
    Role.STREET_STAFF: "街道工作人员",
    Role.DISTRICT_STAFF: "区工作人员",
    Role.PROPERTY_LEAD: "物业负责人",
    Role.CATALOGUE_EDITOR: "事项编辑",
    Role.PRIVACY_OFFICER: "隐私专员",
    Role.ADMINISTRATOR: "系统管理员",
}


class Permission(StrEnum):
    """One thing a person may be allowed to do."""

    CASE_FILE = "case:file"
    CASE_SEE_OWN = "case:see-own"
    CASE_WORK = "case:work"  # see, claim and move the cases of one's desk
    CASE_SUPERVISE = "case:supervise"  # see (masked), dispatch and annotate what lies in one's unit and below
    ESCALATIONS_SEE = "escalations:see"
    CARD_SEE = "card:see"  # print cards of one's desk or unit
    CARD_ISSUE = "card:issue"  # issue, revoke and replace
    ORG_SEE = "org:see"
    STAFF_MANAGE = "staff:manage"  # invite, appoint, shut out; whom and where: `APPOINTS`, and one's unit and below
    CATALOGUE_EDIT = "catalogue:edit"  # see what people looked for in vain
    LOOK_REVIEW = "look:review"  # read who has looked at what


_DESK = frozenset({Permission.CASE_WORK, Permission.ESCALATIONS_SEE, Permission.ORG_SEE, Permission.CARD_SEE})
_SUPERVISOR = _DESK | {Permission.CASE_SUPERVISE}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.RESIDENT: frozenset({Permission.CASE_FILE, Permission.CASE_SEE_OWN}),
    Role.BUTLER: frozenset({Permission.CASE_WORK, Permission.ORG_SEE, Permission.CARD_SEE}),
    Role.GRID_WORKER: _DESK,
    Role.COMMUNITY_STAFF: _SUPERVISOR,
    Role.STREET_STAFF: _SUPERVISOR,
    Role.DISTRICT_STAFF: _SUPERVISOR,
    Role.PROPERTY_LEAD: frozenset(
        {Permission.ORG_SEE, Permission.CARD_SEE, Permission.CARD_ISSUE, Permission.STAFF_MANAGE}
    ),
    Role.CATALOGUE_EDITOR: frozenset({Permission.ORG_SEE, Permission.CATALOGUE_EDIT}),
    Role.PRIVACY_OFFICER: frozenset({Permission.ORG_SEE, Permission.LOOK_REVIEW}),
    Role.ADMINISTRATOR: frozenset(
        {Permission.ORG_SEE, Permission.CARD_SEE, Permission.CARD_ISSUE, Permission.STAFF_MANAGE}
    ),
}

APPOINTS: Mapping[Role, frozenset[Role]] = {
    Role.PROPERTY_LEAD: frozenset({Role.BUTLER}),
    Role.ADMINISTRATOR: frozenset(Role) - {Role.RESIDENT},
}
"""Whom a role may invite, appoint and shut out, in its unit and below. Nobody gives a role above their own."""


class Reach(StrEnum):
    """Over which rows a permission reaches; `identity.scope` makes filters of it."""

    ALL = "all"  # everything there is: no row belongs to anybody
    OWN = "own"  # what they asked for, or what was asked for them
    DESK = "desk"  # what lies on their desk, what their desk answers for, what they have in hand
    SUBTREE = "subtree"  # what lies in their unit and below (ltree); a butler's is the unit of the desk


REACHES: Mapping[Permission, Reach] = {
    Permission.CASE_FILE: Reach.ALL,
    Permission.CASE_SEE_OWN: Reach.OWN,
    Permission.CASE_WORK: Reach.DESK,
    Permission.CASE_SUPERVISE: Reach.SUBTREE,
    Permission.ESCALATIONS_SEE: Reach.DESK,
    Permission.CARD_SEE: Reach.SUBTREE,
    Permission.CARD_ISSUE: Reach.SUBTREE,
    Permission.ORG_SEE: Reach.ALL,  # the tree of units is no secret
    Permission.STAFF_MANAGE: Reach.SUBTREE,
    Permission.CATALOGUE_EDIT: Reach.ALL,
    Permission.LOOK_REVIEW: Reach.SUBTREE,
}


class FieldClass(StrEnum):
    """What could be read without a mask."""

    OUTLINE = "outline"  # matter, place up to the building, how far it is
    NAME = "name"  # the whole name
    PHONE = "phone"  # the whole number
    ADDRESS = "address"  # the front door
    WORDS = "words"  # what people wrote
    PAPERS = "papers"  # papers and pictures


class Standing(StrEnum):
    """How the looker stood to the case at that moment."""

    HOLDER = "holder"  # has it in hand
    DESK = "desk"  # sits at the desk where it waits
    ABOVE = "above"  # answers for it above, or supervises there
    OWN = "own"  # it is their own affair
    NONE = "none"  # nothing connects them


READABLE: Mapping[Standing, frozenset[FieldClass]] = {
    Standing.OWN: frozenset(FieldClass),
    Standing.HOLDER: frozenset(FieldClass),
    Standing.DESK: frozenset({FieldClass.OUTLINE, FieldClass.WORDS}),
    Standing.ABOVE: frozenset({FieldClass.OUTLINE}),
    Standing.NONE: frozenset(),
}
"""What of a case can be read without a mask, by how somebody stands to it (promises.md §4.3). Papers besides only while the
step needs them: `butler.files.rules`. More for a reason and a while: `butler.looks.rules`."""

KEPT_AFTER = timedelta(days=7)
"""Who had a case in hand reads it as before for so long after it was done."""


def readable(standings: Collection[Standing], uncovered: Collection[FieldClass] = ()) -> frozenset[FieldClass]:
    """What somebody reads without a mask: the only place that decides it.

    `standings`: all the ways in which they stand to the case; `uncovered`: what they have uncovered for a while.
    """
    return frozenset(uncovered).union(*(READABLE[standing] for standing in standings))
