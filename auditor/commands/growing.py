"""`anomalies`: what grew as it never does."""

from __future__ import annotations

import click

from auditor.commands.ranking import registry_called, wanted_limit
from auditor.commands.session import AuditorCommand, Format, Session, pass_session
from auditor.domain.outlook import USUAL_GROWTH_DAYS, GrowthQuery
from auditor.reports import anomaly_forms, as_json
from auditor.reports.as_text.anomalies import anomaly_table


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor anomalies --days 7",
    short_help="List growth out of the ordinary.",
)
@click.option("--registry", default="", metavar="NAME", help="Only this registry.")
@click.option("--team", default="", metavar="TEAM", help="Only this team's; 'unowned' is nobody's.")
@click.option(
    "--days",
    default=USUAL_GROWTH_DAYS,
    show_default=True,
    metavar="N",
    help="How many days to judge.",
)
@click.option(
    "--limit", type=click.IntRange(min=0), help="How many rows; 0 for all. 30 in a table."
)
@pass_session
def anomalies(session: Session, *, registry: str, team: str, days: int, limit: int | None) -> None:
    """List days on which a repository or a whole registry grew out of the ordinary, and why.

    The latest day first; days are those of UTC, today so far. An anomaly is no failure.
    """
    name = registry_called(session, registry) if registry else ""
    query = GrowthQuery(name, team, days, wanted_limit(session, limit))
    report = session.use_cases.anomalies(session.settings, query)
    if session.format is Format.JSON:
        session.console.data([as_json.dump(anomaly_forms.anomaly_document(report))])
    elif session.format is Format.CSV:
        session.console.data(anomaly_forms.anomaly_lines(report))
    else:
        session.console.tables([anomaly_table(report)])
