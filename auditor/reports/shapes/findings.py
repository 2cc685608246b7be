"""What documents about findings hold."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from auditor.domain.finding_views import FindingsBy
from auditor.domain.findings import Basis, Confidence, EvidenceKind
from auditor.reports.shapes.words import (
    Bytes,
    ChangedBytes,
    Count,
    DigestText,
    ExactnessText,
    Moment,
    Money,
    SchemaVersion,
    Seconds,
    State,
    one_of,
)


class EvidenceShape(TypedDict):
    """What a finding was seen by; `layer` is a position, 0 at the bottom."""

    kind: Annotated[str, one_of(EvidenceKind)]
    text: str
    layer: Count | None
    digest: DigestText | None
    size_bytes: Bytes | None


class ClaimShape(TypedDict):
    """Bytes of a layer that this finding, and no other, claims."""

    layer: Count
    size_bytes: Bytes


class Advice(TypedDict):
    """What to change, and how it is known."""

    evidence: list[EvidenceShape]
    fix: str
    what: str
    dockerfile: list[str]
    caveats: list[str]
    low_bytes: ChangedBytes | None
    high_bytes: ChangedBytes | None
    claims: list[ClaimShape]
    added_bytes: Bytes
    help: str


class FindingShape(Advice):
    """One change that would make the images of a repository smaller."""

    rule: str
    registry: str
    repository: str
    tag: str
    digest: DigestText
    platform: str | None
    confidence: Annotated[str, one_of(Confidence)]
    basis: Annotated[str, one_of(Basis)]
    pull_saving_bytes: ChangedBytes
    stored_saving_bytes: ChangedBytes
    images: Count
    team: str | None
    priority_bytes: ChangedBytes
    ranked_low: list[str]
    cold_start_seconds: float
    monthly_saving: Money | None
    since: Moment | None
    stored_exactness: ExactnessText


class ImageFindingShape(Advice):
    """One change that would make an image smaller."""

    rule: str
    confidence: Annotated[str, one_of(Confidence)]
    basis: Annotated[str, one_of(Basis)]
    pull_saving_bytes: ChangedBytes


class ImageFindingsShape(TypedDict):
    """What was found in one image; `findings` null: nobody has looked."""

    findings: list[ImageFindingShape] | None
    findings_state: State
    pull_saving_bytes: Bytes | None
    cold_start_seconds: NotRequired[Seconds]


class FindingsDocument(TypedDict):
    """A page of findings; `as_of` null before the first analysis."""

    schema_version: SchemaVersion
    as_of: Moment | None
    findings: list[FindingShape]
    by: Annotated[str, one_of(FindingsBy)]
    matches: Count
    offset: Count
    waiting_images: Count
    price_notes: list[str]
