"""The first page of every ranking, as the dashboard and the command line ask for it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal

from auditor.domain.units import Price
from auditor.domain.views import RankBy, RankQuery
from auditor.store.engine import Database
from auditor.usecases.browse import Browse
from auditor.usecases.prices import Prices
from benchmarks.ledger_rows import REGISTRIES

ROWS = 50
_TRIES = 3
_LARGEST = REGISTRIES[0][0]
_ONE_PRICE = Prices(for_all=Price(Decimal("0.023"), "USD"))
_OWN_PRICES = Prices(
    {name: Price(Decimal(cents) / 100, "USD") for cents, (name, _) in enumerate(REGISTRIES, 2)}
)
KINDS = ("largest first", "smallest first", "one registry", "prices differ")
PAGES: Mapping[tuple[str, str], tuple[Prices, RankQuery]] = {
    (by.value, kind): (prices, query)
    for by in RankBy
    for kind, prices, query in (
        (KINDS[0], _ONE_PRICE, RankQuery(by=by, limit=ROWS)),
        (KINDS[1], _ONE_PRICE, RankQuery(by=by, limit=ROWS, ascending=True)),
        (KINDS[2], _ONE_PRICE, RankQuery(by=by, limit=ROWS, registry=_LARGEST)),
        (KINDS[3], _OWN_PRICES, RankQuery(by=by, limit=ROWS)),
    )
}


def page_milliseconds(database: Database) -> dict[tuple[str, str], float]:
    """Wall time of each page, the least of three. Raises RuntimeError if one is empty."""
    return {
        page: min(_milliseconds(Browse(database, prices), query) for _ in range(_TRIES))
        for page, (prices, query) in PAGES.items()
    }


def _milliseconds(browse: Browse, query: RankQuery) -> float:
    started = time.perf_counter()
    ranking = browse.rank(query)
    taken = (time.perf_counter() - started) * 1000
    if not ranking.rows:
        raise RuntimeError(f"the ranking by {query.by} is empty")
    return taken
