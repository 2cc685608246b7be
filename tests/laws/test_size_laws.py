"""The laws of sizes, on random registries, against the oracle and on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.observation import CrawlOutcome, RegistryCapabilities, StorageScope
from auditor.domain.views import Ranking
from tests.fakes.source import FakeSource, Faults
from tests.laws.bench import Bench, as_sizes, check_against, check_laws
from tests.oracles.model import Memory, Registry
from tests.oracles.random_registries import changes, registries

SCOPES = st.sampled_from(StorageScope)
ORDERS = st.one_of(st.none(), st.integers(0, 999))


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    made = Bench.on(database_url)
    yield made
    made.database.dispose()


def lists(*, untagged: bool) -> RegistryCapabilities:
    return RegistryCapabilities(lists_untagged=untagged, supports_referrers=True)


def undated(ranking: Ranking) -> Ranking:
    return replace(ranking, as_of=None)


def test_every_figure_is_the_oracles_in_any_order_of_the_crawl(bench: Bench) -> None:
    @settings(max_examples=bench.examples)
    @given(registries(), SCOPES, st.booleans(), ORDERS, st.booleans())
    def check(
        registry: Registry, scope: StorageScope, untagged: bool, order: int | None, repeats: bool
    ) -> None:
        source = FakeSource(registry, lists(untagged=untagged), order=order, repeats_pages=repeats)
        report = bench.clear().crawl(source, scope)
        assert (report.outcome, report.problems) == (CrawlOutcome.COMPLETE, ())
        expected = Memory().crawl(registry, scope, lists_untagged=untagged)
        check_against(bench.ranking(), expected)

    check()


def test_children_and_subjects_that_are_missing_here_do_not_count_here(bench: Bench) -> None:
    @settings(max_examples=bench.examples)
    @given(registries(is_sparse=True), SCOPES, ORDERS)
    def check(registry: Registry, scope: StorageScope, order: int | None) -> None:
        bench.clear().crawl(FakeSource(registry, order=order), scope)
        check_against(bench.ranking(), Memory().crawl(registry, scope))

    check()


def test_the_order_of_the_crawl_changes_nothing(bench: Bench) -> None:
    @settings(max_examples=bench.examples)
    @given(registries(), SCOPES, st.integers(0, 999))
    def check(registry: Registry, scope: StorageScope, order: int) -> None:
        rankings = []
        for seed in (None, order):
            bench.clear().crawl(FakeSource(registry, order=seed), scope)
            rankings.append(undated(bench.ranking()))
        assert rankings[0] == rankings[1]

    check()


def test_crawling_again_changes_nothing_and_transfers_no_body(bench: Bench) -> None:
    @settings(max_examples=bench.examples)
    @given(registries(), SCOPES, st.booleans())
    def check(registry: Registry, scope: StorageScope, untagged: bool) -> None:
        source = FakeSource(registry, lists(untagged=untagged))
        bench.clear().crawl(source, scope)
        first = bench.ranking()
        source.forget_counts()
        bench.crawl(source, scope)
        assert undated(bench.ranking()) == undated(first)
        assert not source.bodies

    check()


def test_removals_are_confirmed_by_the_second_complete_crawl(bench: Bench) -> None:
    @settings(max_examples=bench.examples)
    @given(st.data(), registries(), SCOPES, ORDERS)
    def check(
        data: st.DataObject, before: Registry, scope: StorageScope, order: int | None
    ) -> None:
        memory = Memory()
        source = FakeSource(before, order=order)
        bench.clear().crawl(source, scope)
        check_against(bench.ranking(), memory.crawl(before, scope))

        after = data.draw(changes(before))
        source.registry = after
        bench.crawl(source, scope)
        once = bench.ranking()
        assert {name: sizes.tags for name, sizes in as_sizes(once).items()} == tags_of_both(
            before, after
        )
        check_laws(once)

        bench.crawl(source, scope)
        expected = memory.crawl(after, scope)
        check_against(bench.ranking(), expected)

        bench.crawl(source, scope)
        check_against(bench.ranking(), expected)

    check()


def tags_of_both(before: Registry, after: Registry) -> dict[str, int]:
    """How many tags each repository has while nothing that went is confirmed."""
    tags: dict[str, set[str]] = {}
    for registry in (before, after):
        for name, repository in registry.repositories.items():
            tags.setdefault(name, set()).update(repository.tags)
    return {name: len(names) for name, names in tags.items()}


def test_a_tag_that_comes_back_was_never_gone(bench: Bench) -> None:
    @settings(max_examples=bench.examples // 3)
    @given(st.data(), registries(), SCOPES)
    def check(data: st.DataObject, before: Registry, scope: StorageScope) -> None:
        source = FakeSource(before)
        bench.clear().crawl(source, scope)
        first = as_sizes(bench.ranking())
        lost = {
            name: replace(repository, tags={})
            for name, repository in before.repositories.items()
            if data.draw(st.booleans())
        }
        source.registry = replace(before, repositories={**before.repositories, **lost})
        bench.crawl(source, scope)
        source.registry = before
        bench.crawl(source, scope)
        bench.crawl(source, scope)
        assert as_sizes(bench.ranking()) == first

    check()


def test_a_repository_that_cannot_be_read_keeps_its_figures(bench: Bench) -> None:
    @settings(max_examples=bench.examples // 3)
    @given(st.data(), registries(), SCOPES)
    def check(data: st.DataObject, registry: Registry, scope: StorageScope) -> None:
        source = FakeSource(registry)
        bench.clear().crawl(source, scope)
        first = as_sizes(bench.ranking())
        failing = {name for name in registry.repositories if data.draw(st.booleans())}
        source.faults = Faults(repositories=failing)
        for _ in range(2):
            report = bench.crawl(source, scope)
            assert (report.outcome is CrawlOutcome.COMPLETE) == (not failing)
            assert {problem.repository for problem in report.problems} == failing
        assert as_sizes(bench.ranking()) == first

    check()


def test_a_catalogue_that_breaks_off_removes_nothing(bench: Bench) -> None:
    @settings(max_examples=bench.examples // 3)
    @given(registries(), SCOPES)
    def check(registry: Registry, scope: StorageScope) -> None:
        source = FakeSource(registry, page_size=1)
        bench.clear().crawl(source, scope)
        first = as_sizes(bench.ranking())
        if len(first) < 2:
            return
        source.faults = Faults(catalogue_ends_after=1)
        for _ in range(2):
            report = bench.crawl(source, scope)
            assert report.outcome is CrawlOutcome.PARTIAL
        assert as_sizes(bench.ranking()) == first

    check()
