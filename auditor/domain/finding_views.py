"""What people are shown of findings: one row per repository and change, biggest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from auditor.domain.digest import Digest
from auditor.domain.exactness import Exactness
from auditor.domain.findings import Confidence, Finding, RuleInfo
from auditor.domain.platform import Platform


class FindingsBy(StrEnum):
    """What findings are sorted by, largest first.

    `PRIORITY` is the saving of a pull, weighed by how much it matters ("when not to bother").
    """

    PRIORITY = "priority"
    PULL = "pull"
    STORED = "stored"


@dataclass(frozen=True, slots=True)
class FindingsQuery:
    """Which findings to list; the same fields live in a page's query string.

    Empty texts mean all. `rule` may be the beginning of an identifier (`apt`). `team` is an
    owner's name. `minimum_bytes`: a pull saves at least that, or the registry does.
    `confidence`: at least that sure. `limit` None means all.
    """

    by: FindingsBy = FindingsBy.PRIORITY
    registry: str = ""
    repository: str = ""
    text: str = ""
    team: str | None = None
    rule: str = ""
    confidence: Confidence = Confidence.LOW
    minimum_bytes: int = 0
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding of one repository, told by the newest image that shows it.

    `tag` is empty for an untagged image. `images` of the repository show it. What
    `finding` claims adds up with the image's other findings. `stored_saving_bytes` would
    leave the registry if all those images were built the other way: net of sharing, so
    it may be below zero. `monthly_saving` is its price, None where unpriced. `priority_bytes`
    is the pull saving by weight; `ranked_low` says in words why the weight is small.
    `cold_start_seconds` a cold node starts earlier.
    """

    registry: str
    repository: str
    team: str
    tag: str
    digest: Digest
    platform: Platform | None
    finding: Finding
    images: int
    stored_saving_bytes: int
    stored_exactness: Exactness
    monthly_saving: Decimal | None
    currency: str
    cold_start_seconds: float
    priority_bytes: int
    ranked_low: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """A page of findings. `as_of` is None before the first analysis.

    `matches` counts all rows that match, on every page. `waiting_images` are not analysed
    yet, so that something may be missing. `rules` lists every rule, with its page.
    """

    query: FindingsQuery
    as_of: datetime | None
    rows: tuple[FindingRow, ...]
    matches: int
    waiting_images: int
    rules: tuple[RuleInfo, ...]
    price_notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImageFindings:
    """What was found in one image: its findings, from the biggest saving of a pull down.

    `pull_saving_bytes` is their sum, never more than the image's own bytes.
    """

    findings: tuple[Finding, ...]
    pull_saving_bytes: int
    cold_start_seconds: float
