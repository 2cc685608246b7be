"""How far a crawl is: one line on a terminal that is replaced as the crawl goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from auditor.commands.console import Console
from auditor.domain.units import format_bytes
from auditor.reports.phrases import count_text
from auditor.reports.safe_text import visible

if TYPE_CHECKING:
    from auditor.crawler.progress import AnalysisProgress, CrawlProgress

Listener = Callable[["CrawlProgress"], None]
_MINUTE = 60
_HOUR = 60 * _MINUTE


@contextlib.contextmanager
def crawl_progress(console: Console) -> Iterator[Listener]:
    """A listener that shows each moment, or ignores it where nobody is looking."""
    if not console.shows_progress:
        yield lambda _: None
        return
    import rich.console
    import rich.live
    from rich.text import Text

    # The empty Text, not markup: names from a registry are never interpreted.
    screen = rich.console.Console(stderr=True, no_color=not console.has_color, markup=False)
    with rich.live.Live(Text(""), console=screen, transient=True, refresh_per_second=4) as live:
        yield lambda moment: live.update(Text(progress_line(moment), overflow="ellipsis"))


def progress_line(moment: CrawlProgress) -> str:
    """Registry, repositories, manifests, bytes, rate and time left, in one line.

    Behind the crawl, how many repositories are analysed, and the time left for that.
    """
    if moment.analysing is not None:
        return _analysis_line(moment.registry, moment.analysing)
    more = "" if moment.listing_done else "+"
    done = f"{moment.repositories_done:,}"
    parts = [
        f"{visible(moment.registry)}: {done} of {moment.repositories_found:,}{more} repositories",
        count_text(moment.manifests, "manifest"),
        format_bytes(moment.bytes_fetched),
    ]
    if moment.seconds > 0:
        parts.append(f"{moment.manifests / moment.seconds:,.0f}/s")
    left = seconds_left(moment)
    if left is not None:
        parts.append(f"{duration_text(left)} left")
    if moment.problems:
        parts.append(count_text(moment.problems, "problem"))
    return ", ".join(parts)


def _analysis_line(registry: str, moment: AnalysisProgress) -> str:
    done, known = moment.repositories_done, moment.repositories_known
    line = f"{visible(registry)}: analysing {done:,} of {count_text(known, 'repository', 'repositories')}"
    left = _at_the_pace_so_far(moment.seconds, done, known)
    return line if left is None else f"{line}, {duration_text(left)} left"


def seconds_left(moment: CrawlProgress) -> float | None:
    """Time to the end at the pace so far; None before the listing's end or the first result."""
    if not moment.listing_done:
        return None
    done, found = moment.repositories_done, moment.repositories_found
    return _at_the_pace_so_far(moment.seconds, done, found)


def _at_the_pace_so_far(seconds: float, done: int, known: int) -> float | None:
    """Time for the rest; None before the first is done."""
    return seconds / done * max(known - done, 0) if done > 0 else None


def duration_text(seconds: float) -> str:
    """A duration in two units at most: `45 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
