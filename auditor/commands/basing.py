"""`bases`: what images are built on, and what moving the fleet to another base frees."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from auditor.commands.ranking import registry_called, wanted_limit
from auditor.commands.session import AuditorCommand, Format, Session, pass_session
from auditor.domain.base_views import BasesBy, BasesQuery
from auditor.domain.errors import UsageError
from auditor.reports import as_json, base_forms
from auditor.reports.as_text.bases import base_tables, plan_tables
from auditor.reports.finding_words import NOT_ANALYSED_YET
from auditor.reports.phrases import count_text

if TYPE_CHECKING:
    from auditor.usecases.browse import Browse


class _Flags(TypedDict):
    base: str
    to: str
    by: str
    registry: str
    match: str
    limit: int | None


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor bases python:3.12 --to python:3.12-slim",
    short_help="List what is built on, and plan moves to other bases.",
)
@click.argument("base", default="")
@click.option("--to", default="", metavar="NAME", help="Plan the move to this base instead.")
@click.option(
    "--by",
    type=click.Choice([by.value for by in BasesBy]),
    default=BasesBy.FREED.value,
    show_default=True,
    help="What to sort by.",
)
@click.option("--registry", default="", metavar="NAME", help="Only this registry.")
@click.option("--match", default="", metavar="TEXT", help="Only names that contain TEXT.")
@click.option(
    "--limit", type=click.IntRange(min=0), help="How many rows; 0 for all. 30 in a table."
)
@pass_session
def bases(session: Session, **flags: Unpack[_Flags]) -> None:
    """List the bases that repositories are built on, or plan how they leave one.

    BASE is a name or an identifier of the list. A plan says who moves first, what each move
    frees net of what others share, and from how many moves on storage is smaller.
    """
    if flags["to"] and not flags["base"]:
        raise UsageError(
            "--to needs the base to move from", next_step="write `auditor bases BASE --to NAME`"
        )
    name = flags["registry"]
    registry = registry_called(session, name) if name else ""
    browse = session.use_cases.open_browse(session.settings)
    limit = wanted_limit(session, flags["limit"])
    if flags["base"]:
        _print_plan(session, browse, flags, registry, limit)
    else:
        query = BasesQuery(BasesBy(flags["by"]), registry, flags["match"], limit)
        _print_page(session, browse, query)


def _print_page(session: Session, browse: Browse, query: BasesQuery) -> None:
    page = browse.bases(query)
    console = session.console
    if session.format is Format.CSV:
        console.data(base_forms.base_lines(page))
    elif session.format is Format.JSON:
        console.data([as_json.dump(base_forms.bases_document(page))])
    elif page.rows:
        console.tables(base_tables(page))
    else:
        console.note(" ".join(base_tables(page)[0].notes))
    if page.as_of is None and session.format is not Format.TABLE:
        console.note(NOT_ANALYSED_YET)
    _say_more(session, page.matches - len(page.rows))


def _print_plan(
    session: Session, browse: Browse, flags: _Flags, registry: str, limit: int | None
) -> None:
    plan = browse.base_plan(flags["base"], registry, flags["to"], is_whole=True)
    if session.format is Format.CSV:
        session.console.data(base_forms.step_lines(plan))
    elif session.format is Format.JSON:
        session.console.data([as_json.dump(base_forms.plan_document(plan))])
    else:
        session.console.tables(plan_tables(plan, limit))
        moves = plan.base.swap.moves if plan.base.swap else 0
        _say_more(session, moves - (moves if limit is None else min(moves, limit)))


def _say_more(session: Session, more: int) -> None:
    if more > 0:
        session.console.note(f"… {count_text(more, 'more', 'more')}; --limit 0 prints all")
