"""Words that depend on what is known, where the snapshots show one case only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.observation import Problem
from auditor.domain.views import RankQuery
from auditor.reports.as_text.crawl import crawl_lines, guard_line
from auditor.reports.as_text.image import image_table
from auditor.reports.as_text.ranking import ranking_table
from auditor.reports.as_text.repository import repository_tables
from auditor.reports.layout import as_plain
from tests.reports import samples


def test_no_rows_say_why_there_are_none() -> None:
    none = samples.ranking()
    never = replace(none, as_of=None)
    unmatched = replace(none, query=RankQuery(text="\x1b[31mx"))
    assert "has no repositories" in as_plain([ranking_table(none)])
    assert "Nothing has been crawled yet" in as_plain([ranking_table(never)])
    assert "No repository matches '\\x1b[31mx'" in as_plain([ranking_table(unmatched)])


def test_rows_of_a_later_page_keep_their_numbers() -> None:
    page = samples.ranking(samples.row(), query=RankQuery(offset=30))
    assert ranking_table(page).rows[0][0] == "31"


def test_an_image_without_a_known_base_says_so() -> None:
    view = replace(samples.image_view(), base=None, platform=None, platforms=(), tags=())
    facts = dict(image_table(view).facts)
    assert facts["base image"] == "unknown"
    assert facts["platform"] == "unknown"
    assert facts["tags"] == "none points here now"


def test_many_names_are_counted() -> None:
    view = replace(samples.image_view(), tags=tuple(f"v{number}" for number in range(9)))
    assert dict(image_table(view).facts)["tags"] == "v0, v1, v2, v3, v4, v5 and 3 more"


def test_a_layer_listed_twice_is_counted_once() -> None:
    view = samples.image_view()
    twice = replace(view, layers=(view.layers[0], view.layers[0]), history_note="", conflicts=())
    assert "A layer listed twice is downloaded once." in image_table(twice).notes


def test_a_repository_without_an_image_for_the_platform_says_so() -> None:
    view = samples.repository_view()
    without = replace(view, row=replace(view.row, image_bytes=None), tags=(), tag_count=0)
    assert "none for the preferred platform" in as_plain(repository_tables(without))


def test_problems_beyond_a_screen_are_counted() -> None:
    problems = tuple(Problem("team/app", f"v{number}", "no answer") for number in range(25))
    report = replace(samples.crawl_report(), problems=problems)
    assert "5 more problems: --format json lists them all." in crawl_lines(report)
    view = replace(samples.repository_view(), problems=problems)
    assert "15 more problems: --format json lists them." in as_plain(repository_tables(view))


def test_a_clean_crawl_is_one_paragraph() -> None:
    report = replace(
        samples.crawl_report(), problems=(), warnings=(), removed_tags=0, removed_repositories=0
    )
    assert len(crawl_lines(report)) == 1


def test_held_back_removals_name_the_way_to_accept_them() -> None:
    line = guard_line(samples.crawl_report())
    assert line.startswith("400 tags known before did not appear in localhost:5000")
    assert line.endswith("run the same command with --accept-removals")


@pytest.mark.parametrize(
    "reference, title",
    [
        ("1.4", "team/app:1.4"),
        ("sha256:12", "team/app@sha256:12"),
        ("localhost:5000/team/app:1.4", "localhost:5000/team/app:1.4"),
    ],
)
def test_an_image_is_called_by_its_whole_name(reference: str, title: str) -> None:
    assert image_table(replace(samples.image_view(), reference=reference)).title == title
