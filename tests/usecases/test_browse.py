"""Overview, ranking and registries, as people read them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from auditor.domain.errors import UnknownReferenceError
from auditor.domain.observation import CrawlOutcome, StorageScope
from auditor.domain.units import Price
from auditor.domain.views import HistoryPoint, RankBy, RankQuery
from auditor.usecases.prices import Prices
from tests.fakes.contents import Contents, layer, many_tags
from tests.fakes.source import FakeSource, Faults
from tests.usecases.bench import BY_NAME, REGISTRY, Bench, day, target

BY_BYTES = (RankBy.SIZE, RankBy.STORED, RankBy.EXCLUSIVE, RankBy.FAIR_SHARE, RankBy.LOGICAL)
DEAR = Prices({"b.example": Price(Decimal(9), "USD", source="configured")})


def sized(**megabytes: int) -> Contents:
    """One repository per name, with one image of so many megabytes."""
    contents = Contents()
    for name, size in megabytes.items():
        image = contents.image(f"{name} {size}", layer(size * 10**6, f"{name} {size}"))
        contents.tag(f"team/{name}", "1", image)
    return contents


def two_registries(bench: Bench) -> None:
    bench.crawl(sized(app=30, api=10, cron=20), target("a.example"))
    bench.crawl(sized(app=5, web=40), target("b.example"))


# --- overview ----------------------------------------------------------------------------


def test_the_overview_is_about_all_registries_together(either_bench: Bench) -> None:
    two_registries(either_bench)
    overview = either_bench.browse().overview()
    assert overview.as_of == day(0), "the older of the two last crawls"
    assert (overview.totals.repositories, overview.totals.images) == (5, 5)
    assert [view.registry for view in overview.registries] == ["a.example", "b.example"]
    assert [(row.registry, row.repository) for row in overview.largest] == [
        ("b.example", "team/web"),
        ("a.example", "team/app"),
        ("a.example", "team/cron"),
        ("a.example", "team/api"),
        ("b.example", "team/app"),
    ]
    assert overview.totals.monthly_cost == Decimal("0.023") * overview.totals.stored_bytes / 10**9
    assert len(overview.price_notes) == 1


def test_the_overview_shows_no_more_than_the_five_largest(bench: Bench) -> None:
    bench.crawl(sized(**{f"app{number}": number + 1 for number in range(9)}))
    sizes = [row.sizes.stored_bytes for row in bench.browse().overview().largest]
    assert len(sizes) == 5
    assert sizes == sorted(sizes, reverse=True)


def test_what_grew_in_a_month_is_shown_and_only_that(either_bench: Bench) -> None:
    contents = sized(grows=10, stays=20, shrinks=30)
    contents.tag("team/shrinks", "2", contents.image("more", layer(3 * 10**6, "more")))
    either_bench.crawl(contents, at=day(0))
    contents.tag("team/grows", "2", contents.image("new", layer(7 * 10**6, "new")))
    contents.lose("team/shrinks", contents.untag("team/shrinks", "2"))
    for number in (28, 29, 31):
        either_bench.crawl(contents, at=day(number), accept_removals=True)
    overview = either_bench.browse().overview()
    assert [row.repository for row in overview.growers] == ["team/grows"]
    (grown,) = overview.growers
    assert grown.growth_bytes is not None
    assert grown.growth_bytes > 7 * 10**6
    rows = either_bench.rows()
    assert rows["team/stays"].growth_bytes == 0
    shrunk = rows["team/shrinks"].growth_bytes
    assert shrunk is not None
    assert shrunk < 0
    assert overview.growth_bytes == grown.growth_bytes + shrunk


def test_without_a_past_nothing_grew(bench: Bench) -> None:
    bench.crawl(sized(app=10))
    overview = bench.browse().overview()
    assert (overview.growth_bytes, overview.growers) == (None, ())
    assert bench.rows()["team/app"].growth_bytes is None


def test_a_history_goes_on_until_the_last_crawl_though_nothing_changed(bench: Bench) -> None:
    contents = sized(app=10)
    bench.crawl(contents, at=day(0))
    stored = bench.browse().overview().totals.stored_bytes
    assert bench.browse().overview().history == (HistoryPoint(day(0), stored),)
    bench.crawl(contents, at=day(5))
    points = (HistoryPoint(day(0), stored), HistoryPoint(day(5), stored))
    assert bench.browse().overview().history == points
    assert bench.browse().repository(REGISTRY, "team/app").history == points


# --- ranking -----------------------------------------------------------------------------


def test_a_ranking_is_over_all_registries_or_one(either_bench: Bench) -> None:
    two_registries(either_bench)
    browse = either_bench.browse()
    everything = browse.rank(BY_NAME)
    assert [row.repository for row in everything.rows] == [
        "team/api",
        "team/app",
        "team/app",
        "team/cron",
        "team/web",
    ]
    assert (everything.matches, everything.as_of) == (5, day(0))
    one = browse.rank(replace(BY_NAME, registry="b.example"))
    assert [row.repository for row in one.rows] == ["team/app", "team/web"]
    assert (one.matches, one.totals.repositories, one.as_of) == (2, 2, day(1))


def test_the_largest_comes_first_unless_turned_round(either_bench: Bench) -> None:
    two_registries(either_bench)
    browse = either_bench.browse()
    for by in (*BY_BYTES, RankBy.COST):
        names = [row.repository for row in browse.rank(RankQuery(by=by)).rows]
        assert names == ["team/web", "team/app", "team/cron", "team/api", "team/app"], by
        turned = browse.rank(RankQuery(by=by, ascending=True))
        assert [row.repository for row in turned.rows] == names[::-1], by


def test_a_dear_registry_comes_first_by_cost(either_bench: Bench) -> None:
    two_registries(either_bench)
    ranking = either_bench.browse(prices=DEAR).rank(RankQuery(by=RankBy.COST))
    assert [(row.registry, row.repository) for row in ranking.rows][:2] == [
        ("b.example", "team/web"),
        ("b.example", "team/app"),
    ]
    dearest = ranking.rows[0]
    assert dearest.monthly_cost == Decimal(9) * dearest.sizes.fair_share_bytes / 10**9
    assert len(ranking.price_notes) == 2


def test_costs_in_two_currencies_have_no_sum(bench: Bench) -> None:
    two_registries(bench)
    prices = Prices({"b.example": Price(Decimal(1), "EUR", source="configured")})
    totals = bench.browse(prices=prices).rank(RankQuery()).totals
    assert (totals.monthly_cost, totals.currency) == (None, "")
    one = bench.browse(prices=prices).rank(RankQuery(registry="b.example")).totals
    assert one.currency == "EUR"


def test_pages_together_are_the_whole_ranking(either_bench: Bench) -> None:
    two_registries(either_bench)
    browse = either_bench.browse()
    query = RankQuery(by=RankBy.STORED, limit=2)
    pages = [browse.rank(replace(query, offset=offset)) for offset in (0, 2, 4, 6)]
    assert [len(page.rows) for page in pages] == [2, 2, 1, 0]
    assert {page.matches for page in pages} == {5}
    together = [row for page in pages for row in page.rows]
    assert together == list(browse.rank(RankQuery(by=RankBy.STORED)).rows)


def test_a_search_counts_all_that_matches_and_sums_up_what_was_searched(
    either_bench: Bench,
) -> None:
    two_registries(either_bench)
    expected = {"app": 2, "APP": 2, "team/": 5, "_": 0, "%": 0, "nothing": 0, "cron": 1}
    for text, matches in expected.items():
        ranking = either_bench.browse().rank(RankQuery(text=text, limit=1))
        assert (ranking.matches, len(ranking.rows)) == (matches, min(matches, 1)), text
        assert ranking.totals.repositories == 5


def test_a_stream_has_the_same_rows_in_the_same_order(either_bench: Bench) -> None:
    two_registries(either_bench)
    browse = either_bench.browse(prices=DEAR)
    for by in RankBy:
        for query in (RankQuery(by=by), RankQuery(by=by, ascending=True, text="ap")):
            paged = replace(query, limit=1, offset=1)
            assert list(browse.iterate_rank(paged)) == list(browse.rank(query).rows)


def test_a_stream_of_one_registry_has_that_registry_only(bench: Bench) -> None:
    two_registries(bench)
    rows = list(bench.browse().iterate_rank(RankQuery(registry="b.example")))
    assert {row.registry for row in rows} == {"b.example"}
    assert len(rows) == 2


def test_a_stream_that_nobody_reads_to_its_end_keeps_nothing_open(either_bench: Bench) -> None:
    two_registries(either_bench)
    rows = either_bench.browse().iterate_rank(BY_NAME)
    assert next(rows).repository == "team/api"
    rows.close()  # type: ignore[attr-defined]
    either_bench.crawl(sized(app=1), target("c.example"))
    assert len(either_bench.rows()) == 4


def test_an_unknown_registry_has_no_ranking(bench: Bench) -> None:
    two_registries(bench)
    browse, query = bench.browse(), RankQuery(registry="c.example")
    for ask in (browse.rank, browse.iterate_rank):
        with pytest.raises(UnknownReferenceError, match=r"c\.example was never crawled") as error:
            ask(query)
        assert error.value.next_step == "known are: a.example, b.example"
        assert error.value.candidates == ("a.example", "b.example")


def test_before_any_crawl_the_next_step_is_to_crawl(bench: Bench) -> None:
    for ask in (bench.browse().rank, bench.browse().iterate_rank):
        with pytest.raises(UnknownReferenceError) as error:
            ask(RankQuery(registry="a.example"))
        assert error.value.next_step == "run `auditor audit` first"


# --- registries --------------------------------------------------------------------------


def test_registries_tell_how_their_crawls_went(either_bench: Bench) -> None:
    contents = sized(app=10, api=20)
    either_bench.crawl(contents, target("a.example", scope=StorageScope.NAMESPACE))
    broken = FakeSource(contents.registry(), faults=Faults(repositories={"team/app"}))
    report = either_bench.crawl(broken, target("a.example", scope=StorageScope.NAMESPACE))
    (view,) = either_bench.browse(prices=DEAR).registries()
    assert (view.registry, view.scope) == ("a.example", StorageScope.NAMESPACE)
    assert (view.outcome, view.last_complete_at) == (CrawlOutcome.PARTIAL, day(0))
    assert (view.started_at, view.finished_at) == (day(1), report.finished_at)
    assert (view.problems, view.problem_count) == (report.problems, 1)
    assert view.price == Prices().of("a.example")
    assert view.totals.repositories == 2


def test_many_problems_are_counted_and_the_first_are_shown(bench: Bench) -> None:
    contents = Contents()
    digests = many_tags(contents, "team/app", 70)
    bench.crawl(FakeSource(contents.registry(), faults=Faults(manifests=set(digests))))
    (view,) = bench.browse().registries()
    assert (view.problem_count, len(view.problems)) == (70, 50)
