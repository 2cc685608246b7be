"""A verdict in words that every form shares."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.domain.policy import CheckedImage, CheckOutcome, CheckReport, PolicyCheck
from auditor.domain.units import format_bytes
from auditor.reports.phrases import count_text
from auditor.reports.safe_text import visible

TITLES = {
    "max_size": "size of a pull",
    "max_unpacked_size": "unpacked size",
    "max_growth": "growth",
    "max_layers": "number of layers",
    "max_layer_size": "size of a layer",
    "forbidden_bases": "forbidden bases",
    "required_bases": "required bases",
    "required_labels": "required labels",
    "max_saving": "what could be saved",
    "forbidden_findings": "forbidden findings",
}
MARKS = {
    CheckOutcome.PASSED: "passed",
    CheckOutcome.FAILED: "FAILED",
    CheckOutcome.UNKNOWN: "UNKNOWN",
    CheckOutcome.SKIPPED: "skipped",
}
DOCUMENTATION = "docs/reference/check.md"


def verdict(report: CheckReport) -> str:
    """One sentence: passed or not, and how many rules."""
    checks = [check for image in report.images for check in image.checks]
    failed = sum(check.outcome is CheckOutcome.FAILED for check in checks)
    unknown = sum(check.outcome is CheckOutcome.UNKNOWN for check in checks)
    name = visible(report.reference)
    if failed:
        return f"{name} failed {failed} of {count_text(len(checks), 'check')}"
    if unknown:
        return f"{name}: {unknown} of {count_text(len(checks), 'check')} could not be judged"
    return f"{name} passed {count_text(len(checks), 'check')}"


def problems(report: CheckReport) -> Iterator[tuple[CheckedImage, PolicyCheck]]:
    """Every check that did not pass, in the report's order."""
    for image in report.images:
        for check in image.checks:
            if check.outcome in (CheckOutcome.FAILED, CheckOutcome.UNKNOWN):
                yield image, check


def platform_words(image: CheckedImage) -> str:
    """The platform, or that it is not stated."""
    platform = image.facts.side.platform
    return visible(str(platform)) if platform else "platform not stated"


def size_words(image: CheckedImage) -> str:
    """What a pull downloads, estimates as such."""
    side = image.facts.side
    return f"{side.exactness.mark}{format_bytes(side.pull_bytes)}"


def sentence(check: PolicyCheck) -> str:
    """What was found and what is allowed: for whoever has to mend it."""
    ending = f" ({allowed(check)})" if check.outcome is CheckOutcome.FAILED else ""
    return visible(f"{check.message}{ending}")


def allowed(check: PolicyCheck) -> str:
    """The limit as a phrase: `allowed: 300 MB`."""
    is_wish = check.rule in ("required_bases", "required_labels")
    return visible(f"{'required' if is_wish else 'allowed'}: {check.limit}")
