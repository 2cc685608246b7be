"""Removing old history changes no figure after the horizon, and no month's bill, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from auditor.domain.change import ExplainedChange
from auditor.domain.costs import LedgerQuery, UsageRow
from auditor.domain.descriptor import Descriptor
from auditor.domain.errors import UsageError
from auditor.domain.ledger import ByteTime, Period
from auditor.domain.observation import StorageScope
from auditor.domain.retention import Pruning
from auditor.domain.views import Ranking
from auditor.usecases.explain_change import explain_group, explain_registry, explain_repository
from auditor.usecases.ledger import Ledger
from auditor.usecases.prices import Prices
from auditor.usecases.prune_history import plan_pruning, prune_history
from tests.fakes.source import FakeSource
from tests.laws.bench import NAME, START, Bench
from tests.oracles.model import Registry
from tests.oracles.random_registries import changes, registries

SCOPES = st.sampled_from(StorageScope)
CRAWLS = 10  # eight days after one another: March to May
DAY = timedelta(days=1)
States = list[Registry | None]


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    made = Bench.on(database_url)
    yield made
    made.database.dispose()


@dataclass(frozen=True)
class Told:
    """All that a database tells of the time from a moment on, and of every month."""

    now: Ranking
    at: Mapping[datetime, Ranking]
    changes: tuple[ExplainedChange, ...]
    byte_time: Mapping[str, tuple[dict[str, ByteTime], ByteTime]]
    usage: tuple[UsageRow, ...]


def months_until(end: datetime) -> list[Period]:
    found = [Period.month_of(START)]
    while found[-1].end <= end:
        found.append(Period.month_of(found[-1].end))
    return found


def told(bench: Bench, since: datetime) -> Told:
    now = bench.moments()[-1] + 3 * DAY
    moments = [since, *(moment for moment in bench.moments() if moment > since)]
    months = months_until(now)
    ledger = Ledger(bench.database, Prices(), clock=lambda: now)
    return Told(
        bench.ranking(),
        {moment: bench.ranking(at=moment) for moment in [*moments, since + DAY / 2]},
        tuple(
            change
            for pair in combinations([moments[0], *moments[-2:]], 2)
            for change in explained(bench, *pair)
        ),
        {month.name: bench.byte_time(month, now=now) for month in months},
        tuple(row for month in months for row in ledger.usage(LedgerQuery(month))),
    )


def explained(bench: Bench, start: datetime, end: datetime) -> Iterator[ExplainedChange]:
    names = sorted({row.repository for at in (start, end) for row in bench.ranking(at=at).rows})
    with bench.database.reading() as connection:
        yield explain_registry(connection, NAME, start, end)
        yield explain_group(connection, [(NAME, name) for name in names[::2]], start, end)
        for name in names:
            yield explain_repository(connection, NAME, name, start, end)


def prune(
    bench: Bench, keep_months: int, *, most_rows: int | None = None, batch_rows: int = 2_000
) -> Pruning:
    now = bench.moments()[-1] + 3 * DAY
    return prune_history(
        bench.database, keep_months, now=now, most_rows=most_rows, batch_rows=batch_rows
    )


def contents(bench: Bench) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with bench.database.reading() as connection:
        return {
            name: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))), key=repr)  # noqa: S608
            for name in inspect(connection).get_table_names()
        }


class Era:
    """What each crawl of a registry finds, None where there was none.

    Too much for Hypothesis to print.
    """

    def __init__(self, states: States) -> None:
        self.states = states

    def __repr__(self) -> str:
        return f"Era of {len(self.states)} states"


@st.composite
def eras(draw: st.DrawFn) -> Era:
    """A registry that changes, each state found by one crawl or more, now and then weeks apart."""
    state = draw(registries())
    found: States = [state]
    while len(found) < CRAWLS:
        state = draw(changes(state))
        found += [state] * draw(st.integers(1, 3))
        found += [None] * draw(st.sampled_from([0, 0, 0, 0, 4]))
    return Era(found[:CRAWLS])


def crawl_all(bench: Bench, states: States, scope: StorageScope) -> None:
    for state in states:
        if state is None:
            bench.crawls += 1
        else:
            bench.crawl(FakeSource(state), scope)


def test_every_figure_from_the_horizon_on_and_every_month_stay(bench: Bench) -> None:
    """In batches of a few rows; a second pruning finds nothing; no manifest is left over."""

    @settings(max_examples=bench.examples // 4)
    @given(eras(), SCOPES, st.integers(1, 2), st.sampled_from([1, 3, 2_000]))
    def check(era: Era, scope: StorageScope, keep_months: int, rows: int) -> None:
        crawl_all(bench.clear(), era.states, scope)
        planned = plan_pruning(bench.database, keep_months, now=bench.moments()[-1] + 3 * DAY)
        horizon = planned.registries[0].kept_from
        before = told(bench, horizon or START)
        done = prune(bench, keep_months, batch_rows=rows)
        (registry,) = done.registries
        assert registry.kept_from == horizon
        assert (registry.presences, registry.figures) == (
            planned.registries[0].presences, planned.registries[0].figures,
        )  # fmt: skip
        assert registry.tags <= planned.registries[0].tags
        assert done.forgotten.manifests <= planned.forgotten.manifests
        after = told(bench, horizon or START)
        assert after == before
        once = contents(bench)
        assert once["loose_manifest"] == []
        again = prune(bench, keep_months)
        assert again.registries[0].rows == again.forgotten.manifests == 0
        assert contents(bench) == once

    check()


def honest(registry: Registry) -> Registry:
    """The same registry, where all who name a blob state one size for it."""
    sizes: dict[object, int] = {}
    for manifest in registry.manifests.values():
        for part in (*manifest.layers, *manifest.blobs):
            sizes[part.digest] = max(part.size_bytes, sizes.get(part.digest, 0))
    for config in registry.configs.values():
        sizes[config.digest] = config.size_bytes
    for manifest in registry.manifests.values():
        sizes[manifest.digest] = manifest.size_bytes

    def true(part: Descriptor) -> Descriptor:
        return replace(part, size_bytes=sizes.get(part.digest, part.size_bytes))

    manifests = {
        digest: replace(
            manifest,
            config=manifest.config and true(manifest.config),
            layers=tuple(map(true, manifest.layers)),
            blobs=tuple(map(true, manifest.blobs)),
            children=tuple(map(true, manifest.children)),
            subject=manifest.subject and true(manifest.subject),
        )
        for digest, manifest in registry.manifests.items()
    }
    return replace(registry, manifests=manifests)


def test_crawls_after_a_pruning_find_what_they_would_have_found(bench: Bench) -> None:
    """Removals that wait for months to be confirmed, and manifests that come back, included.

    Where sizes are disputed, what was forgotten is measured anew, and may be counted otherwise.
    """

    @settings(max_examples=bench.examples // 4)
    @given(eras(), SCOPES, st.integers(5, CRAWLS - 1), st.sampled_from([0, 12]))
    def check(era: Era, scope: StorageScope, pruned_after: int, pause: int) -> None:
        states = [state and honest(state) for state in era.states]
        first, then = [*states[:pruned_after], *[None] * pause], states[pruned_after:]
        crawl_all(bench.clear(), first, scope)
        now = bench.moments()[-1] + 3 * DAY
        horizon = plan_pruning(bench.database, 1, now=now).registries[0].kept_from
        crawl_all(bench, then, scope)
        without = told(bench, horizon or START)
        crawl_all(bench.clear(), first, scope)
        prune(bench, 1)
        crawl_all(bench, then, scope)
        assert told(bench, horizon or START) == without

    check()


def test_a_pruning_that_stops_anywhere_has_changed_no_figure(bench: Bench) -> None:
    """It stops after some rows and goes on, until nothing is left."""

    @settings(max_examples=bench.examples // 5)
    @given(eras(), SCOPES, st.integers(1, 60))
    def check(era: Era, scope: StorageScope, most_rows: int) -> None:
        crawl_all(bench.clear(), era.states, scope)
        now = bench.moments()[-1] + 3 * DAY
        horizon = plan_pruning(bench.database, 1, now=now).registries[0].kept_from
        before = told(bench, horizon or START)
        for _ in range(500):
            done = prune(bench, 1, most_rows=most_rows, batch_rows=2)
            assert told(bench, horizon or START) == before
            most_rows *= 4
            if done.is_finished:
                break
        once = contents(bench)
        prune(bench, 1)
        assert contents(bench) == once

    check()


def test_a_moment_before_the_horizon_is_refused_and_never_zero(bench: Bench) -> None:
    @settings(max_examples=bench.examples // 5)
    @given(eras(), SCOPES)
    def check(era: Era, scope: StorageScope) -> None:
        crawl_all(bench.clear(), era.states, scope)
        (registry,) = prune(bench, 1).registries
        if registry.kept_from is not None:
            early = registry.kept_from - timedelta(microseconds=1)
            with pytest.raises(UsageError, match=f"{registry.kept_from:%Y-%m-%d}.*keep_months"):
                bench.ranking(at=early)
            with (
                pytest.raises(UsageError, match="keep_months"),
                bench.database.reading() as connection,
            ):
                explain_registry(connection, NAME, early, bench.moments()[-1])

    check()
