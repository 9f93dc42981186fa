"""Sealing: what goes in comes out, and nowhere else."""

import base64
import os
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, cast, select
from sqlalchemy.orm import Session, scoped_session

from butler.app import create_app
from butler.kit.database import ButlerFlask, db
from butler.kit.sealing import CIPHERS, IndexKey, Key, Ring, Sealed, Unreadable, blind_index, key_id_of, read_ring
from butler.settings import Settings

SECRET = "only for tests, and long enough for that"


def text_of(secret: bytes) -> str:
    """A key as it is written in the settings."""
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


_chance = Random(20261126)  # the same in every process, so that all collect the same tests
AES, OTHER, SM4, INDEX = (_chance.randbytes(size) for size in (32, 32, 16, 32))
KEYS = [Key("a", AES), Key("b", SM4, CIPHERS["sm4"]), Key("", OTHER)]


@given(key=st.sampled_from(KEYS), place=st.text(max_size=20), plain=st.binary(max_size=300))
def test_what_is_sealed_opens_again_and_looks_different_each_time(key: Key, place: str, plain: bytes) -> None:
    sealed = key.seal(place, plain)

    assert key.open(place, sealed) == plain
    assert key.seal(place, plain) != sealed
    assert sealed.startswith(key.head)
    assert key_id_of(sealed) == key.id


@given(key=st.sampled_from(KEYS), plain=st.binary(max_size=60), data=st.data())
def test_nothing_that_was_altered_opens(key: Key, plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(key.seal("people.name", plain))
    where = data.draw(st.integers(0, len(sealed) - 1))
    sealed[where] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Unreadable):
        key.open("people.name", bytes(sealed))


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.id or "case")
def test_another_place_another_key_and_a_piece_do_not_open(key: Key) -> None:
    sealed = key.seal("people.name", "王秀英".encode())
    same_name = Key(key.id, os.urandom(key.cipher.key_bytes), key.cipher)

    for opener, place, what in (
        (key, "people.phone", sealed),
        (same_name, "people.name", sealed),
        (Key("other", key.secret, key.cipher), "people.name", sealed),
        (key, "people.name", sealed[:-1]),
        (key, "people.name", sealed[:9]),
        (key, "people.name", b""),
    ):
        with pytest.raises(Unreadable):
            opener.open(place, what)


def test_the_first_key_seals_and_all_open() -> None:
    old = Ring({"2025": Key("2025", AES)}, (IndexKey(1, INDEX),))
    new = Ring({"2026": Key("2026", OTHER), "2025": Key("2025", AES)}, (IndexKey(1, INDEX),))
    before, after = old.seal("people.name", b"x"), new.seal("people.name", b"x")

    assert (key_id_of(before), key_id_of(after)) == ("2025", "2026")
    assert new.open("people.name", before) == new.open("people.name", after) == b"x"
    with pytest.raises(Unreadable):
        old.open("people.name", after)
    with pytest.raises(Unreadable):
        key_id_of(b"a plain text")


def test_an_index_is_the_same_for_the_same_and_for_nothing_else() -> None:
    ring = Ring({"a": Key("a", AES)}, (IndexKey(1, INDEX),))
    found = {ring.index(name, value) for name in ("people.phone", "codes.phone") for value in (b"1", b"2")}

    assert ring.index("people.phone", b"1") in found
    assert len(found) == 4
    assert Ring({"a": Key("a", AES)}, (IndexKey(1, OTHER),)).index("people.phone", b"1") not in found
    assert ring.index("a", b"\0b") != ring.index("a\0", b"b")


def test_the_ring_is_read_from_settings_in_their_order() -> None:
    ring = read_ring(f"2026:{text_of(AES)}, old:sm4:{text_of(SM4)}", text_of(INDEX), secret_key="", production=True)

    assert [(key.id, key.secret, key.cipher.mark) for key in ring.keys.values()] == [("2026", AES, 1), ("old", SM4, 2)]
    assert ring.first.id == "2026"
    assert ring.index_keys == (IndexKey(1, INDEX),)
    assert text_of(AES) not in repr(ring)
    assert repr(AES) not in repr(ring)


@pytest.mark.parametrize(
    ("keys", "index"),
    [
        ("", text_of(INDEX)),
        (f"a:{text_of(AES)}", ""),
        (f"a:{text_of(AES[:16])}", text_of(INDEX)),
        (f"a:sm4:{text_of(AES)}", text_of(INDEX)),
        (f"a:{text_of(AES)}", text_of(INDEX[:16])),
        (f"a:{text_of(AES)}", text_of(AES)),
        (f"a:{text_of(AES)},b:{text_of(AES)}", text_of(INDEX)),
        (f"a:{text_of(AES)},a:{text_of(OTHER)}", text_of(INDEX)),
        (f"a:{text_of(bytes(32))}", text_of(INDEX)),
        (f"a:{text_of(b'ab' * 16)}", text_of(INDEX)),
        (f"a:rot13:{text_of(AES)}", text_of(INDEX)),
        (text_of(AES), text_of(INDEX)),
        (f"钥匙:{text_of(AES)}", text_of(INDEX)),
        ("a:not base64!", text_of(INDEX)),
        ("a:", text_of(INDEX)),
    ],
)
def test_production_refuses_a_ring_that_is_missing_short_doubled_or_plain(keys: str, index: str) -> None:
    with pytest.raises(ValueError, match="BUTLER_") as refused:
        read_ring(keys, index, secret_key=SECRET, production=True)

    assert text_of(AES) not in str(refused.value)


def test_production_refuses_the_ring_of_development() -> None:
    derived = read_ring("", "", secret_key=SECRET, production=False)
    keys, index = f"a:{text_of(derived.first.secret)}", text_of(derived.index_keys[0].secret)

    assert read_ring(keys, text_of(INDEX), secret_key="another", production=True).first.id == "a"
    for one, other in ((keys, text_of(INDEX)), (f"a:{text_of(AES)}", index)):
        with pytest.raises(ValueError, match="random"):
            read_ring(one, other, secret_key=SECRET, production=True)


def test_an_application_does_not_start_in_production_without_keys(settings: Settings) -> None:
    from dataclasses import replace

    with pytest.raises(ValueError, match="BUTLER_KEYS is missing"):
        create_app(replace(settings, env="production", demo=False))


SECRETS = Table(
    "secrets", MetaData(), Column("id", Integer, primary_key=True), Column("words", Sealed("secrets.words")),
    Column("facts", Sealed("secrets.facts", json=True)), prefixes=["TEMPORARY"],
)  # fmt: skip


def test_a_sealed_column_is_plain_above_and_sealed_below(session: scoped_session[Session]) -> None:
    connection = db.session.connection()
    SECRETS.create(connection)
    connection.execute(
        SECRETS.insert(),
        [{"id": 1, "words": "王秀英", "facts": {"电话": ["1"]}}, {"id": 2, "words": None, "facts": None}],
    )

    rows = connection.execute(select(SECRETS.c.words, SECRETS.c.facts).order_by(SECRETS.c.id)).all()
    below = connection.execute(select(cast(SECRETS.c.words, LargeBinary)).where(SECRETS.c.words.is_not(None))).scalars()

    assert [tuple(row) for row in rows] == [("王秀英", {"电话": ["1"]}), (None, None)]
    assert ["王秀英".encode() in bytes(one) for one in below] == [False]
    assert connection.scalar(select(SECRETS.c.id).where(SECRETS.c.words.is_(None))) == 2
    connection.exec_driver_sql("UPDATE secrets SET facts = words")
    with pytest.raises(Unreadable):
        connection.execute(select(SECRETS.c.facts)).all()


@pytest.mark.parametrize(
    "asked",
    [
        lambda column: column == "王秀英",
        lambda column: column.in_(["王秀英"]),
        lambda column: column.like("王%"),
        lambda column: column.desc(),
        lambda column: column > "王",
    ],
)
def test_a_sealed_column_is_never_compared_or_sorted(asked: object) -> None:
    with pytest.raises(TypeError, match="blind index"):
        asked(SECRETS.c.words)  # type: ignore[operator]


def test_every_sealed_column_names_its_own_place(app: ButlerFlask) -> None:
    sealed = [
        (column.type.place, f"{table.name}.{column.name}")
        for table in db.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed)
    ]

    assert [place for place, _ in sealed] == [name for _, name in sealed]


def test_a_blind_index_is_that_of_the_applications_ring(session: scoped_session[Session], app: ButlerFlask) -> None:
    assert blind_index("people.phone", "1") == app.extensions["ring"].index("people.phone", b"1")
