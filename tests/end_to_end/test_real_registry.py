"""Figures of real images in a real registry, against its storage folder and skopeo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.access_log import AccessLog
from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.images.pushing import RawRegistry, skopeo
from tests.end_to_end.program import Auditor, rows_by_name
from tests.end_to_end.storage_folder import StorageFolder
from tests.servers.docker_registry import RunningRegistry

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def audited(fleet_registry: RunningRegistry, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """The program after one audit of the fleet; its ranking is `audit.json` in its home."""
    program = Auditor(tmp_path_factory.mktemp("home"))
    ranking = program.json("audit", fleet_registry.address)
    (program.home / "audit.json").write_text(json.dumps(ranking))
    return program


@pytest.fixture(scope="module")
def ranking(audited: Auditor) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads((audited.home / "audit.json").read_bytes())
    return decoded


@pytest.fixture(scope="module")
def truth(fleet_registry: RunningRegistry) -> StorageFolder:
    return StorageFolder(fleet_registry.storage)


def test_every_figure_is_the_one_computed_from_the_storage_folder(
    ranking: dict[str, Any], truth: StorageFolder
) -> None:
    expected = {name: asdict(figures) for name, figures in truth.figures.items()}
    found = {
        name: {key: row[key] for key in expected[name]}
        for name, row in rows_by_name(ranking).items()
    }
    assert found == expected


def test_stored_bytes_of_the_registry_are_the_bytes_on_its_disk(
    ranking: dict[str, Any], truth: StorageFolder
) -> None:
    assert ranking["totals"]["stored_bytes"] == truth.stored_bytes


def test_totals_are_sums_over_the_repositories(
    ranking: dict[str, Any], truth: StorageFolder
) -> None:
    figures = truth.figures.values()
    every_image = {
        digest
        for manifests in truth.manifests.values()
        for digest in manifests
        if truth.is_image(digest)
    }
    totals = ranking["totals"]
    assert totals["repositories"] == len(truth.repositories)
    assert totals["tags"] == sum(each.tags for each in figures)
    assert totals["images"] == len(every_image)
    assert totals["logical_bytes"] == sum(each.logical_bytes for each in figures)


def test_fair_shares_add_up_to_the_stored_bytes(ranking: dict[str, Any]) -> None:
    shares = [row["fair_share_bytes"] for row in ranking["repositories"]]
    assert sum(shares) == ranking["totals"]["stored_bytes"]


def test_figures_of_a_registry_that_hides_untagged_manifests_are_bounds(
    ranking: dict[str, Any],
) -> None:
    assert ranking["exactness"] == "lower_bound"
    assert {row["exactness"] for row in ranking["repositories"]} == {"lower_bound"}


@pytest.mark.parametrize(
    "repository, tag",
    [
        ("team/worker", "2"),
        ("team/as-docker", "1.0"),
        ("odd/twice", "1"),
        ("odd/without-layers", "1"),
        ("multi/tool", "1"),
    ],
)
def test_image_bytes_are_what_a_cold_node_downloads(
    ranking: dict[str, Any], truth: StorageFolder, repository: str, tag: str
) -> None:
    digest = _amd64(truth, truth.tags(repository)[tag])
    manifest = truth.document(digest)
    parts = {digest, *(part["digest"] for part in (manifest["config"], *manifest["layers"]))}
    expected = sum(truth.size_bytes(part) for part in parts)
    assert rows_by_name(ranking)[repository]["image_bytes"] == expected


def test_repositories_without_an_image_have_no_image_size_and_come_last(
    ranking: dict[str, Any],
) -> None:
    sizes = [row["image_bytes"] for row in ranking["repositories"]]
    known = [size for size in sizes if size is not None]
    assert sizes == sorted(known, reverse=True) + [None] * (len(sizes) - len(known))
    empty = {row["repository"] for row in ranking["repositories"] if row["image_bytes"] is None}
    assert {"gone/all", "gone/only-a-blob"} <= empty


def test_rank_says_afterwards_what_audit_said(audited: Auditor, ranking: dict[str, Any]) -> None:
    assert audited.json("rank")["repositories"] == ranking["repositories"]


def test_show_agrees_with_skopeo_on_every_digest_and_size(
    audited: Auditor, truth: StorageFolder, fleet_registry: RunningRegistry, tmp_path: Path
) -> None:
    compared = 0
    for repository, reference in _every_image(truth):
        raw = skopeo(
            *("inspect", "--raw", "--tls-verify=false"),
            f"docker://{fleet_registry.address}/{repository}{reference}",
            home=tmp_path,
        )
        manifest = json.loads(raw)
        shown = audited.json("show", f"{fleet_registry.address}/{repository}{reference}")
        found = [(each["digest"], each["size_bytes"]) for each in shown["layers"]]
        assert found == [(each["digest"], each["size"]) for each in manifest["layers"]], repository
        compared += 1
    assert compared == 18


def _every_image(truth: StorageFolder) -> Iterator[tuple[str, str]]:
    """Repository and reference, by tag where the tag is an image and by digest elsewhere."""
    for repository in truth.repositories:
        tags = truth.tags(repository)
        tagged = {digest for digest in tags.values() if truth.is_image(digest)}
        for tag, digest in tags.items():
            if digest in tagged:
                yield repository, f":{tag}"
        for digest in truth.manifests[repository] - tagged:
            if truth.is_image(digest):
                yield repository, f"@{digest}"


def test_show_of_an_index_is_its_image_for_the_preferred_platform(
    audited: Auditor, truth: StorageFolder, fleet_registry: RunningRegistry
) -> None:
    shown = audited.json("show", f"{fleet_registry.address}/multi/attested:3")
    digest = _amd64(truth, truth.tags("multi/attested")["3"])
    expected = [(each["digest"], each["size"]) for each in truth.document(digest)["layers"]]
    assert [(each["digest"], each["size_bytes"]) for each in shown["layers"]] == expected


def test_show_explains_layers_by_step_base_and_sharing(
    audited: Auditor, fleet_registry: RunningRegistry
) -> None:
    shown = audited.json("show", f"{fleet_registry.address}/team/app:1.0")
    steps = [(each["created_by"], each["from_base"]) for each in shown["layers"]]
    assert steps == [
        ("ADD rootfs.tar /", True),
        ("RUN install runtime", True),
        ("COPY . /app", False),
    ]
    sharing = [each["shared_by_repositories"] for each in shown["layers"]]
    assert sharing == [6, 6, 2]
    assert any("base/runtime" in name for name in shown["base"]["names"])


def test_a_second_run_transfers_no_manifest_and_no_config(
    fleet_registry: RunningRegistry, auditor: Auditor
) -> None:
    log = AccessLog(fleet_registry.log)
    first = auditor.json("audit", fleet_registry.address)
    start = log.size_bytes()
    second = auditor.json("audit", fleet_registry.address)
    asked = log.requests_once(lambda found: any("/tags/list" in each.path for each in found), start)
    assert [each for each in asked if each.got_manifest or each.got_blob] == []
    assert second["repositories"] == first["repositories"]


def test_a_new_name_for_a_known_image_transfers_nothing(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw, log = RawRegistry(registry.url), AccessLog(registry.log)
    image = simple_image("one", 3_000)
    raw.put_image("team/app", "1", image)
    auditor.json("audit", registry.address)
    raw.put_manifest("team/app", "latest", image[0])
    start = log.size_bytes()
    row = rows_by_name(auditor.json("audit", registry.address))["team/app"]
    asked = log.requests_once(
        lambda found: any("/manifests/latest" in each.path for each in found), start
    )
    assert [each for each in asked if each.got_manifest or each.got_blob] == []
    assert (row["tags"], row["images"]) == (2, 1)


def test_postgresql_gives_the_same_figures(
    fleet_registry: RunningRegistry, tmp_path: Path, postgres_url: str, ranking: dict[str, Any]
) -> None:
    program = Auditor(tmp_path, postgres_url)
    again = program.json("audit", fleet_registry.address)
    assert again["repositories"] == ranking["repositories"]
    assert again["totals"] == ranking["totals"]


def test_an_image_layout_on_disk_is_audited_like_a_registry(
    fleet_registry: RunningRegistry, auditor: Auditor, tmp_path: Path
) -> None:
    """Two tags of one repository, copied to a layout, weigh what they weigh in the registry."""
    layout = tmp_path / "layout"
    for tag in ("1.0", "1.1"):
        source = f"docker://{fleet_registry.address}/team/app:{tag}"
        skopeo(
            *("copy", "--preserve-digests", "--src-tls-verify=false"),
            *(source, f"oci:{layout}:{tag}"),
            home=tmp_path,
        )
    blobs = (layout / "blobs" / "sha256").iterdir()
    expected = sum(path.stat().st_size for path in blobs)
    totals = auditor.json("audit", f"oci:{layout}")["totals"]
    assert totals["stored_bytes"] == expected
    assert (totals["tags"], totals["images"]) == (2, 2)


def _amd64(truth: StorageFolder, digest: str) -> str:
    document = truth.document(digest)
    for child in document.get("manifests", ()):
        if child["platform"]["architecture"] == "amd64":
            return str(child["digest"])
    return digest
