"""The words of consents."""

from enum import StrEnum


class Purpose(StrEnum):
    """What somebody agrees to: one thing each. The texts are in `purposes.yaml`."""

    PAPERS = "papers"
    HEALTH = "health"
    HAND_OVER = "hand_over"
    WECHAT = "wechat"


class Channel(StrEnum):
    """How a consent was given or taken back."""

    PAGE = "page"
    API = "api"
    FACE_TO_FACE = "face_to_face"
    NEW_VERSION = "new_version"
