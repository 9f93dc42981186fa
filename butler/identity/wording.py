"""How making sure of somebody is spoken of. Pure tables."""

from collections.abc import Mapping

from butler.identity.states import PhoneChangedHow, VerifiedHow

VERIFIED: Mapping[VerifiedHow, str] = {
    VerifiedHow.ID_CARD: "看了身份证",
    VerifiedHow.OTHER_PAPER: "看了别的证件",
    VerifiedHow.KNOWN_IN_PERSON: "当面认识，没有看证件",
}
"""What somebody looked at to make sure who a resident is."""

PHONE_CHANGED: Mapping[PhoneChangedHow, str] = {
    PhoneChangedHow.CODES: "两个号码都收了验证码",
    PhoneChangedHow.ID_CARD: "当面看了身份证",
    PhoneChangedHow.OTHER_PAPER: "当面看了别的证件",
}
"""By which proof somebody got another telephone."""
