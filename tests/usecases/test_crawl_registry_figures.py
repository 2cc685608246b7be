"""What a crawl's figures mean: exactness, pulls, storage scope, platform."""

from __future__ import annotations

import pytest

from auditor.domain.digest import Digest
from auditor.domain.exactness import Exactness
from auditor.domain.observation import CrawlOutcome, RegistryCapabilities, StorageScope
from auditor.domain.platform import Platform
from auditor.usecases.crawl_registry import CrawlLimits
from tests.fakes.contents import (
    CONFIG_BYTES,
    MANIFEST_BYTES,
    Contents,
    config_of,
    layer,
    many_tags,
)
from tests.fakes.source import FakeSource
from tests.usecases.bench import LISTS_ALL, Bench, target

OVERHEAD = MANIFEST_BYTES + CONFIG_BYTES


def filled() -> Contents:
    contents = Contents()
    many_tags(contents, "team/app", 3)
    return contents


def test_only_a_registry_that_lists_everything_gives_exact_figures(bench: Bench) -> None:
    contents = filled()
    bench.crawl(FakeSource(contents.registry(), LISTS_ALL), target("all.example"))
    bench.crawl(contents, target("plain.example"))
    exactness = {view.registry: view.totals.exactness for view in bench.browse().registries()}
    assert exactness == {
        "all.example": Exactness.EXACT,
        "plain.example": Exactness.LOWER_BOUND,
    }


def test_where_pulls_are_counted_a_second_crawl_gets_nothing(bench: Bench) -> None:
    source = FakeSource(filled().registry(), RegistryCapabilities(counts_pulls=True))
    bench.crawl(source)
    source.forget_counts()
    report = bench.crawl(source)
    assert not source.bodies
    assert (source.asked["get_manifest_by_tag"], source.asked["get_manifest_by_digest"]) == (0, 0)
    assert report.outcome is CrawlOutcome.COMPLETE


@pytest.mark.parametrize(
    "scope, stored", [(StorageScope.REGISTRY, 1), (StorageScope.REPOSITORY, 2)]
)
def test_the_scope_says_how_often_a_shared_image_is_stored(
    bench: Bench, scope: StorageScope, stored: int
) -> None:
    contents = Contents()
    image = contents.image("shared")
    contents.tag("a/app", "1", image)
    contents.tag("b/app", "1", image)
    bench.crawl(contents, target(scope=scope))
    totals = bench.browse().overview().totals
    once = bench.rows()["a/app"].sizes.stored_bytes
    assert totals.stored_bytes == stored * once
    assert (totals.images, totals.logical_bytes) == (stored, 2 * once)


def multi_platform() -> Contents:
    """An index for two platforms, and an image that leaves its variant out."""
    contents = Contents()

    def image(text: str, size_bytes: int) -> Digest:
        layers = (layer(size_bytes),)
        config = config_of(text, layers, platform=Platform.parse(text))
        return contents.image(text, *layers, config=config)

    index = contents.index("index", image("linux/amd64", 1000), image("linux/arm64/v8", 2000))
    contents.tag("multi", "1", index)
    contents.tag("plain", "1", image("linux/arm64", 3000))
    return contents


def test_the_size_of_a_repository_is_that_of_the_image_for_the_wanted_platform(
    either_bench: Bench,
) -> None:
    contents = multi_platform()
    expected = {
        "linux/amd64": {"multi": 1000 + OVERHEAD, "plain": None},
        "linux/arm64": {"multi": 2000 + OVERHEAD, "plain": 3000 + OVERHEAD},
        "linux/arm64/v8": {"multi": 2000 + OVERHEAD, "plain": 3000 + OVERHEAD},
        "linux/arm64/v9": {"multi": None, "plain": None},
        "windows/amd64": {"multi": None, "plain": None},
    }
    for number, (platform, sizes) in enumerate(expected.items()):
        either_bench.limits = CrawlLimits(platform=Platform.parse(platform))
        either_bench.crawl(contents, target(f"r{number}.example"))
        rows = either_bench.rows(f"r{number}.example")
        assert {name: row.image_bytes for name, row in rows.items()} == sizes, platform


def test_another_platform_counts_from_the_next_crawl_on_also_where_nothing_changed(
    either_bench: Bench,
) -> None:
    contents = multi_platform()
    either_bench.crawl(contents)
    assert either_bench.rows()["plain"].image_bytes is None
    either_bench.limits = CrawlLimits(platform=Platform.parse("linux/arm64"))
    either_bench.crawl(contents)
    rows = either_bench.rows()
    assert rows["plain"].image_bytes == 3000 + OVERHEAD
    assert rows["multi"].image_bytes == 2000 + OVERHEAD
