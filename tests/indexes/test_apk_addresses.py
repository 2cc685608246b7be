from __future__ import annotations

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.indexes.apk_addresses import find_apk
from tests.fakes.index_machine import Machine

OURS = "https://m.example/alpine"


def test_the_machines_repositories_with_the_release_that_is_wanted(machine: Machine) -> None:
    machine.write(
        "etc/apk/repositories",
        f"# a comment\n{OURS}/v3.18/main\n{OURS}/latest-stable/community\n"
        f"@testing {OURS}/edge/testing\n/media/cdrom/apks\n",
    )
    found = find_apk((), "v3.20", machine.around)
    assert found.indexes == (f"{OURS}/v3.20/main", f"{OURS}/v3.20/community")
    assert found.source == "/etc/apk/repositories"


def test_a_mirror_stands_for_main_and_community(machine: Machine) -> None:
    assert find_apk([f"{OURS}/"], "3.20", machine.around).indexes == (
        f"{OURS}/v3.20/main",
        f"{OURS}/v3.20/community",
    )
    assert find_apk([f"{OURS}/v3.1/own"], "edge", machine.around).indexes == (f"{OURS}/edge/own",)


def test_without_a_repository_the_setting_is_named(machine: Machine) -> None:
    with pytest.raises(IndexFailureError, match="no index of Alpine packages") as raised:
        find_apk((), "edge", machine.around)
    assert "estimate.indexes.alpine" in raised.value.next_step


@pytest.mark.parametrize("release", ["", "3", "v3.20.1", "latest", "../edge", "v3.20/.."])
def test_a_release_is_a_version_or_edge(machine: Machine, release: str) -> None:
    with pytest.raises(IndexFailureError, match="not a release of Alpine"):
        find_apk([OURS], release, machine.around)
