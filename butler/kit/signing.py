"""What leaves the house signed: Ed25519 (RFC 8032), each key by name, the first one signs and all of them prove."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET_BYTES = 32


@dataclass(frozen=True)
class Signer:
    """A private key and how it is called."""

    id: str
    key: Ed25519PrivateKey = field(repr=False)

    def sign(self, said: bytes) -> str:
        """The signature, in base64."""
        return base64.b64encode(self.key.sign(said)).decode()

    def proves(self, said: bytes, signature: str) -> bool:
        """Whether this key signed exactly that."""
        try:
            self.key.public_key().verify(base64.b64decode(signature, validate=True), said)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    def public(self) -> str:
        """The public half as PEM, as `openssl pkey -pubin` reads it."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@lru_cache(maxsize=4)
def read_signers(keys: str) -> Sequence[Signer]:
    """The keys of ``id:key,id:key``, base64url of 32 random bytes each; none for an empty text. Raises ValueError."""
    signers = []
    for part in filter(None, map(str.strip, keys.split(","))):
        name, _, secret = part.rpartition(":")
        try:
            raw = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
        except (binascii.Error, ValueError) as error:
            raise ValueError("BUTLER_LEDGER_KEY: a key that is not base64url.") from error
        if not name or len(raw) != SECRET_BYTES or len(set(raw)) < 8:
            raise ValueError("BUTLER_LEDGER_KEY: each key is id:key with 32 random bytes in base64url.")
        signers.append(Signer(name, Ed25519PrivateKey.from_private_bytes(raw)))
    if len({signer.id for signer in signers}) != len(signers):
        raise ValueError("BUTLER_LEDGER_KEY: two keys have the same id.")
    return tuple(signers)


def canonical(said: Any) -> bytes:
    """The bytes that are signed: JSON with sorted keys, no spaces, UTF-8."""
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
