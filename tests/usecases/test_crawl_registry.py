"""One crawl from begin to report, into a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.crawler.progress import CrawlProgress
from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.digest import Digest
from auditor.domain.errors import NotARegistryError, RegistryUnreachableError
from auditor.domain.exactness import Exactness
from auditor.domain.fetched import FetchedManifest
from auditor.domain.observation import CrawlOutcome, RegistryCapabilities, StorageScope
from auditor.domain.reference import RegistryAddress
from auditor.domain.views import RankQuery
from auditor.usecases.analyse import Analysis
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget, crawl_registry
from tests.fakes.contents import CONFIG_BYTES, MANIFEST_BYTES, Contents, many_tags
from tests.fakes.source import FakeSource, Faults
from tests.usecases.bench import REGISTRY, START, Bench, day, reference, target


def two_repositories() -> Contents:
    contents = Contents()
    many_tags(contents, "team/app", 3)
    many_tags(contents, "team/api", 2)
    contents.tag("team/app", "latest", contents.tags["team/app"]["t002"])
    return contents


# --- outcomes ----------------------------------------------------------------------------


def test_a_complete_crawl_reports_what_it_read(either_bench: Bench) -> None:
    source = FakeSource(two_repositories().registry())
    report = either_bench.crawl(source)
    assert report.outcome is CrawlOutcome.COMPLETE
    assert (report.repositories, report.tags) == (2, 6)
    assert (report.manifests_fetched, report.configs_fetched) == (5, 5)
    assert report.bytes_fetched == 5 * (MANIFEST_BYTES + CONFIG_BYTES)
    assert report.requests == source.asked.total()
    assert (report.registry, report.problems, report.warnings) == (REGISTRY, (), ())
    assert (report.removed_tags, report.removed_repositories, report.guarded_tags) == (0, 0, 0)
    assert {name: row.tags for name, row in either_bench.rows().items()} == {
        "team/api": 2,
        "team/app": 4,
    }


def test_a_second_crawl_of_the_same_fetches_nothing_and_changes_nothing(
    either_bench: Bench,
) -> None:
    contents = two_repositories()
    either_bench.crawl(contents)
    before = either_bench.rows()
    report = either_bench.crawl(contents)
    assert report.outcome is CrawlOutcome.COMPLETE
    assert (report.manifests_fetched, report.configs_fetched, report.bytes_fetched) == (0, 0, 0)
    assert (report.repositories, report.tags) == (2, 6)
    assert either_bench.rows() == before


def test_a_crawl_that_could_not_read_something_is_partial_and_says_what(bench: Bench) -> None:
    contents = two_repositories()
    broken = contents.tags["team/app"]["t000"]
    report = bench.crawl(FakeSource(contents.registry(), faults=Faults(manifests={broken})))
    assert report.outcome is CrawlOutcome.PARTIAL
    assert [(one.repository, one.reference) for one in report.problems] == [("team/app", "t000")]
    rows = bench.rows()
    assert (rows["team/app"].is_stale, rows["team/api"].is_stale) == (True, False)
    assert (rows["team/app"].tags, rows["team/app"].images) == (4, 2)
    (view,) = bench.browse().registries()
    assert (view.outcome, view.problem_count) == (CrawlOutcome.PARTIAL, 1)
    assert (view.problems, view.last_complete_at) == (report.problems, None)


def test_what_was_broken_is_read_by_the_next_crawl(bench: Bench) -> None:
    contents = two_repositories()
    broken = contents.tags["team/app"]["t000"]
    source = FakeSource(contents.registry(), faults=Faults(manifests={broken}))
    bench.crawl(source)
    source.faults = Faults()
    report = bench.crawl(source)
    assert report.outcome is CrawlOutcome.COMPLETE
    assert bench.rows()["team/app"].images == 3
    assert not bench.rows()["team/app"].is_stale


def test_a_registry_that_does_not_answer_is_a_failed_crawl_that_changes_nothing(
    bench: Bench,
) -> None:
    contents = two_repositories()
    bench.crawl(contents)
    before = bench.rows()
    with pytest.raises(RegistryUnreachableError):
        bench.crawl(FakeSource(contents.registry(), faults=Faults(offline=True)))
    assert bench.rows() == before
    (view,) = bench.browse().registries()
    assert (view.outcome, view.last_complete_at) == (CrawlOutcome.FAILED, day(0))


def test_a_first_crawl_that_fails_leaves_a_registry_without_figures(bench: Bench) -> None:
    with pytest.raises(RegistryUnreachableError):
        bench.crawl(FakeSource(Contents().registry(), faults=Faults(offline=True)))
    ranking = bench.browse().rank(RankQuery(registry=REGISTRY))
    assert (ranking.rows, ranking.totals.repositories) == ((), 0)
    assert ranking.totals.exactness is Exactness.LOWER_BOUND


class DiesLater(FakeSource):
    """Stops answering for good after so many manifests."""

    answers = 0

    async def get_manifest_by_tag(
        self, repository: str, tag: str, known: Sequence[Digest]
    ) -> FetchedManifest:
        if self.asked["get_manifest_by_tag"] >= self.answers:
            self.faults = Faults(offline=True)
        return await FakeSource.get_manifest_by_tag(self, repository, tag, known)


def test_a_crawl_that_fails_midway_keeps_what_it_read(bench: Bench) -> None:
    contents = Contents()
    for number in range(30):
        many_tags(contents, f"app-{number:02}", 2)
    source = DiesLater(contents.registry(), page_size=50)
    source.answers = 15
    bench.limits = CrawlLimits(concurrency=1)
    with pytest.raises(RegistryUnreachableError):
        bench.crawl(source)
    rows = bench.rows()
    assert [row.repository for row in rows.values() if not row.is_stale] == [
        f"app-{number:02}" for number in range(7)
    ]
    assert sum(row.images for row in rows.values()) == 15
    report = bench.crawl(contents)
    assert report.outcome is CrawlOutcome.COMPLETE
    assert report.manifests_fetched == 60 - 15
    assert not any(row.is_stale for row in bench.rows().values())


# --- when ---------------------------------------------------------------------------------


def test_now_is_the_moment_the_figures_stand_for(bench: Bench) -> None:
    report = bench.crawl(two_repositories(), at=day(3))
    assert report.started_at == day(3)
    assert day(3) <= report.finished_at < day(3) + timedelta(minutes=1)
    browse = bench.browse()
    assert browse.overview().as_of == day(3)
    assert browse.image(reference("team/app", "latest")).since == day(3)


def test_a_replayed_past_gives_a_history(either_bench: Bench) -> None:
    contents = Contents()
    for month in range(3):
        contents.tag("app", f"v{month}", contents.image(f"v{month}"))
        either_bench.crawl(contents, at=day(31 * month))
    view = either_bench.browse().repository(REGISTRY, "app")
    stored = [point.stored_bytes for point in view.history]
    assert [point.at for point in view.history] == [day(0), day(31), day(62)]
    assert stored == sorted(stored)
    assert view.row.growth_bytes == stored[2] - stored[1] > 0


# --- several registries ------------------------------------------------------------------


def test_registries_in_one_database_do_not_touch_each_other(either_bench: Bench) -> None:
    first, second = two_repositories(), Contents()
    second.tag("team/app", "1", second.image("another"))
    either_bench.crawl(first, target("one.example"))
    before = either_bench.rows("one.example")
    either_bench.crawl(second, target("two.example"))
    either_bench.crawl(Contents(), target("three.example"))
    assert either_bench.rows("one.example") == before
    assert list(either_bench.rows("two.example")) == ["team/app"]
    assert either_bench.rows("three.example") == {}
    overview = either_bench.browse().overview()
    assert [view.registry for view in overview.registries] == [
        "one.example",
        "three.example",
        "two.example",
    ]
    assert overview.totals.repositories == 3
    assert overview.totals.stored_bytes == sum(
        view.totals.stored_bytes for view in overview.registries
    )


def test_a_manifest_known_from_one_registry_is_not_fetched_from_another_by_digest(
    bench: Bench,
) -> None:
    contents = two_repositories()
    counts = RegistryCapabilities(counts_pulls=True)
    bench.crawl(FakeSource(contents.registry(), counts), target("one.example"))
    source = FakeSource(contents.registry(), counts)
    bench.crawl(source, target("two.example"))
    assert not source.bodies
    assert bench.rows("two.example")["team/app"].images == 3


# --- progress ----------------------------------------------------------------------------


def test_a_listener_hears_how_far_the_crawl_is_and_the_last_word_is_the_whole(
    bench: Bench,
) -> None:
    heard: list[CrawlProgress] = []
    source = FakeSource(two_repositories().registry())
    report = bench.crawl(source, listener=heard.append)
    first, last = heard[0], heard[-1]
    assert first.manifests <= last.manifests
    assert (last.registry, last.listing_done, last.problems) == (REGISTRY, True, 0)
    assert (last.repositories_done, last.repositories_found) == (2, 2)
    assert (last.manifests, last.bytes_fetched) == (5, report.bytes_fetched)
    assert last.requests == report.requests
    assert last.seconds >= 0


def test_behind_the_crawl_the_listener_hears_how_far_the_analysis_is(bench: Bench) -> None:
    heard: list[CrawlProgress] = []
    bench.limits = CrawlLimits(analysis=Analysis.from_settings(AnalysisSettings()))
    bench.crawl(two_repositories(), listener=heard.append)
    told = [one.analysing for one in heard if one.analysing is not None]
    assert [one.analysing is None for one in heard] == sorted(
        (one.analysing is None for one in heard), reverse=True
    )
    assert (told[0].repositories_done, told[0].repositories_known) == (0, 2)
    assert (told[-1].repositories_done, told[-1].repositories_known) == (2, 2)
    assert heard[-1].repositories_done == 2
    assert told[-1].seconds >= 0


# --- through an address -------------------------------------------------------------------


def test_an_address_is_opened_crawled_and_closed(bench: Bench, layout: Path) -> None:
    address = RegistryAddress.parse(f"oci:{layout}")
    report = asyncio.run(
        crawl_registry(
            bench.database,
            CrawlTarget(address, StorageScope.REGISTRY),
            CrawlLimits(),
            listener=lambda _: None,
            now=START,
        )
    )
    assert (report.outcome, report.registry) == (CrawlOutcome.COMPLETE, address.name)
    assert report.started_at == START
    assert report.tags == 1


def test_an_address_that_is_no_registry_is_a_failed_crawl(bench: Bench, tmp_path: Path) -> None:
    address = RegistryAddress.parse(f"oci:{tmp_path}")
    with pytest.raises(NotARegistryError):
        asyncio.run(
            crawl_registry(
                bench.database,
                CrawlTarget(address, StorageScope.REGISTRY),
                CrawlLimits(),
                listener=lambda _: None,
            )
        )
    (view,) = bench.browse().registries()
    assert (view.registry, view.outcome) == (address.name, CrawlOutcome.FAILED)
