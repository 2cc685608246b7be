from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from auditor.domain.holdings import Claim, Files, Folder, HeldBlob, Inventory, KnownBlob
from auditor.domain.reconciliation import PartKind
from auditor.storage.layout import TOP
from auditor.usecases.read_storage import ReadStorage, read_storage
from tests.storage.shelf import Shelf


def shelf_in(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "storage")
    shelf.top.mkdir(parents=True)
    return shelf


def claims(storage: ReadStorage, *known: bytes) -> list[Claim]:
    blobs = iter([KnownBlob(digest, 1, 1) for digest in sorted(known)])
    return list(storage.claims_unseen_by(blobs))


def test_blobs_come_in_order_and_other_files_are_counted(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    layers = [shelf.blob(bytes([number])) for number in range(20)]
    shelf.file(f"{TOP}repositories/a/_uploads/1/data", b"123")
    shelf.file("note", b"4567")
    with ExitStack() as files:
        storage = read_storage(Folder(str(shelf.root)), files)
        assert list(storage.held()) == [HeldBlob(digest, 1) for digest in sorted(layers)]
        assert storage.files == {
            PartKind.UPLOADS: Files(1, 3),
            PartKind.OTHER: Files(1, 4),
            PartKind.BOOKKEEPING: Files(),
        }
        assert storage.files_unread == 0


def test_manifests_nobody_saw_keep_their_blobs_in_order(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    layer, other = shelf.blob(b"layer"), shelf.blob(b"other")
    tagged = shelf.manifest("a", layer, tag="1")
    untagged = shelf.manifest("a", other)
    with ExitStack() as files:
        storage = read_storage(Folder(str(shelf.root)), files)
        wanted = [(layer, True), (tagged, True), (other, False), (untagged, False)]
        assert claims(storage) == [Claim(*each) for each in sorted(wanted)]
        assert (storage.bodies_unread, storage.unread_count) == (0, 0)


def test_what_is_known_is_not_read_again(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    manifest = shelf.manifest("a", shelf.blob(b"layer"), tag="1")
    with ExitStack() as files:
        storage = read_storage(Folder(str(shelf.root)), files)
        (shelf.top / "blobs").rename(shelf.root / "away")
        assert claims(storage, manifest) == []
        assert storage.bodies_unread == 0


def test_a_body_that_cannot_be_read_is_said_and_does_not_hide_files(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    manifest = shelf.manifest("a", shelf.blob(b"layer"))
    with ExitStack() as files:
        storage = read_storage(Folder(str(shelf.root)), files)
        (shelf.top / "blobs").rename(shelf.root / "away")
        assert claims(storage) == [Claim(manifest, is_tagged=False)]
        assert (storage.bodies_unread, storage.unread_count, storage.files_unread) == (1, 1, 0)


def test_an_inventory_names_manifests_and_not_what_they_keep(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    manifest = shelf.manifest("a", shelf.blob(b"layer"), tag="1")
    keys = [path.relative_to(shelf.root) for path in shelf.root.rglob("*") if path.is_file()]
    listed = tmp_path / "list.csv"
    listed.write_text("key,size\nbroken\n" + "".join(f"{key},1\n" for key in keys))
    with ExitStack() as files:
        storage = read_storage(Inventory(str(listed)), files)
        assert claims(storage) == [Claim(manifest, is_tagged=False)]
        assert (storage.bodies_unread, storage.unread_count, storage.files_unread) == (1, 1, 1)


def test_of_many_places_that_cannot_be_read_the_first_are_remembered(tmp_path: Path) -> None:
    shelf = shelf_in(tmp_path)
    for number in range(60):
        (shelf.top / str(number)).symlink_to("/")
    with ExitStack() as files:
        storage = read_storage(Folder(str(shelf.root)), files)
    assert (len(storage.unread), storage.unread_count) == (50, 60)
