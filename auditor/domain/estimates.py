"""What the calculator is asked and answers: bytes with an interval, part by part."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from auditor.domain.digest import Digest
from auditor.domain.packages import Ecosystem, SizedPackage
from auditor.domain.platform import DEFAULT_PLATFORM, Platform


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the bounds that hold it four times in five; in bytes, low <= estimate <= high."""

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

    def scaled(self, factor: float) -> Interval:
        """The same share of all three figures; `factor` is 0 or more."""
        return Interval(
            round(self.estimate_bytes * factor),
            round(self.low_bytes * factor),
            round(self.high_bytes * factor),
        )


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
    """One layer, or one share of it.

    `packages` come with it, biggest first; `unpacked` is None where nothing is known of it.
    `explanation` says in a sentence where the figure comes from.
    """

    kind: PartKind
    name: str
    compressed: Interval
    unpacked: Interval | None = None
    packages: tuple[SizedPackage, ...] = ()
    explanation: str = ""


class Compression(StrEnum):
    """How layers are compressed."""

    GZIP = "gzip"
    ZSTD = "zstd"


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file as it was given: a list of packages, a lock file, a Dockerfile."""

    name: str
    content: bytes = field(repr=False)


def is_dockerfile_name(name: str) -> bool:
    """Whether a file of this name is a Dockerfile, as editors and Docker's tools tell them."""
    last = name.rpartition("/")[2].lower()
    stem = last.partition(".")[0]
    return stem in ("dockerfile", "containerfile") or last.endswith(
        (".dockerfile", ".containerfile")
    )


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """Files of one's own: what they weigh in a layer."""

    name: str
    compressed: Interval
    unpacked: Interval | None = None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """How the image will be used; all from 0, the link above 0.

    `tags` are kept at a time, each with its own upper layers; `growth_ratio` is what an image
    gains from one month to the next. `link_bytes_per_second` is the node's.
    """

    tags: int = 1
    growth_ratio: float = 0.0
    pulls_per_month: int = 0
    link_bytes_per_second: float = 125e6


@dataclass(frozen=True, slots=True)
class EstimateOptions:
    """How the image will be built."""

    dev: bool = False
    recommends: bool = False
    keeps_caches: bool = False
    is_compiled: bool = True
    compression: Compression = Compression.GZIP


@dataclass(frozen=True, slots=True)
class EstimateRequest:
    """What to estimate.

    `base` is a reference or "scratch". `names` are packages as written on a command line, by
    ecosystem. `files` are told apart by name. `stated` are sizes of what no reader can know,
    by path, as stored. `registry` is where the image will lie, empty for the base's or the
    only one. `distribution` ("debian:trixie"), `python` and `node` where the base does not tell.
    """

    base: str = ""
    platform: Platform = DEFAULT_PLATFORM
    names: tuple[tuple[Ecosystem, str], ...] = ()
    files: tuple[ListFile, ...] = ()
    own: tuple[OwnFiles, ...] = ()
    dockerfile: ListFile | None = None
    target: str = ""
    build_arguments: tuple[tuple[str, str], ...] = ()
    stated: tuple[tuple[str, int], ...] = ()
    options: EstimateOptions = EstimateOptions()
    usage: Usage = Usage()
    registry: str = ""
    distribution: str = ""
    python: str = ""
    extras: tuple[str, ...] = ()
    has_alternatives: bool = True


@dataclass(frozen=True, slots=True)
class BaseLayerHeld:
    """One layer of the base, and whether the registry holds it already."""

    digest: Digest
    size_bytes: int
    is_held: bool


@dataclass(frozen=True, slots=True)
class BaseUsed:
    """The base an estimate stands on.

    `source` says who knows its size and `as_of` since when; `layers` is empty where only the
    size is known. `size` is compressed, and no more than a guess where `stand_in` names the
    image whose figures were taken for want of others.
    """

    name: str
    platform: Platform
    size: Interval
    source: str
    as_of: date | None = None
    distribution: str = ""
    layers: tuple[BaseLayerHeld, ...] = ()
    stand_in: str = ""

    @property
    def held_bytes(self) -> int:
        """What of it the registry holds already."""
        return sum(layer.size_bytes for layer in self.layers if layer.is_held)


class Choice(StrEnum):
    """What an alternative does otherwise."""

    BASE = "base"
    PRODUCTION = "production"
    DEVELOPMENT = "development"
    RECOMMENDS = "recommends"
    CACHES = "caches"
    ZSTD = "zstd"
    BYTE_CODE = "byte_code"
    ONE_STAGE = "one_stage"
    STAGE = "stage"


@dataclass(frozen=True, slots=True)
class Alternative:
    """The same image built otherwise. `caveats` are sentences: what it takes or breaks.

    `base` is the other base as one asks for it, empty where that stays.
    """

    choice: Choice
    name: str
    compressed: Interval
    caveats: tuple[str, ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """What keeping it costs a month, with `formula` in words; money is not rounded.

    `stored` is for what the registry would hold more, `transfer_bytes` what pulls download.
    """

    estimate: Decimal
    low: Decimal
    high: Decimal
    currency: str
    formula: str
    price_note: str
    stored: Interval
    in_a_year: Decimal
    transfer_bytes: int
    tags: int = 1


@dataclass(frozen=True, slots=True)
class PullTimes:
    """Seconds on a node that has nothing of the image: from the link alone, and until it runs."""

    download_seconds: float
    cold_start_seconds: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """The answer. `marginal` is what the registry would hold more, in `registry`'s scope.

    `unpacked` is None where a part's is unknown. `left_out` names stages that leave nothing.
    `notes` are sentences on what is approximate and why.
    """

    platform: Platform
    base: BaseUsed | None
    parts: tuple[Part, ...]
    compressed: Interval
    unpacked: Interval | None
    marginal: Interval
    registry: str
    times: PullTimes
    cost: MonthlyCost
    alternatives: tuple[Alternative, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_lower_bound: bool = False


def total(parts: Sequence[Part]) -> Interval:
    """The compressed bytes of all parts."""
    return Interval.sum(part.compressed for part in parts)


def unpacked_total(parts: Sequence[Part]) -> Interval | None:
    """The unpacked bytes of all parts; None as soon as one part's are unknown."""
    known = [part.unpacked for part in parts if part.unpacked is not None]
    return Interval.sum(known) if len(known) == len(parts) else None
