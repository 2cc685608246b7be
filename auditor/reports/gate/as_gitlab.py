"""A GitLab code quality report.

Source: docs.gitlab.com, "Code Quality", "Import Code Quality results from a CI/CD job":
`description`, `check_name`, `fingerprint`, `location.path`, `location.lines.begin`, `severity`.
"""

from __future__ import annotations

import hashlib
import json

from auditor.domain.policy import CheckedImage, CheckOutcome, CheckReport, PolicyCheck
from auditor.reports.gate.words import platform_words, problems, sentence

_SEVERITIES = {CheckOutcome.FAILED: "major", CheckOutcome.UNKNOWN: "info"}


def gitlab_report(report: CheckReport, dockerfile: str) -> str:
    """One entry per check that did not pass; an empty list where all did."""
    entries = [_entry(report, image, check, dockerfile) for image, check in problems(report)]
    return json.dumps(entries, indent=2, ensure_ascii=True) + "\n"


def _entry(
    report: CheckReport, image: CheckedImage, check: PolicyCheck, dockerfile: str
) -> dict[str, object]:
    return {
        "description": f"{sentence(check)} [{platform_words(image)}]",
        "check_name": f"auditor/{check.rule}",
        "fingerprint": fingerprint(report, image, check),
        "severity": _SEVERITIES[check.outcome],
        "location": {"path": dockerfile, "lines": {"begin": 1}},
    }


def fingerprint(report: CheckReport, image: CheckedImage, check: PolicyCheck) -> str:
    """The same for the same rule of the same image in every release: no tag, digest or size."""
    parts = (report.repository or report.reference, platform_words(image), check.rule)
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
