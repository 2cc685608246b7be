"""One image read straight from where it is: a registry, a layout or an archive."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.platform import Platform


@dataclass(frozen=True, slots=True)
class LayerMeasure:
    """What an archive tells of a layer besides its descriptor.

    `unpacked_bytes` of its tar, None where nobody unpacked it. `is_estimated`: it is not
    compressed there, and the descriptor's size and digest are what compressing it would give.
    """

    unpacked_bytes: int | None = None
    is_estimated: bool = False


NOT_MEASURED = LayerMeasure()


@dataclass(frozen=True, slots=True)
class ReadImage:
    """A manifest with its config; `config` None where it could not be read.

    `name` as people write it, with its registry. `repository` without, empty where an archive
    names none. `measures`: one per layer, or none at all.
    """

    name: str
    repository: str
    manifest: Manifest
    config: ImageConfig | None
    platform: Platform | None
    measures: tuple[LayerMeasure, ...] = ()

    @property
    def measured(self) -> tuple[LayerMeasure, ...]:
        """One per layer."""
        return self.measures or (NOT_MEASURED,) * len(self.manifest.layers)

    @property
    def unpacked_bytes(self) -> int | None:
        """Bytes of all its layers' tars, as often as they are listed; None where unknown."""
        sizes = [one.unpacked_bytes for one in self.measured]
        known = [size_bytes for size_bytes in sizes if size_bytes is not None]
        return sum(known) if len(known) == len(sizes) else None

    @property
    def is_estimated(self) -> bool:
        """Whether any layer's compressed size is an estimate."""
        return any(one.is_estimated for one in self.measures)
