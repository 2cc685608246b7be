"""What the database answers to people: read models for command line, pages and API.

Sizes are bytes as stored. Money is not rounded. `None` means unknown, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from auditor.domain.digest import Digest
from auditor.domain.exactness import Coverage, Exactness
from auditor.domain.finding_views import FindingRow, ImageFindings
from auditor.domain.observation import CrawlOutcome, Problem, StorageScope
from auditor.domain.platform import Platform
from auditor.domain.units import Price


class RankBy(StrEnum):
    """What a ranking is sorted by, largest first unless turned round."""

    SIZE = "size"
    STORED = "stored"
    EXCLUSIVE = "exclusive"
    FAIR_SHARE = "fair_share"
    LOGICAL = "logical"
    COST = "cost"
    POTENTIAL = "potential"
    GROWTH = "growth"
    TAGS = "tags"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class RankQuery:
    """Which repositories to rank and how; the same fields live in a page's query string.

    `text` matches anywhere in the repository's name, without regard to case.
    `limit` None means all rows. `at`: as it was at that moment, None for now.
    """

    by: RankBy = RankBy.SIZE
    ascending: bool = False
    registry: str = ""
    text: str = ""
    limit: int | None = None
    offset: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """The four sizes of a repository, in bytes, with what they can be trusted for."""

    logical_bytes: int
    stored_bytes: int
    exclusive_bytes: int
    fair_share_bytes: int
    coverage: Coverage

    @property
    def exactness(self) -> Exactness:
        """Exactness of stored and logical bytes."""
        return self.coverage.of_presence

    @property
    def sharing_exactness(self) -> Exactness:
        """Exactness of exclusive and fair-share bytes, and of the cost made from them."""
        return self.coverage.of_sharing


@dataclass(frozen=True, slots=True)
class RankingRow:
    """One repository in a ranking.

    `image_bytes`: what a cold node downloads for the newest tagged image of the preferred
    platform, None where there is none. `growth_bytes`: change of stored bytes over the last
    30 days, None without a crawl that old. `is_stale`: the last crawl could not read all
    of it. The two savings are None until an analysis has run: "not analysed".
    """

    registry: str
    repository: str
    tags: int
    images: int
    image_bytes: int | None
    image_reference: str | None
    sizes: Sizes
    monthly_cost: Decimal
    currency: str
    growth_bytes: int | None
    is_stale: bool
    last_pushed_at: datetime | None = None
    pull_saving_bytes: int | None = None
    stored_saving_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over what was ranked before `limit` and `text`, per registry or over several.

    `images` counts distinct images once per storage scope. `monthly_cost` is None when
    registries are priced in different currencies. `stored_saving_bytes` adds up what
    repositories save each by itself, so together it is at least that; None: not analysed.
    """

    repositories: int
    tags: int
    images: int
    logical_bytes: int
    stored_bytes: int
    exactness: Exactness
    monthly_cost: Decimal | None
    currency: str
    stored_saving_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """A page of a ranking. `as_of` is None before the first crawl.

    `matches` counts all rows that match `query.text`, on every page.
    """

    query: RankQuery
    as_of: datetime | None
    totals: Totals
    rows: tuple[RankingRow, ...]
    matches: int
    price_notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrawlView:
    """The state of one registry's crawls: the last one, and the last complete one.

    `outcome` is None when the registry was never crawled. `is_reference`: it is a source of
    bases and counted nowhere, so `totals` are zero.
    """

    registry: str
    scope: StorageScope
    outcome: CrawlOutcome | None
    started_at: datetime | None
    finished_at: datetime | None
    last_complete_at: datetime | None
    totals: Totals
    price: Price
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0
    guarded_tags: int = 0
    is_reference: bool = False

    @property
    def gave_anything(self) -> bool:
        """Whether anything was ever seen there: not so where a name was only mistyped."""
        return (
            self.outcome is not CrawlOutcome.FAILED
            or self.last_complete_at is not None
            or bool(self.totals.repositories)
        )


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """Stored bytes from `at` on, until the next point."""

    at: datetime
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page: how much, what changed, can it be trusted.

    `growth_bytes`: change of stored bytes over 30 days, None without a past.
    `registries` are all, references too, and nothing else tells of those.
    `largest` are the top repositories by stored bytes, `growers` by growth (only grown ones).
    """

    as_of: datetime | None
    totals: Totals
    growth_bytes: int | None
    registries: tuple[CrawlView, ...]
    largest: tuple[RankingRow, ...]
    growers: tuple[RankingRow, ...]
    history: tuple[HistoryPoint, ...]
    price_notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagView:
    """One tag of a repository, newest first.

    `pull_bytes` is that of the image for the preferred platform, or of the only one;
    None where the manifest was never readable or is no image. `added_bytes`: stored bytes
    that only this tag reaches in its repository. `platforms` in the index's order.
    """

    tag: str
    digest: Digest | None
    kind: str
    platforms: tuple[Platform, ...]
    pull_bytes: int | None
    added_bytes: int | None
    since: datetime
    created_at: datetime | None
    is_missing: bool


@dataclass(frozen=True, slots=True)
class SharedWith:
    """Another repository of the storage scope, and the bytes both reach."""

    repository: str
    shared_bytes: int
    blobs: int


@dataclass(frozen=True, slots=True)
class BlobView:
    """One stored blob of a repository, largest first; `role` is layer, config or manifest."""

    digest: Digest
    size_bytes: int
    role: str
    shared_by_repositories: int
    manifests: int


@dataclass(frozen=True, slots=True)
class SizeConflict:
    """A digest that was declared or measured with different sizes; `size_bytes` is used.

    It is the measured one where `is_measured`, else the largest declared.
    """

    digest: Digest
    size_bytes: int
    claims: tuple[int, ...]
    is_measured: bool = False


@dataclass(frozen=True, slots=True)
class RepositoryView:
    """Why a repository is as big as it is.

    `tags` is one page of `tag_count`; `untagged_images` counts images no tag reaches.
    `findings`: what to change, the biggest saving first; `row` says whether anybody looked.
    """

    row: RankingRow
    scope: StorageScope
    as_of: datetime | None
    tags: tuple[TagView, ...]
    tag_count: int
    untagged_images: int
    blobs: tuple[BlobView, ...]
    shared_with: tuple[SharedWith, ...]
    history: tuple[HistoryPoint, ...]
    conflicts: tuple[SizeConflict, ...]
    problems: tuple[Problem, ...]
    price_notes: tuple[str, ...]
    findings: tuple[FindingRow, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerView:
    """One layer in build order, `position` 0 at the bottom.

    `created_by` is the build step as recorded, None where history does not match the
    layers; `step` the same without shell wrapping, for people. `from_base` is None
    where no base is known. `shared_by_repositories` counts this repository too.
    """

    position: int
    digest: Digest
    size_bytes: int
    media_type: str
    created_by: str | None
    step: str | None
    created_at: datetime | None
    shared_by_repositories: int
    from_base: bool | None
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class BaseView:
    """The image this one was built on.

    `names`: every known name of it. `basis`: annotation or layer_chain. `confidence`:
    high (layers verified), low (only claimed). `layer_count`: how many layers are its.
    """

    names: tuple[str, ...]
    digest: Digest | None
    basis: str
    confidence: str
    layer_count: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ImageView:
    """One image, platform by platform, layer by layer.

    `reference` is how it was asked for; `digest` the image manifest's; `platforms` all
    that the index offers (one for a plain image). `pull_bytes` includes manifest and
    config. `history_note` says in words why steps are missing, or is empty.
    `steps_without_layer` counts build steps that made no layer. `findings` is None where
    the image is not analysed.
    """

    registry: str
    repository: str
    reference: str
    digest: Digest
    media_type: str
    platform: Platform | None
    platforms: tuple[Platform, ...]
    tags: tuple[str, ...]
    pull_bytes: int
    manifest_bytes: int
    config_digest: Digest | None
    config_bytes: int
    exactness: Exactness
    created_at: datetime | None
    since: datetime
    layers: tuple[LayerView, ...]
    base: BaseView | None
    history_note: str
    steps_without_layer: int
    labels: tuple[tuple[str, str], ...]
    conflicts: tuple[SizeConflict, ...]
    findings: ImageFindings | None = None
