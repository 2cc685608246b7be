from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from auditor.context.tree import ContextTar, open_context
from auditor.domain.errors import UsageError


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def unpacked(context: ContextTar) -> dict[str, bytes]:
    whole = context.read(0, context.size_bytes) + bytes(2 * tarfile.BLOCKSIZE)
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        files = [member for member in tar if member.isfile()]
        return {member.name: (tar.extractfile(member) or io.BytesIO()).read() for member in files}


def test_the_tar_holds_what_the_folder_holds(tmp_path: Path) -> None:
    files = {"a.txt": b"a" * 700, "deep/er/b": b"", "deep/c\u00e4": os.urandom(1025)}
    context = open_context(written(tmp_path, files))
    assert unpacked(context) == files
    assert context.content_bytes == 700 + 1025


def test_any_piece_is_the_same_as_of_the_whole(tmp_path: Path) -> None:
    files = {f"f{number}": os.urandom(number * 97) for number in range(20)}
    context = open_context(written(tmp_path, files))
    whole = context.read(0, context.size_bytes)
    assert len(whole) == context.size_bytes
    for size in (1, 511, 512, 4000):
        pieces = [context.read(at, size) for at in range(0, context.size_bytes, size)]
        assert b"".join(pieces) == whole
    assert context.read(context.size_bytes + 5, 10) == b""


def test_what_dockerignore_names_is_left_out(tmp_path: Path) -> None:
    ignored = b"\xef\xbb\xbf# a comment\n\nnode_modules\n*.log\n!keep.log\n/build/**\n"
    files = {
        ".dockerignore": ignored,
        "app.js": b"x",
        "node_modules/a/index.js": b"y",
        "some.log": b"z",
        "keep.log": b"k",
        "build/out": b"o",
    }
    context = open_context(written(tmp_path, files))
    assert sorted(unpacked(context)) == [".dockerignore", "app.js", "keep.log"]


def test_links_are_kept_as_links_and_pipes_are_left_out(tmp_path: Path) -> None:
    written(tmp_path, {"real": b"r" * 5000})
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "gone").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    context = open_context(tmp_path)
    whole = io.BytesIO(context.read(0, context.size_bytes) + bytes(1024))
    with tarfile.open(fileobj=whole) as tar:
        assert {member.name: member.linkname for member in tar} == {
            "gone": "nowhere",
            "link": "/etc/passwd",
            "real": "",
        }


def test_a_file_that_shrinks_or_goes_away_leaves_zeros(tmp_path: Path) -> None:
    written(tmp_path, {"a": b"a" * 2000, "b": b"b" * 2000})
    context = open_context(tmp_path)
    (tmp_path / "a").write_bytes(b"a" * 10)
    (tmp_path / "b").unlink()
    assert unpacked(context) == {"a": b"a" * 10 + bytes(1990), "b": bytes(2000)}


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    written(tmp_path, {"in/a": b"1"})
    (tmp_path / "in" / "up").symlink_to(tmp_path)
    assert list(unpacked(open_context(tmp_path))) == ["in/a"]


@pytest.mark.parametrize("name", ["missing", "file", "a\x1b[31mb"])
def test_what_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    written(tmp_path, {"file": b""})
    with pytest.raises(UsageError) as caught:
        open_context(tmp_path / name)
    assert "is no folder" in caught.value.message
    assert "\x1b" not in str(caught.value)
    assert "a size like 12MB" in caught.value.next_step


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.context.tree._MOST_FILES", 3)
    written(tmp_path, {str(number): b"" for number in range(5)})
    with pytest.raises(UsageError, match="holds over 3 files"):
        open_context(tmp_path)
