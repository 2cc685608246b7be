"""What the calculator answers: bytes with an interval, part by part."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from auditor.domain.digest import Digest
from auditor.domain.packages import SizedPackage


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the bounds that hold it four times in five; all bytes, low <= estimate <= high."""

    estimate_bytes: int
    low_bytes: int
    high_bytes: int

    @classmethod
    def exactly(cls, size_bytes: int) -> Interval:
        """A figure that is known."""
        return cls(size_bytes, size_bytes, size_bytes)

    @property
    def is_exact(self) -> bool:
        """Whether nothing about it is guessed."""
        return self.low_bytes == self.high_bytes

    @classmethod
    def sum(cls, intervals: Iterable[Interval]) -> Interval:
        """The sum of independent figures: estimates add up, widths as the root of their squares.

        So parts that err each in its own way are not all taken to err the same way.
        """
        parts = tuple(intervals)
        estimate = sum(part.estimate_bytes for part in parts)
        below = math.hypot(*(part.estimate_bytes - part.low_bytes for part in parts))
        above = math.hypot(*(part.high_bytes - part.estimate_bytes for part in parts))
        return cls(estimate, max(0, estimate - round(below)), estimate + round(above))


class PartKind(StrEnum):
    """What bytes come from."""

    BASE = "base"
    APT = "apt"
    APK = "apk"
    PIP = "pip"
    NPM = "npm"
    CACHE = "cache"
    FILES = "files"
    DOWNLOAD = "download"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """One layer, or one share of it: `layers` are digests known beforehand, for a base only.

    `packages` come with it, biggest first; `unpacked` is None where nothing is known of it.
    `explanation` says in a sentence where the figure comes from.
    """

    kind: PartKind
    name: str
    compressed: Interval
    unpacked: Interval | None = None
    packages: tuple[SizedPackage, ...] = ()
    layers: tuple[Digest, ...] = ()
    explanation: str = ""


def total(parts: Sequence[Part]) -> Interval:
    """The compressed bytes of all parts."""
    return Interval.sum(part.compressed for part in parts)


def unpacked_total(parts: Sequence[Part]) -> Interval | None:
    """The unpacked bytes of all parts; None as soon as one part's are unknown."""
    known = [part.unpacked for part in parts if part.unpacked is not None]
    return Interval.sum(known) if len(known) == len(parts) else None
