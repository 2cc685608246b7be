"""The oracle of the other tests: its figures are what docker-registry's own collector leaves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.images import fleet
from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.storage_folder import StorageFolder
from tests.servers.docker_registry import RunningRegistry, start_docker_registry

pytestmark = pytest.mark.real

# No tag leads here any more, and the collector keeps what it finds in a repository.
UNTAGGED = {"moving/edge": frozenset({simple_image("edge-first", 6_001)[0].digest})}


@pytest.fixture
def copied(fleet_registry: RunningRegistry, tmp_path: Path) -> Iterator[RunningRegistry]:
    """The fleet again, in a registry that a test may take apart."""
    folder = tmp_path / "copied"
    shutil.copytree(fleet_registry.storage, folder / "storage")
    with start_docker_registry(folder) as registry:
        yield registry


def bytes_on_disk(storage: StorageFolder) -> int:
    blobs = (storage.base / "blobs").rglob("data")
    return sum(path.stat().st_size for path in blobs)


def test_stored_bytes_are_what_is_on_the_disk_after_garbage_collection(
    copied: RunningRegistry,
) -> None:
    copied.garbage_collect()
    storage = StorageFolder(copied.storage, UNTAGGED)
    assert storage.stored_bytes == bytes_on_disk(storage)


@pytest.mark.parametrize("repository", ["team/app", "team/worker", "mirror/runtime", "multi/tool"])
def test_exclusive_bytes_are_what_deleting_and_garbage_collection_give_back(
    copied: RunningRegistry, repository: str
) -> None:
    storage = StorageFolder(copied.storage, UNTAGGED)
    expected = storage.figures[repository].exclusive_bytes
    copied.garbage_collect()
    before = bytes_on_disk(storage)
    shutil.rmtree(storage.base / "repositories" / repository)
    copied.garbage_collect()
    assert before - bytes_on_disk(storage) == expected


def test_the_fleet_is_the_same_every_time(
    fleet_registry: RunningRegistry, docker_registry: RunningRegistry, tmp_path: Path
) -> None:
    fleet.fill(docker_registry.address, tmp_path)
    again, first = StorageFolder(docker_registry.storage), StorageFolder(fleet_registry.storage)
    assert again.contents == first.contents
    assert again.repositories == first.repositories
