"""Directories of real zip files, read in pieces."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from auditor.domain.package_facts import WheelContents
from auditor.indexes.fetching import Piece
from auditor.indexes.wheels import TAIL_BYTES, GetPiece, read_wheel

METADATA = b"Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b>=1\n\nA description.\n"


def wheel_of(
    files: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED, comment: bytes = b""
) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        archive.comment = comment
        for name, body in files.items():
            archive.writestr(name, body)
    return packed.getvalue()


class Served:
    """A file of which pieces are sent, and a note of which."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.asked: list[tuple[int | None, int]] = []

    def __call__(self, start: int | None, length: int) -> Piece | None:
        self.asked.append((start, length))
        at = max(0, len(self.body) - length) if start is None else start
        return Piece(at, self.body[at : at + length], len(self.body))


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - bytes that do not compress


SMALL = {
    "a/__init__.py": b"x = 1\n" * 100,
    "a/data.bin": bytes(1000),
    "a/empty/": b"",
    "a-1.dist-info/METADATA": METADATA,
}


@pytest.mark.parametrize("knows_size", [True, False])
def test_a_small_wheel_takes_one_request(knows_size: bool) -> None:
    served = Served(wheel_of(SMALL))
    size = len(served.body) if knows_size else None
    found = read_wheel(served, size, with_metadata=True)
    assert found
    assert found.contents == WheelContents(600 + 1000 + len(METADATA), 600, 3)
    assert found.metadata == METADATA
    assert served.asked == [(0, size) if knows_size else (None, TAIL_BYTES)]


def test_of_a_large_wheel_the_end_and_the_metadata_are_read_and_no_more() -> None:
    files = {"a-1.dist-info/METADATA": METADATA, "a/lib.so": noise(3_000_000)}
    served = Served(wheel_of(files))
    found = read_wheel(served, len(served.body), with_metadata=True)
    assert found
    assert found.metadata == METADATA
    assert found.contents == WheelContents(3_000_000 + len(METADATA), 0, 2)
    assert len(served.asked) == 2
    assert sum(length for _, length in served.asked) < 70_000


def test_a_long_directory_takes_one_request_more() -> None:
    files = {f"a/module_with_a_long_name_{n:05}.py": b"" for n in range(2000)}
    served = Served(wheel_of({**files, "a-1.dist-info/METADATA": METADATA}))
    found = read_wheel(served, None, with_metadata=False)
    assert found
    assert found.contents == WheelContents(len(METADATA), 0, 2001)
    assert found.metadata is None
    assert len(served.asked) == 2


def test_a_comment_at_the_end_and_zip64_are_understood() -> None:
    commented = Served(wheel_of(SMALL, comment=b"c" * 1000))
    found = read_wheel(commented, None, with_metadata=True)
    assert found
    assert found.metadata == METADATA
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w") as archive,
        archive.open("a/big.py", "w", force_zip64=True) as file,
    ):
        file.write(b"x = 1\n")
    found = read_wheel(Served(packed.getvalue()), None, with_metadata=True)
    assert found
    assert found.contents == WheelContents(6, 6, 1)


@pytest.mark.parametrize(
    "files, compression",
    [
        ({"a.py": b"x"}, zipfile.ZIP_STORED),
        ({"a-1.dist-info/METADATA": METADATA}, zipfile.ZIP_BZIP2),
        ({"a-1.dist-info/METADATA": bytes(5_000_000)}, zipfile.ZIP_DEFLATED),
        ({"a-1.dist-info/deeper/METADATA": METADATA}, zipfile.ZIP_STORED),
    ],
)
def test_metadata_that_are_absent_strange_or_huge_are_none(
    files: dict[str, bytes], compression: int
) -> None:
    served = Served(wheel_of(files, compression=compression))
    found = read_wheel(served, None, with_metadata=True)
    assert found
    assert found.metadata is None


def lying(wheel: bytes, mark: bytes, at: int, field: bytes) -> bytes:
    """The wheel with bytes after its last `mark` replaced."""
    place = wheel.rindex(mark) + at
    return wheel[:place] + field + wheel[place + len(field) :]


ONE = wheel_of({"a.py": b"x" * 100, "b.py": b"y"})


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"no zip",
        bytes(100_000),
        ONE[:-10],
        lying(ONE, b"PK\5\6", 12, b"\xff\xff\xff\x7f"),  # a directory of two gigabytes
        lying(ONE, b"PK\1\2", 0, b"PK\7\7"),
        lying(ONE, b"PK\1\2", 6, b"\xff"),  # a version nobody has
    ],
)
def test_a_directory_that_makes_no_sense_is_none(hostile: bytes) -> None:
    assert read_wheel(Served(hostile), None, with_metadata=True) is None


def test_sizes_beyond_reason_are_none() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.py", b"x")
        archive.filelist[0].file_size = 2**41
    assert read_wheel(Served(packed.getvalue()), None, with_metadata=False) is None


def fails_after(count: int) -> GetPiece:
    served = Served(
        wheel_of({"a/lib.so": noise(500_000)} | {f"a/{n}.py": b"" for n in range(3000)})
    )

    def get(start: int | None, length: int) -> Piece | None:
        return served(start, length) if len(served.asked) < count else None

    return get


@pytest.mark.parametrize("count", [0, 1])
def test_a_server_that_stops_sending_pieces_makes_it_none(count: int) -> None:
    assert read_wheel(fails_after(count), None, with_metadata=False) is None


def test_a_piece_from_elsewhere_is_not_used() -> None:
    served = Served(wheel_of({f"a/module_with_a_long_name_{n:05}.py": b"" for n in range(2000)}))

    def get(start: int | None, length: int) -> Piece | None:
        piece = served(start, length)
        return piece if start is None or piece is None else Piece(0, piece.body, piece.total_bytes)

    assert read_wheel(get, None, with_metadata=False) is None
