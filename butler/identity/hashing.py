"""By what people are found without their names and numbers being opened: blind indexes, each of its own kind."""

import unicodedata

from butler.kit.sealing import blind_index


def phone_index(phone: str) -> bytes:
    """Of a person's telephone, eleven digits."""
    return blind_index("people.phone", phone)


def name_index(name: str) -> bytes:
    """Of a person's whole name, however its characters are composed (NFC) and whatever blanks are around it."""
    return blind_index("people.name", unicodedata.normalize("NFC", name).strip())


def code_phone_index(phone: str) -> bytes:
    """Of the telephone a code was sent to: it tells nothing about whether there is such a person."""
    return blind_index("one_time_codes.phone", phone)


def prefix_index(phone: str) -> bytes:
    """Of the first seven digits of a telephone: the ten thousand numbers an operator hands out in one place."""
    return blind_index("one_time_codes.prefix", phone[:7])


def wechat_index(openid: str) -> bytes:
    """Of what WeChat calls somebody in our mini-program."""
    return blind_index("people.wechat_openid", openid)


def id_number_index(number: str) -> bytes:
    """Of the number of an identity card, to notice that two people are one. The number itself is not kept."""
    return blind_index("people.id_number", number.upper())


def username_index(username: str) -> bytes:
    """Of what was typed as a user name, in any case; people also type passwords there."""
    return blind_index("failed_sign_ins.username", username.lower())
