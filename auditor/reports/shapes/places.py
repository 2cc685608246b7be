"""What documents about registries, repositories and images hold."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from auditor.domain.change import ChangedFigure, ChangeKind
from auditor.domain.views import RankBy
from auditor.reports.shapes.findings import FindingShape, ImageFindingsShape
from auditor.reports.shapes.words import (
    Bytes,
    ChangedBytes,
    Conflict,
    Count,
    DigestText,
    ExactnessText,
    Moment,
    Money,
    ProblemShape,
    SchemaVersion,
    ScopeText,
    State,
    one_of,
)


class TotalsShape(TypedDict):
    """Sums before `limit` and `q`; `monthly_cost` null for several currencies."""

    repositories: Count
    tags: Count
    images: Count
    logical_bytes: Bytes
    stored_bytes: Bytes
    monthly_cost: Money | None
    exactness: ExactnessText
    stored_saving_bytes: ChangedBytes | None


class FigureExactness(TypedDict):
    """How exact each figure of a row is."""

    logical_bytes: ExactnessText
    stored_bytes: ExactnessText
    exclusive_bytes: ExactnessText
    fair_share_bytes: ExactnessText
    monthly_cost: ExactnessText


class RankingRowShape(TypedDict):
    """One repository; `image_bytes` is what a pull of its newest image downloads."""

    registry: str
    repository: str
    tags: Count
    images: Count
    image_bytes: Bytes | None
    logical_bytes: Bytes
    stored_bytes: Bytes
    exclusive_bytes: Bytes
    fair_share_bytes: Bytes
    monthly_cost: Money
    pull_saving_bytes: Bytes | None
    stored_saving_bytes: ChangedBytes | None
    exactness: ExactnessText
    exactness_by_figure: FigureExactness
    savings_state: State
    image_reference: str | None
    growth_bytes: ChangedBytes | None
    is_stale: bool
    last_pushed_at: Moment | None


class RankingDocument(TypedDict):
    """A ranking; `matches` counts all rows that match, on every page."""

    schema_version: SchemaVersion
    as_of: Moment | None
    exactness: ExactnessText
    totals: TotalsShape
    repositories: list[RankingRowShape]
    by: Annotated[str, one_of(RankBy)]
    matches: Count
    offset: Count
    price_notes: list[str]


class TagShape(TypedDict):
    """One tag; `added_bytes` is what only it reaches in its repository."""

    tag: str
    digest: DigestText | None
    kind: str
    platforms: list[str]
    pull_bytes: Bytes | None
    added_bytes: Bytes | None
    since: Moment | None
    created_at: Moment | None
    is_missing: bool


class BlobShape(TypedDict):
    """One stored blob, with how many repositories and manifests reach it."""

    digest: DigestText
    size_bytes: Bytes
    role: str
    shared_by_repositories: Count
    manifests: Count


class Neighbour(TypedDict):
    """Another repository, and the bytes both reach."""

    repository: str
    shared_bytes: Bytes
    blobs: Count


class PointShape(TypedDict):
    """Stored bytes from a moment on, until the next point."""

    at: Moment | None
    stored_bytes: Bytes


class RepositoryDocument(RankingRowShape):
    """One repository: the keys of its ranking row, then tags, blobs and neighbours."""

    schema_version: SchemaVersion
    kind: Literal["repository"]
    as_of: Moment | None
    scope: ScopeText
    untagged_images: Count
    tag_count: Count
    tag_list: list[TagShape]
    blobs: list[BlobShape]
    shared_with: list[Neighbour]
    history: list[PointShape]
    conflicts: list[Conflict]
    problems: list[ProblemShape]
    price_notes: list[str]
    findings: list[FindingShape] | None
    findings_state: State


class LayerShape(TypedDict):
    """One layer in build order, `position` 0 at the bottom."""

    position: Count
    digest: DigestText
    size_bytes: Bytes
    created_by: str | None
    media_type: str
    shared_by_repositories: Count
    from_base: bool | None
    step: str | None
    created_at: Moment | None
    is_foreign: bool


class BaseShape(TypedDict):
    """What an image is built on."""

    names: list[str]
    digest: DigestText | None
    basis: str
    confidence: str
    layer_count: Count
    size_bytes: Bytes


class ImageDocument(ImageFindingsShape):
    """One image with its layers in build order, bottom first."""

    schema_version: SchemaVersion
    kind: Literal["image"]
    layers: list[LayerShape]
    base: BaseShape | None
    registry: str
    repository: str
    reference: str
    digest: DigestText
    media_type: str
    platform: str | None
    platforms: list[str]
    tags: list[str]
    pull_bytes: Bytes
    manifest_bytes: Bytes
    config_digest: DigestText | None
    config_bytes: Bytes
    exactness: ExactnessText
    created_at: Moment | None
    since: Moment | None
    history_note: str
    steps_without_layer: Count
    labels: dict[str, str]
    conflicts: list[Conflict]


class ContributorShape(TypedDict):
    """Who brought most of a part."""

    registry: str | None
    repository: str | None
    tag: str | None
    digest: DigestText | None
    net_bytes: ChangedBytes


class ChangePartShape(TypedDict):
    """One reason of a change with its biggest contributors."""

    part: Annotated[str, one_of(ChangeKind)]
    added_bytes: Bytes
    removed_bytes: Bytes
    net_bytes: ChangedBytes
    contributors: list[ContributorShape]


_Between = TypedDict("_Between", {"from": Moment | None, "to": Moment | None})


class ChangeDocument(_Between):
    """A change with its parts, whose `net_bytes` add up to its own."""

    schema_version: SchemaVersion
    kind: Literal["change"]
    registry: str | None
    repository: str | None
    team: str | None
    figure: Annotated[str, one_of(ChangedFigure)]
    exactness: ExactnessText
    before_bytes: Bytes
    after_bytes: Bytes
    net_bytes: ChangedBytes
    parts: list[ChangePartShape]
