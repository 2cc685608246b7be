"""`/api/v1/costs` and `/api/v1/usage`: what `auditor export` writes, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from flask import Blueprint, Response

from auditor.domain.costs import GroupBy, LedgerQuery
from auditor.domain.ledger import Allocation
from auditor.reports import cost_json
from auditor.reports.shapes.money import (
    CostsDocument,
    RegistryCostsDocument,
    TeamsDocument,
    UsageDocument,
)
from web.api.described import REGISTRY, Operation, choice, date, described, text
from web.browse_like import Site
from web.cost_query import ledger_query
from web.query import Arguments, choice_of

_LINES = 500
_PERIOD = (
    text("month", "Which month, 2026-11, in UTC; the running one without it."),
    date("at", "The month of this date up to it, instead of `month`."),
    REGISTRY,
)
_COSTS = Operation(
    "costs",
    "What each repository, team or registry cost in a month",
    (CostsDocument, TeamsDocument, RegistryCostsDocument),
    (
        *_PERIOD,
        choice("by", "A row for each.", GroupBy, GroupBy.REPOSITORY),
        choice("allocation", "How shared storage is charged; as configured.", Allocation, None),
    ),
)
_USAGE = Operation("usage", "The bytes behind the money", (UsageDocument,), _PERIOD)


def blueprint(site: Site) -> Blueprint:
    """Return the routes; rows add up to the bill, so there are no pages of them."""
    api = Blueprint("api_costs", __name__)

    @described(api, "/api/v1/costs", _COSTS)
    def costs(arguments: Arguments) -> Response:
        by = choice_of(arguments, "by", GroupBy) or GroupBy.REPOSITORY
        allocation = choice_of(arguments, "allocation", Allocation)
        query = ledger_query(site, arguments, allocation)
        return _streamed(_lines(site, query, by))

    @described(api, "/api/v1/usage", _USAGE)
    def usage(arguments: Arguments) -> Response:
        query = ledger_query(site, arguments, None)
        return _streamed(cost_json.usage_json_lines(site.ledger.usage(query), _notes(site, query)))

    return api


def _lines(site: Site, query: LedgerQuery, by: GroupBy) -> Iterator[str]:
    notes = (*_notes(site, query), *site.ledger.price_warnings(query))
    if by is GroupBy.TEAM:
        return cost_json.team_json_lines(site.ledger.team_costs(query), notes)
    if by is GroupBy.REGISTRY:
        return cost_json.registry_json_lines(site.ledger.registry_costs(query), notes)
    return cost_json.cost_json_lines(site.ledger.costs(query), notes)


def _notes(site: Site, query: LedgerQuery) -> tuple[str, ...]:
    unknown = (
        f"{name} is left out: no crawl had read it to the end before the month was over"
        for name in site.ledger.unknown_registries(query)
    )
    return (*unknown, *site.ledger.known_since(query))


def _streamed(pieces: Iterator[str]) -> Response:
    """Many lines a write; the first are made before the answer begins, so errors are answers."""
    first = "".join(islice(pieces, _LINES))
    return Response(_blocks(first, pieces), mimetype="application/json")


def _blocks(first: str, pieces: Iterator[str]) -> Iterator[str]:
    yield first
    while block := "".join(islice(pieces, _LINES)):
        yield block
