"""The report held against the schema's rules, in words of our own.

Source: jenkinsci/xunit-plugin, junit-10.xsd: `testsuites` holds `testsuite`s with counts;
a `testcase` has `name`, `classname`, `time` and at most one of `failure`, `error`, `skipped`.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from auditor.domain.policy import CheckReport
from auditor.reports.gate.as_junit import junit_report
from tests.reports.check_samples import REPORTS, report

COUNTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def parsed(report: CheckReport) -> ET.Element:
    return ET.fromstring(junit_report(report).encode())  # noqa: S314 - our own


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_suites_cases_and_counts_are_what_the_schema_says(report: CheckReport) -> None:
    root = parsed(report)
    assert root.tag == "testsuites"
    assert [suite.tag for suite in root] == ["testsuite"] * len(report.images)
    for suite in root:
        cases = suite.findall("testcase")
        assert [one.tag for one in suite] == ["testcase"] * len(cases) + ["system-out"]
        for case in cases:
            assert set(case.attrib) == {"name", "classname", "time"}
            assert [one.tag for one in case] in [[], ["failure"], ["error"], ["skipped"]]
        assert suite.get("tests") == str(len(cases))
        for count, tag in COUNTS.items():
            assert suite.get(count) == str(len(suite.findall(f"testcase/{tag}")))
    for count in ("tests", *COUNTS):
        assert root.get(count) == str(sum(int(suite.get(count) or 0) for suite in root))


def test_a_failure_says_why() -> None:
    failure = parsed(report()).find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("type") == "max_size"
    assert "allowed: 100 MB" in (failure.text or "")


def test_characters_that_xml_has_not_got_are_replaced() -> None:
    named = report(reference="a\x00b")
    assert "\x00" not in junit_report(named)
    assert parsed(REPORTS["check-hostile"]).find("testsuite") is not None
