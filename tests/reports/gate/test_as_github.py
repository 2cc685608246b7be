"""Workflow commands, read back as the runner reads them.

Source: github.com/actions/runner src/Runner.Common/ActionCommand.cs, `TryParseV2`.
"""

from __future__ import annotations

import re

import pytest

from auditor.domain.policy import CheckReport
from auditor.reports.gate.as_github import github_lines
from tests.reports.check_samples import REPORTS, passed

COMMAND = re.compile(r"::(error|warning|notice) (file=[^:,]*),(line=1),(title=[^:,]*)::(.*)")


def unescaped(text: str) -> str:
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, sign)
    return text


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_line_is_one_command(report: CheckReport) -> None:
    lines = list(github_lines(report, "docker/a:b,c%/Dockerfile"))
    for line in lines:
        assert line.count("\n") == 1
        match = COMMAND.fullmatch(line.removesuffix("\n"))
        assert match, line
        assert unescaped(match[2]) == "file=docker/a:b,c%/Dockerfile"
        assert not re.search(r"[\x00-\x1f]", match[5])


def test_failures_are_errors_and_what_is_unknown_a_warning() -> None:
    kinds = [line.split(" ")[0] for line in github_lines(REPORTS["check"], "Dockerfile")]
    assert kinds.count("::error") > kinds.count("::warning") > 0
    assert kinds[-1] == "::notice"


def test_a_percent_sign_in_a_name_is_no_line_break() -> None:
    text = "".join(github_lines(REPORTS["check-hostile"], "Dockerfile"))
    assert "%250A" in text
    assert "\n::error::x" not in text


def test_what_passed_is_one_notice() -> None:
    (line,) = github_lines(passed(), "Dockerfile")
    assert line.startswith("::notice file=Dockerfile,line=1,title=image size::")
