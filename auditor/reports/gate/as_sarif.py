"""A verdict as SARIF 2.1.0, a result per check that did not pass.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

from urllib.parse import quote

from auditor.domain.policy import CheckedImage, CheckOutcome, CheckReport, PolicyCheck
from auditor.reports.gate.as_gitlab import fingerprint
from auditor.reports.gate.words import DOCUMENTATION, TITLES, platform_words, problems, sentence
from auditor.reports.safe_text import visible
from auditor.reports.sarif import SCHEMA, VERSION, plain_message

# A failed check fails the job as well, so it is an error here too.
_LEVELS = {CheckOutcome.FAILED: "error", CheckOutcome.UNKNOWN: "warning"}


def check_sarif(report: CheckReport, dockerfile: str, *, program_version: str) -> dict[str, object]:
    """One run with every rule of a policy."""
    index_of = {rule: index for index, rule in enumerate(TITLES)}
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "auditor",
                        "version": program_version,
                        "rules": [_rule(name, title) for name, title in TITLES.items()],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(report, image, check, index_of[check.rule], dockerfile)
                    for image, check in problems(report)
                ],
                "properties": {"outcome": report.outcome.value},
            }
        ],
    }


def _rule(name: str, title: str) -> dict[str, object]:
    return {
        "id": f"policy/{name}",
        "shortDescription": {"text": title.capitalize()},
        "fullDescription": {"text": f"The image's {title} is held against the policy."},
        "help": {"text": f"The rule {name} of a policy: {DOCUMENTATION}"},
        "properties": {"page": DOCUMENTATION},
    }


def _result(
    report: CheckReport, image: CheckedImage, check: PolicyCheck, index: int, dockerfile: str
) -> dict[str, object]:
    whose = fingerprint(report, image, check)
    return {
        "ruleId": f"policy/{check.rule}",
        "ruleIndex": index,
        "level": _LEVELS[check.outcome],
        "message": {"text": plain_message(f"{sentence(check)} [{platform_words(image)}]")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(visible(dockerfile), safe="/")},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [
                    {
                        "name": visible(image.facts.side.name),
                        "fullyQualifiedName": visible(
                            f"{report.reference}@{image.facts.side.digest.text}"
                        ),
                        "kind": "image",
                    }
                ],
            }
        ],
        "fingerprints": {"check/v1": whose},
        "partialFingerprints": {"primaryLocationLineHash": whose},
        "properties": {
            "found": visible(check.found),
            "limit": visible(check.limit),
            "layers": [position + 1 for position in check.layers],
        },
    }
