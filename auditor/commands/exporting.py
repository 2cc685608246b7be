"""`export`: costs for the finance team, and the bytes behind the money."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from auditor.commands.ranking import registry_called
from auditor.commands.session import (
    AuditorGroup,
    CostExportCommand,
    ExportCommand,
    Format,
    Session,
    pass_session,
)
from auditor.domain.costs import CostRow, GroupBy, LedgerQuery
from auditor.domain.errors import UsageError
from auditor.domain.ledger import Allocation, Period
from auditor.reports import cost_csv, cost_json
from auditor.reports.as_text import costs as cost_tables

if TYPE_CHECKING:
    from auditor.reports.focus import FocusVersion
    from auditor.usecases.ledger import Ledger

_FOCUS_VERSIONS: tuple[FocusVersion, ...] = ("1.4", "1.2")
_GROUPS = tuple(by.value for by in reversed(GroupBy))

_month_option = click.option(
    "--month", default="", metavar="YYYY-MM", help="Which month, in UTC; the running one."
)
_at_option = click.option(
    "--at", default="", metavar="DATE", help="The month of DATE up to it, instead of --month."
)
_registry_option = click.option(
    "--registry", default="", metavar="NAME", help="Only this registry."
)
_output_option = click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, not to standard output.",
)


@click.group(cls=AuditorGroup, short_help="Write costs and usage for other programs.")
def export() -> None:
    """Write what storage cost, or the bytes behind it, for spreadsheets and other programs."""


@export.command(
    "cost",
    cls=CostExportCommand,
    epilog="Example: auditor export cost --month 2026-11 --by team",
    short_help="What each repository, team or registry cost in a month.",
)
@_month_option
@_at_option
@_registry_option
@click.option(
    "--by",
    type=click.Choice(_GROUPS),
    default=_GROUPS[0],
    show_default=True,
    help="A row for each.",
)
@click.option(
    "--allocation",
    type=click.Choice([method.value for method in Allocation]),
    help="How shared storage is charged; as configured, else fair_share.",
)
@click.option("--totals", is_flag=True, help="End with a row of totals (CSV).")
@click.option("--focus", is_flag=True, help="Write FOCUS, as CSV.")
@click.option(
    "--focus-version",
    type=click.Choice(_FOCUS_VERSIONS),
    default=_FOCUS_VERSIONS[0],
    show_default=True,
    help="Which version of FOCUS.",
)
@_output_option
@pass_session
def export_cost(  # noqa: PLR0913 - one parameter an option
    session: Session,
    *,
    month: str,
    at: str,
    registry: str,
    by: str,
    allocation: str | None,
    totals: bool,
    focus: bool,
    focus_version: FocusVersion,
    output: Path | None,
) -> None:
    """Write what storage cost in a month: one row per repository, team or registry.

    Rows add up to the bill, to the last digit. The running month goes until now. CSV
    unless asked otherwise; docs/reference/exports.md explains every column.
    """
    ledger, query = _asked(session, month, at, registry, allocation)
    form = session.format if session.is_format_asked else Format.CSV
    _check_form(form, by=by, focus=focus, totals=totals)
    rows = ledger.costs(query)
    if form is Format.PARQUET:
        _write_parquet(rows, output)
    elif focus:
        from auditor.reports.focus import focus_lines

        _write(session, focus_lines(rows, focus_version, generated=ledger.clock()), output)
    else:
        _write_costs(session, form, by, rows, totals=totals, output=output)
    _tell_unknown(session, ledger, query)
    for sentence in ledger.price_warnings(query):
        session.console.warn(sentence)


@export.command(
    "usage",
    cls=ExportCommand,
    epilog="Example: auditor export usage --month 2026-11",
    short_help="The bytes behind the money.",
)
@_month_option
@_at_option
@_registry_option
@_output_option
@pass_session
def export_usage(
    session: Session, *, month: str, at: str, registry: str, output: Path | None
) -> None:
    """Write the byte-hours of every repository in a month, as CSV."""
    ledger, query = _asked(session, month, at, registry, None)
    if session.is_format_asked and session.format is not Format.CSV:
        raise UsageError("usage is written as CSV only", next_step="leave --format out")
    _write(session, cost_csv.usage_lines(ledger.usage(query)), output)
    _tell_unknown(session, ledger, query)


def _asked(
    session: Session, month: str, at: str, registry: str, allocation: str | None
) -> tuple[Ledger, LedgerQuery]:
    if month and at:
        raise UsageError("--month and --at are two questions", next_step="leave one of them out")
    moment = session.use_cases.moment(at)
    ledger = session.use_cases.open_ledger(session.settings)
    query = LedgerQuery(
        Period.month_of(moment) if moment else ledger.month(month),
        registry_called(session, registry),
        Allocation(allocation) if allocation else None,
        # A date is its last moment, and that one counts.
        moment + timedelta(microseconds=1) if moment else None,
    )
    return ledger, query


def _check_form(form: Format, *, by: str, focus: bool, totals: bool) -> None:
    if (focus or form is Format.PARQUET) and by != _GROUPS[0]:
        raise UsageError(
            f"FOCUS and Parquet have a row per repository, not per {by}",
            next_step="leave --by out",
        )
    if focus and form is not Format.CSV:
        raise UsageError("FOCUS is written as CSV", next_step="leave --format out")
    if totals and (focus or form is not Format.CSV or by != _GROUPS[0]):
        raise UsageError("--totals is for the CSV of repositories", next_step="leave --totals out")


def _write_costs(
    session: Session,
    form: Format,
    by: str,
    rows: Iterator[CostRow],
    *,
    totals: bool,
    output: Path | None,
) -> None:
    from auditor.ledger.grouping import by_registry, by_team

    if form is Format.TABLE:
        table = {
            "repository": lambda: cost_tables.cost_table(rows),
            "team": lambda: cost_tables.team_table(by_team(rows)),
            "registry": lambda: cost_tables.registry_table(by_registry(rows)),
        }[by]()
        if output:
            raise UsageError("a table is for reading", next_step="use --format csv with --output")
        session.console.tables([table])
        return
    lines = _lines(form, by, rows, totals=totals)
    _write(session, lines, output)


def _lines(form: Format, by: str, rows: Iterator[CostRow], *, totals: bool) -> Iterable[str]:
    from auditor.ledger.grouping import by_registry, by_team

    is_json = form is Format.JSON
    if by == "team":
        teams = by_team(rows)
        return cost_json.team_json_lines(teams) if is_json else cost_csv.team_lines(teams)
    if by == "registry":
        registries = by_registry(rows)
        if is_json:
            return cost_json.registry_json_lines(registries)
        return cost_csv.registry_lines(registries)
    if is_json:
        return cost_json.cost_json_lines(rows)
    return cost_csv.cost_lines(rows, totals_row=totals)


def _write(session: Session, lines: Iterable[str], output: Path | None) -> None:
    if output is None:
        session.console.data(lines)
        return
    with _file(output) as stream:
        stream.writelines(line.encode() for line in lines)


def _write_parquet(rows: Iterator[CostRow], output: Path | None) -> None:
    from auditor.reports.cost_parquet import write_cost_parquet

    if output is not None:
        with _file(output) as stream:
            write_cost_parquet(rows, stream)
        return
    if sys.stdout.isatty():
        raise UsageError("Parquet is no text", next_step="name a file with --output")
    write_cost_parquet(rows, sys.stdout.buffer)


@contextmanager
def _file(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("wb") as stream:
            yield stream
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", next_step="name another with --output"
        ) from error


def _tell_unknown(session: Session, ledger: Ledger, query: LedgerQuery) -> None:
    for name in ledger.unknown_registries(query):
        session.console.note(
            f"{name} is left out: no crawl had read it to the end before the month was over"
        )
    for sentence in ledger.known_since(query):
        session.console.note(sentence)
