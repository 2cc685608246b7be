"""Bases in use: what is kept of them as crawls come and go is what one analysis of all gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from auditor.analysis.bases.fleet import plan_fleet_swap
from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.base_plain import KnownUse, use_from_plain
from auditor.domain.bases import BaseLayer
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.image_config import HistoryEntry
from auditor.domain.observation import StorageScope
from auditor.store.engine import Database
from auditor.store.tables.bases import BaseUseRow
from auditor.usecases.analyse import Analysis, analyse
from auditor.usecases.crawl_registry import CrawlLimits
from tests.fakes.contents import Contents, config_of, layer
from tests.fakes.source import FakeSource
from tests.laws.bench import Bench as Tables
from tests.oracles.fleet import FleetImage, users_of
from tests.usecases.bench import LISTS_ALL, Bench, day, target

MB = 1_000_000
HOME, HUB = "registry.example", "hub.example"
ANALYSIS = Analysis.from_settings(AnalysisSettings())
ROOT = layer(40 * MB, "root")
BASES = (
    (ROOT, layer(50 * MB, "python")),
    (ROOT, layer(51 * MB, "python rebuilt")),
    (ROOT, layer(9 * MB, "slim")),
    (layer(3 * MB, "musl"), layer(7 * MB, "alpine python")),
    (layer(30 * MB, "node root"), layer(20 * MB, "node")),
)
OWN = tuple(layer(size * MB, f"own {size}") for size in (1, 2, 3))
# Which stacks a name may have: a tag that moves, one that is pulled from the registry, a twin.
STACKS = {
    ("library/python", "3.12"): (0, 1),
    ("library/python", "3.12-slim"): (2,),
    ("library/python", "3.12-alpine"): (3, 2),
    ("library/node", "8"): (4,),
    ("team/base", "1"): (0, 4),
}
APPS = ("team/a", "team/b", "shop/c", "odd")


@pytest.fixture(scope="module", autouse=True)
def _groups_of_two() -> Iterator[None]:
    """Several groups of repositories in every analysis: what one finds concerns another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditor.usecases.analysis_run._REPOSITORIES_AT_ONCE", 2)
        yield


@dataclass(frozen=True)
class State:
    """Tags of bases, by name, and what each application's tags are built on."""

    bases: Mapping[tuple[str, str], int]
    apps: Mapping[tuple[str, str], tuple[int, int]]
    is_upstream: bool

    def contents(self, *, of_bases: bool) -> Contents:
        contents = Contents()
        names = [name for name in self.bases if of_bases or name[0] == "team/base"]
        for repository, tag in names if of_bases or not self.is_upstream else ():
            contents.tag(repository, tag, built(contents, BASES[self.bases[repository, tag]]))
        if not of_bases or not self.is_upstream:
            for (repository, tag), (base, own) in self.apps.items():
                stack = (*(BASES[base] if base < len(BASES) else (ROOT,)), OWN[own])
                contents.tag(repository, tag, built(contents, stack))
        return contents


def built(contents: Contents, stack: tuple[Descriptor, ...]) -> Digest:
    name = " ".join(one.digest.short for one in stack)
    steps = tuple(HistoryEntry(f"COPY {one.digest.short} /") for one in stack)
    return contents.image(name, *stack, config=config_of(name, stack, history=steps))


PLACES = [(repository, tag) for repository in APPS for tag in ("1.0", "1.1", "edge")]
states = st.builds(
    State,
    st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(stacks) for name, stacks in STACKS.items()}
    ),
    st.dictionaries(
        st.sampled_from(PLACES),
        st.tuples(st.sampled_from((0, 0, 1, 2, 4, len(BASES))), st.sampled_from(range(len(OWN)))),
        min_size=2,
        max_size=8,
    ),
    st.booleans(),
)


@pytest.fixture
def tables(database_url: str) -> Iterator[Tables]:
    made = Tables.on(database_url)
    yield made
    made.database.dispose()


def crawl(
    bench: Bench, history: list[State], scope: StorageScope, analysis: Analysis | None
) -> None:
    bench.limits = CrawlLimits(guard_ratio=1.0, analysis=analysis)
    for number, state in enumerate(history):
        for of_bases, name in ((True, HUB), (False, HOME)):
            where = target(name, scope=scope)
            if of_bases:
                where = replace(where, is_reference=state.is_upstream)
            source = FakeSource(state.contents(of_bases=of_bases).registry(), LISTS_ALL)
            bench.crawl(source, where, at=day(8 * number), accept_removals=True)


def test_what_is_kept_after_every_crawl_is_what_one_analysis_at_the_end_gives(
    tables: Tables,
) -> None:
    @settings(max_examples=tables.examples // 4)
    @given(st.lists(states, min_size=1, max_size=3), st.sampled_from(StorageScope))
    def check(history: list[State], scope: StorageScope) -> None:
        bench = Bench(tables.clear().database)
        crawl(bench, history, scope, ANALYSIS)
        kept = everything(bench.database)
        assert kept.pop("dirty") == []
        check_plans(bench.database)
        bench = Bench(tables.clear().database)
        crawl(bench, history, scope, None)
        analyse(bench.database, ANALYSIS, now=day(100))
        anew = everything(bench.database)
        anew.pop("dirty")
        assert kept == anew

    check()


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All tables of bases, with names instead of keys."""
    with database.reading() as connection:
        return {
            name: sorted(
                tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row)
                for row in connection.execute(query)
            )
            for name, query in _TABLES.items()
        }


_TABLES = {
    "repository_base": text(
        "SELECT g.name, r.name, u.chain, b.digest, u.layer_count, u.images, "
        "CAST(u.releases AS TEXT), u.builds FROM repository_base AS u "
        "JOIN repository AS r ON r.id = u.repository_id JOIN registry AS g ON g.id = u.registry_id "
        "JOIN blob AS b ON b.id = u.manifest_id"
    ),
    "base_use": text(
        "SELECT g.name, u.chain, u.name, u.family, u.size_bytes, u.repositories, u.images, "
        "u.freed_bytes, CAST(u.body AS TEXT) FROM base_use AS u "
        "JOIN registry AS g ON g.id = u.registry_id"
    ),
    "base_name": text(
        "SELECT g.name, n.name, n.chain FROM base_name AS n "
        "JOIN registry AS g ON g.id = n.registry_id"
    ),
    "base_layer": text(
        "SELECT g.name, n.digest, n.chain FROM base_layer AS n "
        "JOIN registry AS g ON g.id = n.registry_id"
    ),
    "base_family": text(
        "SELECT family, versions, repositories, stored_bytes, excess_bytes, CAST(body AS TEXT) "
        "FROM base_family"
    ),
    "dirty": text("SELECT 'base' FROM dirty_base UNION ALL SELECT 'family' FROM dirty_base_family"),
}


def check_plans(database: Database) -> None:
    """Every plan is the one that follows from the stacks of all images that are there."""
    with database.reading() as connection:
        uses = list(connection.execute(_USES))
        users = {(one.name, one.chain, one.builder) for one in connection.execute(_USERS)}
        held = list(connection.execute(_HELD))
    for use in uses:
        known = use_from_plain(use.body)
        if known.swap is not None:
            here = [row for row in held if row.registry == use.name]
            moving = {user for name, chain, user in users if (name, chain) == (use.name, use.chain)}
            found, sharing = users_of(images_of(here, known, moving), known.target)
            plan = plan_fleet_swap(found, known.target, sharing)
            assert (known.swap.steps, known.swap.break_even) == (plan.steps, plan.break_even)
            assert known.swap.freed_bytes == plan.freed_bytes


def images_of(held: list[Any], known: KnownUse, moving: set[str]) -> Iterator[FleetImage]:
    """The images of one registry; those of `moving` repositories on the base will move."""
    stacks: dict[tuple[str, str, int], list[BaseLayer]] = {}
    for row in held:
        part = BaseLayer(Digest.from_bytes(row.digest), row.size_bytes)
        stacks.setdefault((row.scope, row.repository, row.manifest_id), []).append(part)
    heights = {row.manifest_id: row.base_layers or 0 for row in held}
    for (scope, repository, manifest_id), stack in stacks.items():
        height = heights[manifest_id]
        moves = repository in moving and tuple(stack[:height]) == known.layers
        yield FleetImage(scope, repository, tuple(stack), height if moves else 0)


_USES = text(
    "SELECT g.name, u.chain, u.body FROM base_use AS u JOIN registry AS g ON g.id = u.registry_id"
).columns(body=BaseUseRow.body.type)
_USERS = text(
    "SELECT g.name, u.chain, r.name AS builder FROM repository_base AS u "
    "JOIN registry AS g ON g.id = u.registry_id JOIN repository AS r ON r.id = u.repository_id"
)
_HELD = text(
    "SELECT g.name AS registry, s.name AS scope, r.name AS repository, p.manifest_id, b.digest, "
    "b.size_bytes, a.base_layers FROM presence AS p JOIN repository AS r ON r.id = p.repository_id "
    "JOIN storage_scope AS s ON s.id = r.scope_id JOIN registry AS g ON g.id = r.registry_id "
    "JOIN manifest_blob AS mb ON mb.manifest_id = p.manifest_id AND mb.role = 2 "
    "JOIN blob AS b ON b.id = mb.blob_id "
    "LEFT JOIN image_analysis AS a ON a.manifest_id = p.manifest_id "
    "WHERE p.until IS NULL ORDER BY p.repository_id, p.manifest_id, mb.position"
)
