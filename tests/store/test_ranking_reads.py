"""Rankings: every order, every page, every search; totals; and what they can be trusted for."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from auditor.domain.exactness import Exactness
from auditor.domain.observation import Problem, StorageScope
from auditor.domain.units import GIB, Price
from auditor.domain.views import HistoryPoint, RankBy, RankingRow, RankQuery, Totals
from auditor.store.ranking_reads import (
    PriceOf,
    count_matches,
    load_growers,
    load_ranking,
    load_registry_history,
    load_repository_row,
    load_totals,
    stream_ranking,
)
from auditor.store.tables.places import RepositoryRow
from tests.store.bench import NAME, Bench, one_price
from tests.store.things import day, image, layer, seen
from tests.store.totals import put

OTHER = "other.example"
PRICES = {NAME: Price(Decimal("0.1"), "USD"), OTHER: Price(Decimal("0.3"), "EUR", GIB)}
NULLABLE = ("image_bytes", "growth_bytes")
FIGURES = ("logical_bytes", "stored_bytes", "exclusive_bytes", "fair_share_bytes", "tags")


def two_prices(registry: str) -> Price:
    return PRICES[registry]


def ranked(bench: Bench, price_of: PriceOf = one_price, **query: Any) -> list[tuple[str, str]]:
    """Registry and name of each row."""
    with bench.database.reading() as connection:
        rows = load_ranking(connection, RankQuery(**query), price_of)
        return [(row.registry, row.repository) for row in rows]


def names(bench: Bench, **query: Any) -> list[str]:
    return [name for _, name in ranked(bench, **query)]


def matches(bench: Bench, **query: Any) -> int:
    with bench.database.reading() as connection:
        return count_matches(connection, RankQuery(**query))


def mixed(bench: Bench) -> None:
    """Two registries whose repositories are often alike in a figure, or have none."""
    chance = random.Random(7)  # noqa: S311 - no secret, always the same
    for registry in (NAME, OTHER):
        put(
            bench,
            {
                f"{team}/{name}": {
                    **{figure: chance.randrange(4) for figure in FIGURES},
                    **{figure: chance.choice([None, -5, 0, 5, 6]) for figure in NULLABLE},
                }
                for team in ("a", "B", "a-b")
                for name in ("app", "web", "Z", "_", "é")
            },
            registry=registry,
        )


VALUE_OF: dict[RankBy, Callable[[RankingRow], Any]] = {
    RankBy.SIZE: lambda row: row.image_bytes,
    RankBy.STORED: lambda row: row.sizes.stored_bytes,
    RankBy.EXCLUSIVE: lambda row: row.sizes.exclusive_bytes,
    RankBy.FAIR_SHARE: lambda row: row.sizes.fair_share_bytes,
    RankBy.LOGICAL: lambda row: row.sizes.logical_bytes,
    RankBy.COST: lambda row: row.monthly_cost,
    RankBy.GROWTH: lambda row: row.growth_bytes,
    RankBy.TAGS: lambda row: row.tags,
    RankBy.POTENTIAL: lambda row: 0,
}


def in_order(rows: Iterable[RankingRow], by: RankBy, *, ascending: bool) -> list[RankingRow]:
    """What a ranking is: by value, unknown last, alike ones by registry and name as bytes."""
    by_place = sorted(rows, key=lambda row: (row.registry, row.repository.encode()))
    if by is RankBy.NAME:
        by_place.sort(key=lambda row: row.repository.encode(), reverse=not ascending)
        return by_place
    known = [row for row in by_place if VALUE_OF[by](row) is not None]
    known.sort(key=VALUE_OF[by], reverse=not ascending)
    return known + [row for row in by_place if VALUE_OF[by](row) is None]


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("by", RankBy)
def test_rows_are_in_order_on_every_page_alike_ones_by_registry_and_name(
    bench: Bench, by: RankBy, ascending: bool
) -> None:
    mixed(bench)
    query = RankQuery(by=by, ascending=ascending)
    with bench.database.reading() as connection:

        def load(**window: Any) -> list[RankingRow]:
            return list(load_ranking(connection, replace(query, **window), two_prices))

        rows = load()
        assert len(rows) == 30
        assert rows == in_order(rows, by, ascending=ascending)
        for limit in (1, 7, 30, 99):
            pages = [load(limit=limit, offset=start) for start in range(0, 30 + limit, limit)]
            assert [row for page in pages for row in page] == rows
        assert load(offset=12) == rows[12:]
        assert load(limit=0) == load(offset=30) == []
        assert (
            list(stream_ranking(connection, replace(query, limit=3, offset=5), two_prices)) == rows
        )


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize(
    "by, figure", [(RankBy.SIZE, "image_bytes"), (RankBy.GROWTH, "growth_bytes")]
)
def test_what_is_not_known_comes_last_whichever_way_it_is_turned(
    bench: Bench, by: RankBy, figure: str, ascending: bool
) -> None:
    put(bench, {"none": {}, "zero": {figure: 0}, "some": {figure: 7}})
    expected = ["zero", "some", "none"] if ascending else ["some", "zero", "none"]
    assert names(bench, by=by, ascending=ascending) == expected


def test_before_any_crawl_there_is_nothing_to_rank(bench: Bench) -> None:
    with bench.database.reading() as connection:
        for by in RankBy:
            assert load_ranking(connection, RankQuery(by=by), one_price) == ()
            assert list(stream_ranking(connection, RankQuery(by=by), one_price)) == []
        assert count_matches(connection, RankQuery(text="a")) == 0
        assert load_growers(connection, 5, one_price) == ()
        assert load_repository_row(connection, NAME, "a", one_price) is None
        assert load_registry_history(connection, [NAME]) == ()


def test_a_registry_is_ranked_alone_when_it_is_named(bench: Bench) -> None:
    put(bench, {"a": {}, "b": {}})
    put(bench, {"a": {}}, registry=OTHER)
    assert ranked(bench, registry=OTHER) == [(OTHER, "a")]
    assert matches(bench, registry=OTHER) == 1
    assert ranked(bench, registry="registry") == []
    assert matches(bench, text="a") == 2


HOSTILE = [
    "100%/app",
    "1000/app",
    "a_b",
    "axb",
    "back\\slash",
    "back/slash",
    "Team/App",
    "it's\"quoted",
    "; DROP TABLE blob --",
    "[a-z]*?",
    "🐳/漢",
    " ",
]


@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE,
        *("%", "_", "\\", "/", "team/app", "TEAM", "tEaM/aPp", "%/", "\\s", "__", "%%", "'", '"'),
        *("[a-z]", "*", "?", "🐳", "--", "nothing like it"),
    ],
)
def test_a_search_means_the_very_characters_without_regard_to_case(bench: Bench, text: str) -> None:
    put(bench, {name: {} for name in HOSTILE})
    expected = sorted((name for name in HOSTILE if text.lower() in name.lower()), key=str.encode)
    assert names(bench, by=RankBy.NAME, ascending=True, text=text) == expected
    assert matches(bench, text=text) == len(expected)


FOREIGN = ["über/app", "Über/App", "ßÉ", "Жук", "İzmir"]


@pytest.mark.parametrize("text", [*FOREIGN, "Über/APP", "Ж", "İz", "É"])
def test_a_search_finds_a_name_by_its_own_letters_in_every_alphabet(
    bench: Bench, text: str
) -> None:
    """Names are kept as a registry gives them, also outside the grammar."""
    put(bench, {name: {} for name in FOREIGN})
    (meant,) = (name for name in FOREIGN if text.replace("APP", "App") in name)
    assert meant in names(bench, text=text)


def test_a_removed_repository_is_in_no_ranking(bench: Bench) -> None:
    one = image("one", layer("x", 10))
    both = [seen("here", {"v": one}), seen("gone", {"v": one})]
    bench.crawl(*both)
    bench.crawl(*both, at=31)
    bench.crawl(both[0], at=32, accept_removals=True)
    assert names(bench) == names(bench, text="e") == ["here"]
    assert matches(bench, text="e") == matches(bench) == 1
    with bench.database.reading() as connection:
        assert load_repository_row(connection, NAME, "gone", one_price) is None


def test_one_row_is_that_of_the_ranking_with_the_key_of_its_repository(bench: Bench) -> None:
    put(bench, {"a": {"stored_bytes": 1}, "b": {"stored_bytes": 2}})
    put(bench, {"a": {"stored_bytes": 3}}, registry=OTHER)
    keys = {row["id"]: row["name"] for row in bench.table(RepositoryRow)}
    with bench.database.reading() as connection:
        rows = load_ranking(connection, RankQuery(), two_prices)
        for row in rows:
            found = load_repository_row(connection, row.registry, row.repository, two_prices)
            assert found is not None
            assert (keys[found[0]], found[1]) == (row.repository, row)
        for registry, name in ((OTHER, "b"), (NAME, "A"), (NAME, "c"), ("", "a")):
            assert load_repository_row(connection, registry, name, one_price) is None


def test_every_row_costs_what_its_own_registry_does(bench: Bench) -> None:
    put(bench, {"a": {"fair_share_bytes": 123, "stored_bytes": 10**6}})
    put(bench, {"a": {"fair_share_bytes": 7}}, registry=OTHER)
    with bench.database.reading() as connection:
        rows = load_ranking(connection, RankQuery(by=RankBy.NAME), two_prices)
        prices = {row.registry: (row.monthly_cost, row.currency) for row in rows}
    assert prices == {
        NAME: (Decimal("0.1") * 123 / 10**9, "USD"),
        OTHER: (Decimal("0.3") * 7 / 2**30, "EUR"),
    }


def test_growers_are_those_that_grew_and_no_more_than_were_asked_for(bench: Bench) -> None:
    grown = {"none": None, "less": -5, "same": 0, "b": 3, "a": 3, "most": 9}
    put(bench, {name: {"growth_bytes": figure} for name, figure in grown.items()})
    put(bench, {"c": {"growth_bytes": 3}}, registry=OTHER)
    with bench.database.reading() as connection:
        found = [row.repository for row in load_growers(connection, 9, one_price)]
        assert found == ["most", "c", "a", "b"]
        assert [row.repository for row in load_growers(connection, 2, one_price)] == found[:2]


def totals(bench: Bench, registry: str = "", price_of: PriceOf = one_price) -> Totals:
    with bench.database.reading() as connection:
        return load_totals(connection, registry, price_of)


@pytest.mark.parametrize("registry", ["", NAME])
@pytest.mark.parametrize("crawls", [0, 1])
def test_sums_over_nothing_are_zeros_and_cost_nothing(
    bench: Bench, registry: str, crawls: int
) -> None:
    """Also while the first crawl is under way."""
    for _ in range(crawls):
        bench.begin()
    expected = Totals(0, 0, 0, 0, 0, Exactness.EXACT, Decimal(0), "USD")
    assert totals(bench, registry) == expected


def test_sums_are_over_one_registry_or_all_each_at_its_price(bench: Bench) -> None:
    figures = {"tags": 2, "images": 1, "logical_bytes": 900, "fair_share_bytes": 500}
    put(bench, {"a": figures, "b": figures})
    put(bench, {"a": figures}, registry=OTHER)
    dear = {NAME: Price(Decimal(1), "USD"), OTHER: Price(Decimal(3), "USD")}
    everything = totals(bench, price_of=dear.__getitem__)
    assert (everything.repositories, everything.tags, everything.images) == (3, 6, 3)
    assert (everything.logical_bytes, everything.stored_bytes) == (2_700, 1_500)
    assert everything.monthly_cost == Decimal(1_000 + 3 * 500) / 10**9
    assert totals(bench, OTHER).stored_bytes == 500
    assert totals(bench, "unknown.example").repositories == 0
    one, both = totals(bench, OTHER, two_prices), totals(bench, "", two_prices)
    assert (one.monthly_cost, one.currency) == (Decimal("0.3") * 500 / 2**30, "EUR")
    assert (both.monthly_cost, both.currency, both.stored_bytes) == (None, "", 1_500)


def broken(name: str) -> Any:
    return seen(name, {"v": None}, problems=(Problem(name, "v", "broken"),))


def test_one_unreadable_repository_makes_a_bound_of_the_sum_until_it_is_read_or_gone(
    bench: Bench,
) -> None:
    whole = seen("whole", {"v": image("one")})
    read = seen("broken", {"v": image("one")})
    found = []
    for number, others in enumerate([[broken("broken")], [read], [broken("broken")], []]):
        bench.crawl(whole, *others, at=number, accept_removals=True)
        found.append(totals(bench).exactness)
    bound, exact = Exactness.LOWER_BOUND, Exactness.EXACT
    assert found == [bound, exact, bound, exact]


@pytest.mark.parametrize("scope", StorageScope)
def test_what_is_unread_in_a_scope_blurs_the_shares_of_that_scope_only(
    bench: Bench, scope: StorageScope
) -> None:
    put(bench, {"a/broken": {"is_incomplete": True}, "a/app": {}, "b/app": {}}, scope=scope)
    rows = {row.repository: row for row in bench.ranking()}
    assert {name for name, row in rows.items() if row.is_stale} == {"a/broken"}
    shares = {name: row.sizes.sharing_exactness for name, row in rows.items()}
    stored = {name: row.sizes.exactness for name, row in rows.items()}
    touched = {
        StorageScope.REGISTRY: {"a/app", "b/app"},
        StorageScope.NAMESPACE: {"a/app"},
        StorageScope.REPOSITORY: set[str](),
    }[scope]
    assert {name for name, one in shares.items() if one is Exactness.UPPER_BOUND} == touched
    assert shares["a/broken"] is stored["a/broken"] is Exactness.LOWER_BOUND
    assert stored["a/app"] is stored["b/app"] is Exactness.EXACT


def test_two_unread_repositories_blur_each_other(bench: Bench) -> None:
    put(bench, {"a": {"is_incomplete": True}, "b": {"is_incomplete": True}})
    assert {row.sizes.sharing_exactness for row in bench.ranking()} == {Exactness.ESTIMATED}


def test_the_past_of_several_registries_is_that_of_their_sum(bench: Bench) -> None:
    def crawl(at: float, registry: str, *sizes: int) -> None:
        tags = {f"v{size}": image(f"{size}", size_bytes=size) for size in sizes}
        bench.crawl(seen("app", tags), at=at, registry=registry)

    crawl(0, NAME, 100)
    crawl(1, OTHER, 30)
    crawl(2, OTHER, 30)
    crawl(3, NAME, 100, 200)
    crawl(3, OTHER, 30, 5)
    expected: dict[tuple[str, ...], list[tuple[int, int]]] = {
        (NAME,): [(0, 100), (3, 300)],
        (OTHER,): [(1, 30), (3, 35)],
        (NAME, OTHER): [(0, 100), (1, 130), (3, 335)],
        (): [],
        ("unknown.example",): [],
    }
    with bench.database.reading() as connection:
        for registries, points in expected.items():
            history = [HistoryPoint(day(at), stored) for at, stored in points]
            assert list(load_registry_history(connection, registries)) == history
