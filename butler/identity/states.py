"""Words of identity that are stored in rows."""

from enum import StrEnum


class InvitationKind(StrEnum):
    """What a one-time link is for."""

    JOIN = "join"
    RESET = "reset"


class VerifiedHow(StrEnum):
    """How somebody made sure who a resident is."""

    ID_CARD = "id_card"
    OTHER_PAPER = "other_paper"
    KNOWN_IN_PERSON = "known_in_person"


class PhoneChangedHow(StrEnum):
    """By which proof somebody got another telephone."""

    CODES = "codes"  # one to the old number, one to the new, by themselves
    ID_CARD = "id_card"  # face to face at a desk
    OTHER_PAPER = "other_paper"


class Deed(StrEnum):
    """What was done to a member of staff, as the record that only grows keeps it."""

    INVITED = "invited"
    INVITATION_REVOKED = "invitation_revoked"
    JOINED = "joined"
    APPOINTED = "appointed"
    POST_ENDED = "post_ended"
    RESET_OFFERED = "reset_offered"
    PASSWORD_SET = "password_set"  # noqa: S105  # a word, not a secret
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    CODES_RENEWED = "codes_renewed"
    SIGN_INS_ENDED = "sign_ins_ended"
    DISABLED = "disabled"
    ENABLED = "enabled"
    PHOTO_SHOWN = "photo_shown"
    PHOTO_TAKEN_DOWN = "photo_taken_down"


DEED_NAMES = {
    Deed.INVITED: "发出邀请",
    Deed.INVITATION_REVOKED: "收回邀请",
    Deed.JOINED: "接受邀请，设好密码",
    Deed.APPOINTED: "任命",
    Deed.POST_ENDED: "结束任命",
    Deed.RESET_OFFERED: "发出重设密码的链接",
    Deed.PASSWORD_SET: "换了密码",
    Deed.FACTOR_ADDED: "启用动态口令",
    Deed.FACTOR_REMOVED: "停用动态口令",
    Deed.CODES_RENEWED: "换了恢复码",
    Deed.SIGN_INS_ENDED: "退出所有登录",
    Deed.DISABLED: "停用",
    Deed.ENABLED: "恢复使用",
    Deed.PHOTO_SHOWN: "放上照片",
    Deed.PHOTO_TAKEN_DOWN: "撤下照片",
}
