from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from auditor.domain.digest import Digest
from auditor.domain.errors import UsageError
from auditor.domain.holdings import Holding, HoldingKind, Inventory, Unread
from auditor.storage.inventory import InventoryFile
from auditor.storage.layout import TOP, blob_path

DIGEST = Digest.of(b"layer").to_bytes()
KEY = blob_path(DIGEST)
BLOB = Holding(HoldingKind.BLOB, 5, DIGEST)
WITH_VERSIONS = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size"


def read(
    tmp_path: Path, text: str | bytes, columns: str = "", prefix: str | None = None
) -> list[Holding | Unread]:
    path = tmp_path / "inventory.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(InventoryFile(Inventory(str(path), columns, prefix)).holdings())


@pytest.mark.parametrize(
    "text",
    [
        f"key,size\n{KEY},5\n",
        f"Size,ETag,Key\r\n5,x,{KEY}\r\n",
        f'"Bucket","Key","Size"\n"b","some/prefix/{KEY}","5"\n',
        f"\ufeffkey,size\n{KEY},5",
        f"key, SIZE \n{KEY.replace('/', '%2F')},5\n\n",
    ],
)
def test_columns_may_stand_in_any_order_and_keys_below_any_prefix(
    tmp_path: Path, text: str
) -> None:
    assert read(tmp_path, text) == [BLOB]


@pytest.mark.parametrize("columns", ["Bucket, Key, Size", "bucket,key,size"])
def test_without_headings_somebody_has_to_say_what_the_columns_hold(
    tmp_path: Path, columns: str
) -> None:
    text = f'"b","{KEY}","5"\n'
    assert read(tmp_path, text, columns) == [BLOB]
    for given in ("", "Bucket, Key", "?"):
        with pytest.raises(UsageError, match="--inventory-columns"):
            read(tmp_path, text, given)


def test_headings_count_more_than_what_was_said(tmp_path: Path) -> None:
    assert read(tmp_path, f"size,key\n5,{KEY}\n", "Key, Size") == [BLOB]


def test_a_packed_list_is_read_as_it_comes(tmp_path: Path) -> None:
    assert read(tmp_path, gzip.compress(f"key,size\n{KEY},5\n".encode())) == [BLOB]


def test_a_packed_list_that_ends_early_says_so(tmp_path: Path) -> None:
    body = "".join(f"x{number},{number}\n" for number in range(50_000))
    packed = gzip.compress(f"key,size\n{KEY},5\n{body}".encode())
    found = read(tmp_path, packed[:-20_000])
    assert found[0] == BLOB
    assert isinstance(found[-1], Unread)
    damaged = packed[:30_000] + b"\xff" * 2_000 + packed[32_000:]
    assert isinstance(read(tmp_path, damaged)[-1], Unread)


def test_a_list_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (found,) = InventoryFile(Inventory(str(tmp_path))).holdings()
    assert isinstance(found, Unread)


@pytest.mark.parametrize(
    "size", ["-5", "5.0", "1e9", "five", "\u0665", "0x5", " 5", "9" * 19, "9" * 5_000, "NaN"]
)
def test_a_size_that_is_no_number_of_bytes_is_said(tmp_path: Path, size: str) -> None:
    found = read(tmp_path, f"key,size\n{KEY},{size}\n{KEY},5\n")
    assert found == [Unread("line 2", "its size is no number of bytes"), BLOB]


def test_a_marker_of_a_deletion_has_no_bytes(tmp_path: Path) -> None:
    found = read(
        tmp_path, f'"b","{KEY}","v2","false","true",""\n"b","{KEY}","v1","5"\n', WITH_VERSIONS
    )
    assert found[0] == Holding(HoldingKind.BLOB, 0, DIGEST)


@pytest.mark.parametrize(
    "line",
    [
        b"only-one-cell",
        b'"never closed,5',
        b'"closed"too early,5',
        b"x" * 3_000_000,
        b'"' + b"y" * 200_000 + b'",5',
    ],
)
def test_a_line_that_is_none_is_said_and_the_next_one_read(tmp_path: Path, line: bytes) -> None:
    text = b"key,size\n" + line + b"\n" + KEY.encode() + b",5\n"
    assert read(tmp_path, text) == [Unread("line 2", "it is no line of this table"), BLOB]


def test_a_huge_last_line_without_an_end_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, f"key,size\n{KEY},5\n".encode() + b"z" * 1_000_000)
    assert found == [BLOB, Unread("line 3", "it is no line of this table")]


def test_other_keys_are_other_files(tmp_path: Path) -> None:
    odd = "\udcff".encode("utf-8", "surrogateescape")
    text = f"key,size\n{KEY},5\nlogs/today,7\n{TOP}x,1\n".encode() + odd + b",2\n"
    others = [Holding(HoldingKind.OTHER, size) for size in (7, 1, 2)]
    assert read(tmp_path, text) == [BLOB, *others]


def test_of_two_registries_in_a_bucket_one_has_to_be_named(tmp_path: Path) -> None:
    text = f"key,size\na/{KEY},5\nb/{KEY},5\n"
    with pytest.raises(UsageError, match="--inventory-prefix"):
        read(tmp_path, text)
    for prefix in ("a", "a/"):
        assert read(tmp_path, text, prefix=prefix) == [BLOB, Holding(HoldingKind.OTHER, 5)]


@pytest.mark.parametrize(
    "text, prefix", [("key,size\nlogs/x,5\n", None), (f"key,size\n{KEY},5\n", "c")]
)
def test_a_list_without_the_registry_is_refused(
    tmp_path: Path, text: str, prefix: str | None
) -> None:
    with pytest.raises(UsageError, match="no registry's storage"):
        read(tmp_path, text, prefix=prefix)


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\x00\x01\x02", b"x" * 100_000])
def test_what_is_no_list_at_all_is_refused(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(UsageError):
        read(tmp_path, text)


def test_a_repository_may_be_called_like_a_registry(tmp_path: Path) -> None:
    key = f"{TOP}repositories/{TOP}_uploads/1/data"
    assert read(tmp_path, f"key,size\n{key},5\n") == [Holding(HoldingKind.UPLOAD, 5)]
