"""`crawls`: whether the figures can be trusted."""

from __future__ import annotations

import click

from auditor.commands.ranking import registry_called
from auditor.commands.session import AuditorCommand, Format, Session, pass_session
from auditor.reports import as_json, crawl_forms
from auditor.reports.as_text.crawls import crawls_table, statuses_table


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor crawls --registry registry.example.com",
    short_help="How crawls went, and what they could not read.",
)
@click.option("--registry", default="", metavar="NAME", help="The crawls of this registry.")
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=1000),
    default=10,
    show_default=True,
    metavar="N",
    help="How many crawls of each registry.",
)
@pass_session
def crawls(session: Session, *, registry: str, limit: int) -> None:
    """Show when each registry was read to the end, and what its last crawl could not read.

    A crawl that failed is no failure of this command.
    """
    name = registry_called(session, registry) if registry else ""
    statuses = session.use_cases.crawl_statuses(session.settings, name, limit)
    if session.format is Format.JSON:
        session.console.data([as_json.dump(crawl_forms.crawls_status_document(statuses))])
    elif session.format is Format.CSV:
        session.console.data(crawl_forms.crawl_lines(statuses))
    elif name:
        session.console.tables([crawls_table(one) for one in statuses])
    else:
        session.console.tables([statuses_table(statuses)])
