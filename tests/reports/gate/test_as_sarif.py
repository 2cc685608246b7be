from __future__ import annotations

import json
from typing import Any, cast

import pytest

from auditor.domain.policy import CheckReport
from auditor.reports.gate.as_sarif import check_sarif
from tests.reports import sarif_structure
from tests.reports.check_samples import REPORTS, passed, report


def run_of(report: CheckReport, dockerfile: str = "Dockerfile") -> dict[str, Any]:
    document = check_sarif(report, dockerfile, program_version="1.2.3")
    assert sarif_structure.complaints(json.loads(json.dumps(document))) == []
    return cast("dict[str, Any]", cast("dict[str, Any]", document)["runs"][0])


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_the_document_is_what_the_standard_asks_for(report: CheckReport) -> None:
    run = run_of(report, "docker files/Dockerfile:1")
    assert len({one["fingerprints"]["check/v1"] for one in run["results"]}) == len(run["results"])


def test_a_result_names_its_rule_and_level() -> None:
    run = run_of(report())
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert {result["level"] for result in run["results"]} == {"error", "warning"}
    assert run["results"][0]["ruleId"] == "policy/max_size"
    assert run["results"][0]["properties"]["layers"][0] == 3


def test_what_passed_is_a_run_without_results() -> None:
    run = run_of(passed())
    assert (run["results"], run["properties"]) == ([], {"outcome": "passed"})
