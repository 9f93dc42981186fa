"""Files on the disk: whole or not there, and nothing left behind for long."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest

from butler.kit.errors import StorageFull
from butler.kit.files import Store, new_name


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files", margin=0)


def test_what_was_put_is_there(store: Store) -> None:
    name = new_name()
    stored = store.put(name, b"abc")

    assert (stored.size, stored.sha256) == (3, hashlib.sha256(b"abc").digest())
    assert store.get(name) == b"abc"
    assert list(store.names()) == [name]
    path = store.root / name[:2] / name[2:4] / name
    assert path.stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in path.parents if folder.is_relative_to(store.root)} == {0o700}
    assert store.destroy(name)
    assert not store.destroy(name)
    assert store.get(name) is None


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 31, "A" * 32, "a" * 32 + "\n", "身" * 32, "a/" * 16])
def test_only_names_of_ours_are_paths(store: Store, name: str) -> None:
    for use in (store.get, store.destroy, lambda name: store.put(name, b"x")):
        with pytest.raises(ValueError, match="not a name of ours"):
            use(name)


def test_a_name_is_written_once(store: Store) -> None:
    name = new_name()
    part = store.path(name).with_suffix(".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(b"of another process")
    with pytest.raises(StorageFull):
        store.put(name, b"x")


def test_a_nearly_full_disk_takes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "files", margin=2**62)
    with pytest.raises(StorageFull):
        store.put(new_name(), b"x")
    assert list(store.names()) == []


def test_a_disk_that_fills_up_half_way_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        store.put(new_name(), b"x" * 1000)
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_everything_is_flushed_before_and_after_it_gets_its_name(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    flush, rename = os.fsync, Path.rename

    def fsync(descriptor: int) -> None:
        done.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name[-5:])
        flush(descriptor)

    def renamed(path: Path, target: Any) -> Any:
        done.append("rename")
        return rename(path, target)

    name = "abcd" + "0" * 28
    store.check_room(0)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", renamed)
    store.put(name, b"x")

    assert done == ["files", "ab", "files", ".part", "rename", "cd"]


def test_the_sweep_takes_what_is_old_and_nobody_knows(store: Store) -> None:
    known, unknown, young, half = (new_name() for _ in range(4))
    for name in (known, unknown, young):
        store.put(name, b"x")
    part = store.path(half).with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"half")
    for path in (store.path(known), store.path(unknown), part):
        os.utime(path, (time.time() - 3_601,) * 2)

    assert store.sweep(lambda names: {known} & set(names)) == 2
    assert set(store.names()) == {known, young}
    assert not part.exists()
