"""Deeds: asking for a code, signing in and out, inviting, appointing, shutting out."""

from butler.identity.actions.appointing import (
    add_resident,
    add_staff_member,
    appoint,
    disable,
    end_appointment,
    move_in,
    record_absence,
)
from butler.identity.actions.codes import ask_code, watch_codes
from butler.identity.actions.factors import (
    address_of_secret,
    begin_factor,
    codes_left,
    confirm_factor,
    pending_secret,
    remove_factor,
    renew_codes,
)
from butler.identity.actions.hashing import hash_password
from butler.identity.actions.inviting import (
    change_password,
    invite,
    invite_first,
    join,
    offer_reset,
    reset_password,
    revoke_invitation,
)
from butler.identity.actions.knowing import know_device
from butler.identity.actions.managing import (
    give_post,
    let_in,
    move_post,
    shut_out,
    sign_out_everywhere,
    take_factor,
    take_post,
)
from butler.identity.actions.phones import ask_new_phone, change_phone, change_phone_face_to_face, check_settled
from butler.identity.actions.proving import prove_with_code, prove_with_password
from butler.identity.actions.reaching import say_how_to_reach
from butler.identity.actions.signing_in import (
    end_other_sign_ins,
    end_sign_ins_of,
    note_use,
    open_sign_in,
    purge,
    renew,
    sign_in_with_code,
    sign_in_with_password,
    sign_out,
)
from butler.identity.actions.verifying import verify_resident
from butler.identity.actions.wechat import link_wechat, sign_in_with_wechat

__all__ = [
    "add_resident",
    "add_staff_member",
    "address_of_secret",
    "appoint",
    "ask_code",
    "ask_new_phone",
    "begin_factor",
    "change_password",
    "change_phone",
    "change_phone_face_to_face",
    "check_settled",
    "codes_left",
    "confirm_factor",
    "disable",
    "end_appointment",
    "end_other_sign_ins",
    "end_sign_ins_of",
    "give_post",
    "hash_password",
    "invite",
    "invite_first",
    "join",
    "know_device",
    "let_in",
    "link_wechat",
    "move_in",
    "move_post",
    "note_use",
    "offer_reset",
    "open_sign_in",
    "pending_secret",
    "prove_with_code",
    "prove_with_password",
    "purge",
    "record_absence",
    "remove_factor",
    "renew",
    "renew_codes",
    "reset_password",
    "revoke_invitation",
    "say_how_to_reach",
    "shut_out",
    "sign_in_with_code",
    "sign_in_with_password",
    "sign_in_with_wechat",
    "sign_out",
    "sign_out_everywhere",
    "take_factor",
    "take_post",
    "verify_resident",
    "watch_codes",
]
