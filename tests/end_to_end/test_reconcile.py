"""Every byte of docker-registry's storage has a name, and the names add up to the folder."""

from __future__ import annotations

import csv
import io
import os
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.images.contents import Stored, index_of, layer
from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.images.pushing import RawRegistry
from tests.end_to_end.program import Auditor
from tests.end_to_end.storage_folder import StorageFolder
from tests.servers.docker_registry import RunningRegistry

pytestmark = pytest.mark.real

UPLOADED = b"an upload that nobody ends" * 300


def bytes_below(folder: Path) -> int:
    """Every regular file of a folder, as the filesystem counts it."""
    return sum(
        os.lstat(os.path.join(where, name)).st_size  # noqa: PTH118 - names may be anything
        for where, _, names in os.walk(folder)
        for name in names
    )


def leave_upload(registry: RunningRegistry, repository: str, body: bytes) -> None:
    """POST and PATCH, and no PUT."""
    start = urllib.request.Request(
        f"{registry.url}/v2/{repository}/blobs/uploads/", b"", method="POST"
    )
    with urllib.request.urlopen(start, timeout=60) as answer:
        location = answer.headers["Location"]
    octets = {"Content-Type": "application/octet-stream"}
    patch = urllib.request.Request(location, body, octets, method="PATCH")
    with urllib.request.urlopen(patch, timeout=60) as answer:
        assert answer.status == 202


def rows_of(document: dict[str, Any]) -> dict[str, int]:
    return {row["kind"]: row["bytes"] for row in document["rows"]}


def bytes_of(*parts: Stored | tuple[Stored, tuple[Stored, ...]]) -> int:
    """Bodies of blobs, and of images with all that belongs to them."""
    total = 0
    for part in parts:
        bodies = (part,) if isinstance(part, Stored) else (part[0], *part[1])
        total += sum(len(each.body) for each in bodies)
    return total


@pytest.fixture
def lived_in(registry: RunningRegistry, auditor: Auditor) -> RunningRegistry:
    """A registry with leaks from before the first crawl, crawled, then with newer ones."""
    raw = RawRegistry(registry.url)
    raw.put_image("team/app", "1", simple_image("kept", 20_000))
    raw.put_image("team/app", "2", simple_image("lost-later", 30_000))
    raw.put_image("team/app", "edge", simple_image("untagged-before", 40_000))
    raw.put_image("team/app", "edge", simple_image("edge-now", 10_000))
    raw.put_blobs("team/app", [layer("orphan", 50_000)])
    auditor.json("audit", registry.address)
    raw.put_image("team/new", "1", simple_image("pushed-later", 60_000))
    child = simple_image("pushed-in-an-index", 7_000)
    raw.put_image("team/new", child[0].digest, child)
    raw.put_manifest("team/new", "all", index_of([child[0].descriptor()]))
    raw.put_image("team/app", "edge", simple_image("edge-later", 5_000))
    leave_upload(registry, "team/app", UPLOADED)
    return registry


def test_every_byte_of_the_folder_has_a_name(lived_in: RunningRegistry, auditor: Auditor) -> None:
    lost = simple_image("lost-later", 30_000)[1][1]
    StorageFolder(lived_in.storage).blob_path(lost.digest).unlink()
    found = auditor.json("reconcile", lived_in.address, "--storage", str(lived_in.storage))
    rows = rows_of(found)
    child = simple_image("pushed-in-an-index", 7_000)
    expected = {
        "missing": -bytes_of(lost),
        "size_mismatch": 0,
        "not_crawled": bytes_of(
            simple_image("pushed-later", 60_000),
            child,
            index_of([child[0].descriptor()]),
            simple_image("edge-later", 5_000),
        ),
        "untagged": bytes_of(simple_image("untagged-before", 40_000)),
        "unreferenced": bytes_of(layer("orphan", 50_000)),
        "further_copies": 0,
        "unfinished_uploads": len(UPLOADED),
        "other_files": 0,
        "unattributed": 0,
    }
    assert {kind: rows[kind] for kind in expected} == expected
    assert rows["bookkeeping"] > 0
    assert sum(rows.values()) == found["actual_bytes"] == bytes_below(lived_in.storage)
    assert (found["exactness"], found["unread_count"]) == ("exact", 0)


def test_what_is_referenced_is_the_stored_bytes_of_the_ranking(
    lived_in: RunningRegistry, auditor: Auditor
) -> None:
    found = auditor.json("reconcile", lived_in.address, "--storage", str(lived_in.storage))
    totals = auditor.json("rank")["totals"]
    assert rows_of(found)["referenced"] == found["expected_bytes"] == totals["stored_bytes"]


def test_unreferenced_bytes_are_what_garbage_collection_frees(
    lived_in: RunningRegistry, auditor: Auditor
) -> None:
    found = auditor.json("reconcile", lived_in.address, "--storage", str(lived_in.storage))
    blobs = lived_in.storage / "docker/registry/v2/blobs"
    before = bytes_below(blobs)
    lived_in.garbage_collect()
    assert before - bytes_below(blobs) == rows_of(found)["unreferenced"] > 0
    after = auditor.json("reconcile", lived_in.address, "--storage", str(lived_in.storage))
    assert rows_of(after)["unreferenced"] == 0


def test_after_another_crawl_what_was_pushed_is_known_and_what_lost_its_tag_stays_so(
    lived_in: RunningRegistry, auditor: Auditor
) -> None:
    auditor.json("audit", lived_in.address)
    found = auditor.json("reconcile", lived_in.address, "--storage", str(lived_in.storage))
    assert rows_of(found)["not_crawled"] == 0
    assert found["known_untagged_bytes"] == bytes_of(simple_image("edge-now", 10_000))


def test_a_list_of_the_same_keys_says_the_same_but_for_what_stands_in_bodies(
    lived_in: RunningRegistry, auditor: Auditor
) -> None:
    root = lived_in.storage
    listed = sorted(path for path in root.rglob("*") if path.is_file())
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows(
        ("bucket", f"prod/{path.relative_to(root)}", path.stat().st_size) for path in listed
    )
    inventory = auditor.home / "inventory.csv"
    inventory.write_text(text.getvalue())
    columns = ("--inventory-columns", "Bucket, Key, Size")
    command = ("reconcile", lived_in.address, "--inventory", str(inventory), *columns)
    found = auditor.json(*command)
    rows = rows_of(found)
    by_folder = rows_of(auditor.json("reconcile", lived_in.address, "--storage", str(root)))
    assert sum(rows.values()) == found["actual_bytes"] == bytes_below(root)
    for kind in ("referenced", "missing", "unfinished_uploads", "bookkeeping", "other_files"):
        assert rows[kind] == by_folder[kind]
    exactness = {row["kind"]: row["exactness"] for row in found["rows"]}
    assert (exactness["unreferenced"], exactness["untagged"]) == ("upper_bound", "lower_bound")
    assert rows["untagged"] > 0


def test_a_folder_that_leads_outside_is_read_in_part_and_says_so(
    lived_in: RunningRegistry, auditor: Auditor, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"x" * 1_000)
    (lived_in.storage / "docker/registry/v2/repositories/away").symlink_to(outside)
    run = auditor.run(
        "reconcile", lived_in.address, "--storage", str(lived_in.storage), "--format", "json"
    )
    assert run.code == 3
    assert "leads outside" in run.err
    found = run.json()
    assert (found["exactness"], found["unread_count"]) == ("lower_bound", 1)
    assert found["actual_bytes"] == bytes_below(lived_in.storage)


def test_a_bill_alone_leaves_the_difference_without_a_name(
    lived_in: RunningRegistry, auditor: Auditor
) -> None:
    command = ("reconcile", lived_in.address, "--billed-bytes", "1.5GB")
    found = auditor.json(*command)
    rows = rows_of(found)
    assert list(rows) == ["referenced", "unattributed"]
    assert sum(rows.values()) == found["actual_bytes"] == 1_500_000_000
    lines = list(csv.DictReader(io.StringIO(auditor.run(*command, "--format", "csv").out)))
    assert [int(line["bytes"]) for line in lines] == list(rows.values())
    assert "unattributed" in auditor.run(*command).out
