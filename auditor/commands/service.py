"""`serve` and `demo`: the dashboard."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.commands.crawling import tell
from auditor.commands.failures import exit_code_of
from auditor.commands.listening import is_loopback
from auditor.commands.progress import crawl_progress
from auditor.commands.ranking import print_ranking, wanted_limit
from auditor.commands.session import AuditorCommand, Session, pass_session
from auditor.domain.views import RankQuery

_DEMO_FOLDER = Path(".demo")
_DEMO_HOST = "127.0.0.1"
MOST_PROCESSES = 64
_port_type = click.IntRange(min=0, max=65535)


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor serve --port 8080",
    short_help="Serve the dashboard.",
)
@click.option("--host", default="", metavar="ADDRESS", help="Listen here; 127.0.0.1 by default.")
@click.option("--port", type=_port_type, help="Listen on this port; 0 for any free one.")
@click.option("--no-schedule", is_flag=True, help="Only serve; do nothing by itself.")
@click.option(
    "--workers",
    type=click.IntRange(min=1, max=MOST_PROCESSES),
    metavar="N",
    help="Serve with N processes, by gunicorn; 1 by default.",
)
@pass_session
def serve(
    session: Session, host: str, port: int | None, workers: int | None, *, no_schedule: bool
) -> None:
    """Serve the dashboard and the JSON API until Ctrl-C, and do what is due (`auditor schedules`).

    On PostgreSQL, and with several processes, it only serves: `auditor scheduler` and
    `auditor worker` do the rest.

    There is no sign-in yet: everybody who reaches the address can read everything.
    """
    web = session.settings.web
    port = web.port if port is None else port
    workers = workers or web.workers
    _serve(session, host or web.host, port, workers, with_schedule=not no_schedule)


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor demo --history --port 8080",
    short_help="Crawl and serve a sample registry.",
)
@click.option("--history", is_flag=True, help="Replay months of pushes, so that there is a past.")
@click.option("--no-serve", is_flag=True, help="End after the ranking.")
@click.option("--port", type=_port_type, help="Serve the dashboard on this port.")
@pass_session
def demo(session: Session, *, history: bool, no_serve: bool, port: int | None) -> None:
    """Start a sample registry on loopback, crawl it, print its ranking, serve the dashboard.

    Its database is .demo/auditor.db in the current folder; nothing leaves this machine.
    """
    port = session.settings.web.port if port is None else port
    with crawl_progress(session.console) as listener:
        result = session.use_cases.prepare_demo(_DEMO_FOLDER, listener, history=history)
    tell(session.console, result.report)
    session.console.note(f"The sample is made of facts from {result.attribution}.")
    session.override("database_url", result.database_url)
    print_ranking(session, RankQuery(limit=wanted_limit(session, None)))
    if no_serve:
        click.get_current_context().exit(exit_code_of(result.report))
    _serve(session, _DEMO_HOST, port)


def _serve(
    session: Session, host: str, port: int, workers: int = 1, *, with_schedule: bool = False
) -> None:
    if not is_loopback(host):
        session.console.warn(
            f"{host} can be reached from other machines and there is no sign-in yet: "
            "everybody who reaches it can read everything"
        )
    try:
        session.use_cases.serve(
            session.settings,
            host,
            port,
            session.console.announce,
            workers=workers,
            with_schedule=with_schedule and workers == 1,
        )
    except KeyboardInterrupt:
        session.console.note("stopped")
