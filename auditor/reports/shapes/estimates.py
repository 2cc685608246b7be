"""What the document of an estimate holds."""

from __future__ import annotations

from typing import Annotated, TypedDict

from auditor.domain.estimates import Choice, PartKind
from auditor.reports.shapes.words import Bytes, Count, DigestText, Money, SchemaVersion, one_of


class IntervalShape(TypedDict):
    """Bytes; four times in five the truth lies from `low` to `high`."""

    estimate: Bytes
    low: Bytes
    high: Bytes


class EstimatedLayerShape(TypedDict):
    """A layer of the base; `held`: the registry has it already."""

    digest: DigestText
    size_bytes: Bytes
    held: bool


class EstimatedBaseShape(TypedDict):
    """The base; `stand_in` names the image whose size was taken for want of its own."""

    name: str
    platform: str
    compressed_bytes: IntervalShape
    source: str
    as_of: str | None
    distribution: str | None
    stand_in: str | None
    layers: list[EstimatedLayerShape]


class EstimatedPackageShape(TypedDict):
    """A package that comes along; `asked_by` needs it, null for one asked for."""

    name: str
    version: str
    archive_bytes: Bytes | None
    unpacked_bytes: Bytes | None
    asked_by: str | None
    dev: bool
    recommended: bool


class EstimatedPartShape(TypedDict):
    """One part; the estimates of all parts add up to the whole's."""

    kind: Annotated[str, one_of(PartKind)]
    name: str
    compressed_bytes: Bytes
    low_bytes: Bytes
    high_bytes: Bytes
    unpacked_bytes: IntervalShape | None
    explanation: str
    packages: list[EstimatedPackageShape]


class EstimatedCostShape(TypedDict):
    """Money a month for what the registry would hold more; `formula` says how."""

    estimate: Money
    low: Money
    high: Money
    in_a_year: Money
    formula: str
    price_note: str
    stored_bytes: IntervalShape
    transfer_bytes: Bytes


class AlternativeShape(TypedDict):
    """The same image built otherwise."""

    choice: Annotated[str, one_of(Choice)]
    name: str
    compressed_bytes: IntervalShape
    caveats: list[str]


class EstimateDocument(TypedDict):
    """What an image will weigh; `unpacked_bytes` null where a part's is unknown.

    `lower_bound`: some bytes are of unknown size and counted nowhere; `notes` say which.
    """

    schema_version: SchemaVersion
    platform: str
    registry: str | None
    compressed_bytes: IntervalShape
    unpacked_bytes: IntervalShape | None
    marginal_bytes: IntervalShape
    lower_bound: bool
    base: EstimatedBaseShape | None
    parts: list[EstimatedPartShape]
    download_seconds: float
    cold_start_seconds: float
    monthly_cost: EstimatedCostShape
    tags: Count
    alternatives: list[AlternativeShape]
    left_out: list[str]
    notes: list[str]
