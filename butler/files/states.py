"""The words of files. `docs/vocabulary.md` explains each."""

from enum import StrEnum


class FileKind(StrEnum):
    """What a file shows, which decides who opens it and how long it is kept."""

    PHOTO = "photo"  # 现场照片: of a place or a thing
    PAPER = "paper"  # 材料: of a document of somebody


class FileState(StrEnum):
    """Whether a file can be opened."""

    QUARANTINED = "quarantined"  # kept, not yet looked at by the scanner
    STORED = "stored"
    DESTROYED = "destroyed"  # the row remains and says when


class DestroyedWhy(StrEnum):
    """Why a file is no more."""

    EXPIRED = "expired"  # its time after the end of the case was over
    WITHDRAWN = "withdrawn"  # the consent to keep it was taken back
    UNSAFE = "unsafe"  # the scanner found something in it
