"""Prices of registries, and changes of past ones, as tables, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from auditor.domain.price_terms import PricedRegistry, PriceTerms, Repricing
from auditor.reports.as_csv import csv_lines
from auditor.reports.as_json import SCHEMA_VERSION
from auditor.reports.safe_text import visible
from auditor.reports.table import Column, Cut, Table

PRICE_COLUMNS = ("registry", "since", "price", "entry", "as_of", "source", "replicas", "account")
_NONE = "No registry was crawled yet."
_RULE = (
    "A month that is over keeps the price it had when it was crawled; rows with a month say "
    "from when on. `now` is the configured price, which the running month costs."
)
_ALIKE = "Nothing changes: those months cost what they would at today's prices."
_TRIAL = "Nothing was changed yet: leave --dry-run out."
_NOW = "now"
_COLUMNS = (
    Column("registry", cut=Cut.MIDDLE, least_width=16),
    Column("since"),
    Column("price"),
    Column("source", cut=Cut.END, least_width=16, drop_order=1),
)
_CHANGES = (
    Column("registry", cut=Cut.MIDDLE, least_width=16),
    Column("since"),
    Column("before"),
    Column("after"),
)


def price_table(registries: Sequence[PricedRegistry], today: date) -> Table:
    """A row for what each registry costs now, and one for each price that was kept."""
    if not registries:
        return Table(notes=(_NONE,))
    rows = (
        (visible(one.registry), since, visible(terms.words_at(day)), _source(terms, day))
        for one in registries
        for since, day, terms in _dated(one, today)
    )
    return Table(columns=_COLUMNS, rows=tuple(rows), notes=(_RULE,))


def price_document(registries: Iterable[PricedRegistry], today: date) -> dict[str, object]:
    """Every registry with its prices; amounts are strings, `since` null for now."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "prices",
        "prices": [
            dict(zip(PRICE_COLUMNS, row, strict=True)) for row in _figures(registries, today)
        ],
    }


def price_lines(registries: Iterable[PricedRegistry], today: date) -> Iterator[str]:
    """The header and one line per registry and price."""
    return csv_lines(PRICE_COLUMNS, _figures(registries, today))


def repricing_table(changes: Sequence[Repricing], *, is_trial: bool) -> Table:
    """What months cost before and after, registry by registry."""
    if not changes:
        return Table(notes=(_ALIKE,))
    rows = (
        (
            visible(one.registry),
            one.since.name,
            visible("; then ".join(terms.words_at(day) for terms in one.before)),
            visible(one.after.words_at(day)),
        )
        for one in changes
        for day in [one.since.start.date()]
    )
    return Table(columns=_CHANGES, rows=tuple(rows), notes=(_TRIAL,) if is_trial else ())


def repricing_document(changes: Iterable[Repricing], *, is_trial: bool) -> dict[str, object]:
    """The same for machines."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "repricing",
        "is_applied": not is_trial,
        "registries": [
            {
                "registry": one.registry,
                "since": one.since.name,
                "before": [terms.words_at(day) for terms in one.before],
                "after": one.after.words_at(day),
            }
            for one in changes
            for day in [one.since.start.date()]
        ],
    }


def _dated(one: PricedRegistry, today: date) -> Iterator[tuple[str, date, PriceTerms]]:
    for kept in one.kept:
        day = kept.since.date()
        yield f"{day:%Y-%m}", day, kept.terms
    yield _NOW, today, one.terms


def _figures(
    registries: Iterable[PricedRegistry], today: date
) -> Iterator[tuple[str | int | None, ...]]:
    for one in registries:
        for since, day, terms in _dated(one, today):
            entry = terms.entry_at(day)
            yield (
                one.registry,
                None if since == _NOW else since,
                terms.words_at(day).partition(",")[0],
                entry.key,
                entry.as_of.isoformat() if entry.as_of else None,
                entry.source,
                terms.replicas,
                terms.account or None,
            )


def _source(terms: PriceTerms, day: date) -> str:
    entry = terms.entry_at(day)
    if terms.is_assumed:
        return "assumed: no price is configured"
    dated = f", {entry.as_of}" if entry.as_of else ""
    return visible(f"{entry.source}{dated}")
