"""What happened to files, in the past tense. Ids only."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FileUnsafe:
    """The scanner found something in a file, and it has been destroyed."""

    case_id: int
    attachment_id: int
