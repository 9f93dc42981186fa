"""What is stored instead of secrets: passwords, one-time codes, network addresses."""

import hashlib
import hmac

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

# OWASP Password Storage Cheat Sheet, argon2id with 19 MiB: a sign-in must not hold a small machine's memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# Of a random password that nobody has kept, with the same costs.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$JEohrIdK8umTMndT0RWlBA$2MRUyo/AkMb7pOlmyQmSSAukXCDfTBdLCxdbrZCftSk"


def hash_password(password: str) -> str:
    """The argon2id hash to keep for a password."""
    return _HASHER.hash(password)


def password_fits(stored: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed. Takes as long for a user that does not exist (`stored` None)."""
    try:
        return _HASHER.verify(stored or _NOBODY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def keyed_hash(purpose: str, *parts: str) -> str:
    """HMAC-SHA256 under the installation's secret: six digits or an address cannot be found by trying all of them
    against a stolen table. `purpose` keeps hashes of different things apart."""
    message = "\0".join((purpose, *parts)).encode()
    return hmac.new(current_app.config["SECRET_KEY"].encode(), message, hashlib.sha256).hexdigest()
