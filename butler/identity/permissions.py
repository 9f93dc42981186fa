"""Who may do what: one page. Scope (which rows) is in `identity.scope`."""

from collections.abc import Mapping
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
