"""Numbers for people and tokens for machines. None of them can be guessed or counted."""

import hashlib
import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})
_BODY = 11


def new_number() -> str:
    """A fresh public number such as ``7K3M-2QWX-9A4F``: 55 random bits and a check character.

    Random, not a date and a counter, so that it tells nobody how many cases there are. The uniqueness constraint of the
    table catches the one collision in 36 million billion.
    """
    body = "".join(secrets.choice(ALPHABET) for _ in range(_BODY))
    return _grouped(body + _check(body))


def read_number(text: str) -> str | None:
    """The canonical form of a number a person typed (any case, spaces, O for 0), or None when it cannot be one."""
    plain = re.sub(r"[\s\-－]", "", text).upper().translate(_LOOKALIKES)
    if len(plain) != _BODY + 1 or any(letter not in _VALUE for letter in plain):
        return None
    body, check = plain[:-1], plain[-1]
    return _grouped(plain) if _check(body) == check else None


def new_secret() -> str:
    """A bearer secret of 256 bits. Only its hash is ever stored."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """What we store instead of a secret: SHA-256, hexadecimal. Enough for secrets of full entropy, not for passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()


def request_name(request_id: str) -> str:
    """The six characters people read aloud when something went wrong (出错编号)."""
    digest = int.from_bytes(hashlib.sha256(request_id.encode()).digest()[:4], "big")
    return "".join(ALPHABET[digest >> (5 * place) & 31] for place in range(6))


def _check(body: str) -> str:
    """A check character over base 32 (Luhn mod N): finds every single typo and nearly every swapped pair."""
    total = 0
    for place, letter in enumerate(reversed(body)):
        value = _VALUE[letter] * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def _grouped(plain: str) -> str:
    return "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))
