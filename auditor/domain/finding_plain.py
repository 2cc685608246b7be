"""A finding as plain values that a database or JSON can hold, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.domain.digest import Digest
from auditor.domain.findings import (
    Basis,
    Breadth,
    Claim,
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
)


def to_plain(finding: Finding) -> dict[str, Any]:
    """Everything of a finding: texts, whole numbers, lists and mappings of them."""
    return {
        "rule": finding.rule,
        "key": finding.key,
        "what": finding.what,
        "fix": finding.fix,
        "evidence": [_evidence(one) for one in finding.evidence],
        "claims": [[claim.layer, claim.size_bytes] for claim in finding.claims],
        "first_layer": finding.first_layer,
        "confidence": finding.confidence.value,
        "basis": finding.basis.value,
        "breadth": int(finding.breadth),
        "added_bytes": finding.added_bytes,
        "added_layers": [[digest.text, size] for digest, size in finding.added_layers],
        "low_bytes": finding.low_bytes,
        "high_bytes": finding.high_bytes,
        "dockerfile": list(finding.dockerfile),
        "caveats": list(finding.caveats),
    }


def from_plain(plain: Mapping[str, Any]) -> Finding:
    """The finding that `to_plain` wrote down."""
    return Finding(
        rule=plain["rule"],
        key=plain["key"],
        what=plain["what"],
        fix=plain["fix"],
        evidence=tuple(_read_evidence(one) for one in plain["evidence"]),
        claims=tuple(Claim(layer, size) for layer, size in plain["claims"]),
        first_layer=plain["first_layer"],
        confidence=Confidence(plain["confidence"]),
        basis=Basis(plain["basis"]),
        breadth=Breadth(plain["breadth"]),
        added_bytes=plain["added_bytes"],
        added_layers=tuple((Digest(text), size) for text, size in plain["added_layers"]),
        low_bytes=plain["low_bytes"],
        high_bytes=plain["high_bytes"],
        dockerfile=tuple(plain["dockerfile"]),
        caveats=tuple(plain["caveats"]),
    )


def _evidence(one: Evidence) -> list[Any]:
    digest = one.digest.text if one.digest else None
    return [one.kind.value, one.text, one.layer, digest, one.size_bytes]


def _read_evidence(plain: list[Any]) -> Evidence:
    kind, text, layer, digest, size_bytes = plain
    return Evidence(EvidenceKind(kind), text, layer, Digest(digest) if digest else None, size_bytes)
