from __future__ import annotations

import gzip
import lzma

import pytest

from auditor.indexes.unpacking import UnusableError, unpacked

CONTENT = b"".join(n.to_bytes(3) for n in range(1_500_000))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bytes])
def test_what_was_packed_comes_out_whole_up_to_the_cap(pack: object) -> None:
    packed = pack(CONTENT[:5000])  # type: ignore[operator]
    assert unpacked(packed, 5000) == CONTENT[:5000]
    with pytest.raises(UnusableError, match="more than is read"):
        unpacked(packed, 4999)


def test_members_and_padding_follow_one_another() -> None:
    for pack in (gzip.compress, lzma.compress):
        packed = pack(b"one") + pack(b"two") + bytes(8)
        assert unpacked(packed, 6) == b"onetwo"
        with pytest.raises(UnusableError, match="more than is read"):
            unpacked(packed, 5)


def test_more_than_one_step_of_xz() -> None:
    assert unpacked(lzma.compress(CONTENT, preset=0), len(CONTENT)) == CONTENT


def quickly(content: bytes) -> bytes:
    return lzma.compress(content, preset=0)


@pytest.mark.parametrize("pack", [gzip.compress, quickly])
def test_bombs_stop_at_the_cap(pack: object) -> None:
    packed = pack(bytes(60_000_000))  # type: ignore[operator]
    with pytest.raises(UnusableError, match="more than is read"):
        unpacked(packed, 100_000)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_damaged_and_cut_off_is_told(pack: object) -> None:
    packed = pack(CONTENT[:5000])  # type: ignore[operator]
    with pytest.raises(UnusableError, match="damaged"):
        unpacked(packed[:2000] + b"\xff" * 90 + packed[2090:], 5000)
    with pytest.raises(UnusableError, match="cut off"):
        unpacked(packed[:-20], 5000)
    with pytest.raises(UnusableError, match=r"damaged|cut off"):
        unpacked(packed + b"more", 5000)


def test_very_many_members_are_refused() -> None:
    with pytest.raises(UnusableError, match="too many parts"):
        unpacked(gzip.compress(b"") * 100_000, 5000)
