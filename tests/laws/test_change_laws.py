"""The parts of every change add up to it, and are what the definition says, on both databases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.change import ChangeKind, ExplainedChange
from auditor.domain.observation import StorageScope
from auditor.usecases.explain_change import explain_group, explain_registry, explain_repository
from tests.fakes.source import FakeSource
from tests.laws.bench import NAME, Bench
from tests.oracles.changes import Bytes, Known, State, explain_shared, explain_stored
from tests.oracles.model import Memory, Registry
from tests.oracles.random_registries import REPOSITORY_NAMES, changes, registries
from tests.oracles.sizes import RegistrySizes, scope_name

SCOPES = st.sampled_from(StorageScope)


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    made = Bench.on(database_url)
    yield made
    made.database.dispose()


def repositories(bench: Bench) -> list[str]:
    """Every repository there ever was."""
    names: set[str] = set()
    for moment in bench.moments():
        names |= {row.repository for row in bench.ranking(at=moment).rows}
    return sorted(names)


def of_repository(bench: Bench, name: str, start: datetime, end: datetime) -> ExplainedChange:
    with bench.database.reading() as connection:
        return explain_repository(connection, NAME, name, start, end)


def of_registry(bench: Bench, start: datetime, end: datetime) -> ExplainedChange:
    with bench.database.reading() as connection:
        return explain_registry(connection, NAME, start, end)


def of_group(
    bench: Bench, group: Collection[str], start: datetime, end: datetime
) -> ExplainedChange:
    with bench.database.reading() as connection:
        return explain_group(connection, [(NAME, name) for name in group], start, end)


def check_sum(change: ExplainedChange, difference: int) -> None:
    """Fail unless the parts add up to the difference, and none is the part without a reason."""
    assert change.net_bytes == difference
    assert sum(part.net_bytes for part in change.parts) == difference
    parts = {part.kind: part for part in change.parts}
    assert (parts[ChangeKind.OTHER].added_bytes, parts[ChangeKind.OTHER].removed_bytes) == (0, 0)
    for part in change.parts:
        assert min(part.added_bytes, part.removed_bytes) >= 0
        assert len(part.contributors) <= 10
        assert abs(sum(one.net_bytes for one in part.contributors)) <= max(
            part.added_bytes, part.removed_bytes
        )


def test_parts_add_up_to_what_the_rankings_of_both_dates_differ_by(bench: Bench) -> None:
    """Between any two crawls, removals waiting for their confirmation or not."""

    @settings(max_examples=bench.examples // 2)
    @given(st.data(), registries(), SCOPES)
    def check(data: st.DataObject, registry: Registry, scope: StorageScope) -> None:
        source = FakeSource(registry)
        bench.clear().crawl(source, scope)
        for _ in range(4):
            source.registry = registry = data.draw(changes(registry))
            bench.crawl(source, scope)
        start, end = sorted(data.draw(st.tuples(*[st.sampled_from(bench.moments())] * 2)))
        rankings = [bench.ranking(at=moment) for moment in (start, end)]
        stored = [ranking.totals.stored_bytes for ranking in rankings]
        check_sum(of_registry(bench, start, end), stored[1] - stored[0])
        figures = [{row.repository: row.sizes for row in ranking.rows} for ranking in rankings]
        for name in repositories(bench):
            kept = [one[name].stored_bytes if name in one else 0 for one in figures]
            check_sum(of_repository(bench, name, start, end), kept[1] - kept[0])
        names = repositories(bench)
        group = data.draw(st.sets(st.sampled_from(names))) if names else set()
        shares = [
            sum(one[name].fair_share_bytes for name in group if name in one) for one in figures
        ]
        check_sum(of_group(bench, group, start, end), shares[1] - shares[0])

    check()


@dataclass(slots=True)
class Past:
    """What a registry held at each moment, as the oracle knows it."""

    scope: StorageScope
    memory: Memory = field(default_factory=Memory)
    states: list[State] = field(default_factory=list)
    figures: list[RegistrySizes] = field(default_factory=list)
    registry: Registry = field(default_factory=lambda: Registry({}, {}, {}))

    def crawl(self, registry: Registry) -> None:
        self.registry = registry
        figures = self.memory.crawl(registry, self.scope)
        tags = {name: repository.tags for name, repository in registry.repositories.items()}
        self.states.append(State(tags, figures.reached))
        self.figures.append(figures)

    @property
    def known(self) -> Known:
        return Known(
            self.registry.manifests,
            self.registry.configs,
            self.figures[-1].size_of,
            self.memory.heard,
        )

    @property
    def scopes(self) -> list[list[str]]:
        members: dict[str, list[str]] = defaultdict(list)
        for name in REPOSITORY_NAMES:
            members[scope_name(self.scope, name)].append(name)
        return list(members.values())


def with_corrections(parts: Mapping[str, Bytes], difference: int) -> dict[str, Bytes]:
    """The parts, and what they lack because sizes were known otherwise then; empty ones left out."""
    lacking = difference - sum(added - removed for added, removed in parts.values())
    found = {**parts, "size_corrections": (max(0, lacking), max(0, -lacking))}
    return {part: both for part, both in found.items() if both != (0, 0)}


def parts_of(change: ExplainedChange) -> dict[str, Bytes]:
    return {
        part.kind.value: (part.added_bytes, part.removed_bytes)
        for part in change.parts
        if part.added_bytes or part.removed_bytes
    }


def test_every_part_is_what_a_plain_recomputation_says(bench: Bench) -> None:
    """Each state is crawled twice, so that every removal is confirmed."""

    @settings(max_examples=bench.examples)
    @given(st.data(), registries(), SCOPES)
    def check(data: st.DataObject, registry: Registry, scope: StorageScope) -> None:
        past = Past(scope)
        source = FakeSource(registry)
        bench.clear()
        for number in range(3):
            if number:
                source.registry = registry = data.draw(changes(registry))
            bench.crawl(source, scope)
            bench.crawl(source, scope)
            past.crawl(registry)
        first, last = sorted(data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2))))
        start, end = bench.moments()[2 * first], bench.moments()[2 * last + 1]
        before, after = past.states[first], past.states[last]
        was, now = past.figures[first], past.figures[last]

        change = of_registry(bench, start, end)
        expected = explain_stored(before, after, past.scopes, past.known)
        difference = now.stored_bytes - was.stored_bytes
        assert parts_of(change) == with_corrections(expected, difference)

        for name in repositories(bench):
            change = of_repository(bench, name, start, end)
            expected = explain_stored(before, after, [[name]], past.known)
            kept = [
                one.repositories[name].stored_bytes if name in one.repositories else 0
                for one in (was, now)
            ]
            assert parts_of(change) == with_corrections(expected, kept[1] - kept[0])

        names = repositories(bench)
        group = data.draw(st.sets(st.sampled_from(names))) if names else set()
        change = of_group(bench, group, start, end)
        expected = explain_shared(before, after, past.scopes, past.known, group)
        shares = [
            sum(one.repositories[name].fair_share_bytes for name in group & {*one.repositories})
            for one in (was, now)
        ]
        assert parts_of(change) == with_corrections(expected, shares[1] - shares[0])

    check()


def test_all_repositories_together_change_by_the_registrys_parts(bench: Bench) -> None:
    @settings(max_examples=bench.examples // 3)
    @given(st.data(), registries(), SCOPES)
    def check(data: st.DataObject, registry: Registry, scope: StorageScope) -> None:
        source = FakeSource(registry)
        bench.clear().crawl(source, scope)
        source.registry = data.draw(changes(registry))
        bench.crawl(source, scope)
        bench.crawl(source, scope)
        start, end = bench.moments()[0], bench.moments()[-1]
        whole = of_registry(bench, start, end)
        assert parts_of(of_group(bench, repositories(bench), start, end)) == parts_of(whole)

    check()
