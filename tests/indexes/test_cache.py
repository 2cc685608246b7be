"""Answers on disk: whole or not at all, and never too many."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from auditor.indexes.cache import DiskCache, Kept

MANY = 10**6


def only_file(folder: Path) -> Path:
    (path,) = folder.glob("??/*")
    return path


def test_what_is_put_is_there_for_the_next_one(tmp_path: Path) -> None:
    kept = Kept(b"one\ntwo", 5.0, "text/html", "http://h.example/a", '"v"', "Thu")
    DiskCache(tmp_path / "c", MANY).put("key", kept)
    assert DiskCache(tmp_path / "c", MANY).get("key") == kept
    assert DiskCache(tmp_path / "c", MANY).get("other") is None


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    DiskCache(tmp_path / "c", MANY).put("key", Kept(b"one", 5.0))
    path = only_file(tmp_path / "c")
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]\n", b"[" * 50_000, b'{"form": 1}\none', b"x" * 99]
)
def test_a_damaged_file_is_a_miss(tmp_path: Path, damage: bytes) -> None:
    cache = DiskCache(tmp_path, MANY)
    cache.put("key", Kept(b"one", 5.0))
    path = only_file(tmp_path)
    path.write_bytes(damage)
    assert cache.get("key") is None
    cache.put("key", Kept(b"two", 5.0))
    assert cache.get("key") == Kept(b"two", 5.0)


def test_a_file_that_lost_its_end_is_a_miss(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, MANY)
    cache.put("key", Kept(b"one", 5.0))
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    assert cache.get("key") is None


def test_renewing_changes_when_it_was_true_and_nothing_else(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, MANY)
    cache.put("key", Kept(b"one", 5.0))
    cache.renew("key", 9.0)
    cache.renew("absent", 9.0)
    assert cache.get("key") == Kept(b"one", 9.0)


def test_the_oldest_go_first_and_leave_some_room(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 10_000)
    for age in range(20):
        cache.put(str(age), Kept(b"x" * 1000, float(100 + age)))
    assert sum(path.stat().st_size for path in tmp_path.glob("??/*")) <= 10_000
    kept = [age for age in range(20) if cache.get(str(age))]
    assert kept == list(range(kept[0], 20))
    assert len(kept) >= 6
    DiskCache(tmp_path, 3_000).put("one more", Kept(b"x" * 1000, 200.0))
    assert cache.get("one more")
    assert not cache.get("18")


def test_what_alone_is_too_much_is_not_kept(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 1000)
    cache.put("key", Kept(b"x" * 1001, 5.0))
    cache.put("key", Kept(b"x", 5.0, content_type="x" * 70_000))
    assert list(tmp_path.iterdir()) == []


def test_many_may_write_the_same_at_once(tmp_path: Path) -> None:
    bodies = [bytes([65 + n]) * 20_000 for n in range(8)]

    def work(n: int) -> None:
        cache = DiskCache(tmp_path, 100_000)
        for _ in range(10):
            cache.put("key", Kept(bodies[n], 5.0))
            found = cache.get("key")
            assert found
            assert found.body in bodies

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert [path.suffix for path in tmp_path.glob("??/*")] == [".kept"]


def test_a_folder_that_cannot_be_written_is_told_once_and_nothing_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "c").write_text("a file")
    cache = DiskCache(tmp_path / "c", MANY)
    with caplog.at_level(logging.WARNING):
        cache.put("key", Kept(b"one", 5.0))
        cache.put("key", Kept(b"one", 5.0))
        cache.renew("key", 6.0)
    assert cache.get("key") is None
    assert [one.getMessage() for one in caplog.records] == [
        "answers of package indexes are not kept"
    ]


def test_a_write_that_fails_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("auditor.indexes.cache.os.utime", fail)
    DiskCache(tmp_path, MANY).put("key", Kept(b"one", 5.0))
    assert list(tmp_path.glob("??/*")) == []
