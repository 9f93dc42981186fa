"""The number of an identity card (GB 11643-1999): eighteen characters, the last of them a check (ISO 7064 MOD 11-2)."""

import re
import unicodedata
from datetime import date

CHILD_UNTIL = 14  # years (个人信息保护法 31)

_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
_CHECKS = "10X98765432"


def read_id_number(typed: str) -> str | None:
    """The number as it is printed (full-width digits, blanks and a small x do no harm), or None when it cannot be one."""
    plain = "".join(unicodedata.normalize("NFKC", typed).split()).upper()
    if not _FORM.fullmatch(plain):
        return None
    total = sum(int(digit) * weight for digit, weight in zip(plain, _WEIGHTS, strict=False))
    try:
        date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    except ValueError:
        return None
    return plain if _CHECKS[total % 11] == plain[17] else None


def is_child(number: str, today: date) -> bool:
    """Whether whoever has this number (as `read_id_number` gives it) is under 14; the birthday itself counts as 14."""
    born = number[6:14]
    turns = f"{int(born[:4]) + CHILD_UNTIL}{born[4:]}"
    return today.strftime("%Y%m%d") < turns
