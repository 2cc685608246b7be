"""`schedules`, `scheduler` and `worker`: what is done by itself."""

from __future__ import annotations

import click

from auditor.commands.session import AuditorCommand, AuditorGroup, Format, Session, pass_session
from auditor.reports import as_json, schedule_forms
from auditor.reports.as_text.schedules import requested_line, schedule_tables

_RUNS_IN_JSON = 20


@click.group(
    cls=AuditorGroup,
    invoke_without_command=True,
    epilog="Example: auditor schedules run crawl --registry production",
    short_help="Show what is done by itself, and when.",
)
@click.pass_context
def schedules(context: click.Context) -> None:
    """Show each schedule with its next three times and how the last runs went.

    Times are in the schedule's own zone and in UTC. When is said under [schedules.KIND].
    """
    if context.invoked_subcommand is None:
        _list()


@pass_session
def _list(session: Session) -> None:
    found = session.use_cases.open_schedules(session.settings)
    if session.format is Format.TABLE:
        session.console.tables(schedule_tables(found.views()))
        return
    views = found.views(last_runs=_RUNS_IN_JSON)
    if session.format is Format.JSON:
        session.console.data([as_json.dump(schedule_forms.schedules_document(views))])
    else:
        session.console.data(schedule_forms.schedule_lines(views))


@schedules.command("run", epilog="Example: auditor schedules run analysis")
@click.argument("kind", metavar="KIND")
@click.option("--registry", default="", metavar="NAME", help="Crawl only this one.")
@pass_session
def run_now(session: Session, kind: str, registry: str) -> None:
    """Ask for a run of this KIND now.

    The service carries it out: `auditor serve`, or `auditor scheduler` and `auditor worker`.
    """
    found = session.use_cases.open_schedules(session.settings)
    for requested in found.request(kind, registry):
        session.console.note(requested_line(requested))


@schedules.command("pause", epilog="Example: auditor schedules pause crawl")
@click.argument("kind", metavar="KIND")
@pass_session
def pause(session: Session, kind: str) -> None:
    """Let nothing of this KIND become due, until it is resumed."""
    session.use_cases.open_schedules(session.settings).pause(kind)
    session.console.note(f"{kind} is paused; `auditor schedules resume {kind}` lets it go on")


@schedules.command("resume", epilog="Example: auditor schedules resume crawl")
@click.argument("kind", metavar="KIND")
@pass_session
def resume(session: Session, kind: str) -> None:
    """Let this KIND go on; what would have been due meanwhile is left out."""
    session.use_cases.open_schedules(session.settings).resume(kind)
    session.console.note(f"{kind} goes on")


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor scheduler --database postgresql://auditor@db/auditor",
    short_help="Make runs due; for a service of several machines.",
)
@pass_session
def scheduler(session: Session) -> None:
    """Look every few seconds for what is due, and give it to the workers.

    Two of them do no harm: each due time gets one run.
    """
    session.use_cases.run_scheduler(session.settings, session.console.note)


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor worker --concurrency 4",
    short_help="Carry out runs; on any number of machines.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1, max=64),
    help="So many runs at once; service.concurrency by default.",
)
@pass_session
def worker(session: Session, concurrency: int | None) -> None:
    """Carry out the runs that the scheduler makes due, until Ctrl-C or SIGTERM.

    A run at work then is left in good order, and another worker goes on with it.
    """
    wanted = concurrency or session.settings.service.concurrency
    session.use_cases.run_worker(session.settings, wanted, session.console.note)
