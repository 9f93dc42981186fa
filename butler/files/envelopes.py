"""Each file is sealed under a key of its own, and that key under the key of its case (`kit.envelopes`).

So one file can be made unreadable for good, in every copy of the folder of files that exists anywhere, by emptying one
column; and a sealed file put in the place of another does not open.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from butler.kit.envelopes import key_of_case, new_key
from butler.kit.errors import Conflict
from butler.kit.sealing import CIPHERS, Key, Unreadable


@dataclass(frozen=True)
class Sealed:
    """A file, what was said of it, and their key, as they are kept."""

    data: bytes
    words: bytes
    key: bytes


def seal(case_id: int, name: str, data: bytes, words: dict[str, Any]) -> Sealed:
    """Seal a file of a case under a new key. Raises Conflict when the key of the case has been destroyed."""
    above = key_of_case(case_id)
    if above is None:
        raise Conflict("这件办件的内容已按规定销毁，不能再补充。需要的话请重新提出。")
    own = new_key()
    return Sealed(
        data=own.seal(_place("data", name), data),
        words=own.seal(_place("words", name), orjson.dumps(words)),
        key=above.seal(_place("key", name), bytes((own.cipher.mark,)) + own.secret),
    )


def open_data(case_id: int, name: str, key: bytes, sealed: bytes) -> bytes:
    """The bytes of a file. Raises Unreadable."""
    return own_key(case_id, name, key).open(_place("data", name), sealed)


def open_words(case_id: int, name: str, key: bytes, sealed: bytes) -> dict[str, Any]:
    """What was said of a file. Raises Unreadable."""
    words: dict[str, Any] = orjson.loads(own_key(case_id, name, key).open(_place("words", name), sealed))
    return words


def own_key(case_id: int, name: str, key: bytes) -> Key:
    """The key of one file. Raises Unreadable."""
    above = key_of_case(case_id)
    if above is None:
        raise Unreadable("attachments: the key of the case has been destroyed")
    plain = above.open(_place("key", name), key)
    return Key("", plain[1:], next(cipher for cipher in CIPHERS.values() if cipher.mark == plain[0]))


def _place(part: str, name: str) -> str:
    return f"attachments.{part} of {name}"
