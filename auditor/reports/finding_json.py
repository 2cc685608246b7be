"""Findings as JSON objects: the same in every document that holds some."""

from __future__ import annotations

from auditor.domain.finding_views import FindingRow, ImageFindings
from auditor.domain.findings import Evidence, Finding
from auditor.reports.json_values import moment_value, money_value
from auditor.reports.shapes.findings import (
    Advice,
    EvidenceShape,
    FindingShape,
    ImageFindingShape,
    ImageFindingsShape,
)

NOT_ANALYSED = "not_analysed"


def finding_row(row: FindingRow) -> FindingShape:
    """One change that would make the images of a repository smaller.

    `pull_saving_bytes` is of one pull of the image named; `stored_saving_bytes` would leave
    the registry if all `images` were built that way, below zero where the change costs bytes.
    """
    finding = row.finding
    return {
        "rule": finding.rule,
        "registry": row.registry,
        "repository": row.repository,
        "tag": row.tag,
        "digest": row.digest.text,
        "platform": None if row.platform is None else str(row.platform),
        "confidence": finding.confidence.value,
        "basis": finding.basis.value,
        "pull_saving_bytes": finding.pull_saving_bytes,
        "stored_saving_bytes": row.stored_saving_bytes,
        **_advice(finding),
        "images": row.images,
        "team": row.team or None,
        "priority_bytes": row.priority_bytes,
        "ranked_low": list(row.ranked_low),
        "cold_start_seconds": round(row.cold_start_seconds, 3),
        "monthly_saving": (
            None if row.monthly_saving is None else money_value(row.monthly_saving, row.currency)
        ),
        "since": moment_value(row.since),
        "stored_exactness": row.stored_exactness.value,
    }


def image_findings(found: ImageFindings | None) -> ImageFindingsShape:
    """What was found in one image: keys of its document; `findings` null: not analysed."""
    if found is None:
        return {"findings": None, "findings_state": NOT_ANALYSED, "pull_saving_bytes": None}
    return {
        "findings": [_of_image(finding) for finding in found.findings],
        "findings_state": "analysed",
        "pull_saving_bytes": found.pull_saving_bytes,
        "cold_start_seconds": round(found.cold_start_seconds, 3),
    }


def rule_page(rule: str) -> str:
    """Where the documentation explains a rule, from the top of the repository."""
    return f"docs/reference/rules/{rule}.md"


def _of_image(finding: Finding) -> ImageFindingShape:
    return {
        "rule": finding.rule,
        "confidence": finding.confidence.value,
        "basis": finding.basis.value,
        "pull_saving_bytes": finding.pull_saving_bytes,
        **_advice(finding),
    }


def _advice(finding: Finding) -> Advice:
    return {
        "evidence": [_evidence(one) for one in finding.evidence],
        "fix": finding.fix,
        "what": finding.what,
        "dockerfile": list(finding.dockerfile),
        "caveats": list(finding.caveats),
        "low_bytes": finding.low_bytes,
        "high_bytes": finding.high_bytes,
        "claims": [
            {"layer": claim.layer, "size_bytes": claim.size_bytes} for claim in finding.claims
        ],
        "added_bytes": finding.added_bytes,
        "help": rule_page(finding.rule),
    }


def _evidence(evidence: Evidence) -> EvidenceShape:
    return {
        "kind": evidence.kind.value,
        "text": evidence.text,
        "layer": evidence.layer,
        "digest": None if evidence.digest is None else evidence.digest.text,
        "size_bytes": evidence.size_bytes,
    }
