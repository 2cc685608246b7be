from __future__ import annotations

import csv
import io
import json

import pytest

from auditor.domain.finding_views import FindingsBy, FindingsQuery
from auditor.domain.findings import Confidence
from tests.commands.fake_use_cases import FakeUseCases, run


def test_findings_are_printed_with_what_they_save(fakes: FakeUseCases) -> None:
    result = run(fakes, "findings")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "team/app:1.4", "16.2 MB", "14.7 MB to 17.4 MB", "medium", "apt-lists-kept", "~ -28.2 MB",
        "unowned", "Nobody pulled it in 90 days.", "3 images wait", "Remove the lists",
    ):  # fmt: skip
        assert words in result.stdout
    assert fakes.browse.findings_asked == [FindingsQuery(limit=30)]


def test_every_filter_reaches_the_database(fakes: FakeUseCases) -> None:
    fakes.configured = {"own": "http://registry.example.com"}
    asked = (
        *("--rule", "apt", "--team", "Payments", "--registry", "own", "--repository", "team/app"),
        *("--match", "app", "--min-saving", "10MB", "--confidence", "high", "--by", "stored"),
        *("--limit", "7"),
    )
    assert run(fakes, "findings", *asked).exit_code == 0
    assert fakes.browse.findings_asked == [
        FindingsQuery(
            by=FindingsBy.STORED,
            registry="registry.example.com",
            repository="team/app",
            text="app",
            team="Payments",
            rule="apt",
            confidence=Confidence.HIGH,
            minimum_bytes=10_000_000,
            limit=7,
        )
    ]


@pytest.mark.parametrize("form", ["json", "csv", "sarif"])
def test_machines_get_all_rows_unless_they_ask_for_fewer(fakes: FakeUseCases, form: str) -> None:
    whole = run(fakes, "findings", "--format", form).stdout
    cut = run(fakes, "findings", "--format", form, "--limit", "2").stdout
    assert (_rows(whole, form), _rows(cut, form)) == (3, 2)
    assert fakes.browse.findings_asked[0].limit is None


def _rows(text: str, form: str) -> int:
    if form == "csv":
        return len(list(csv.DictReader(io.StringIO(text, newline=""))))
    document = json.loads(text)
    return len(document["findings"] if form == "json" else document["runs"][0]["results"])


def test_what_was_left_out_is_said(fakes: FakeUseCases) -> None:
    result = run(fakes, "findings", "--limit", "1")
    assert "tools/ci" not in result.stdout
    assert "2 more; --limit 0" in result.stderr


@pytest.mark.parametrize("form", ["table", "json", "sarif"])
def test_a_database_without_an_analysis_says_what_to_run(fakes: FakeUseCases, form: str) -> None:
    fakes.browse.is_analysed = False
    result = run(fakes, "findings", "--format", form)
    assert result.exit_code == 0
    assert "Not analysed yet: run `auditor audit REGISTRY`." in result.stderr
    if form == "table":
        assert result.stdout == ""
    else:
        assert _rows(result.stdout, form) == 0


def test_nothing_found_is_said_with_what_was_asked(fakes: FakeUseCases) -> None:
    fakes.browse.found = ()
    assert "Nothing found that could be smaller." in run(fakes, "findings").stderr
    asked = run(fakes, "findings", "--rule", "apt\x1b[31m", "--min-saving", "1GB")
    assert "Nothing found with rule apt\\x1b[31m, at least 1.00 GB." in asked.stderr


@pytest.mark.parametrize(
    "arguments",
    [("--min-saving", "much"), ("--confidence", "sure"), ("--by", "size"), ("--format", "xml")],
)
def test_what_cannot_be_asked_is_a_usage_error(
    fakes: FakeUseCases, arguments: tuple[str, ...]
) -> None:
    result = run(fakes, "findings", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert fakes.browse.findings_asked == []


def test_only_findings_are_offered_as_sarif(fakes: FakeUseCases) -> None:
    assert "[table|json|csv|sarif]" in run(fakes, "findings", "--help").stdout
    assert "sarif" not in run(fakes, "rank", "--help").stdout
