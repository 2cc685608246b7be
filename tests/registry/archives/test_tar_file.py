"""Archives from strangers: where files are, and that nothing else is believed."""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import (
    AuditorError,
    BodyTooLargeError,
    NotARegistryError,
    NotFoundError,
    ProtocolError,
    UsageError,
)
from auditor.registry.archives import tar_file
from auditor.registry.archives.tar_file import TarFile
from tests.registry.archives.making import tar_at

LONG = "folder/" * 30 + "file"
FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)


def read(path: Path, name: str) -> bytes:
    with TarFile.open(path) as tar:
        return tar.read(name, 10**6)


def header(name: str, size: bytes, kind: bytes = b"0", link: str = "") -> bytes:
    """A header block with the size field as given, its checksum right."""
    block = bytearray(512)
    block[: len(name)] = name.encode()
    block[124 : 124 + len(size)] = size
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[157 : 157 + len(link)] = link.encode()
    block[257:263] = b"ustar\0"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def refused(path: Path, error: type[AuditorError], words: str) -> None:
    with pytest.raises(error, match=words) as caught, TarFile.open(path):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("format", FORMATS)
def test_files_are_read_from_every_form_of_tar(tmp_path: Path, format: int) -> None:
    bodies = [("a", b"one"), ("./b/c", b""), ("d", b"x" * 1000)]
    path = tar_at(tmp_path / "t.tar", bodies, format)
    assert [read(path, name) for name in ("a", "b/c", "./d")] == [b"one", b"", b"x" * 1000]


@pytest.mark.parametrize("format", FORMATS[1:])
def test_long_names_are_read(tmp_path: Path, format: int) -> None:
    assert read(tar_at(tmp_path / "t.tar", [(LONG, b"deep")], format), LONG) == b"deep"


def test_a_name_split_over_two_fields_is_put_together(tmp_path: Path) -> None:
    name = "folder/" * 15 + "file"
    assert read(tar_at(tmp_path / "t.tar", [(name, b"1")], tarfile.USTAR_FORMAT), name) == b"1"


def test_of_several_files_with_one_name_the_last_counts(tmp_path: Path) -> None:
    assert read(tar_at(tmp_path / "t.tar", [("a", b"old"), ("./a", b"new")]), "a") == b"new"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("format", FORMATS)
def test_links_within_the_archive_lead_to_their_file(
    tmp_path: Path, kind: bytes, format: int
) -> None:
    path = tmp_path / "t.tar"
    with tarfile.open(path, "w", format=format) as tar:
        file = tarfile.TarInfo("one/layer.tar")
        file.size = 4
        tar.addfile(file, io.BytesIO(b"body"))
        link = tarfile.TarInfo("two/layer.tar")
        link.type = kind
        link.linkname = "../one/layer.tar" if kind == tarfile.SYMTYPE else "one/layer.tar"
        tar.addfile(link)
    assert read(path, "two/layer.tar") == b"body"


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "self", "", "gone"])
def test_a_link_leads_nowhere_else(tmp_path: Path, target: str) -> None:
    path = tmp_path / "t.tar"
    path.write_bytes(header("self", b"0", b"2", target))
    with TarFile.open(path) as tar, pytest.raises(NotFoundError):
        tar.read("self", 10)


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", ".", "", "x" * 5000])
def test_names_that_are_no_place_in_the_archive_name_nothing(tmp_path: Path, name: str) -> None:
    path = tar_at(tmp_path / "t.tar", [(name, b"evil"), ("good", b"good")])
    with TarFile.open(path) as tar:
        assert name not in tar
        assert tar.read("good", 10) == b"good"
    assert [one.name for one in tmp_path.iterdir()] == ["t.tar"]


def test_a_size_in_binary_is_read(tmp_path: Path) -> None:
    size = b"\x80" + (5).to_bytes(11, "big")
    (tmp_path / "t.tar").write_bytes(header("a", size) + b"12345".ljust(512, b"\0"))
    assert read(tmp_path / "t.tar", "a") == b"12345"


def test_a_size_in_an_extended_header_counts(tmp_path: Path) -> None:
    record = b"9 size=5\n"
    body = header("pax", b"%o" % len(record), b"x") + record.ljust(512, b"\0")
    (tmp_path / "t.tar").write_bytes(body + header("a", b"0") + b"12345".ljust(512, b"\0"))
    assert read(tmp_path / "t.tar", "a") == b"12345"


@pytest.mark.parametrize(
    "size",
    [b"\x80" + (10**10).to_bytes(11, "big"), b"\x80" + (2**60).to_bytes(11, "big"), b"77777777777", b"9", b"-1"],
)  # fmt: skip
def test_a_size_that_is_not_there_is_refused_at_once(tmp_path: Path, size: bytes) -> None:
    (tmp_path / "t.tar").write_bytes(header("a", size) + b"x" * 512)
    refused(tmp_path / "t.tar", ProtocolError, "claims|says it has|no number")


@pytest.mark.parametrize(
    "record", [b"9 size=x\n", b"99 path=a\n", b"no record", b"0 a=b\n", b"7 nope\n"]
)
def test_an_unreadable_extended_header_is_refused(tmp_path: Path, record: bytes) -> None:
    body = header("pax", b"%o" % len(record), b"x") + record.ljust(512, b"\0")
    (tmp_path / "t.tar").write_bytes(body + header("a", b"0"))
    refused(tmp_path / "t.tar", ProtocolError, "damaged")


@pytest.mark.parametrize("kind", [b"x", b"g", b"L", b"K"])
def test_a_header_as_long_as_a_file_is_not_read(tmp_path: Path, kind: bytes) -> None:
    size = 2**20
    (tmp_path / "t.tar").write_bytes(header("a", b"%o" % size, kind) + bytes(size))
    refused(tmp_path / "t.tar", ProtocolError, "name or header of 1,048,576 bytes")


def test_sparse_files_are_no_files(tmp_path: Path) -> None:
    record = b"22 GNU.sparse.major=1\n"
    pax = header("pax", b"%o" % len(record), b"x") + record.ljust(512, b"\0")
    (tmp_path / "t.tar").write_bytes(pax + header("a", b"0") + header("b", b"0", b"S"))
    with TarFile.open(tmp_path / "t.tar") as tar:
        assert ("a" in tar, "b" in tar) == (False, False)


def test_a_million_entries_end_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_file, "MOST_MEMBERS", 1000)
    with (tmp_path / "t.tar").open("wb") as file:
        file.write(header("a", b"0") * 1001)
        file.truncate(512 * 10**6)  # the rest costs neither time nor memory
    refused(tmp_path / "t.tar", ProtocolError, "more than 1,000 entries")


def test_names_without_end_end_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_file, "_MOST_NAMES_BYTES", 100)
    path = tar_at(tmp_path / "t.tar", [("n" * 60 + str(number), b"") for number in range(9)])
    refused(path, ProtocolError, "names without end")


def test_memory_goes_by_the_number_of_files_and_not_by_their_size(tmp_path: Path) -> None:
    path = tmp_path / "t.tar"
    with path.open("wb") as file:
        file.write(header("big", b"%o" % 2**32))
        file.truncate(512 + 2**32)
    tracemalloc.start()
    with TarFile.open(path) as tar:
        assert tar.member("big").size_bytes == 2**32
        with pytest.raises(BodyTooLargeError, match="4,294,967,296 bytes, more than 100"):
            tar.read("big", 100)
        assert len(next(tar.chunks(tar.member("big")))) == 2**20
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    tracemalloc.stop()


def test_a_damaged_checksum_is_told_from_no_archive(tmp_path: Path) -> None:
    (tmp_path / "t.tar").write_bytes(header("a", b"0") + b"x" * 512)
    refused(tmp_path / "t.tar", ProtocolError, "checksum")
    (tmp_path / "t.tar").write_bytes(b"x" * 2048)
    refused(tmp_path / "t.tar", NotARegistryError, "no tar archive")
    (tmp_path / "t.tar").write_bytes(b"short")
    refused(tmp_path / "t.tar", NotARegistryError, "no tar archive")


def test_a_compressed_archive_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "t.tar").write_bytes(gzip.compress(b"x" * 2048))
    refused(tmp_path / "t.tar", NotARegistryError, "compressed with gzip; unpack it first: gunzip")


def test_an_archive_cut_off_is_refused(tmp_path: Path) -> None:
    path = tar_at(tmp_path / "t.tar", [("a", b"x" * 5000)])
    path.write_bytes(path.read_bytes()[:2000])
    refused(path, ProtocolError, "ends in the middle")


def test_an_archive_that_shrinks_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tar_at(tmp_path / "t.tar", [("a", b"x" * 5000)])
    with TarFile.open(path) as tar:
        path.write_bytes(b"")
        with pytest.raises(ProtocolError, match="ended while"):
            tar.read("a", 10_000)


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    refused(tmp_path, UsageError, "not a regular file")
    refused(tmp_path / "gone", UsageError, "cannot read")


@given(body=st.binary(max_size=3000), at=st.integers(0, 2047))
def test_no_bytes_make_anything_but_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, at: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = tar_at(folder / "fuzzed.tar", [("a", b"x" * 600), (LONG, b"y")], tarfile.PAX_FORMAT)
    whole = bytearray(path.read_bytes())
    whole[at : at + len(body)] = body
    path.write_bytes(bytes(whole))
    with contextlib.suppress(AuditorError), TarFile.open(path) as tar:
        if "a" in tar:
            tar.read("a", 10**6)
