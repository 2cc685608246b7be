"""What is due is looked at, once, also where it was broken off or crawled meanwhile."""

from __future__ import annotations

import pytest

from auditor.domain.analysis_settings import AnalysisSettings
from auditor.usecases import analysis_run
from auditor.usecases.analyse import Analysis, analyse
from auditor.usecases.crawl_registry import CrawlLimits
from tests.fakes.contents import Contents, layer
from tests.usecases.bench import Bench, day
from tests.usecases.test_analyse import (
    ALL,
    LISTS,
    MB,
    ROOT,
    WASTEFUL,
    built,
    crawled,
    page,
    shop,
)


def test_nothing_is_read_again_that_the_rules_have_seen(bench: Bench) -> None:
    crawled(bench, shop(Contents()))
    again = analyse(bench.database, ALL, now=day(1))
    assert (again.repositories, again.images) == (0, 0)
    other = Analysis.from_settings(AnalysisSettings(minimum_saving_bytes=2 * MB))
    anew = analyse(bench.database, other, now=day(1))
    assert (anew.repositories, anew.images) == (1, 1)


def test_a_listener_hears_how_far_it_is(bench: Bench) -> None:
    crawled(bench, shop(Contents()), None)
    heard: list[tuple[int, int]] = []
    analyse(bench.database, ALL, now=day(1), listener=lambda done, due: heard.append((done, due)))
    assert heard == [(0, 1), (1, 1)]


def test_every_image_is_looked_at_once_though_its_base_comes_later(either_bench: Bench) -> None:
    contents = shop(Contents())
    contents.tag("zz/base", "1", built(contents, "base", WASTEFUL, ROOT, LISTS))
    crawled(either_bench, contents, None)
    report = analyse(either_bench.database, ALL, now=day(1))
    assert (report.repositories, report.images) == (2, 2)
    other = Analysis.from_settings(AnalysisSettings(minimum_saving_bytes=2 * MB))
    again = analyse(either_bench.database, other, now=day(1))
    assert (again.repositories, again.images) == (2, 2)


def test_a_base_that_moves_while_others_are_analysed_is_not_missed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis_run, "_REPOSITORIES_AT_ONCE", 1)
    contents = shop(Contents())
    contents.tag("zz/debian", "12", built(contents, "old", "RUN true", ROOT))
    crawled(bench, contents, None)

    def crawl_meanwhile(done: int, _: int) -> None:
        if done == 1 and bench.crawls == 1:
            fresh = layer(47 * MB, "fresh root")
            contents.tag("zz/debian", "12", built(contents, "new", "RUN true", fresh))
            bench.limits = CrawlLimits()
            bench.crawl(contents)

    analyse(bench.database, ALL, now=day(1), listener=crawl_meanwhile)
    outdated = [row.repository for row in page(bench).rows if row.finding.rule == "outdated-base"]
    assert outdated == ["team/shop"]


def test_an_analysis_that_is_stopped_leaves_the_rest_for_the_next(bench: Bench) -> None:
    contents = shop(Contents())
    contents.tag("team/two", "1", built(contents, "two", WASTEFUL, ROOT, layer(70 * MB, "z")))
    crawled(bench, contents, None)
    answers = iter([False, False, False, False, True])  # the last: before the second repository
    first = analyse(bench.database, ALL, now=day(1), is_stopped=lambda: next(answers))
    assert first.repositories == 1
    assert page(bench).waiting_images == 1
    assert analyse(bench.database, ALL, now=day(1)).repositories == 1
    assert page(bench).waiting_images == 0


@pytest.mark.parametrize("is_first", [True, False])
def test_what_was_done_before_it_was_stopped_is_not_done_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    monkeypatch.setattr(analysis_run, "_REPOSITORIES_AT_ONCE", 1)
    contents = shop(Contents())
    contents.tag("zz/base", "1", built(contents, "base", WASTEFUL, ROOT, LISTS))
    other = Analysis.from_settings(AnalysisSettings(minimum_saving_bytes=2 * MB))
    crawled(bench, contents, None if is_first else other)
    done = [0]
    first = analyse(
        bench.database,
        ALL,
        now=day(1),
        listener=lambda count, _: done.append(count),
        is_stopped=lambda: done[-1] == 1,
    )
    assert (first.repositories, first.images) == (1, 1)
    rest = analyse(bench.database, ALL, now=day(1))
    assert (rest.repositories, rest.images) == (1, 1)
