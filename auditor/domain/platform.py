"""The operating system and processor an image is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from auditor.domain.errors import InvalidReferenceError

UNKNOWN = "unknown"
_LEAST_PARTS, _MOST_PARTS = 2, 3
_SAME_VARIANT: Mapping[str, tuple[frozenset[str], ...]] = {
    "amd64": (frozenset({"", "v1"}),),
    "arm64": (frozenset({"", "8", "v8"}),),
    "arm": (
        frozenset({"", "7", "v7"}),
        frozenset({"5", "v5"}),
        frozenset({"6", "v6"}),
        frozenset({"8", "v8"}),
    ),
}
"""Spellings of one variant. Source: containerd/platforms database.go, `normalizeArch`."""


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """`os/architecture[/variant]`. Source: image-spec image-index.md, "platform"."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the platform written as `os/architecture[/variant]`.

        Raises InvalidReferenceError for anything else.
        """
        parts = text.split("/")
        if not _LEAST_PARTS <= len(parts) <= _MOST_PARTS or not all(parts):
            raise InvalidReferenceError(
                f"not a platform: {text!r}", next_step="write os/architecture, such as linux/amd64"
            )
        return cls(*parts)

    @property
    def is_unknown(self) -> bool:
        """Whether this is the `unknown/unknown` of attestation manifests."""
        return self.os == UNKNOWN and self.architecture == UNKNOWN

    @property
    def same_variants(self) -> frozenset[str]:
        """Every spelling of this platform's variant: arm64 alone is arm64/v8, arm is arm/v7."""
        groups = _SAME_VARIANT.get(self.architecture, ())
        return next((one for one in groups if self.variant in one), frozenset({self.variant}))

    def satisfies(self, wanted: Platform) -> bool:
        """Whether an image of this platform is what somebody asking for `wanted` gets.

        A wanted variant must be the same, however spelled; without one any variant will do.
        """
        same = (self.os, self.architecture) == (wanted.os, wanted.architecture)
        return same and (not wanted.variant or self.variant in wanted.same_variants)

    def __str__(self) -> str:
        variant = f"/{self.variant}" if self.variant else ""
        return f"{self.os}/{self.architecture}{variant}"


DEFAULT_PLATFORM = Platform("linux", "amd64")
