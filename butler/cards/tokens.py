"""The secret in a card's address: long enough that nobody finds a card by guessing.

The alphabet is Crockford's base32 in capitals (https://www.crockford.com/base32.html): no I, L, O, U, so it
can be read out over the phone, and every character belongs to the alphanumeric mode of a QR code (ISO/IEC
18004), which keeps the printed modules large. 26 characters also fit a WeChat mini-program `scene` (at most 32
visible characters).
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26

_TOKEN = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")


def new_token() -> str:
    """Draw a card token: 26 characters from the system's random source, 130 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_token(text: str) -> bool:
    """Tell whether the text has exactly the form `new_token` gives; such a card need not exist."""
    return _TOKEN.fullmatch(text) is not None
