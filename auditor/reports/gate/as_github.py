"""Annotations of GitHub Actions: workflow commands on standard output.

Source: docs.github.com, "Workflow commands for GitHub Actions"; the escapes are those of
actions/toolkit packages/core/src/command.ts (`escapeData`, `escapeProperty`).
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.domain.policy import CheckOutcome, CheckReport
from auditor.reports.gate.words import (
    TITLES,
    platform_words,
    problems,
    sentence,
    size_words,
    verdict,
)

_LEVELS = {CheckOutcome.FAILED: "error", CheckOutcome.UNKNOWN: "warning"}


def github_lines(report: CheckReport, dockerfile: str) -> Iterator[str]:
    """One command per check that did not pass, then a notice with the verdict."""
    for image, check in problems(report):
        title = f"{TITLES[check.rule]}, {platform_words(image)}"
        yield _command(_LEVELS[check.outcome], dockerfile, title, sentence(check))
    sizes = "; ".join(f"{platform_words(one)} {size_words(one)}" for one in report.images)
    yield _command("notice", dockerfile, "image size", f"{verdict(report)}. A pull: {sizes}")


def _command(level: str, file: str, title: str, message: str) -> str:
    place = f"file={_property(file)},line=1,title={_property(title)}"
    return f"::{level} {place}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
