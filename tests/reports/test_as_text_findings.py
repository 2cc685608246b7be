from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.reports.as_text.findings import (
    finding_table,
    image_finding_tables,
    image_savings_text,
    repository_finding_tables,
)
from auditor.reports.layout import as_plain
from tests.reports import finding_samples
from tests.reports.approved import assert_matches_snapshot

ROWS = {
    "findings": finding_samples.finding_rows(),
    "findings-hostile": finding_samples.hostile_rows(),
}


@pytest.mark.parametrize("width", [None, 80, 120])
@pytest.mark.parametrize("name", ROWS)
def test_findings_for_people_are_as_approved(name: str, width: int | None) -> None:
    text = as_plain([finding_table(finding_samples.findings_page(ROWS[name]))], width=width)
    assert_matches_snapshot(f"{name}-{width or 'full'}.txt", text)


@pytest.mark.parametrize("name", ROWS)
def test_findings_of_a_repository_are_as_approved(name: str) -> None:
    text = as_plain(repository_finding_tables(ROWS[name]), width=100)
    assert_matches_snapshot(f"{name}-of-repository.txt", text)


def test_findings_of_an_image_are_as_approved() -> None:
    text = as_plain(image_finding_tables(finding_samples.image_findings()))
    assert_matches_snapshot("findings-of-image.txt", text)


def test_images_carry_their_registry_where_there_are_several() -> None:
    one, other, _ = finding_samples.finding_rows()
    rows = (one, replace(other, registry="h.example"))
    table = finding_table(finding_samples.findings_page(rows))
    assert [row[1] for row in table.rows] == [
        "localhost:5000/team/app:1.4",
        "h.example/team/worker:1.4",
    ]


def test_no_more_than_five_are_told_one_by_one() -> None:
    tables = repository_finding_tables(finding_samples.finding_rows() * 3)
    assert len(tables) == 6
    assert tables[-1].notes == ("4 more findings: --format json lists them.",)


def test_an_image_says_what_all_its_findings_save() -> None:
    found = finding_samples.image_findings()
    assert image_savings_text(found) == (
        "162 MB of a pull, 6.5 s of a cold start (3 findings below)"
    )
    assert image_savings_text(None) == "not analysed"
    nothing = type(found)((), 0, 0.0)
    assert image_savings_text(nothing) == "nothing found"
    assert image_finding_tables(None) == image_finding_tables(nothing) == ()
