"""`changes`: why stored bytes are not what they were."""

from __future__ import annotations

import click

from auditor.commands.ranking import registry_called
from auditor.commands.session import AuditorCommand, Format, Session, pass_session
from auditor.domain.change import ExplainedChange
from auditor.domain.errors import UsageError
from auditor.reports import as_csv, as_json
from auditor.reports.as_text.change import change_tables


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor changes team/app --from 2026-10-31 --to 2026-11-30",
    short_help="Explain what changed between two dates.",
)
@click.argument("repository", metavar="[REPOSITORY]", default="")
@click.option("--registry", default="", metavar="NAME", help="A whole registry.")
@click.option("--team", default="", metavar="TEAM", help="A team's; 'unowned' is nobody's.")
@click.option(
    "--from",
    "start",
    required=True,
    metavar="DATE",
    help="As it was then: 2026-10-31, the end of that day, or 2026-10-31T14:30Z.",
)
@click.option("--to", "end", default="", metavar="DATE", help="Until then; now unless given.")
@pass_session
def changes(
    session: Session, *, repository: str, registry: str, team: str, start: str, end: str
) -> None:
    """Explain how stored bytes changed between two dates, in parts that add up.

    Of REPOSITORY, of a team (its fair share, in all registries or in one), or of a registry:
    the one named, or the only one there is. What moved and moved back in between does not
    count.
    """
    _check_question(repository, registry, team)
    since, until = session.use_cases.moment(start), session.use_cases.moment(end)
    if since is None:
        raise UsageError("--from is empty", next_step="write a date as 2026-11-25")
    where = registry_called(session, registry) if registry else ""
    if team:
        found = session.use_cases.team_changes(
            session.settings, team, where, start=since, end=until
        )
        _print_change(session, found)
        return
    browse = session.use_cases.open_browse(session.settings)
    if repository:
        reference = browse.resolve(repository)
        if reference.tag or reference.digest:
            raise UsageError(
                f"{repository} is an image, and an image never changes",
                next_step=f"ask for {reference.repository}",
            )
        where, repository = reference.registry, reference.repository
    _print_change(session, browse.changes(where, repository, start=since, end=until))


def _check_question(repository: str, registry: str, team: str) -> None:
    if repository and team:
        raise UsageError(
            "a repository and a team are two questions", next_step="leave one of them out"
        )
    if repository and registry:
        raise UsageError(
            "a repository and a registry are two questions",
            next_step="write the registry in front of the repository: NAME/REPOSITORY",
        )


def _print_change(session: Session, change: ExplainedChange) -> None:
    if session.format is Format.JSON:
        session.console.data([as_json.dump(as_json.change_document(change))])
    elif session.format is Format.CSV:
        session.console.data(as_csv.change_lines(change))
    else:
        session.console.tables(change_tables(change))
