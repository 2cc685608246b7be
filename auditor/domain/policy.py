"""What an image may weigh and be made of, and how one was judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Self

from auditor.domain.errors import UsageError
from auditor.domain.finding_views import ImageFindings
from auditor.domain.image_change import ImageChange, ImageSide
from auditor.domain.units import format_bytes, parse_bytes
from auditor.domain.views import BaseView

_PERCENT = re.compile(r"(?P<number>[0-9]{1,6}(?:\.[0-9]{1,6})?) ?%", re.ASCII)


@dataclass(frozen=True, slots=True)
class GrowthLimit:
    """By how much an image may be bigger than another: exactly one of the two is set."""

    percent: Decimal | None = None
    size_bytes: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The limit written as `10%` or `20MB`; raises UsageError."""
        match = _PERCENT.fullmatch(text.strip())
        if match:
            return cls(percent=Decimal(match["number"]))
        try:
            return cls(size_bytes=parse_bytes(text))
        except UsageError:
            raise UsageError(
                f"not a growth: {text[:80]!r}", next_step="write it as 10%, or as 20MB or 5MiB"
            ) from None

    def allows(self, before_bytes: int, after_bytes: int) -> bool:
        """Whether an image may grow like that; the limit itself is allowed."""
        grown = after_bytes - before_bytes
        if self.size_bytes is not None:
            return grown <= self.size_bytes
        return grown * 100 <= before_bytes * (self.percent or 0)

    def __str__(self) -> str:
        if self.size_bytes is not None:
            return format_bytes(self.size_bytes)
        return f"{self.percent} %"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is allowed; None and empty are no rule.

    Sizes are compressed bytes but for `max_unpacked_bytes`; limits themselves are allowed.
    `forbidden_bases` and `required_bases`: names or patterns; of the required ones the image
    is built on one. `required_labels`: names, or `name=pattern`. `max_saving_bytes`: what
    findings together would take off a pull. `forbidden_findings`: rules or patterns of them.
    """

    max_size_bytes: int | None = None
    max_unpacked_bytes: int | None = None
    max_growth: GrowthLimit | None = None
    max_layers: int | None = None
    max_layer_bytes: int | None = None
    forbidden_bases: tuple[str, ...] = ()
    required_bases: tuple[str, ...] = ()
    required_labels: tuple[str, ...] = ()
    max_saving_bytes: int | None = None
    forbidden_findings: tuple[str, ...] = ()

    @property
    def has_rules(self) -> bool:
        """Whether anything is asked at all."""
        return self != Policy()


class CheckOutcome(StrEnum):
    """How one rule was answered.

    `UNKNOWN`: it could not be judged, which is no pass. `SKIPPED`: nothing to judge, and
    somebody said that this is fine.
    """

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class PolicyCheck:
    """One rule and its answer. `rule` as the policy file calls it.

    `found` and `limit` in words; `message` one sentence that may hold hostile text. `layers`:
    positions of the layers it is about.
    """

    rule: str
    outcome: CheckOutcome
    found: str
    limit: str
    message: str
    layers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """What a policy is asked about one image.

    `labels` and `findings` None where nobody could tell. `bases`: what it is built on,
    nearest first. `change`: against the other image; where there is none although one was
    asked for, `missing` says why, and `is_missing_fine` that this may be.
    """

    side: ImageSide
    labels: Mapping[str, str] | None = field(default=None, hash=False)
    unpacked_bytes: int | None = None
    bases: tuple[BaseView, ...] = ()
    change: ImageChange | None = None
    missing: str = ""
    is_missing_fine: bool = False
    findings: ImageFindings | None = None


@dataclass(frozen=True, slots=True)
class CheckedImage:
    """One platform's image, what is known of it and how it was judged."""

    facts: PolicyFacts
    checks: tuple[PolicyCheck, ...]

    @property
    def outcome(self) -> CheckOutcome:
        """The worst answer: failed, else unknown, else passed."""
        return worst(check.outcome for check in self.checks)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The verdict over every platform of an image; `images` biggest first.

    `reference` and `against` as they were written, the latter empty for none. `repository`
    is the name that the policy went by. `notes`: what a reader should know, a sentence each.
    """

    reference: str
    repository: str
    against: str
    images: tuple[CheckedImage, ...]
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> CheckOutcome:
        """The worst answer of all images."""
        return worst(image.outcome for image in self.images)

    @property
    def biggest(self) -> CheckedImage:
        """The image with the biggest pull."""
        return self.images[0]


def worst(outcomes: Iterable[CheckOutcome]) -> CheckOutcome:
    """Failed where one failed, else unknown where one is unknown, else passed."""
    found = set(outcomes)
    for one in (CheckOutcome.FAILED, CheckOutcome.UNKNOWN):
        if one in found:
            return one
    return CheckOutcome.PASSED
