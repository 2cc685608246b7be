"""A comment on a pull request: as approved, and nothing in it a link, a mention or markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from auditor.analysis.image_change import compare_images
from auditor.domain.policy import CheckReport
from auditor.reports.gate.as_markdown import markdown_report
from tests.reports.approved import assert_matches_snapshot
from tests.reports.check_samples import REPORTS, facts, passed, report
from tests.reports.image_change_samples import no_change, side, side_layer


@pytest.mark.parametrize("name, report", REPORTS.items())
def test_a_comment_is_as_approved(name: str, report: CheckReport) -> None:
    assert_matches_snapshot(f"{name}.md", markdown_report(report))


def test_hostile_names_stay_in_code() -> None:
    text = markdown_report(REPORTS["check-hostile"])
    # Code spans: a fence of backticks, up to the next fence of the same length.
    outside = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", text)
    assert "<b>" not in outside
    assert "@all" not in outside
    assert "<script>" not in outside
    assert "`" not in outside


def test_every_row_has_as_many_cells_as_its_table() -> None:
    width = 0
    for line in markdown_report(REPORTS["check-hostile"]).splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line))
        if re.fullmatch(r"\|(---\|)+", line):
            assert cells == width
        width = cells if line.startswith("|") else 0


def test_a_comment_stays_short_whatever_the_image_holds() -> None:
    many = side("b", *(side_layer(str(n), n + 1, "RUN " + "x" * 500) for n in range(500)))
    change = compare_images(side("a"), many)
    image = replace(passed().images[0], facts=replace(facts(), side=many, change=change))
    text = markdown_report(replace(passed(), images=(image,) * 40))
    assert len(text) < 65_536  # what GitHub takes for a comment
    assert "And 470 more layers." in text
    assert "And 30 more platforms." in text


def test_an_image_that_did_not_change_has_no_table_of_layers() -> None:
    image = replace(passed().images[0], facts=replace(facts(), change=no_change()))
    text = markdown_report(replace(passed(), images=(image,)))
    assert "the same image" in text
    assert "<details>" not in text


def test_what_could_not_be_judged_is_incomplete() -> None:
    one = report()
    unknown = tuple(check for check in one.images[1].checks if check.outcome == "unknown")
    images = (replace(one.images[1], checks=unknown),)
    assert markdown_report(replace(one, images=images)).startswith("### Image check incomplete")
