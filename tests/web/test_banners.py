from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.domain.observation import CrawlOutcome
from tests.web.fake_views import NOW, PROBLEMS, crawl
from web.banners import banners_for


def test_a_fresh_complete_crawl_needs_no_words() -> None:
    assert banners_for([crawl()], now=NOW) == ()


@pytest.mark.parametrize(
    "outcome, level, words",
    [
        (None, "info", "never crawled"),
        (CrawlOutcome.RUNNING, "info", "being crawled"),
        (CrawlOutcome.PARTIAL, "warning", "could not read everything"),
        (CrawlOutcome.INTERRUPTED, "warning", "interrupted"),
        (CrawlOutcome.FAILED, "danger", "failed"),
    ],
)
def test_each_outcome_has_its_words_and_its_command(
    outcome: CrawlOutcome | None, level: str, words: str
) -> None:
    (banner,) = banners_for([crawl(outcome=outcome)], now=NOW)
    assert banner.level == level
    assert words in banner.title
    assert banner.command == "auditor audit registry.example.com"


def test_a_running_crawl_says_since_when() -> None:
    view = crawl(outcome=CrawlOutcome.RUNNING)
    (banner,) = banners_for([view], now=NOW)
    assert banner.since == view.started_at


def test_without_a_complete_crawl_figures_are_called_lower_bounds() -> None:
    (banner,) = banners_for([crawl(outcome=CrawlOutcome.RUNNING, complete=False)], now=NOW)
    assert "lower bounds" in banner.text


def test_a_failed_crawl_names_its_first_problem() -> None:
    (banner,) = banners_for([crawl(outcome=CrawlOutcome.FAILED, problems=PROBLEMS)], now=NOW)
    assert banner.text.startswith(PROBLEMS[0].message)


def test_the_removal_guard_names_the_way_to_accept() -> None:
    (banner,) = banners_for([crawl(guarded_tags=1_250)], now=NOW)
    assert "1,250 tags are missing" in banner.title
    assert banner.command == "auditor audit registry.example.com --accept-removals"


def test_old_figures_say_their_age() -> None:
    view = replace(crawl(), last_complete_at=NOW - timedelta(days=9))
    (banner,) = banners_for([view], now=NOW)
    assert "old" in banner.title
    assert banner.since == view.last_complete_at


def test_a_command_is_safe_to_paste() -> None:
    (banner,) = banners_for([crawl("x; rm -rf ~", outcome=None)], now=NOW)
    assert banner.command == "auditor audit 'x; rm -rf ~'"
