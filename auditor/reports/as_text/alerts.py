"""Alerts as tables: what goes on, what is over, and what one look at the rules did."""

from __future__ import annotations

from auditor.domain.alerts import AlertEvent, AlertReport, AlertsPage
from auditor.reports.safe_text import visible
from auditor.reports.table import Column, Cut, Table

NO_RULE = "No alert is set: write a table [alerts.NAME] with a kind, a limit and channels."
_QUIET = "Nothing is wrong by the rules that are set."
_COLUMNS = (
    Column("state"),
    Column("since (UTC)"),
    Column("rule", drop_order=2),
    Column("what", cut=Cut.END, least_width=30),
    Column("team", drop_order=1),
)


def alerts_table(page: AlertsPage) -> Table:
    """One row per event, those that go on first, and a note per channel in trouble."""
    notes = [
        f"{visible(one.channel)}: {visible(one.trouble)}" for one in page.channels if one.trouble
    ]
    left = page.matches - len(page.events)
    if left > 0:
        notes.insert(0, f"{left:,} more; --limit 0 shows all.")
    if not page.events:
        return Table(notes=(NO_RULE if not page.rules else _QUIET, *notes))
    return Table(columns=_COLUMNS, rows=tuple(map(_row, page.events)), notes=tuple(notes))


def report_table(report: AlertReport) -> Table:
    """What began and what is over, then what was sent."""
    events = (*report.began, *report.ended)
    notes = [f"{report.firing:,} going on, {len(report.began):,} new, {len(report.ended):,} over."]
    if report.is_dry_run:
        notes.append("Nothing was kept and nothing sent.")
    elif report.sent or report.failures:
        notes.append(f"{report.sent:,} sent, {report.later:,} to be tried again.")
    notes += map(visible, report.failures)
    return Table(
        columns=_COLUMNS if events else (), rows=tuple(map(_row, events)), notes=tuple(notes)
    )


def _row(event: AlertEvent) -> tuple[str, ...]:
    since = event.resolved_at or event.first_at
    return (
        event.state.value,
        f"{since:%Y-%m-%d %H:%M}",
        visible(event.alert.rule),
        visible(event.alert.summary),
        visible(event.alert.team),
    )
