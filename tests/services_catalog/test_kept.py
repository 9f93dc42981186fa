"""A kept index is the index that was made; what is damaged, old or of another program is made anew."""

import dataclasses
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from services_catalog import kept
from services_catalog.indexing import build_index
from services_catalog.loading import load

SHIPPED = load()
CODES = ("M002", "M012", "M084")
SMALL = dataclasses.replace(
    SHIPPED,
    matters={code: SHIPPED.matters[code] for code in CODES},
    asks={code: SHIPPED.asks[code][:9] for code in CODES},
    elsewhere={"天气": SHIPPED.elsewhere["天气"]},
)
INDEX = build_index(SMALL)


@pytest.fixture
def made(monkeypatch):
    """How often an index was made."""
    times = []

    def counted(catalogue):
        times.append(1)
        return build_index(catalogue)

    monkeypatch.setattr(kept, "build_index", counted)
    return times


def test_the_first_makes_it_and_the_next_reads_the_same(tmp_path, made):
    indexes = [kept.index_of(SMALL, tmp_path / "new" / "search") for _ in range(2)]
    assert len(made) == 1
    for index in indexes:
        assert all(getattr(index, one.name) == getattr(INDEX, one.name) for one in dataclasses.fields(INDEX))
        for query in ("敬老证", "hukouben", "老头子走了，全家那个本子要换", "天气预报", ""):
            assert index.search(query) == INDEX.search(query)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content + b"\n",
        lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        lambda content: b"[]" + content[content.index(b"\n") :],
        lambda content: b"\xff" + content,
        lambda content: _with(content, order="upside down"),
        lambda content: _with(content, format=0),
        lambda content: _with(content, made_of="other words"),
        lambda content: _with(content, sha256="0" * 64),
    ],
)
def test_a_file_that_does_not_fit_is_made_anew(tmp_path, made, spoil):
    kept.index_of(SMALL, tmp_path)
    (file,) = tmp_path.glob("*.index")
    sound = file.read_bytes()
    file.write_bytes(spoil(sound))
    assert kept.index_of(SMALL, tmp_path).search("敬老证") == INDEX.search("敬老证")
    assert (len(made), file.read_bytes()) == (2, sound)


def _with(content, **changed):
    line, _, body = content.partition(b"\n")
    return json.dumps(json.loads(line) | changed).encode() + b"\n" + body


def test_other_words_or_another_program_are_another_index(tmp_path, made, monkeypatch):
    kept.index_of(SMALL, tmp_path)
    fewer = dataclasses.replace(SMALL, asks={})  # with the revision of the other
    assert kept.index_of(fewer, tmp_path).rows != INDEX.rows
    monkeypatch.setattr(kept, "_program", lambda: b"other")
    kept.index_of(SMALL, tmp_path)
    assert (len(made), len(list(tmp_path.glob("*.index")))) == (3, 3)


def test_only_the_newest_files_stay(tmp_path, monkeypatch):
    for number in range(kept.KEPT + 2):
        (tmp_path / f"{number}.index").write_bytes(b"old")
        os.utime(tmp_path / f"{number}.index", (number, number))
    (tmp_path / "died.part").write_bytes(b"half")
    kept.index_of(SMALL, tmp_path)
    stay = {f"{number}.index" for number in range(3, kept.KEPT + 2)}
    assert {file.name for file in tmp_path.iterdir()} == {*stay, "lock", f"{kept.words_of(SMALL)[:16]}.index"}


def test_those_who_come_together_make_it_once(tmp_path, made):
    with ThreadPoolExecutor(4) as pool:
        indexes = list(pool.map(lambda _: kept.index_of(SMALL, tmp_path), range(4)))
    assert len(made) == 1
    assert {index.search("敬老证") for index in indexes} == {INDEX.search("敬老证")}


def test_without_a_folder_to_write_it_is_made_all_the_same(tmp_path, made):
    (tmp_path / "file").write_bytes(b"")
    for folder in (None, tmp_path / "file", tmp_path / "file" / "search"):
        assert kept.index_of(SMALL, folder).search("敬老证") == INDEX.search("敬老证")
    assert len(made) == 3


def test_a_catalogue_of_nothing_is_kept_too(tmp_path, made):
    nothing = dataclasses.replace(SMALL, matters={}, asks={}, elsewhere={})
    assert [kept.index_of(nothing, tmp_path).search("敬老证").items for _ in range(2)] == [(), ()]
    assert len(made) == 1
