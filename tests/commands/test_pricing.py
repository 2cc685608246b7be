from __future__ import annotations

import csv
import io
import json

from tests.commands.fake_use_cases import FakeUseCases, run


def test_prices_are_shown_in_every_form(fakes: FakeUseCases) -> None:
    result = run(fakes, "prices", "show")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "contract-17" in result.stdout
    document = json.loads(run(fakes, "prices", "show", "--format", "json").stdout)
    text = run(fakes, "prices", "show", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [one["entry"] for one in document["prices"]] == [row["entry"] for row in rows]


def test_past_months_are_charged_anew_as_asked(fakes: FakeUseCases) -> None:
    fakes.configured["prod"] = "prod.example"
    result = run(fakes, "prices", "apply", "--since", "2026-10", "--registry", "prod")
    assert "prod.example" in result.stdout
    assert "--dry-run" not in result.stdout
    told = run(fakes, "prices", "apply", "--since", "2026-10", "--dry-run", "--format", "json")
    assert json.loads(told.stdout)["is_applied"] is False
    assert fakes.prices.applied == [("2026-10", "prod.example", False), ("2026-10", "", True)]


def test_what_changes_is_no_csv(fakes: FakeUseCases) -> None:
    result = run(fakes, "prices", "apply", "--since", "2026-10", "--format", "csv")
    assert (result.exit_code, fakes.prices.applied) == (2, [])
    assert "leave --format csv out" in result.stderr
