from __future__ import annotations

import pytest

from auditor.domain.finding_views import FindingRow
from auditor.reports import as_json
from auditor.reports.finding_forms import FINDING_COLUMNS, finding_document, finding_lines
from tests.reports import finding_samples
from tests.reports.approved import assert_matches_snapshot

ROWS = {
    "findings": finding_samples.finding_rows(),
    "findings-hostile": finding_samples.hostile_rows(),
}
PUBLISHED = (
    *("rule", "registry", "repository", "tag", "digest", "platform", "confidence", "basis"),
    *("pull_saving_bytes", "stored_saving_bytes", "evidence", "fix"),
)


@pytest.mark.parametrize("name,rows", ROWS.items())
def test_findings_for_machines_are_as_approved(name: str, rows: tuple[FindingRow, ...]) -> None:
    document = as_json.dump(finding_document(finding_samples.findings_page(rows)))
    assert_matches_snapshot(f"{name}.json", document)
    assert_matches_snapshot(f"{name}.csv", "".join(finding_lines(rows)))


def test_the_keys_of_the_published_form_come_first() -> None:
    document = finding_document(finding_samples.findings_page())
    assert list(document)[:3] == ["schema_version", "as_of", "findings"]
    assert isinstance(document["findings"], list)
    assert list(document["findings"][0])[: len(PUBLISHED)] == list(PUBLISHED)


def test_before_the_first_analysis_there_is_no_date_and_no_row() -> None:
    document = finding_document(finding_samples.not_analysed())
    assert (document["as_of"], document["findings"]) == (None, [])
    assert list(finding_lines(())) == [",".join(FINDING_COLUMNS) + "\r\n"]
