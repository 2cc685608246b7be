"""Derived figures: exact to the byte, and written anew only where something changed."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.domain.manifest import Manifest
from auditor.domain.observation import RepositoryObservation, StorageScope
from auditor.domain.platform import Platform
from auditor.store.tables.facts import BlobRow
from auditor.store.tables.places import RegistryRow, RepositoryRow
from auditor.store.tables.totals import (
    DirtyBlobRow,
    RegistryHistoryRow,
    RegistryTotalRow,
    RepositoryBlobRow,
    RepositoryHistoryRow,
    RepositoryTotalRow,
    ScopeBlobRow,
    ScopeTotalRow,
)
from tests.store.bench import NAME, Bench
from tests.store.things import config, day, image, index, layer, named, seen

OTHER = "other.example"
NAMES = ["B", "a", "a-b/x", "a/b", "a_b", "aé", "b", "ä", "\N{FULLWIDTH LATIN SMALL LETTER A}"]
"""Names that other orders than that of their bytes would put elsewhere."""
TOTALS = (RepositoryTotalRow, RepositoryBlobRow, ScopeBlobRow, ScopeTotalRow, RegistryTotalRow)
HISTORIES = (RepositoryHistoryRow, RegistryHistoryRow)
COUNTED = ("repositories", "tags", "images", "logical_bytes", "stored_bytes")
_numbers = count()


def names_of(bench: Bench, registry: str = NAME) -> dict[int, str]:
    """Names of a registry's repositories by their ids."""
    (key,) = (row["id"] for row in bench.table(RegistryRow) if row["name"] == registry)
    return {
        row["id"]: row["name"] for row in bench.table(RepositoryRow) if row["registry_id"] == key
    }


def shares(bench: Bench, digest: bytes, registry: str = NAME) -> dict[str, int]:
    """What each repository of a registry is charged for a blob."""
    names = names_of(bench, registry)
    (blob,) = (row["id"] for row in bench.table(BlobRow) if row["digest"] == digest)
    return {
        names[row["repository_id"]]: row["share_bytes"]
        for row in bench.table(RepositoryBlobRow)
        if row["blob_id"] == blob and row["repository_id"] in names
    }


def split(size_bytes: int, holders: set[str]) -> dict[str, int]:
    """Equal parts, the odd bytes to the first names as bytes."""
    whole, odd = divmod(size_bytes, len(holders))
    in_order = sorted(holders, key=str.encode)
    return {name: whole + (place < odd) for place, name in enumerate(in_order)}


HOLDERS = st.sets(st.sampled_from(NAMES), min_size=1)


def test_a_blob_is_split_to_the_byte_and_odd_bytes_go_to_the_first_names(bench: Bench) -> None:
    @settings(
        max_examples=20 if bench.database.is_sqlite else 8,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.lists(st.tuples(st.integers(0, 40), HOLDERS), min_size=1, max_size=4))
    def check(blobs: list[tuple[int, set[str]]]) -> None:
        example = next(_numbers)
        registry = f"r{example}.example"
        layers = [layer(f"{example}.{place}", size) for place, (size, _) in enumerate(blobs)]
        observations = [
            seen(
                name,
                {
                    f"v{place}": image(f"{name} of {one.digest}", one)
                    for place, one in enumerate(layers)
                    if name in blobs[place][1]
                },
            )
            for name in reversed(NAMES)
        ]
        bench.crawl(*observations, registry=registry)
        for one, (size, holders) in zip(layers, blobs, strict=True):
            assert shares(bench, one.digest.to_bytes(), registry) == split(size, holders)
        rows = [row for row in bench.ranking() if row.registry == registry]
        charged = sum(row.sizes.fair_share_bytes for row in rows)
        assert charged == bench.totals(registry).stored_bytes

    check()


def test_what_one_repository_lets_go_the_others_share(bench: Bench) -> None:
    tags: dict[str, Manifest | None] = {"v1": image("one", layer("x", 11), size_bytes=0)}
    holders = ["c", "a", "b"]
    bench.crawl(*(seen(name, tags) for name in holders))
    digest = named("x").to_bytes()
    assert shares(bench, digest) == {"a": 4, "b": 4, "c": 3}
    bench.crawl(*(seen(name, tags) for name in holders[:2]), at=1, accept_removals=True)
    assert shares(bench, digest) == {"a": 6, "c": 5}
    bench.crawl(seen("c", tags), at=2, accept_removals=True)
    assert shares(bench, digest) == {"c": 11}
    bench.crawl(at=3, accept_removals=True)
    assert shares(bench, digest) == {}
    assert bench.table(ScopeBlobRow) == []


@pytest.mark.parametrize("scope", StorageScope)
def test_a_registry_is_the_sum_of_its_scopes(bench: Bench, scope: StorageScope) -> None:
    one, two = (image(name, layer("x", 1_000), layer(name + "'s", 10)) for name in ("one", "two"))
    first = [seen("a/app", {"v1": one}), seen("a/web", {"v1": one, "v2": two}), seen("b", {})]
    bench.crawl(*first, scope=scope)
    bench.crawl(*first[1:], seen("b", {"v1": two}), at=1, scope=scope, accept_removals=True)
    (registry,) = bench.table(RegistryTotalRow)
    scopes = bench.table(ScopeTotalRow)
    for name in COUNTED:
        assert registry[name] == sum(row[name] for row in scopes), name
    for row in scopes:
        rows = [
            one for one in bench.table(RepositoryTotalRow) if one["scope_id"] == row["scope_id"]
        ]
        assert row["stored_bytes"] == sum(one["fair_share_bytes"] for one in rows)
        assert row["tags"] == sum(one["tags"] for one in rows)
        assert row["repositories"] == len(rows)


def apart() -> list[RepositoryObservation]:
    """Two repositories that share a layer, and one that shares nothing."""
    return [
        seen("alone", {"v1": image("alone", layer("of alone", 7))}),
        seen("left", {"v1": image("left", layer("shared", 1_001))}),
        seen("right", {"v1": image("right", layer("shared", 1_001))}),
    ]


def marked(bench: Bench) -> set[str]:
    """Repositories whose totals nobody wrote since they were marked."""
    names = names_of(bench)
    rows = bench.table(RepositoryTotalRow)
    return {names[row["repository_id"]] for row in rows if row["image_tag"] == "mark"}


def test_only_totals_of_what_was_touched_are_made_again(bench: Bench) -> None:
    alone, left, right = apart()
    bench.crawl(alone, left, right)
    bench.change(RepositoryTotalRow, image_tag="mark")
    bench.crawl(alone, left, right, at=1)
    assert marked(bench) == {"alone", "left", "right"}
    more = seen("alone", {"v1": image("alone"), "v2": image("new", layer("of new", 5))})
    bench.crawl(more, left, right, at=2)
    assert marked(bench) == {"left", "right"}


@pytest.mark.parametrize("touching", ["by holding it", "by letting it go", "by knowing its size"])
def test_totals_of_who_shares_a_touched_blob_are_made_again(bench: Bench, touching: str) -> None:
    alone, left, right = apart()
    bench.crawl(alone, left, right)
    bench.change(RepositoryTotalRow, image_tag="mark")
    if touching == "by holding it":
        third = seen("third", {"v1": image("third", layer("shared", 1_001))})
        bench.crawl(alone, left, right, third, at=1)
        assert bench.sizes("right")[3] == 100 + 334
    elif touching == "by letting it go":
        bench.crawl(alone, left, at=1, accept_removals=True)
    else:
        louder = seen("left", {"v1": image("left"), "v2": image("more", layer("shared", 3_000))})
        bench.crawl(alone, louder, right, at=1)
        assert bench.sizes("right") == (3_100, 3_100, 100, 1_600)
    assert marked(bench) == {"alone"}


def test_shares_of_blobs_that_nobody_touched_are_left_alone(bench: Bench) -> None:
    alone, left, right = apart()
    bench.crawl(alone, left, right)
    bench.change(RepositoryBlobRow, share_bytes=77)
    third = seen("third", {"v1": image("third", layer("shared", 1_001))})
    bench.crawl(alone, left, right, third, at=1)
    assert shares(bench, named("shared").to_bytes()) == {"left": 334, "right": 334, "third": 333}
    assert shares(bench, named("of alone").to_bytes()) == {"alone": 77}
    assert shares(bench, named("left").to_bytes()) == {"left": 77}


def test_a_crawl_that_finds_nothing_new_writes_nothing_derived(bench: Bench) -> None:
    bench.crawl(*apart())
    before = [bench.table(row_class) for row_class in (*TOTALS, *HISTORIES)]
    bench.crawl(*apart(), at=1)
    assert [bench.table(row_class) for row_class in (*TOTALS, *HISTORIES)] == before


def test_an_end_tells_the_database_as_much_for_many_repositories_as_for_one(
    bench: Bench,
) -> None:
    def told(repositories: int, at: float) -> int:
        mark = bench.begin(at=at)
        tags = {"v1": image(f"of day {at}", layer(f"{at}", 10))}
        bench.save(mark, *(seen(f"app-{number}", tags) for number in range(repositories)))
        with bench.statements() as heard:
            bench.finish(mark)
        return len(heard)

    assert told(1, at=1) == told(40, at=2)


def history(bench: Bench, repository: str, *names: str) -> list[tuple[Any, ...]]:
    """Days of a repository's past, with these figures."""
    keys = {key for key, name in names_of(bench).items() if name == repository}
    return [
        ((row["since"] - day(0)).days, *(row[name] for name in names))
        for row in bench.table(RepositoryHistoryRow)
        if row["repository_id"] in keys
    ]


def test_a_past_has_a_row_for_every_change_and_no_other(bench: Bench) -> None:
    alone, left, right = apart()
    for number in range(3):
        bench.crawl(alone, left, right, at=number)
    more = seen("left", {"v1": image("left"), "v2": image("new", layer("of new", 5))})
    for number in (3, 4):
        bench.crawl(alone, more, right, at=number)
    assert history(bench, "alone", "stored_bytes") == [(0, 107)]
    assert history(bench, "right", "stored_bytes") == [(0, 1_101)]
    assert history(bench, "left", "stored_bytes") == [(0, 1_101), (3, 1_206)]
    registry = [(row["since"], row["stored_bytes"]) for row in bench.table(RegistryHistoryRow)]
    assert registry == [(day(0), 107 + 1_001 + 200), (day(3), 107 + 1_001 + 305)]


def test_a_neighbour_that_comes_or_goes_is_a_change_though_nothing_of_ones_own_did(
    bench: Bench,
) -> None:
    alone, left, right = apart()
    bench.crawl(alone, left)
    bench.crawl(alone, left, right, at=1)
    bench.crawl(alone, left, at=2, accept_removals=True)
    figures = ("stored_bytes", "exclusive_bytes", "fair_share_bytes")
    assert history(bench, "left", *figures) == [
        (0, 1_101, 1_101, 1_101),
        (1, 1_101, 100, 601),
        (2, 1_101, 1_101, 1_101),
    ]
    assert history(bench, "alone", *figures) == [(0, 107, 107, 107)]
    assert history(bench, "right", *figures) == [(1, 1_101, 100, 600), (2, 0, 0, 0)]


def test_a_byte_that_is_not_ones_own_any_more_is_a_change_though_the_share_is_the_same(
    bench: Bench,
) -> None:
    """The odd byte of a blob goes to the first name, and there is no other byte."""
    first, second = (seen(name, {"v1": image(name, layer("x", 1))}) for name in ("a", "b"))
    bench.crawl(first)
    bench.crawl(first, second, at=1)
    figures = ("exclusive_bytes", "fair_share_bytes")
    assert history(bench, "a", *figures) == [(0, 101, 101), (1, 100, 101)]


def test_two_crawls_of_one_moment_leave_one_row_of_the_past_with_the_last_word(
    bench: Bench,
) -> None:
    alone, left, right = apart()
    bench.crawl(alone, left)
    bench.crawl(alone, left, right)
    assert history(bench, "left", "exclusive_bytes") == [(0, 100)]
    rows = [(row["since"], row["stored_bytes"]) for row in bench.table(RegistryHistoryRow)]
    assert rows == [(day(0), 107 + 1_001 + 200)]


def test_registries_with_the_same_blobs_leave_each_other_alone(bench: Bench) -> None:
    bench.crawl(*apart(), registry=OTHER)
    before = [bench.table(row_class) for row_class in (*TOTALS, *HISTORIES)]
    bench.crawl(*apart())
    bench.crawl(apart()[0], at=1, accept_removals=True)
    for old, row_class in zip(before, (*TOTALS, *HISTORIES), strict=True):
        now = bench.table(row_class)
        assert [row for row in now if row in old] == old, row_class.__tablename__
    both = {row.registry: row.sizes for row in bench.ranking() if row.repository == "alone"}
    assert both[OTHER] == both[NAME]
    assert both[OTHER].exclusive_bytes == 107


def test_a_size_known_better_elsewhere_counts_from_ones_own_next_crawl_on(bench: Bench) -> None:
    """Until then the figures of a registry go on agreeing with each other."""
    bench.crawl(*apart(), registry=OTHER)
    louder = seen("elsewhere", {"v1": image("elsewhere", layer("shared", 2_001))})
    bench.crawl(louder)
    waiting = [row for row in bench.ranking() if row.registry == OTHER]
    assert [row.sizes.stored_bytes for row in waiting] == [107, 1_101, 1_101]
    assert sum(row.sizes.fair_share_bytes for row in waiting) == bench.totals(OTHER).stored_bytes
    assert len(bench.table(DirtyBlobRow)) == 1
    bench.crawl(*apart(), registry=OTHER, at=1)
    after = [row for row in bench.ranking() if row.registry == OTHER]
    assert [row.sizes.stored_bytes for row in after] == [107, 2_101, 2_101]
    assert sum(row.sizes.fair_share_bytes for row in after) == bench.totals(OTHER).stored_bytes
    assert bench.table(DirtyBlobRow) == []


def test_a_manifest_that_turns_out_to_be_no_image_is_counted_as_none_any_more(
    bench: Bench,
) -> None:
    of = config("nowhere", platform=None)
    one = image("one", of=of)
    bench.crawl(seen("app", {"v1": index("both", one, image("two"))}, one, image("two")))
    assert (bench.row("app").images, bench.totals().images) == (2, 2)
    unknown = config("nowhere", platform=Platform("unknown", "unknown"))
    bench.crawl(seen("app", {"v1": index("both", one)}, one, configs=[unknown]), at=1)
    assert (bench.row("app").images, bench.totals().images) == (1, 1)
