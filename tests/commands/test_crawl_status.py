from __future__ import annotations

import csv
import io
import json

from tests.commands.fake_use_cases import FakeUseCases, run


def test_crawls_are_shown_by_registry(fakes: FakeUseCases) -> None:
    result = run(fakes, "crawls")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "running" in result.stdout
    assert "bases.example (reference)" in result.stdout


def test_the_crawls_of_one_registry_are_shown_one_by_one(fakes: FakeUseCases) -> None:
    fakes.configured = {"ours": "b.example:5000"}
    result = run(fakes, "crawls", "--registry", "ours", "--limit", "3")
    assert fakes.crawls_asked == [("b.example:5000", 3)]
    assert "3 TOOMANYREQUESTS" in result.stdout


def test_machines_get_the_same(fakes: FakeUseCases) -> None:
    document = json.loads(run(fakes, "crawls", "--format", "json").stdout)
    text = run(fakes, "crawls", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    told = [crawl["outcome"] for one in document["registries"] for crawl in one["crawls"]]
    assert told == [row["outcome"] for row in rows]
