"""What disappears from a real registry, and when the figures follow."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest

from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.images.pushing import RawRegistry
from tests.end_to_end.program import Auditor, rows_by_name
from tests.end_to_end.storage_folder import StorageFolder
from tests.servers.docker_registry import RunningRegistry

pytestmark = pytest.mark.real

RECHECK_ALWAYS = {"AUDITOR_CRAWL__RECHECK_DAYS": "0"}


def assert_figures_are_those_of(truth: StorageFolder, ranking: Mapping[str, Any]) -> None:
    """Compare every figure of every repository that still has something."""
    rows = rows_by_name(ranking)
    for name, figures in truth.figures.items():
        expected = asdict(figures)
        assert {key: rows[name][key] for key in expected} == expected, name
    assert ranking["totals"]["stored_bytes"] == truth.stored_bytes


def push_versions(raw: RawRegistry, repository: str, count: int) -> None:
    for number in range(count):
        image = simple_image(f"{repository}-{number}", 1_000 + number)
        raw.put_image(repository, f"v{number}", image)


def test_a_deleted_tag_counts_until_the_second_crawl_without_it(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw = RawRegistry(registry.url)
    push_versions(raw, "team/app", 10)
    before = auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    raw.delete_manifest("team/app", "v3")
    once = auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    twice = auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    assert rows_by_name(once) == rows_by_name(before)
    assert rows_by_name(twice)["team/app"]["tags"] == 9
    assert_figures_are_those_of(StorageFolder(registry.storage), twice)


def test_a_deleted_tag_that_comes_back_was_never_gone(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw = RawRegistry(registry.url)
    push_versions(raw, "team/app", 10)
    before = auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    raw.delete_manifest("team/app", "v3")
    auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    raw.put_image("team/app", "v3", simple_image("team/app-3", 1_003))
    for _ in range(2):
        after = auditor.json("audit", registry.address, **RECHECK_ALWAYS)
        assert after["repositories"] == before["repositories"]


def test_a_repository_that_is_gone_twice_leaves_the_ranking(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw = RawRegistry(registry.url)
    push_versions(raw, "team/stays", 9)
    push_versions(raw, "team/goes", 1)
    auditor.json("audit", registry.address)
    shutil.rmtree(StorageFolder(registry.storage).base / "repositories" / "team" / "goes")
    once = auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    twice = auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    assert set(rows_by_name(once)) == {"team/stays", "team/goes"}
    assert set(rows_by_name(twice)) == {"team/stays"}
    assert_figures_are_those_of(StorageFolder(registry.storage), twice)


def test_losing_more_than_a_fifth_of_the_tags_changes_nothing_until_it_is_accepted(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw = RawRegistry(registry.url)
    push_versions(raw, "team/app", 10)
    before = auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    for version in ("v1", "v4", "v7"):
        raw.delete_manifest("team/app", version)
    for _ in range(3):
        guarded = auditor.run("audit", registry.address, "--format", "json", **RECHECK_ALWAYS)
        assert guarded.code == 3
        assert "--accept-removals" in guarded.err
        assert rows_by_name(guarded.json()) == rows_by_name(before)
    auditor.json("audit", registry.address, "--accept-removals", **RECHECK_ALWAYS)
    accepted = auditor.json("audit", registry.address, "--accept-removals", **RECHECK_ALWAYS)
    assert rows_by_name(accepted)["team/app"]["tags"] == 7
    assert_figures_are_those_of(StorageFolder(registry.storage), accepted)


def test_crawl_holds_back_and_accepts_removals_as_audit_does(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw = RawRegistry(registry.url)
    push_versions(raw, "team/app", 10)
    before = auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    for version in ("v1", "v4", "v7"):
        raw.delete_manifest("team/app", version)
    guarded = auditor.run("crawl", registry.address, "--format", "json", **RECHECK_ALWAYS)
    assert guarded.code == 3
    (line,) = (line for line in guarded.error_lines if "--accept-removals" in line)
    assert "3 tags" in line
    assert rows_by_name(auditor.json("rank")) == rows_by_name(before)
    for _ in range(2):
        accepted = auditor.run("crawl", "--accept-removals", "--quiet", **RECHECK_ALWAYS)
        assert (accepted.code, accepted.err) == (0, "")
    ranking = auditor.json("rank")
    assert rows_by_name(ranking)["team/app"]["tags"] == 7
    assert_figures_are_those_of(StorageFolder(registry.storage), ranking)


def test_the_old_manifest_of_a_moved_tag_counts_for_as_long_as_the_registry_has_it(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw, repository = RawRegistry(registry.url), "moving/edge"
    first, second = simple_image("first", 6_001), simple_image("second", 6_002)
    raw.put_image(repository, "edge", first)
    auditor.json("audit", registry.address)
    raw.put_image(repository, "edge", second)
    remembered = {repository: frozenset({first[0].digest})}
    for settings in ({}, RECHECK_ALWAYS, RECHECK_ALWAYS):
        ranking = auditor.json("audit", registry.address, **settings)
        assert_figures_are_those_of(StorageFolder(registry.storage, remembered), ranking)
        assert rows_by_name(ranking)[repository]["images"] == 2
    raw.delete_manifest(repository, first[0].digest)
    auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    ranking = auditor.json("audit", registry.address, **RECHECK_ALWAYS)
    assert_figures_are_those_of(StorageFolder(registry.storage), ranking)
    assert rows_by_name(ranking)[repository]["images"] == 1


def test_a_moved_tag_whose_old_manifest_was_never_seen_is_not_guessed(
    registry: RunningRegistry, auditor: Auditor
) -> None:
    raw = RawRegistry(registry.url)
    raw.put_image("moving/edge", "edge", simple_image("unseen", 6_001))
    raw.put_image("moving/edge", "edge", simple_image("seen", 6_002))
    ranking = auditor.json("audit", registry.address)
    assert_figures_are_those_of(StorageFolder(registry.storage), ranking)
    assert ranking["exactness"] == "lower_bound"
