"""What held at any date can be said later, as it is known by then, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.ledger import ByteTime, Period
from auditor.domain.observation import StorageScope
from auditor.domain.views import Ranking
from tests.fakes.source import FakeSource
from tests.laws.bench import START, Bench, check_against, check_laws
from tests.oracles.model import Memory, Registry
from tests.oracles.random_registries import changes, registries
from tests.oracles.sizes import RegistrySizes

SCOPES = st.sampled_from(StorageScope)


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    made = Bench.on(database_url)
    yield made
    made.database.dispose()


def plain(ranking: Ranking) -> Ranking:
    """Without what only says when it was asked for."""
    rows = tuple(replace(row, growth_bytes=None) for row in ranking.rows)
    return replace(ranking, query=replace(ranking.query, at=None), rows=rows)


def test_every_date_says_what_the_crawls_until_then_are_known_to_have_seen(bench: Bench) -> None:
    """A registry changes twice, and each change is confirmed by a second crawl.

    A removal holds from the first crawl that missed something, so both crawls of a state
    say that state, although the first could not know it yet.
    """

    @settings(max_examples=bench.examples // 2)
    @given(st.data(), registries(), SCOPES)
    def check(data: st.DataObject, registry: Registry, scope: StorageScope) -> None:
        memory = Memory()
        source = FakeSource(registry)
        bench.clear()
        expected: list[RegistrySizes] = []
        for number in range(3):
            if number:
                source.registry = registry = data.draw(changes(registry))
            bench.crawl(source, scope)
            bench.crawl(source, scope)
            expected += [memory.crawl(registry, scope)] * 2
        for moment, figures in zip(bench.moments(), expected, strict=True):
            check_against(bench.ranking(at=moment), figures)
            check_against(bench.ranking(at=moment + timedelta(days=3)), figures)

    check()


def test_shares_add_up_at_every_date_while_removals_wait(bench: Bench) -> None:
    @settings(max_examples=bench.examples // 2)
    @given(st.data(), registries(), SCOPES)
    def check(data: st.DataObject, registry: Registry, scope: StorageScope) -> None:
        source = FakeSource(registry)
        bench.clear().crawl(source, scope)
        for _ in range(4):
            source.registry = registry = data.draw(changes(registry))
            bench.crawl(source, scope)
        for moment in bench.moments():
            check_laws(bench.ranking(at=moment))

    check()


def test_the_last_moment_says_what_now_says(bench: Bench) -> None:
    @settings(max_examples=bench.examples // 2)
    @given(st.data(), registries(), SCOPES)
    def check(data: st.DataObject, registry: Registry, scope: StorageScope) -> None:
        source = FakeSource(registry)
        bench.clear().crawl(source, scope)
        source.registry = data.draw(changes(registry))
        bench.crawl(source, scope)
        bench.crawl(source, scope)
        assert plain(bench.ranking(at=bench.moments()[-1])) == plain(bench.ranking())

    check()


def test_before_the_first_crawl_there_was_nothing(bench: Bench) -> None:
    @settings(max_examples=bench.examples // 3)
    @given(registries(), SCOPES)
    def check(registry: Registry, scope: StorageScope) -> None:
        bench.clear().crawl(FakeSource(registry), scope)
        ranking = bench.ranking(at=START - timedelta(seconds=1))
        assert (ranking.rows, ranking.as_of, ranking.totals.stored_bytes) == ((), None, 0)

    check()


def test_byte_time_is_the_integral_of_what_every_date_says(bench: Bench) -> None:
    """Recomputed from the rankings of each moment; fair shares add up to the registry's."""

    @settings(max_examples=bench.examples // 2)
    @given(st.data(), registries(), SCOPES, st.integers(-4, 20), st.integers(1, 40))
    def check(
        data: st.DataObject, registry: Registry, scope: StorageScope, begins: int, days: int
    ) -> None:
        source = FakeSource(registry)
        bench.clear().crawl(source, scope)
        for _ in range(3):
            source.registry = registry = data.draw(changes(registry))
            bench.crawl(source, scope)
        period = Period(START + timedelta(days=begins), START + timedelta(days=begins + days))
        now = bench.moments()[-1] + timedelta(days=3)
        found, whole = bench.byte_time(period, now=now)
        assert found == _integral(bench, period, now)
        assert sum(part.fair_share for part in found.values()) == whole.stored
        assert sum(part.logical for part in found.values()) == whole.logical

    check()


def _integral(bench: Bench, period: Period, now: datetime) -> dict[str, ByteTime]:
    """Hour by hour: every change falls on one."""
    found: dict[str, ByteTime] = {}
    hour = timedelta(hours=1)
    marks = [moment for moment in bench.moments() if period.start < moment < period.end]
    marks = [period.start, *marks, min(period.end, now)]
    for since, until in pairwise(marks):
        length = max(timedelta(0), until - since) // hour * 3_600_000_000
        for row in bench.ranking(at=since).rows:
            sizes = row.sizes
            figures = (
                sizes.logical_bytes, sizes.stored_bytes, sizes.exclusive_bytes,
                sizes.fair_share_bytes,
            )  # fmt: skip
            part = ByteTime(*(figure * length for figure in figures))
            found[row.repository] = found.get(row.repository, ByteTime()) + part
    return {name: part for name, part in found.items() if part != ByteTime()}
