"""Personal data is sealed before it reaches the database: authenticated encryption under keys kept apart from the data.

A sealed value is ``cipher, length of the key's id, id, nonce, ciphertext and tag``. The id says which key opens it, so
that keys can be changed one by one; the tag covers the place the value belongs to (``people.phone``), so that a value
copied into another column does not open. A data key of a single case (`kit.envelopes`) has no id.

AES-256-GCM is NIST SP 800-38D; SM4-GCM (GB/T 32907-2016, RFC 8998) is there for installations that are assessed
against GB/T 39786. A random nonce of 96 bits allows 2³² values per key (SP 800-38D §8.3): change keys yearly.
"""

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as _Cipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import LargeBinary, TypeDecorator
from sqlalchemy.sql import operators

NONCE = 12  # bytes
TAG = 16
_ID = re.compile(r"[A-Za-z0-9._-]{1,32}", re.ASCII)


class Unreadable(Exception):
    """A sealed value does not open: its key is not in the ring, it was altered, or it belongs somewhere else."""


class Cipher(Protocol):
    """What a provider of authenticated encryption has to do. `mark` is the first byte of what it sealed."""

    mark: int
    key_bytes: int

    def seal(self, secret: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        """Ciphertext and tag."""

    def open(self, secret: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        """The plain bytes. Raises `cryptography.exceptions.InvalidTag`."""


class _Aes:
    mark, key_bytes = 1, 32

    def seal(self, secret: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        return _aes(secret).encrypt(nonce, plain, bound)

    def open(self, secret: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        return _aes(secret).decrypt(nonce, sealed, bound)


class _Sm4:
    mark, key_bytes = 2, 16

    def seal(self, secret: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        sealing = _Cipher(algorithms.SM4(secret), modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(bound)
        return sealing.update(plain) + sealing.finalize() + sealing.tag

    def open(self, secret: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        opening = _Cipher(algorithms.SM4(secret), modes.GCM(nonce, sealed[-TAG:])).decryptor()
        opening.authenticate_additional_data(bound)
        return opening.update(sealed[:-TAG]) + opening.finalize()


@lru_cache(maxsize=16)  # a ring has few keys; the many keys of cases pass through
def _aes(secret: bytes) -> AESGCM:
    return AESGCM(secret)


CIPHERS: Mapping[str, Cipher] = {"aes": _Aes(), "sm4": _Sm4()}
_BY_MARK = {cipher.mark: cipher for cipher in CIPHERS.values()}


@dataclass(frozen=True)
class Key:
    """A secret with the name it is known by in what it sealed; without one it is the data key of a case."""

    id: str
    secret: bytes = field(repr=False)
    cipher: Cipher = field(default=CIPHERS["aes"], repr=False)

    @property
    def head(self) -> bytes:
        """How everything begins that this key has sealed."""
        return bytes((self.cipher.mark, len(self.id))) + self.id.encode()

    def seal(self, place: str, plain: bytes) -> bytes:
        """Seal bytes for a place: ``table.column``, or anything else that stays the same."""
        head, nonce = self.head, os.urandom(NONCE)
        return head + nonce + self.cipher.seal(self.secret, nonce, plain, head + place.encode())

    def open(self, place: str, sealed: bytes) -> bytes:
        """What was sealed for this place under this key. Raises Unreadable."""
        head = self.head
        begin = len(head) + NONCE
        if not sealed.startswith(head) or len(sealed) < begin + TAG:
            raise Unreadable(f"{place}: sealed under another key")
        try:
            return self.cipher.open(self.secret, sealed[len(head) : begin], sealed[begin:], head + place.encode())
        except InvalidTag:
            raise Unreadable(f"{place}: altered, moved from another place, or sealed under another key") from None


def key_id_of(sealed: bytes) -> str:
    """The id of the key that sealed it; empty for the data key of a case. Raises Unreadable."""
    if len(sealed) < 2 or sealed[0] not in _BY_MARK:
        raise Unreadable("this is nothing we have sealed")
    return sealed[2 : 2 + sealed[1]].decode("ascii", "replace")


@dataclass(frozen=True)
class IndexKey:
    """A secret by which things are found without being opened. Keys are numbered in the order in which they came.

    What key 1 makes is bare; what a later one makes begins with its number, so that it can be told apart.
    """

    number: int
    secret: bytes = field(repr=False)

    @property
    def head(self) -> bytes:
        """How everything begins that this key has indexed."""
        return b"" if self.number == 1 else self.number.to_bytes(2, "big")

    @property
    def size(self) -> int:
        """Bytes of an index under this key."""
        return len(self.head) + 32

    @property
    def is_even(self) -> bool:
        """Of two columns with indexes, keys with an even number have the second."""
        return self.number % 2 == 0

    def index(self, name: str, value: bytes) -> bytes:
        """What equal values of one kind have in common under this key: HMAC-SHA-256."""
        return self.head + hmac.digest(self.secret, bytes((len(name),)) + name.encode() + value, "sha256")


@dataclass(frozen=True)
class Ring:
    """The keys of an installation: the first one seals, all of them open. Index keys find without opening: one, or while
    it is being changed the new and the old."""

    keys: Mapping[str, Key]
    index_keys: tuple[IndexKey, ...]

    @property
    def first(self) -> Key:
        """The key that seals."""
        return next(iter(self.keys.values()))

    def seal(self, place: str, plain: bytes) -> bytes:
        """Seal bytes for a place under the first key."""
        return self.first.seal(place, plain)

    def open(self, place: str, sealed: bytes) -> bytes:
        """What was sealed for this place. Raises Unreadable."""
        key = self.keys.get(key_id_of(sealed))
        if key is None:
            raise Unreadable(f"{place}: its key is not in the ring")
        return key.open(place, sealed)

    def index(self, name: str, value: bytes) -> bytes:
        """What equal values of one kind have in common, and what says nothing else about them, under the first key.

        `name` keeps indexes of different kinds apart: a telephone number has one index among people, another among
        codes.
        """
        return self.index_keys[0].index(name, value)

    def indexes(self, name: str, value: bytes) -> list[bytes]:
        """The same under every key of the ring, in the order of their numbers."""
        return [key.index(name, value) for key in sorted(self.index_keys, key=lambda key: key.number)]

    def index_in(self, name: str, value: bytes, *, even: bool) -> bytes | None:
        """The index for the column of the odd or of the even key; None when the ring has no such key."""
        return next((key.index(name, value) for key in self.index_keys if key.is_even == even), None)


def ring() -> Ring:
    """The keys of this application."""
    return current_app.extensions["ring"]


def blind_index(name: str, text: str) -> bytes:
    """`Ring.index` of a text, as it is written: normalise it before."""
    return ring().index(name, text.encode())


def blind_indexes(name: str, text: str) -> list[bytes]:
    """Under every index key: what a text may be found by while the key is being changed."""
    return ring().indexes(name, text.encode())


def blind_index_in(name: str, text: str, *, even: bool) -> bytes | None:
    """`Ring.index_in` of a text."""
    return ring().index_in(name, text.encode(), even=even)


def read_ring(keys: str, index_key: str, *, secret_key: str, production: bool) -> Ring:
    """The ring from settings: ``id:key`` or ``id:sm4:key``, separated by commas, each key base64url; the index key as
    ``key`` (which is number 1) or ``number:key``.

    Outside production a missing ring is derived from `secret_key`. Raises ValueError, which never quotes a key: for a
    ring that cannot be read, keys that are too short, doubled or plainly not random, and in production for none.
    """
    derived = {name: _derive(secret_key, name) for name in ("development", "index")}
    if not keys and not production:
        found = [Key("development", derived["development"])]
    else:
        found = [_read_key(word.strip()) for word in keys.split(",") if word.strip()]
    if not index_key and not production:
        indexing = [IndexKey(1, derived["index"])]
    else:
        indexing = [_read_index_key(word.strip()) for word in index_key.split(",")]
    _check(found, indexing, guessable=derived.values() if production else ())
    return Ring({key.id: key for key in found}, tuple(indexing))


def _check(found: Sequence[Key], indexing: Sequence[IndexKey], *, guessable: Any) -> None:
    if not found:
        raise ValueError("BUTLER_KEYS is missing: personal data is never stored in the open. See docs/deploy.md.")
    if any(len(key.secret) < 32 for key in indexing):
        raise ValueError("BUTLER_INDEX_KEY needs 32 random bytes in base64url.")
    if len(indexing) > 2 or len({key.is_even for key in indexing}) < len(indexing):
        raise ValueError("BUTLER_INDEX_KEY holds one key, or while it is changed two whose numbers follow one another.")
    secrets = [*(key.secret for key in found), *(key.secret for key in indexing)]
    if len({key.id for key in found}) < len(found) or len(set(secrets)) < len(secrets):
        raise ValueError("BUTLER_KEYS and BUTLER_INDEX_KEY must not name or hold the same key twice.")
    if any(len(set(secret)) < len(secret) // 4 or secret in guessable for secret in secrets):
        raise ValueError("BUTLER_KEYS and BUTLER_INDEX_KEY must be random: flask butler keys new makes some.")


def _read_key(word: str) -> Key:
    name, _, rest = word.partition(":")
    kind, _, secret = rest.rpartition(":")
    cipher = CIPHERS.get(kind or "aes")
    if not _ID.fullmatch(name) or cipher is None:
        raise ValueError("BUTLER_KEYS must be id:key or id:sm4:key, separated by commas.")
    read = _bytes_of("BUTLER_KEYS", secret)
    if len(read) != cipher.key_bytes:
        raise ValueError(f"BUTLER_KEYS: the key {name} must have {cipher.key_bytes} bytes.")
    return Key(name, read, cipher)


def _read_index_key(word: str) -> IndexKey:
    number, _, secret = word.rpartition(":")
    if not re.fullmatch(r"|[1-9][0-9]{0,3}", number, re.ASCII):
        raise ValueError("BUTLER_INDEX_KEY must be a key or number:key, the new one first, separated by commas.")
    return IndexKey(int(number or 1), _bytes_of("BUTLER_INDEX_KEY", secret))


def _bytes_of(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise ValueError(f"{name} holds something that is not base64url.") from None


def _derive(secret_key: str, name: str) -> bytes:
    return hmac.new(secret_key.encode(), f"butler sealing {name}".encode(), hashlib.sha256).digest()


class Sealed(TypeDecorator[Any]):
    """A column that the database sees sealed under the ring: text, with `json` anything JSON can say, with `raw` bytes.

    `place` is its ``table.column``. Comparing or sorting such a column finds nothing, so it is refused: equal values
    are found by a blind index.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str, *, json: bool = False, raw: bool = False) -> None:
        super().__init__()
        self.place, self.json, self.raw = place, json, raw

    class comparator_factory(TypeDecorator.Comparator):  # noqa: N801
        """Only whether there is a value can be asked."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """Refuses everything but IS NULL."""
            if op in (operators.is_, operators.is_not) or other == (None,):
                return super().operate(op, *other, **kwargs)
            raise TypeError("a sealed column is found by its blind index, never compared or sorted")

    def process_bind_param(self, value: Any, dialect: Any) -> bytes | None:  # noqa: ARG002
        """Seal."""
        if value is None:
            return None
        if self.raw:
            return ring().seal(self.place, value)
        return ring().seal(self.place, orjson.dumps(value) if self.json else value.encode())

    def process_result_value(self, value: bytes | None, dialect: Any) -> Any:  # noqa: ARG002
        """Open."""
        if value is None:
            return None
        plain = ring().open(self.place, value)
        if self.raw:
            return plain
        return orjson.loads(plain) if self.json else plain.decode()
