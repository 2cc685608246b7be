"""A filled registry, and the program with a home of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.complaints import GOOD, GOOD_IMAGE
from tests.end_to_end.images import fleet
from tests.end_to_end.program import Auditor
from tests.end_to_end.rogue_registry import RogueRegistry, start_rogue_registry
from tests.servers import tools
from tests.servers.docker_registry import RunningRegistry, start_docker_registry


@pytest.fixture(scope="module")
def fleet_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """docker-registry with the whole fleet; tests only read it."""
    for tool in ("skopeo", "umoci"):
        tools.require(tool, package=tool)
    folder = tmp_path_factory.mktemp("fleet")
    with start_docker_registry(folder) as registry:
        fleet.fill(registry.address, folder)
        yield registry


@pytest.fixture
def registry(docker_registry: RunningRegistry) -> RunningRegistry:
    """An empty docker-registry for one test to change."""
    return docker_registry


@pytest.fixture
def auditor(tmp_path: Path) -> Auditor:
    """The program, never run before."""
    home = tmp_path / "home"
    home.mkdir()
    return Auditor(home)


@pytest.fixture
def rogue() -> Iterator[RogueRegistry]:
    """A registry of lies with one good repository."""
    with start_rogue_registry() as running:
        running.add_tags(GOOD, "1")
        running.add_manifest(GOOD, "1", GOOD_IMAGE[0])
        running.add_blob(GOOD, GOOD_IMAGE[1][0])
        yield running
