"""`/costs`: who pays what in a month, each way of splitting beside the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from auditor.domain.costs import ComparedCost, CostRow, CostTotals, GroupBy, LedgerQuery, exact_sum
from auditor.domain.errors import UsageError
from auditor.domain.ledger import Allocation, Period
from auditor.domain.owners import UNOWNED_LABEL
from auditor.reports.cost_csv import cost_lines
from web.banners import banners_for
from web.browse_like import Site
from web.query import PAGE_ROWS, page_number, text
from web.remembered import Remembered, state_of

_CSV_LINES = 500
_DAY = timedelta(days=1)
WORDS = {
    Allocation.FAIR_SHARE: ("Fair share", "Shared blobs split equally among their users"),
    Allocation.EXCLUSIVE: (
        "Exclusive",
        "By what is only theirs; what is shared is a row of its own",
    ),
    Allocation.LOGICAL: ("Logical", "By what each would take if nothing was shared"),
}

_Compared = tuple[ComparedCost, ...]


def blueprint(site: Site) -> Blueprint:
    """Return the routes of the cost table and of its CSV."""
    pages = Blueprint("costs", __name__)
    remembered: Remembered[_Compared] = Remembered()

    @pages.get("/costs")
    def page() -> str:
        query, by, number = _query(site), _by(), page_number(request.args)
        team = _team(by)
        state = state_of(site.browse, site.now(), query.period.end)
        everything = remembered.get((query, by, state), lambda: site.ledger.compare(query, by))
        compared = tuple(row for row in everything if _is_of(team, row.team))
        crawls = site.browse.registries()
        start = (number - 1) * PAGE_ROWS
        return render_template(
            "costs.html",
            rows=compared[start : start + PAGE_ROWS],
            offset=start,
            count=len(compared),
            sums=sums(compared),
            by=by,
            team=team,
            groups=tuple(GroupBy),
            ways=WORDS,
            query=query,
            registries=tuple(crawl.registry for crawl in crawls),
            unknown=site.ledger.unknown_registries(query),
            known_since=site.ledger.known_since(query),
            price_warnings=site.ledger.price_warnings(query),
            running=query.period.end > site.now(),
            months=months(site.now()),
            page=number,
            last_page=max(1, -(-len(compared) // PAGE_ROWS)),
            address=lambda **changes: _address("costs.page", query, by, {"team": team} | changes),
            csv_address=_address("costs.csv", query, by, {"team": team}),
            banners=banners_for(crawls, now=site.now()),
        )

    @pages.get("/costs.csv")
    def csv() -> Response:
        query, team = _query(site), text(request.args, "team")
        rows = (row for row in site.ledger.costs(query) if _is_of(team, row.team))
        return _csv_response(rows, f"costs-{query.period.name}.csv")

    return pages


def _query(site: Site) -> LedgerQuery:
    return LedgerQuery(
        site.ledger.month(text(request.args, "month")), text(request.args, "registry")
    )


def _by() -> GroupBy:
    value = request.args.get("by") or GroupBy.TEAM.value
    try:
        return GroupBy(value)
    except ValueError:
        allowed = ", ".join(by.value for by in GroupBy)
        raise UsageError(f"cannot group by {value[:80]!r}", next_step=f"by is {allowed}.") from None


def _team(by: GroupBy) -> str:
    """Whose costs alone are shown, "" for everybody's, "unowned" for nobody's."""
    team = text(request.args, "team")
    if team and by is GroupBy.REGISTRY:
        raise UsageError(
            "a registry's row has the costs of all teams",
            next_step="Group by repository or team, or leave out team=.",
        )
    return team


def _is_of(wanted: str, team: str) -> bool:
    return wanted in ("", team or UNOWNED_LABEL)


def _address(endpoint: str, query: LedgerQuery, by: GroupBy, changes: dict[str, Any]) -> str:
    parts = {"month": query.period.name, "by": by.value, "registry": query.registry}
    return url_for(endpoint, **{name: value or None for name, value in (parts | changes).items()})


def months(now: datetime, count: int = 13) -> tuple[str, ...]:
    """The running month and those before it, as 2026-11."""
    found = [Period.month_of(now)]
    while len(found) < count:
        found.append(Period.month_of(found[-1].start - _DAY))
    return tuple(period.name for period in found)


@dataclass(frozen=True, slots=True)
class CurrencySum:
    """What all rows of one currency cost together, each way."""

    currency: str
    costs: tuple[tuple[Allocation, Decimal], ...]
    totals: CostTotals | None


def sums(compared: Iterable[ComparedCost]) -> tuple[CurrencySum, ...]:
    """One per currency: currencies are never added to each other."""
    by_currency: dict[str, list[ComparedCost]] = {}
    for one in compared:
        by_currency.setdefault(one.currency, []).append(one)
    return tuple(_sum(currency, rows) for currency, rows in sorted(by_currency.items()))


def _sum(currency: str, rows: list[ComparedCost]) -> CurrencySum:
    costs = [dict(row.costs) for row in rows]
    known = [row.totals for row in rows if row.totals is not None]
    totals = known[0] if known else None
    for one in known[1:]:
        totals = totals + one if totals is not None else one
    ways = tuple((way, exact_sum(*(cost[way] for cost in costs))) for way in Allocation)
    return CurrencySum(currency, ways, totals)


def _csv_response(rows: Iterator[CostRow], name: str) -> Response:
    # The first row is read before the answer begins, so that a database that cannot be
    # read is an error page and not a file that ends early.
    first = tuple(islice(rows, 1))
    lines = cost_lines(chain(first, rows), totals_row=False)
    response = Response(_blocks(iter(lines)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _blocks(lines: Iterator[str]) -> Iterator[str]:
    while block := "".join(islice(lines, _CSV_LINES)):
        yield block
