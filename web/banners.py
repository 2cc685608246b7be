"""What a reader must know before trusting the figures, said once at the top of a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.domain.observation import CrawlOutcome
from auditor.domain.views import CrawlView
from web import commands

_OLD_AFTER = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Banner:
    """One state and the way out of it. `level` is info, warning or danger.

    `since` is when it began; `command` is empty where waiting is all there is to do.
    """

    level: str
    title: str
    text: str
    since: datetime | None = None
    command: str = ""


def banners_for(views: Iterable[CrawlView], *, now: datetime) -> tuple[Banner, ...]:
    """One or two banners per registry that is not simply fine."""
    return tuple(banner for view in views for banner in _of_registry(view, now))


def _of_registry(view: CrawlView, now: datetime) -> Iterable[Banner]:
    banner = _of_outcome(view)
    if banner:
        yield banner
    if view.guarded_tags:
        yield _guarded(view)
    elif not banner and view.last_complete_at and now - view.last_complete_at > _OLD_AFTER:
        yield Banner(
            "warning",
            f"The figures of {view.registry} are old.",
            "Nothing was read since the last complete crawl. Read it again:",
            view.last_complete_at,
            commands.crawl(view.registry),
        )


def _guarded(view: CrawlView) -> Banner:
    return Banner(
        "warning",
        f"{view.registry}: {view.guarded_tags:,} tags are missing, so nothing was removed.",
        "A crawl that would lose this many changes nothing, in case the registry answered "
        "wrongly. If they are really gone, accept it:",
        view.finished_at,
        commands.accept_removals(view.registry),
    )


def _of_outcome(view: CrawlView) -> Banner | None:
    kept = (
        "The figures below are those of the last complete crawl."
        if view.last_complete_at
        else "There is no complete crawl yet, so the figures are lower bounds."
    )
    again = commands.crawl(view.registry)
    match view.outcome:
        case None:
            return Banner(
                "info", f"{view.registry} was never crawled.", "Read it now:", command=again
            )
        case CrawlOutcome.RUNNING:
            text = f"{kept} If nothing is running any more, start it again; it continues."
            return Banner(
                "info", f"{view.registry} is being crawled.", text, view.started_at, again
            )
        case CrawlOutcome.PARTIAL:
            title = f"{view.registry}: the last crawl could not read everything."
            text = f"{_problems(view)} What could not be read counts as still there. Try again:"
            return Banner("warning", title, text, view.finished_at or view.started_at, again)
        case CrawlOutcome.INTERRUPTED:
            title = f"{view.registry}: the last crawl was interrupted."
            return Banner(
                "warning",
                title,
                f"{kept} Continue it:",
                view.finished_at or view.started_at,
                again,
            )
        case CrawlOutcome.FAILED:
            title = f"{view.registry}: the last crawl failed."
            text = f"{_first_problem(view)}{kept} When that is mended, try again:"
            return Banner("danger", title, text, view.finished_at or view.started_at, again)
        case _:
            return None


def _problems(view: CrawlView) -> str:
    count = view.problem_count
    return f"{count:,} problem{'' if count == 1 else 's'} recorded."


def _first_problem(view: CrawlView) -> str:
    return f"{view.problems[0].message}. " if view.problems else ""
