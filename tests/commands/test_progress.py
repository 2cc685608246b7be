from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest

from auditor.commands.console import Console
from auditor.commands.progress import (
    crawl_progress,
    duration_text,
    progress_line,
    seconds_left,
)
from auditor.crawler.progress import AnalysisProgress, CrawlProgress

MOMENT = CrawlProgress(
    registry="localhost:5000",
    repositories_done=20,
    repositories_found=80,
    listing_done=True,
    manifests=1000,
    bytes_fetched=2_500_000,
    requests=1100,
    problems=0,
    seconds=10.0,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_line_tells_how_much_how_fast_and_how_long() -> None:
    assert progress_line(MOMENT) == (
        "localhost:5000: 20 of 80 repositories, 1,000 manifests, 2.50 MB, 100/s, 30 s left"
    )


def test_the_line_promises_no_end_while_repositories_are_still_being_found() -> None:
    early = replace(MOMENT, listing_done=False, problems=2, registry="a\x1b[2J")
    assert progress_line(early) == (
        "a\\x1b[2J: 20 of 80+ repositories, 1,000 manifests, 2.50 MB, 100/s, 2 problems"
    )


def test_there_is_no_estimate_before_the_first_repository_is_done() -> None:
    assert seconds_left(replace(MOMENT, repositories_done=0)) is None
    assert seconds_left(replace(MOMENT, repositories_done=81)) == 0
    assert "/s" not in progress_line(replace(MOMENT, seconds=0.0))


@pytest.mark.parametrize(
    "done, known, text",
    [
        (0, 500, "localhost:5000: analysing 0 of 500 repositories"),
        (120, 500, "localhost:5000: analysing 120 of 500 repositories, 1 min 35 s left"),
        (1, 1, "localhost:5000: analysing 1 of 1 repository, 0 s left"),
    ],
)
def test_behind_the_crawl_it_tells_how_far_the_analysis_is(
    done: int, known: int, text: str
) -> None:
    assert progress_line(replace(MOMENT, analysing=AnalysisProgress(done, known, 30.0))) == text


@pytest.mark.parametrize(
    "seconds, text", [(0.4, "0 s"), (59.4, "59 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")]
)
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_a_terminal_sees_the_line_and_keeps_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with crawl_progress(Console()) as listener:
        listener(replace(MOMENT, registry="[red]r[/red]"))
    assert "[red]r[/red]: 20 of 80" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")


@pytest.mark.parametrize(
    "stream, quiet, term",
    [(io.StringIO, False, "xterm"), (Terminal, True, "xterm"), (Terminal, False, "dumb")],
)
def test_nothing_moves_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO], quiet: bool, term: str
) -> None:
    screen = stream()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", term)
    with crawl_progress(Console(quiet=quiet)) as listener:
        listener(MOMENT)
    assert screen.getvalue() == ""
