from __future__ import annotations

import csv
import io
import json

from auditor.domain.platform import Platform
from tests.commands.fake_use_cases import FakeUseCases, run
from tests.reports.image_change_samples import image_change

TWO = ("diff", "team/app:1.4", "team/app@sha256:" + "a" * 64)


def test_diff_prints_why_one_image_is_bigger_than_the_other(fakes: FakeUseCases) -> None:
    result = run(fakes, *TWO, "--platform", "linux/arm64")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in ("rebuilt layers", "base image", "pip install", "\\x1b[31m"):
        assert words in result.stdout
    asked = tuple(f"localhost:5000/{name}" for name in TWO[1:])
    assert fakes.browse.asked == [(*asked, Platform("linux", "arm64"))]


def test_machines_get_the_same_bytes(fakes: FakeUseCases) -> None:
    document = json.loads(run(fakes, *TWO, "--format", "json").stdout)
    assert document["schema_version"] == 1
    assert document["change_bytes"] == image_change().change_bytes
    rows = list(csv.DictReader(io.StringIO(run(fakes, *TWO, "--format", "csv").stdout, newline="")))
    assert [row["change"] for row in rows] == [one["change"] for one in document["layers"]]


def test_what_is_unknown_ends_as_a_wrong_question(fakes: FakeUseCases) -> None:
    assert run(fakes, "diff", "nobody/knows", "a/b:1").exit_code == 2
    assert run(fakes, *TWO, "--platform", "linux").exit_code == 2
    assert run(fakes, "diff", "a/b:1").exit_code == 2
