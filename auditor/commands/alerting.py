"""`alerts`: what is wrong by the rules, whether channels work, and a look right now."""

from __future__ import annotations

import click

from auditor.commands.failures import ExitCode
from auditor.commands.ranking import wanted_limit
from auditor.commands.session import AuditorCommand, AuditorGroup, Format, Session, pass_session
from auditor.domain.alerts import AlertReport, AlertsPage, AlertsQuery, AlertState, MessageStatus
from auditor.reports import alert_forms, as_json
from auditor.reports.as_text.alerts import alerts_table, report_table


@click.group(
    cls=AuditorGroup,
    invoke_without_command=True,
    epilog="Example: auditor alerts --state firing",
    short_help="List what the rules of the settings warn of.",
)
@click.option(
    "--state",
    type=click.Choice([state.value for state in AlertState]),
    help="Only those that go on, or only those that are over.",
)
@click.option("--rule", default="", metavar="NAME", help="Only those of this rule.")
@click.option(
    "--limit", type=click.IntRange(min=0), help="How many rows; 0 for all. 30 in a table."
)
@click.pass_context
def alerts(context: click.Context, *, state: str | None, rule: str, limit: int | None) -> None:
    """List what the rules of the settings warn of, and warned of: what goes on comes first.

    That something is wrong is no failure of this command.
    """
    if context.invoked_subcommand is None:
        _list(state=state, rule=rule, limit=limit)


@pass_session
def _list(session: Session, *, state: str | None, rule: str, limit: int | None) -> None:
    query = AlertsQuery(
        state=AlertState(state) if state else None, rule=rule, limit=wanted_limit(session, limit)
    )
    page: AlertsPage = session.use_cases.alerts(session.settings, query)
    if session.format is Format.JSON:
        session.console.data([as_json.dump(alert_forms.alerts_document(page))])
    elif session.format is Format.CSV:
        session.console.data(alert_forms.alert_lines(page.events))
    else:
        session.console.tables([alerts_table(page)])


@alerts.command(
    "check",
    cls=AuditorCommand,
    epilog="Example: auditor alerts check --dry-run",
    short_help="Look at every rule now, and tell the channels.",
)
@click.option("--dry-run", is_flag=True, help="Say what is wrong; keep nothing and send nothing.")
@pass_session
def check(session: Session, *, dry_run: bool) -> None:
    """Look at every rule now, tell the channels what is new, and send what waits.

    Nobody is told twice, however often this runs. Exit code 3: a message could not be sent.
    """
    report: AlertReport = session.use_cases.raise_alerts(session.settings, is_dry_run=dry_run)
    if session.format is Format.JSON:
        session.console.data([as_json.dump(alert_forms.report_document(report))])
    elif session.format is Format.CSV:
        session.console.data(alert_forms.alert_lines((*report.began, *report.ended)))
    else:
        session.console.tables([report_table(report)])
    if report.failures:
        click.get_current_context().exit(ExitCode.INCOMPLETE)


@alerts.command(
    "test",
    cls=AuditorCommand,
    epilog="Example: auditor alerts test operations",
    short_help="Send a test message on a channel.",
)
@click.argument("channel", metavar="CHANNEL")
@pass_session
def send_test(session: Session, channel: str) -> None:
    """Send a test message on CHANNEL now, also in its quiet hours, and say what became of it.

    Exit code 3: it did not arrive, or nobody knows.
    """
    results = session.use_cases.test_channel(session.settings, channel)
    for recipient, status, detail in results:
        whom = recipient or channel
        is_sent = status == MessageStatus.SENT.value
        session.console.data([f"{whom}: {'sent' if is_sent else f'not sent: {detail}'}\n"])
    if any(status != MessageStatus.SENT.value for _, status, _ in results):
        click.get_current_context().exit(ExitCode.INCOMPLETE)
