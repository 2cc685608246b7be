"""What documents about two images, and about bases in use, hold."""

from __future__ import annotations

from typing import Annotated, TypedDict

from auditor.domain.base_views import BasesBy
from auditor.domain.image_change import ImagePart, LayerFate
from auditor.reports.shapes.words import (
    Bytes,
    ChangedBytes,
    Count,
    DigestText,
    ExactnessText,
    Moment,
    Money,
    SchemaVersion,
    one_of,
)

PartText = Annotated[str, one_of(ImagePart)]


class BaseNameShape(TypedDict):
    """What an image is built on, without its size."""

    names: list[str]
    digest: DigestText | None
    basis: str
    confidence: str


class SideShape(TypedDict):
    """One of the two images; `layers` is how many it has."""

    reference: str
    digest: DigestText
    platform: str | None
    pull_bytes: Bytes
    layers: Count
    base: BaseNameShape | None
    exactness: ExactnessText


class PartShape(TypedDict):
    """One part of the change, before and after."""

    part: PartText
    from_bytes: Bytes
    to_bytes: Bytes
    change_bytes: ChangedBytes


class PlaceShape(TypedDict):
    """A layer in one of the images; `counted_bytes` is its part of a pull."""

    position: Count
    digest: DigestText
    size_bytes: Bytes
    counted_bytes: Bytes
    step: str | None
    from_base: bool | None
    estimated: bool


_OfLayer = TypedDict("_OfLayer", {"from": PlaceShape | None, "to": PlaceShape | None})
_OfImages = TypedDict("_OfImages", {"from": SideShape, "to": SideShape})


class LayerChangeShape(_OfLayer):
    """One layer; `from` or `to` is null where only the other image has it."""

    change: Annotated[str, one_of(LayerFate)]
    part: PartText
    change_bytes: ChangedBytes


class ImageChangeShape(_OfImages):
    """What changed between two images; the parts add up to `change_bytes`."""

    change_bytes: ChangedBytes
    change_ratio: float | None
    update_bytes: Bytes
    base_moved: bool | None
    other_platform: bool
    parts: list[PartShape]
    layers: list[LayerChangeShape]


class ImageChangeDocument(ImageChangeShape):
    """The same as a document of its own."""

    schema_version: SchemaVersion


class SwapShape(TypedDict):
    """A slimmer base, and what moving everything to it frees."""

    name: str
    size_bytes: Bytes
    freed_bytes: ChangedBytes
    added_bytes: Bytes
    kept_bytes: Bytes
    break_even: Count | None
    moves: Count
    exactness: ExactnessText
    monthly_saving: Money | None
    caveats: list[str]


class BaseInUse(TypedDict):
    """A base, and how much is built on it; `id` is the end of its chain of layers."""

    id: str
    registry: str
    name: str | None
    family: str | None
    platform: str | None
    size_bytes: Bytes
    repositories: Count
    images: Count
    versions: Count
    swap: SwapShape | None


class MostUsed(TypedDict):
    """A version of a family that much is built on."""

    names: list[str]
    size_bytes: Bytes
    own_bytes: Bytes
    repositories: Count


class FamilyShape(TypedDict):
    """A family of bases, and what its many versions cost."""

    family: str
    versions: Count
    repositories: Count
    stored_bytes: Bytes
    excess_bytes: Bytes
    most_used: list[MostUsed]


class BasesDocument(TypedDict):
    """A page of bases in use; `as_of` null before the first analysis."""

    schema_version: SchemaVersion
    as_of: Moment | None
    bases: list[BaseInUse]
    families: list[FamilyShape]
    by: Annotated[str, one_of(BasesBy)]
    matches: Count
    offset: Count
    waiting_images: Count
    price_notes: list[str]


class NamedBase(BaseInUse):
    """A base with every name that it is known by."""

    names: list[str]


class StepShape(TypedDict):
    """One move; `cumulative_bytes` is what it and those before it free."""

    position: Count
    scope: str
    repository: str
    freed_bytes: ChangedBytes
    cumulative_bytes: ChangedBytes


class BasePlanDocument(TypedDict):
    """One base, and each move in its order; none where no swap is known."""

    schema_version: SchemaVersion
    as_of: Moment | None
    base: NamedBase
    steps: list[StepShape]
    price_notes: list[str]
