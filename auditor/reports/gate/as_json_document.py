"""A verdict for programs."""

from __future__ import annotations

from auditor.domain.policy import CheckedImage, CheckOutcome, CheckReport, PolicyCheck
from auditor.reports.finding_json import image_findings
from auditor.reports.gate.words import sentence
from auditor.reports.image_change_forms import base_object, change_object

SCHEMA_VERSION = 1


def check_document(report: CheckReport) -> dict[str, object]:
    """The verdict, every image with its checks, its findings and what changed; biggest first."""
    return {
        "schema_version": SCHEMA_VERSION,
        "image": report.reference,
        "repository": report.repository or None,
        "against": report.against or None,
        "outcome": report.outcome.value,
        "passed": report.outcome is CheckOutcome.PASSED,
        "pull_bytes": report.biggest.facts.side.pull_bytes,
        "images": [_image(image) for image in report.images],
        "notes": list(report.notes),
    }


def _image(image: CheckedImage) -> dict[str, object]:
    facts, side = image.facts, image.facts.side
    return {
        "name": side.name,
        "digest": side.digest.text,
        "platform": None if side.platform is None else str(side.platform),
        "outcome": image.outcome.value,
        "pull_bytes": side.pull_bytes,
        "unpacked_bytes": facts.unpacked_bytes,
        "exactness": side.exactness.value,
        "bases": [base_object(base) for base in facts.bases],
        "checks": [_check(check) for check in image.checks],
        "layers": [
            {
                "position": position,
                "digest": layer.digest.text,
                "size_bytes": layer.size_bytes,
                "step": layer.step or None,
                "from_base": layer.from_base,
                "estimated": layer.is_estimated,
            }
            for position, layer in enumerate(side.layers)
        ],
        "change": None if facts.change is None else change_object(facts.change),
        **image_findings(facts.findings),
    }


def _check(check: PolicyCheck) -> dict[str, object]:
    return {
        "rule": check.rule,
        "outcome": check.outcome.value,
        "found": check.found,
        "limit": check.limit,
        "message": sentence(check),
        "layers": list(check.layers),
    }
