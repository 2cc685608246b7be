"""`findings`: what to change, and what that would save."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from auditor.commands.ranking import registry_called, wanted_limit
from auditor.commands.session import FindingsCommand, Format, Session, pass_session
from auditor.commands.version import program_version
from auditor.domain.finding_views import FindingsBy, FindingsQuery
from auditor.domain.findings import Confidence
from auditor.domain.units import parse_bytes
from auditor.reports import as_json, finding_forms
from auditor.reports.as_text.findings import finding_table
from auditor.reports.finding_words import NOT_ANALYSED_YET
from auditor.reports.phrases import count_text
from auditor.reports.sarif import sarif_document

if TYPE_CHECKING:
    from auditor.usecases.browse import Browse


class _Flags(TypedDict):
    by: str
    rule: str
    team: str
    registry: str
    repository: str
    match: str
    min_saving: str
    confidence: str
    limit: int | None


@click.command(
    cls=FindingsCommand,
    epilog="Example: auditor findings --team Payments --min-saving 10MB",
    short_help="List what to fix, biggest saving first.",
)
@click.option(
    "--by",
    type=click.Choice([by.value for by in FindingsBy]),
    default=FindingsBy.PRIORITY.value,
    show_default=True,
    help="What to sort by.",
)
@click.option("--rule", default="", metavar="RULE", help="Only rules that begin so, such as apt.")
@click.option("--team", default="", metavar="TEAM", help="Only this team's; 'unowned' is nobody's.")
@click.option("--registry", default="", metavar="NAME", help="Only this registry.")
@click.option("--repository", default="", metavar="NAME", help="Only the repository of this name.")
@click.option("--match", default="", metavar="TEXT", help="Only names that contain TEXT.")
@click.option(
    "--min-saving", default="0", metavar="SIZE", help="Only what saves that much, such as 10MB."
)
@click.option(
    "--confidence",
    type=click.Choice([confidence.value for confidence in reversed(Confidence)]),
    default=Confidence.LOW.value,
    show_default=True,
    help="Only what is at least that sure.",
)
@click.option(
    "--limit", type=click.IntRange(min=0), help="How many rows; 0 for all. 30 in a table."
)
@pass_session
def findings(session: Session, **flags: Unpack[_Flags]) -> None:
    """List what would make images smaller, biggest saving first.

    A row is one change in one repository. Sizes are compressed, as pulled and stored.
    A table has 30 rows unless asked otherwise; the other formats have all of them.
    """
    query = _query(session, flags)
    browse = session.use_cases.open_browse(session.settings)
    if session.format is Format.CSV:
        rows = itertools.islice(browse.iterate_findings(query), query.limit)
        session.console.data(finding_forms.finding_lines(rows))
        return
    _print_page(session, browse, query)


def _query(session: Session, flags: _Flags) -> FindingsQuery:
    name = flags["registry"]
    return FindingsQuery(
        by=FindingsBy(flags["by"]),
        registry=registry_called(session, name) if name else "",
        repository=flags["repository"],
        text=flags["match"],
        team=flags["team"] or None,
        rule=flags["rule"],
        confidence=Confidence(flags["confidence"]),
        minimum_bytes=parse_bytes(flags["min_saving"]),
        limit=wanted_limit(session, flags["limit"]),
    )


def _print_page(session: Session, browse: Browse, query: FindingsQuery) -> None:
    page = browse.findings(query)
    console = session.console
    if session.format is Format.TABLE:
        table = finding_table(page)
        if page.rows:
            console.tables([table])
        else:
            console.note(" ".join(table.notes))
    else:
        document = (
            sarif_document(page, program_version=program_version())
            if session.format is Format.SARIF
            else finding_forms.finding_document(page)
        )
        console.data([as_json.dump(document)])
        if page.as_of is None:
            console.note(NOT_ANALYSED_YET)
    more = page.matches - len(page.rows)
    if more > 0:
        console.note(f"… {count_text(more, 'more', 'more')}; --limit 0 prints all")
