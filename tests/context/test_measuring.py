from __future__ import annotations

import gzip
import io
import os
import random
import tarfile
from pathlib import Path

import pytest

from auditor.context.measuring import measure_folder


def gzipped_bytes(folder: Path) -> int:
    """What a layer of the folder's files really has, made by other code."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        tar.add(folder, ".")
    return len(gzip.compress(raw.getvalue(), 6))


def mixed(folder: Path, megabytes: int) -> Path:
    """Text that compresses well beside bytes that do not, in files of many sizes."""
    chance = random.Random(7)  # noqa: S311 - no secret
    words = [chance.randbytes(chance.randint(2, 9)).hex() for _ in range(3000)]
    left, number = megabytes << 20, 0
    while left > 0:
        size = min(left, chance.choice((300, 9_000, 200_000, 1 << 20)))
        text = " ".join(chance.choices(words, k=size // 9)).encode()
        content = os.urandom(size) if number % 3 == 0 else text[:size]
        path = folder / f"d{number % 5}" / f"f{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        left, number = left - size, number + 1
    return folder


def test_a_small_folder_is_compressed_as_a_whole(tmp_path: Path) -> None:
    mixed(tmp_path, 3)
    found = measure_folder(tmp_path)
    truth = gzipped_bytes(tmp_path)
    assert abs(found.compressed.estimate_bytes - truth) < 0.005 * truth
    assert found.compressed.low_bytes <= truth <= found.compressed.high_bytes
    assert found.unpacked is not None
    assert found.unpacked.is_exact
    assert found.unpacked.estimate_bytes == sum(
        one.stat().st_size for one in tmp_path.rglob("*") if one.is_file()
    )
    assert "all of it compressed" in found.explanation


def test_of_a_big_folder_a_sample_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.context.measuring.WHOLE_BELOW_BYTES", 1 << 20)
    monkeypatch.setattr("auditor.context.measuring._PIECE_BYTES", 1 << 16)
    mixed(tmp_path, 12)
    found = measure_folder(tmp_path)
    truth = gzipped_bytes(tmp_path)
    assert found.compressed.low_bytes <= truth <= found.compressed.high_bytes
    assert found.compressed.high_bytes - found.compressed.low_bytes < 0.4 * truth
    assert "48 pieces of it compressed" in found.explanation


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b\x1b").write_bytes(b"2")
    real = Path.lstat

    def refused(path: Path) -> os.stat_result:
        if path.name.startswith("b"):
            raise PermissionError
        return real(path)

    monkeypatch.setattr(Path, "lstat", refused)
    explanation = measure_folder(tmp_path).explanation
    assert "1 could not be read (b" in explanation
    assert "\x1b" not in explanation


def test_an_empty_folder_weighs_nothing_to_speak_of(tmp_path: Path) -> None:
    found = measure_folder(tmp_path)
    assert found.compressed.high_bytes < 100
    assert found.unpacked is not None
    assert found.unpacked.estimate_bytes == 0
