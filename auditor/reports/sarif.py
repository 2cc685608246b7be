"""Findings as SARIF 2.1.0, for code-scanning pages and editors.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from auditor.domain.finding_views import FindingRow, FindingsPage
from auditor.domain.findings import Confidence, RuleInfo
from auditor.reports.finding_json import rule_page
from auditor.reports.finding_words import image_name, saving_words, stored_words, touched_layers
from auditor.reports.json_values import moment_value
from auditor.reports.safe_text import visible

VERSION: Final = "2.1.0"
SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
# Advice about size: never "error", which would fail somebody's build.
_LEVELS = {
    Confidence.HIGH: "warning",
    Confidence.MEDIUM: "note",
    Confidence.LOW: "note",
}


def sarif_document(page: FindingsPage, *, program_version: str) -> dict[str, object]:
    """One run with every rule, and a result per finding in the page's order."""
    index_of = {rule.identifier: index for index, rule in enumerate(page.rules)}
    return {
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "auditor",
                        "version": program_version,
                        "rules": [_rule(rule) for rule in page.rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(row, index_of) for row in page.rows],
                "properties": {
                    "as_of": moment_value(page.as_of),
                    "waiting_images": page.waiting_images,
                },
            }
        ],
    }


def fingerprint(row: FindingRow) -> str:
    """The same for the same finding in every release of an image: no tag and no digest."""
    parts = (
        row.registry,
        row.repository,
        "" if row.platform is None else str(row.platform),
        row.finding.rule,
        row.finding.key,
    )
    # Lengths keep parts apart, whatever a registry put into them.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _rule(rule: RuleInfo) -> dict[str, object]:
    page = rule_page(rule.identifier)
    return {
        "id": rule.identifier,
        "shortDescription": {"text": plain_message(rule.title)},
        "fullDescription": {"text": plain_message(f"{rule.title}. {rule.sees}")},
        "help": {"text": plain_message(f"{rule.sees}\n\n{rule.misses}\n\nMore: {page}")},
        "properties": {"page": page},
    }


def _result(row: FindingRow, index_of: Mapping[str, int]) -> dict[str, object]:
    finding = row.finding
    index = index_of.get(finding.rule)
    whose = fingerprint(row)
    return {
        "ruleId": finding.rule,
        **({} if index is None else {"ruleIndex": index}),
        "level": _LEVELS[finding.confidence],
        "message": {"text": _message(row)},
        "locations": [_location(row)],
        "fingerprints": {"finding/v1": whose},
        # The only one that GitHub's code scanning reads.
        "partialFingerprints": {"primaryLocationLineHash": whose},
        "properties": _properties(row),
    }


def _message(row: FindingRow) -> str:
    finding = row.finding
    saving = f"Saves {saving_words(finding)} in a pull of {image_name(row)}; stored: {stored_words(row)}."
    lines = [f"{finding.what} {finding.fix} {saving}"]
    if finding.dockerfile:
        lines.append("\n".join(finding.dockerfile))
    lines += finding.caveats
    return plain_message("\n\n".join(lines))


def plain_message(text: str) -> str:
    """A plain text message whose braces and brackets are no placeholder and no link.

    Source: SARIF 2.1.0, sections 3.11.5 (braces are doubled) and 3.11.6 (links).
    """
    lines = (visible(line) for line in text.split("\n"))
    doubled = "\n".join(lines).replace("{", "{{").replace("}", "}}")
    return doubled.replace("](", "] (")


def _location(row: FindingRow) -> dict[str, object]:
    """The image and its layers; and, since scanners insist on one, a place in a file.

    An image has no file and no lines: the artifact is the repository's name, line 1. GitHub
    refuses whole documents without ("expected a physical location").
    """
    # A relative reference: a colon or a space in it would make it something else.
    uri = quote(visible(f"{row.registry}/{row.repository}"), safe="/")
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}},
        "logicalLocations": [_image(row), *_layers(row)],
    }


def _image(row: FindingRow) -> dict[str, object]:
    return {
        "name": visible(image_name(row)),
        "fullyQualifiedName": _full_name(row),
        "kind": "image",
    }


def _layers(row: FindingRow) -> Sequence[dict[str, object]]:
    return [
        {
            "name": f"layer {position + 1}",
            "fullyQualifiedName": f"{_full_name(row)}#layer-{position + 1}",
            "kind": "layer",
        }
        for position in touched_layers(row.finding)
    ]


def _full_name(row: FindingRow) -> str:
    mark = f":{row.tag}" if row.tag else f"@{row.digest.text}"
    return visible(f"{row.registry}/{row.repository}{mark}")


def _properties(row: FindingRow) -> dict[str, object]:
    finding = row.finding
    return {
        "confidence": finding.confidence.value,
        "basis": finding.basis.value,
        "pull_saving_bytes": finding.pull_saving_bytes,
        "stored_saving_bytes": row.stored_saving_bytes,
        "low_bytes": finding.low_bytes,
        "high_bytes": finding.high_bytes,
        "images": row.images,
        "digest": row.digest.text,
        "platform": None if row.platform is None else visible(str(row.platform)),
        "team": visible(row.team) or None,
        "since": moment_value(row.since),
    }
