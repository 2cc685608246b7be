"""What changed between two images, in parts that add up to the byte.

Sizes are compressed bytes, as pulled. Every layer of both images is in exactly one change, so
what the changes add up to, with manifest and config, is the difference of the two pulls.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from auditor.domain.digest import DiffId, Digest
from auditor.domain.exactness import Exactness
from auditor.domain.platform import Platform
from auditor.domain.views import BaseView


class LayerFate(StrEnum):
    """What became of a layer.

    `KEPT`: the same stored bytes. `RECOMPRESSED`: the same files, stored as other bytes.
    `REBUILT`: the same build step made another layer. `ADDED` and `REMOVED`: only one has it.
    """

    KEPT = "kept"
    RECOMPRESSED = "recompressed"
    REBUILT = "rebuilt"
    ADDED = "added"
    REMOVED = "removed"


class ImagePart(StrEnum):
    """Why a pull got bigger or smaller."""

    BASE = "base"
    ADDED = "added"
    REMOVED = "removed"
    REBUILT = "rebuilt"
    RECOMPRESSED = "recompressed"
    KEPT = "kept"
    DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class SideLayer:
    """One layer of an image that is compared.

    `step`: the readable build step, empty where unknown. `from_base` None where no base is
    known. `is_estimated`: nobody has compressed it yet, `size_bytes` is what that would give.
    """

    digest: Digest
    size_bytes: int
    step: str = ""
    diff_id: DiffId | None = None
    from_base: bool | None = None
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class ImageSide:
    """One of the two images; `name` as people write it, with its registry.

    `pull_bytes`: manifest, config and each distinct layer once.
    """

    name: str
    digest: Digest
    platform: Platform | None
    pull_bytes: int
    layers: tuple[SideLayer, ...]
    base: BaseView | None = None
    exactness: Exactness = Exactness.EXACT


@dataclass(frozen=True, slots=True)
class LayerChange:
    """One layer, before and after: positions, 0 at the bottom, None where it is absent.

    Bytes count in a pull: a layer listed twice counts where it is listed first.
    """

    fate: LayerFate
    part: ImagePart
    before: int | None
    after: int | None
    before_bytes: int
    after_bytes: int

    @property
    def change_bytes(self) -> int:
        """How much bigger the pull is for it."""
        return self.after_bytes - self.before_bytes


@dataclass(frozen=True, slots=True)
class PartOfChange:
    """All changes of one kind together."""

    part: ImagePart
    before_bytes: int
    after_bytes: int

    @property
    def change_bytes(self) -> int:
        """How much bigger the pull is for them."""
        return self.after_bytes - self.before_bytes


@dataclass(frozen=True, slots=True)
class ImageChange:
    """What changed from `before` to `after`; `layers` in build order, `parts` those there are.

    `is_base_moved` None where the base of one is unknown. `update_bytes`: what a node that
    has `before` downloads to run `after`.
    """

    before: ImageSide
    after: ImageSide
    layers: tuple[LayerChange, ...]
    parts: tuple[PartOfChange, ...]
    is_base_moved: bool | None
    update_bytes: int

    @property
    def change_bytes(self) -> int:
        """How much bigger the pull is."""
        return self.after.pull_bytes - self.before.pull_bytes

    @property
    def growth_ratio(self) -> float | None:
        """The change as a part of what was; None where that is nothing."""
        return self.change_bytes / self.before.pull_bytes if self.before.pull_bytes else None

    @property
    def is_other_platform(self) -> bool:
        """Whether the two are for different platforms."""
        both = self.before.platform and self.after.platform
        return bool(both) and self.before.platform != self.after.platform
