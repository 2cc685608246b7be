from __future__ import annotations

from typing import Any, cast

import pytest

from auditor.domain.policy import CheckReport
from auditor.reports import as_json
from auditor.reports.gate.as_json_document import check_document
from tests.reports.approved import assert_matches_snapshot
from tests.reports.check_samples import REPORTS, passed, report


@pytest.mark.parametrize("name, report", REPORTS.items())
def test_a_verdict_is_written_as_approved(name: str, report: CheckReport) -> None:
    assert_matches_snapshot(f"{name}.json", as_json.dump(check_document(report)))


def test_the_document_says_in_one_word_whether_it_passed() -> None:
    document = cast("dict[str, Any]", check_document(report()))
    assert (document["outcome"], document["passed"]) == ("failed", False)
    assert document["images"][1]["change"] is None
    assert check_document(passed())["passed"] is True
