"""`budgets`: what may be spent against what is."""

from __future__ import annotations

import click

from auditor.commands.session import AuditorCommand, Format, Session, pass_session
from auditor.reports import as_json, budget_forms
from auditor.reports.as_text.budgets import budget_table


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor budgets --format json",
    short_help="Compare what teams spend with their budgets.",
)
@pass_session
def budgets(session: Session) -> None:
    """Compare the running month with every budget of the settings, and say what to expect.

    Being over a budget is no failure.
    """
    report = session.use_cases.budgets(session.settings)
    if session.format is Format.JSON:
        session.console.data([as_json.dump(budget_forms.budget_document(report))])
    elif session.format is Format.CSV:
        session.console.data(budget_forms.budget_lines(report))
    else:
        session.console.tables([budget_table(report)])
