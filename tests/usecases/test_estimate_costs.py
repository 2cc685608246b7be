"""What an estimated image adds to a registry, takes to pull and costs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from auditor.analysis.pull_time import PullModel
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.estimates import (
    BaseLayerHeld,
    BaseUsed,
    Compression,
    Interval,
    Part,
    PartKind,
    Usage,
)
from auditor.domain.observation import StorageScope
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.domain.units import Price
from auditor.usecases.estimate_costs import (
    Place,
    marginal_bytes,
    monthly_cost,
    place_of,
    pull_times,
    with_held_layers,
)
from auditor.usecases.prices import Prices
from tests.fakes.contents import Contents, layer
from tests.usecases.bench import REGISTRY, Bench, target

ROOT, PYTHON = layer(30_000_000, "root"), layer(10_000_000, "python")
BASE = BaseUsed(
    name="python:3.12-slim",
    platform=DEFAULT_PLATFORM,
    size=Interval.exactly(40_000_000),
    source="a test",
    layers=tuple(
        BaseLayerHeld(one.digest, one.size_bytes, is_held=False) for one in (ROOT, PYTHON)
    ),
)
PARTS = (
    Part(PartKind.BASE, "", Interval.exactly(40_000_000)),
    Part(PartKind.PIP, "flask", Interval(6_000_000, 5_000_000, 8_000_000)),
)
PRICES = Prices(for_all=Price(Decimal("0.10"), "EUR"))


def crawled(bench: Bench, scope: StorageScope) -> None:
    contents = Contents()
    contents.tag("team/app", "1", contents.image("app", ROOT, layer(5, "app")))
    contents.tag("other/app", "1", contents.image("other", PYTHON))
    bench.crawl(contents, target(scope=scope))


def held(bench: Bench, place: Place) -> int:
    with bench.database.reading() as connection:
        return with_held_layers(connection, BASE, place).held_bytes


@pytest.mark.parametrize(
    "scope, repository, expected",
    [
        (StorageScope.REGISTRY, "", 40_000_000),
        (StorageScope.NAMESPACE, "team/new", 30_000_000),
        (StorageScope.NAMESPACE, "", 0),
        (StorageScope.REPOSITORY, "team/app", 30_000_000),
        (StorageScope.REPOSITORY, "team/new", 0),
    ],
)
def test_layers_of_the_base_that_the_storage_scope_holds_are_not_stored_again(
    either_bench: Bench, scope: StorageScope, repository: str, expected: int
) -> None:
    crawled(either_bench, scope)
    assert held(either_bench, Place(REGISTRY, repository)) == expected


def test_where_nothing_is_known_of_the_place_all_of_it_is_new(bench: Bench) -> None:
    assert held(bench, Place()) == 0
    assert marginal_bytes(PARTS, BASE) == Interval(46_000_000, 45_000_000, 48_000_000)
    layers = tuple(replace(one, is_held=True) for one in BASE.layers)
    more = marginal_bytes(PARTS, replace(BASE, layers=layers))
    assert more == Interval(6_000_000, 5_000_000, 8_000_000)


def test_the_place_is_the_one_asked_for_else_the_bases_else_the_only_one(bench: Bench) -> None:
    crawled(bench, StorageScope.REGISTRY)
    with bench.database.reading() as connection:
        assert place_of(connection, "", "") == Place(REGISTRY)
    crawl_other = Contents()
    crawl_other.tag("a", "1", crawl_other.image("a", ROOT))
    bench.crawl(crawl_other, target("other.example"))
    with bench.database.reading() as connection:
        assert place_of(connection, "", "") == Place()
        assert place_of(connection, "", "other.example") == Place("other.example")
        assert place_of(connection, REGISTRY, "other.example") == Place(REGISTRY)
        assert place_of(connection, f"{REGISTRY}/team/new", "") == Place(REGISTRY, "team/new")
        with pytest.raises(UnknownReferenceError, match=r"nowhere\.example was never crawled"):
            place_of(connection, "nowhere.example/a", "")


def test_each_tag_kept_costs_its_own_layers_and_the_base_once() -> None:
    cost = monthly_cost(PARTS, BASE, Usage(tags=10, pulls_per_month=3), Place(), PRICES)
    assert cost.stored.estimate_bytes == 10 * 6_000_000 + 40_000_000
    assert cost.estimate == Decimal("0.010")
    assert cost.low < cost.estimate < cost.high
    assert cost.currency == "EUR"
    assert cost.transfer_bytes == 3 * 46_000_000
    assert cost.formula == "10 tags x 6.00 MB + 40.0 MB of the base once"
    layers = tuple(replace(one, is_held=True) for one in BASE.layers)
    again = monthly_cost(PARTS, replace(BASE, layers=layers), Usage(), Place(), PRICES)
    assert again.formula == "1 tag x 6.00 MB"
    assert again.estimate == Decimal("0.0006")
    assert monthly_cost(PARTS, BASE, Usage(tags=0), Place(), PRICES).estimate == Decimal("0.004")


def test_growth_is_of_ones_own_layers_month_by_month() -> None:
    flat = monthly_cost(PARTS, BASE, Usage(), Place(), PRICES)
    assert flat.in_a_year == flat.estimate
    grown = monthly_cost(PARTS, BASE, Usage(growth_ratio=0.1), Place(), PRICES)
    bytes_then = 40_000_000 + round(6_000_000 * 1.1**12)
    assert grown.in_a_year == Decimal("0.10") * bytes_then / 10**9


def test_a_pull_takes_as_long_as_the_link_and_the_unpacking() -> None:
    usage = Usage(link_bytes_per_second=10e6)
    times = pull_times(PARTS, BASE, usage, Compression.GZIP, PullModel())
    assert times.download_seconds == pytest.approx(4.6)
    assert times.cold_start_seconds > times.download_seconds
    quick = replace(usage, link_bytes_per_second=125e6)
    faster = pull_times(PARTS, BASE, quick, Compression.GZIP, PullModel())
    assert faster.cold_start_seconds < times.cold_start_seconds
    zstd = pull_times(PARTS, BASE, quick, Compression.ZSTD, PullModel())
    assert zstd.cold_start_seconds < faster.cold_start_seconds
    unknown = pull_times(PARTS, replace(BASE, layers=()), usage, Compression.GZIP, PullModel())
    assert unknown.download_seconds == times.download_seconds
