from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage

from auditor.domain.errors import UsageError
from web.uploads import unpacked

LIST = b"key,size\ndocker/registry/v2/x,1\n" * 100


def sent(content: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename="../../etc/passwd")


@pytest.mark.parametrize("content", [LIST, gzip.compress(LIST)], ids=["plain", "packed"])
def test_a_list_is_a_file_for_as_long_as_it_is_needed(content: bytes) -> None:
    with unpacked(sent(content)) as path:
        assert path.read_bytes() == LIST
        assert "passwd" not in path.name
    assert not path.exists()


def test_a_small_file_that_unpacks_to_much_is_refused_early() -> None:
    bomb = gzip.compress(bytes(5_000_000))
    assert len(bomb) < 10_000
    with (
        pytest.raises(UsageError, match="longer than 1 MiB unpacked"),
        unpacked(sent(bomb), most_bytes=1024 * 1024),
    ):
        pass


def test_the_most_that_is_read_is_read() -> None:
    with unpacked(sent(LIST), most_bytes=len(LIST)) as path:
        assert path.stat().st_size == len(LIST)


@pytest.mark.parametrize(
    "content",
    [gzip.compress(LIST)[:-9], b"\x1f\x8b not packed", b"\x1f\x8b"],
    ids=["cut short", "another kind", "two bytes"],
)
def test_what_only_looks_packed_is_refused(content: bytes) -> None:
    before = set(Path("/tmp").glob("auditor-list-*"))  # noqa: S108 - only looked at
    with pytest.raises(UsageError, match="cannot be unpacked"), unpacked(sent(content)):
        pass
    assert set(Path("/tmp").glob("auditor-list-*")) == before  # noqa: S108
