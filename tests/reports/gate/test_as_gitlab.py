"""The report as GitLab describes it.

Source: docs.gitlab.com/ci/testing/code_quality, "Code Quality report format": the required
fields, severities, and a relative path that does not begin with `./`.
"""

from __future__ import annotations

import json
import re

import pytest

from auditor.domain.policy import CheckReport
from auditor.reports.gate.as_gitlab import fingerprint, gitlab_report
from tests.reports.check_samples import REPORTS, passed, report


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_entry_has_what_gitlab_asks_for(report: CheckReport) -> None:
    entries = json.loads(gitlab_report(report, "docker/Dockerfile"))
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert entry["location"] == {"path": "docker/Dockerfile", "lines": {"begin": 1}}
        assert re.fullmatch("[0-9a-f]{64}", entry["fingerprint"])
        assert entry["description"].isprintable()
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


def test_what_passed_is_an_empty_list() -> None:
    assert json.loads(gitlab_report(passed(), "Dockerfile")) == []


def test_a_fingerprint_outlives_a_release() -> None:
    one, next_one = report(), report(reference="registry.example/team/app:2")
    check, image = one.images[0].checks[0], one.images[0]
    assert fingerprint(one, image, check) == fingerprint(next_one, image, check)
    assert fingerprint(one, image, check) != fingerprint(one, one.images[1], check)
