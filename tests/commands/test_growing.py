from __future__ import annotations

import csv
import io
import json

import pytest

from auditor.domain.outlook import GrowthQuery
from tests.commands.fake_use_cases import FakeUseCases, run


def test_anomalies_are_printed_with_what_came_and_are_no_failure(fakes: FakeUseCases) -> None:
    result = run(fakes, "anomalies")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in ("2026-02-28", "+268 MB", "new tags", "(whole registry)", "not known", "\\x1b"):
        assert words in result.stdout
    assert fakes.growth == [GrowthQuery(limit=30)]


def test_questions_reach_the_use_case(fakes: FakeUseCases) -> None:
    fakes.configured = {"own": "http://registry.example.com"}
    asked = ("--registry", "own", "--team", "Payments", "--days", "7", "--limit", "0")
    run(fakes, "anomalies", *asked)
    assert fakes.growth == [GrowthQuery("registry.example.com", "Payments", 7)]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_machines_get_all_rows(fakes: FakeUseCases, form: str) -> None:
    text = run(fakes, "anomalies", "--format", form).stdout
    assert fakes.growth == [GrowthQuery()]
    if form == "json":
        assert [one["day"] for one in json.loads(text)["anomalies"]] == ["2026-02-28"] * 3
    else:
        assert len(list(csv.DictReader(io.StringIO(text, newline="")))) == 3
