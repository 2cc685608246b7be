from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.domain.digest import Digest
from auditor.domain.errors import UsageError
from auditor.domain.holdings import Holding, HoldingKind, References, Unread
from auditor.storage.folder import StorageFolder
from auditor.storage.layout import TOP, blob_path
from tests.storage.shelf import Shelf, packed


def held(shelf: Shelf) -> list[Holding]:
    return [each for each in entries(shelf) if isinstance(each, Holding)]


def unread(shelf: Shelf) -> list[Unread]:
    return [each for each in entries(shelf) if isinstance(each, Unread)]


def entries(shelf: Shelf) -> Iterator[Holding | Unread]:
    return StorageFolder.open(str(shelf.root)).holdings()


def test_every_file_is_listed_with_its_size_and_what_it_is_for(shelf: Shelf) -> None:
    layer = shelf.blob(b"layer")
    manifest = shelf.manifest("team/app", layer, tag="1")
    shelf.file(f"{TOP}repositories/team/app/_uploads/id/data", b"12345678")
    shelf.file("lost+found/note", b"123")
    found = held(shelf)
    assert Counter(each.kind for each in found) == {
        HoldingKind.BLOB: 2,
        HoldingKind.REVISION: 1,
        HoldingKind.TAG: 1,
        HoldingKind.UPLOAD: 1,
        HoldingKind.OTHER: 1,
    }
    assert Holding(HoldingKind.BLOB, 5, layer) in found
    assert Holding(HoldingKind.TAG, 71, manifest) in found
    assert Holding(HoldingKind.REVISION, 71, manifest) in found
    files = [path for path in shelf.root.rglob("*") if path.is_file()]
    assert sum(each.size_bytes for each in found) == sum(path.stat().st_size for path in files)
    assert unread(shelf) == []


def test_a_folder_without_a_registry_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageError, match="docker/registry/v2"):
            StorageFolder.open(str(path))


def test_the_root_itself_may_be_a_link(shelf: Shelf, tmp_path: Path) -> None:
    shelf.blob(b"layer")
    link = tmp_path / "link"
    link.symlink_to(shelf.root)
    assert len(held(Shelf(link))) == 1


def test_a_copy_of_a_registry_inside_is_other_files(shelf: Shelf) -> None:
    shelf.file(f"backup/{blob_path(packed(b'x'))}", b"x")
    assert held(shelf) == [Holding(HoldingKind.OTHER, 1)]


def test_links_that_lead_outside_are_not_followed_and_said(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"secret")
    (shelf.top / "folder").symlink_to(tmp_path / "outside")
    (shelf.top / "file").symlink_to("/etc/hostname")
    assert held(shelf) == []
    assert sorted(each.where for each in unread(shelf)) == [f"{TOP}file", f"{TOP}folder"]
    # A name that only begins like the root is outside too.
    (tmp_path / "storage-2").mkdir()
    (shelf.top / "near").symlink_to(tmp_path / "storage-2")
    assert len(unread(shelf)) == 3


def test_links_that_stay_inside_are_counted_where_they_lead(shelf: Shelf) -> None:
    shelf.blob(b"layer")
    (shelf.top / "again").symlink_to(shelf.top / "blobs")
    (shelf.top / "up").symlink_to("..")
    assert (len(held(shelf)), unread(shelf)) == (1, [])


def test_a_loop_of_links_ends(shelf: Shelf) -> None:
    (shelf.top / "a").symlink_to(shelf.top / "b")
    (shelf.top / "b").symlink_to(shelf.top / "a")
    assert held(shelf) == []
    assert {each.reason for each in unread(shelf)} == {"a symbolic link that leads nowhere"}


def test_names_may_be_anything(shelf: Shelf) -> None:
    for name in (b"\xff\xfe", b"new\nline", b"\x1b[31m", b"x" * 255):
        folder = os.fsencode(shelf.top) + b"/repositories/" + name
        os.makedirs(folder)  # noqa: PTH103 - no text
        Path(os.fsdecode(folder), "file").write_bytes(b"1")
    assert sum(each.size_bytes for each in held(shelf)) == 4


def test_what_is_no_file_holds_nothing_and_is_not_opened(shelf: Shelf) -> None:
    tag = shelf.top / "repositories/a/_manifests/tags/1/current"
    tag.mkdir(parents=True)
    os.mkfifo(tag / "link")
    os.mkfifo(shelf.top / "pipe")
    assert held(shelf) == [Holding(HoldingKind.OTHER, 0)] * 2
    assert unread(shelf) == []


@pytest.mark.parametrize("body", [b"", b"nonsense", b"\xff" * 600, b"sha256:" + b"0" * 10_000])
def test_a_tag_that_names_no_digest_is_counted_and_said(shelf: Shelf, body: bytes) -> None:
    shelf.file(f"{TOP}repositories/a/_manifests/tags/1/current/link", body)
    assert held(shelf) == [Holding(HoldingKind.TAG, len(body))]
    assert len(unread(shelf)) == 1


def test_a_folder_that_cannot_be_read_is_said_and_the_rest_read(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.blob(b"layer")
    shelf.file(f"{TOP}closed/file", b"12345")
    plain = os.scandir

    def refuse(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return plain(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert [each.size_bytes for each in held(shelf)] == [5]
    assert unread(shelf) == [Unread(f"{TOP}closed", "Permission denied")]


class Entry:
    """A file that fails when it is looked at."""

    name = "file"

    def __init__(self, error: OSError) -> None:
        self.error = error

    def is_symlink(self) -> bool:
        raise self.error


@pytest.mark.parametrize(
    "error, said", [(FileNotFoundError(2, "gone"), []), (OSError(5, "Input/output error"), ["x"])]
)
def test_a_file_that_vanishes_is_not_there_and_one_that_fails_is_said(
    shelf: Shelf, error: OSError, said: list[str]
) -> None:
    folder = StorageFolder.open(str(shelf.root))
    entry: os.DirEntry[str] = Entry(error)  # type: ignore[assignment]
    found = list(folder._look_at(entry, "x", []))
    assert [each.where for each in found if isinstance(each, Unread)] == said


def test_a_folder_that_vanishes_while_it_waits_is_not_there(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = os.scandir

    def vanish(path: Path) -> object:
        if path.name == "v2":
            path.rmdir()
        return plain(path)

    monkeypatch.setattr(os, "scandir", vanish)
    assert list(entries(shelf)) == []


def test_a_stored_manifest_says_what_it_refers_to(shelf: Shelf) -> None:
    layer = shelf.blob(b"layer")
    manifest = shelf.manifest("team/app", layer)
    folder = StorageFolder.open(str(shelf.root))
    assert folder.references(manifest) == References((layer,))


def reason(shelf: Shelf, digest: bytes) -> str:
    found = StorageFolder.open(str(shelf.root)).references(digest)
    assert isinstance(found, Unread)
    return found.reason


def test_a_manifest_that_cannot_be_used_says_why(shelf: Shelf, tmp_path: Path) -> None:
    assert reason(shelf, packed(b"nowhere")) == "No such file or directory"
    assert "JSON object" in reason(shelf, shelf.blob(b"[]"))
    shelf.file(blob_path(packed(b"{}")), b"{ }")
    assert "does not have its digest" in reason(shelf, packed(b"{}"))
    secret = tmp_path / "secret"
    secret.write_bytes(b"[7]")
    path = shelf.root / blob_path(packed(b"[7]"))
    path.parent.mkdir(parents=True)
    path.symlink_to(secret)
    assert "leads outside" in reason(shelf, packed(b"[7]"))
    path.unlink()
    os.mkfifo(path)
    assert "no regular file" in reason(shelf, packed(b"[7]"))


def test_no_more_than_a_cap_is_read_of_a_manifest(shelf: Shelf) -> None:
    digest = packed(b"huge")
    with shelf.file(blob_path(digest), b"").open("r+b") as file:
        file.truncate(2**40)  # takes no room on the disk
    assert "more than 16,777,216 bytes" in reason(shelf, digest)


def test_a_manifest_of_an_algorithm_that_cannot_be_computed_is_taken_as_it_is(
    shelf: Shelf,
) -> None:
    digest = Digest.parse("blake3:abcdef").to_bytes()
    shelf.file(blob_path(digest), b"{}")
    folder = StorageFolder.open(str(shelf.root))
    assert folder.references(digest) == References()
