"""Prices of months that are over: kept by crawls, changed only when somebody says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.domain.costs import LedgerQuery
from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.units import Price
from auditor.domain.views import RankBy, RankQuery
from auditor.settings import load_settings
from auditor.usecases.ledger import Ledger
from auditor.usecases.price_history import PriceHistory, open_price_history
from auditor.usecases.prices import Prices
from tests.fakes.contents import Contents, layer
from tests.usecases.bench import REGISTRY, Bench, target
from tests.usecases.test_ledger import APRIL, MARCH, at

D = Decimal
CHEAP = Prices(for_all=Price(D("0.10"), "USD", source="configured"))
DEAR = Prices(for_all=Price(D("0.50"), "USD", source="configured"))


def crawl(bench: Bench, prices: Prices, *days: float) -> None:
    contents = Contents()
    contents.tag("a", "v1", contents.image("one", layer(10**10, "one")))
    for day in days:
        terms = prices.terms(REGISTRY)
        bench.crawl(contents, replace(target(), terms=terms), at=at(day))


def history(bench: Bench, prices: Prices) -> PriceHistory:
    return PriceHistory(bench.database, prices, clock=lambda: APRIL.end)


def march(bench: Bench, prices: Prices) -> Decimal:
    ledger = Ledger(bench.database, prices, clock=lambda: APRIL.end)
    (row,) = ledger.costs(LedgerQuery(MARCH))
    return row.cost


@pytest.fixture
def dearer(either_bench: Bench) -> Bench:
    """A registry whose price rose in April, and whose settings know only the new one."""
    crawl(either_bench, CHEAP, -1, 7, 15, 23)
    crawl(either_bench, DEAR, 31.5, 40)
    return either_bench


def test_a_price_that_rises_leaves_the_past_as_it_was(dearer: Bench) -> None:
    ledger = Ledger(dearer.database, DEAR, clock=lambda: APRIL.end)
    assert march(dearer, DEAR) == D("1.0000")
    (row,) = ledger.costs(LedgerQuery(APRIL))
    assert row.cost == D("5.0000")
    (said,) = ledger.price_warnings(LedgerQuery(MARCH))
    assert "charged as it was then, 0.10 USD per GB-month" in said
    assert ledger.price_warnings(LedgerQuery(APRIL)) == ()


def test_a_ranking_of_the_past_has_the_price_of_the_past(dearer: Bench) -> None:
    browse = dearer.browse(prices=DEAR)
    for moment, amount in ((None, "5.00"), (at(20), "1.00")):
        query = RankQuery(by=RankBy.COST, at=moment)
        ranking = browse.rank(query)
        assert round(ranking.rows[0].monthly_cost or D(0), 2) == D(amount)
        assert [row.monthly_cost for row in browse.iterate_rank(query)] == [
            row.monthly_cost for row in ranking.rows
        ]
        assert ranking.price_notes[0].startswith(f"{D(amount) / 10:.2f} USD")
        view = browse.repository(REGISTRY, "a", at=moment)
        assert view.row.monthly_cost == ranking.rows[0].monthly_cost
        assert view.price_notes == ranking.price_notes


def test_past_months_are_charged_anew_only_when_somebody_says_so(dearer: Bench) -> None:
    prices = history(dearer, DEAR)
    (told,) = prices.apply("2026-03", is_trial=True)
    assert (told.registry, told.since) == (REGISTRY, MARCH)
    assert [terms.words_at(date(2026, 3, 1)) for terms in told.before] == [
        "0.10 USD per GB-month, configured",
        "0.50 USD per GB-month, configured",
    ]
    assert march(dearer, DEAR) == D("1.0000")
    assert prices.apply("2026-03", REGISTRY, is_trial=False) == (told,)
    assert march(dearer, DEAR) == D("5.0000")
    assert prices.apply("2026-03", is_trial=False) == ()
    assert prices.apply("2026-04", is_trial=False) == ()


def test_what_was_kept_is_shown_beside_what_counts_now(dearer: Bench) -> None:
    (one,) = history(dearer, CHEAP).registries()
    assert (one.registry, one.terms) == (REGISTRY, CHEAP.terms(REGISTRY))
    assert [kept.since for kept in one.kept] == [MARCH.start - timedelta(days=28), APRIL.start]


def test_a_month_to_come_and_an_unknown_registry_are_refused(dearer: Bench) -> None:
    prices = history(dearer, DEAR)
    with pytest.raises(UsageError, match="2026-06 has not come yet"):
        prices.apply("2026-06", is_trial=True)
    with pytest.raises(UnknownReferenceError, match=r"other\.example was never crawled"):
        prices.apply("2026-03", "other.example", is_trial=True)


def test_without_a_price_kept_there_is_nothing_to_change(either_bench: Bench) -> None:
    either_bench.crawl(Contents(), at=at(1))
    assert history(either_bench, DEAR).apply("2026-03", is_trial=False) == ()


def test_the_configured_database_is_opened(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'auditor.db'}"
    loaded = load_settings(
        config_file=None,
        environment={"XDG_CONFIG_HOME": str(tmp_path)},
        overrides={"database_url": url},
    )
    opened = open_price_history(loaded.settings)
    assert opened.registries() == ()
    opened.database.dispose()
