"""`history`: how much of the past is kept."""

from __future__ import annotations

import click

from auditor.commands.failures import ExitCode
from auditor.commands.ranking import registry_called
from auditor.commands.session import AuditorCommand, AuditorGroup, Format, Session, pass_session
from auditor.domain.errors import UsageError
from auditor.reports import as_json, pruning_forms
from auditor.reports.as_text.pruning import pruning_table

_MOST_MONTHS = 1200


@click.group(cls=AuditorGroup, short_help="Remove old history.")
def history() -> None:
    """Decide how much of the past is kept."""


@history.command(
    "prune",
    cls=AuditorCommand,
    epilog="Example: auditor history prune --keep-months 24 --dry-run",
    short_help="Remove history that is older than so many months.",
)
@click.option(
    "--keep-months",
    type=click.IntRange(1, _MOST_MONTHS),
    metavar="N",
    help="Keep the running month and N before it; history.keep_months unless given.",
)
@click.option("--registry", default="", metavar="NAME", help="Only of this registry.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--compact", is_flag=True, help="Then give the space back to the disk (SQLite).")
@pass_session
def prune(
    session: Session, *, keep_months: int | None, registry: str, dry_run: bool, compact: bool
) -> None:
    """Remove what only tells of a time before the last N months.

    Totals of every later date stay as they are, and so does what every month cost. What was
    removed does not come back. It can be interrupted, and run beside a crawl.
    """
    months = keep_months or session.settings.history.keep_months
    if months is None:
        raise UsageError(
            "nothing says how much history is to be kept",
            next_step="give --keep-months N, or set history.keep_months",
        )
    if dry_run and compact:
        raise UsageError("a dry run has nothing to compact", next_step="leave one out")
    name = registry_called(session, registry) if registry else ""
    found = session.use_cases.prune(
        session.settings, months, registry=name, is_dry_run=dry_run, compacts=compact
    )
    if session.format is Format.JSON:
        session.console.data([as_json.dump(pruning_forms.pruning_document(found))])
    elif session.format is Format.CSV:
        session.console.data(pruning_forms.pruning_lines(found))
    else:
        session.console.tables([pruning_table(found)])
    if not found.is_finished:
        click.get_current_context().exit(ExitCode.INCOMPLETE)
