"""`rank` and `show`: what the database knows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from auditor.commands.session import AuditorCommand, Format, Session, pass_session
from auditor.domain.errors import UsageError
from auditor.domain.platform import Platform
from auditor.domain.reference import registry_name
from auditor.domain.views import ImageView, RankBy, RankQuery, RepositoryView
from auditor.reports import as_csv, as_json
from auditor.reports.as_text.image import image_tables
from auditor.reports.as_text.ranking import ranking_table
from auditor.reports.as_text.repository import repository_tables
from auditor.reports.phrases import count_text

if TYPE_CHECKING:
    from auditor.usecases.browse import Browse

_TABLE_LIMIT = 30
_TABLE_TAGS = 30
_ALL_TAGS = 1_000_000

by_option = click.option(
    "--by",
    type=click.Choice([by.value for by in RankBy]),
    default=RankBy.SIZE.value,
    show_default=True,
    help="What to sort by.",
)


at_option = click.option(
    "--at", default="", metavar="DATE", help="As it was: 2026-11-25, or 2026-11-25T14:30Z."
)


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor rank --by cost --match team/",
    short_help="Print the ranking from the database.",
)
@by_option
@click.option("--reverse", is_flag=True, help="Smallest first.")
@click.option("--registry", default="", metavar="NAME", help="Only this registry.")
@click.option("--match", default="", metavar="TEXT", help="Only names that contain TEXT.")
@click.option(
    "--limit", type=click.IntRange(min=0), help="How many rows; 0 for all. 30 in a table."
)
@at_option
@pass_session
def rank(
    session: Session,
    *,
    by: str,
    reverse: bool,
    registry: str,
    match: str,
    limit: int | None,
    at: str,
) -> None:
    """Print repositories, largest first, as of the last crawls.

    A table has 30 rows unless asked otherwise; JSON and CSV have all of them.
    """
    query = RankQuery(
        by=RankBy(by),
        ascending=reverse,
        registry=registry_called(session, registry),
        text=match,
        limit=wanted_limit(session, limit),
        at=session.use_cases.moment(at),
    )
    print_ranking(session, query)


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor show team/app:1.4 --platform linux/arm64",
    short_help="Explain the size of a repository or an image.",
)
@click.argument("reference", metavar="REFERENCE")
@click.option("--platform", default="", metavar="OS/ARCH", help="Which image of an index.")
@at_option
@pass_session
def show(session: Session, reference: str, platform: str, at: str) -> None:
    """Explain why REFERENCE is as big as it is.

    REFERENCE is REPOSITORY, REPOSITORY:TAG or REPOSITORY@DIGEST, with the registry in
    front where several are known. An image is listed layer by layer in build order.
    """
    wanted = Platform.parse(platform) if platform else None
    moment = session.use_cases.moment(at)
    browse = session.use_cases.open_browse(session.settings)
    resolved = browse.resolve(reference)
    if resolved.tag or resolved.digest:
        _print_image(session, browse.image(resolved, wanted, moment))
        return
    if wanted:
        raise UsageError(
            f"{reference} is a repository, and platforms belong to images",
            next_step=f"add a tag, such as {reference}:latest",
        )
    tags = _TABLE_TAGS if session.format is Format.TABLE else _ALL_TAGS
    view = browse.repository(resolved.registry, resolved.repository, tag_limit=tags, at=moment)
    _print_repository(session, view)


def registry_called(session: Session, name: str) -> str:
    """The registry's name in the database, for a configured name or an address; empty for all."""
    configured = session.settings.registries.get(name)
    return configured.address.name if configured else registry_name(name)


def wanted_limit(session: Session, limit: int | None) -> int | None:
    """How many rows: as asked, else 30 for people and all for machines; None means all."""
    if limit is None:
        return _TABLE_LIMIT if session.format is Format.TABLE else None
    return limit or None


def print_ranking(session: Session, query: RankQuery) -> None:
    """Write a ranking in the session's form, and say what was left out."""
    browse = session.use_cases.open_browse(session.settings)
    if session.format is Format.CSV:
        session.console.data(_csv_lines(browse, query))
        return
    ranking = browse.rank(query)
    if session.format is Format.JSON:
        session.console.data([as_json.dump(as_json.ranking_document(ranking))])
    else:
        table = ranking_table(ranking)
        if ranking.rows:
            session.console.tables([table])
        else:
            session.console.note(" ".join(table.notes))
    more = ranking.matches - len(ranking.rows)
    if more > 0:
        session.console.note(f"… {count_text(more, 'more', 'more')}; --limit 0 prints all")


def _csv_lines(browse: Browse, query: RankQuery) -> Iterator[str]:
    rows = itertools.islice(browse.iterate_rank(query), query.limit)
    return as_csv.ranking_lines(rows)


def _print_image(session: Session, view: ImageView) -> None:
    if session.format is Format.JSON:
        session.console.data([as_json.dump(as_json.image_document(view))])
    elif session.format is Format.CSV:
        session.console.data(as_csv.layer_lines(view))
    else:
        session.console.tables(image_tables(view))


def _print_repository(session: Session, view: RepositoryView) -> None:
    if session.format is Format.JSON:
        session.console.data([as_json.dump(as_json.repository_document(view))])
    elif session.format is Format.CSV:
        session.console.data(as_csv.tag_lines(view))
    else:
        session.console.tables(repository_tables(view))
