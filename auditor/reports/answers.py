"""The shapes of the JSON documents: the description of the API is made of these.

Keys are never renamed; some may be added. Sizes are whole bytes, money is a decimal string,
moments are ISO 8601 in UTC, and what is unknown is null, never zero.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from auditor.domain.change import ChangedFigure, ChangeKind
from auditor.domain.exactness import Exactness
from auditor.domain.finding_views import FindingsBy
from auditor.domain.findings import Basis, Confidence, EvidenceKind
from auditor.domain.ledger import Allocation
from auditor.domain.observation import CrawlOutcome, StorageScope
from auditor.domain.outlook import BudgetLevel
from auditor.domain.reconciliation import Basis as ReconciliationBasis
from auditor.domain.reconciliation import PartKind
from auditor.domain.views import RankBy

Version = Literal[1]
Bytes = Annotated[int, Meta(ge=0, description="Bytes as stored, usually compressed.")]
ChangeOfBytes = Annotated[int, Meta(description="Bytes; below zero where there are fewer.")]
Count = Annotated[int, Meta(ge=0)]
DigestText = Annotated[str, Meta(description="A digest, such as sha256:…, in full.")]
Moment = Annotated[str, Meta(description="ISO 8601 in UTC.", extra_json_schema={"format": "date-time"})]
Decimals = Annotated[str, Meta(description="A decimal number as text.")]
State = Literal["analysed", "not_analysed"]


class Money(TypedDict):
    """An amount, which is text so that nothing is rounded, and its currency (ISO 4217)."""

    amount: Decimals
    currency: str


class Totals(TypedDict):
    """Sums over everything that was ranked, before any filter of names."""

    repositories: Count
    tags: Count
    images: Count
    logical_bytes: Bytes
    stored_bytes: Bytes
    monthly_cost: Money | None
    exactness: Exactness
    stored_saving_bytes: int | None


class ExactnessByFigure(TypedDict):
    """How far each figure can be trusted."""

    logical_bytes: Exactness
    stored_bytes: Exactness
    exclusive_bytes: Exactness
    fair_share_bytes: Exactness
    monthly_cost: Exactness


class RankedRepository(TypedDict):
    """One repository of a ranking."""

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
    pull_saving_bytes: int | None
    stored_saving_bytes: int | None
    exactness: Exactness
    exactness_by_figure: ExactnessByFigure
    savings_state: State
    image_reference: str | None
    growth_bytes: ChangeOfBytes | None
    is_stale: bool
    last_pushed_at: Moment | None


class RankingAnswer(TypedDict):
    """A page of the ranking."""

    schema_version: Version
    as_of: Moment | None
    exactness: Exactness
    totals: Totals
    repositories: list[RankedRepository]
    by: RankBy
    matches: Count
    offset: Count
    price_notes: list[str]


class FoundEvidence(TypedDict):
    """What a finding rests on."""

    kind: EvidenceKind
    text: str
    layer: int | None
    digest: DigestText | None
    size_bytes: Bytes | None


class ClaimedBytes(TypedDict):
    """Bytes of one layer, claimed by one finding of the image only."""

    layer: int
    size_bytes: Bytes


class ImageFinding(TypedDict):
    """A change that would make an image smaller."""

    rule: str
    confidence: Confidence
    basis: Basis
    pull_saving_bytes: int
    evidence: list[FoundEvidence]
    fix: str
    what: str
    dockerfile: list[str]
    caveats: list[str]
    low_bytes: int | None
    high_bytes: int | None
    claims: list[ClaimedBytes]
    added_bytes: Bytes
    help: str


class RepositoryFinding(ImageFinding):
    """A change for the images of a repository, told by the newest image that shows it."""

    registry: str
    repository: str
    tag: str
    digest: DigestText
    platform: str | None
    stored_saving_bytes: int
    images: Count
    team: str | None
    priority_bytes: int
    ranked_low: list[str]
    cold_start_seconds: float
    monthly_saving: Money | None
    since: Moment
    stored_exactness: Exactness


class FindingsAnswer(TypedDict):
    """A page of findings."""

    schema_version: Version
    as_of: Moment | None
    findings: list[RepositoryFinding]
    by: FindingsBy
    matches: Count
    offset: Count
    waiting_images: Count
    price_notes: list[str]


class ListedTag(TypedDict):
    """A tag of a repository; `added_bytes` are those the tag before did not have."""

    tag: str
    digest: DigestText | None
    kind: str
    platforms: list[str]
    pull_bytes: Bytes | None
    added_bytes: Bytes | None
    since: Moment
    created_at: Moment | None
    is_missing: bool


class ListedBlob(TypedDict):
    """One of the largest blobs of a repository."""

    digest: DigestText
    size_bytes: Bytes
    role: str
    shared_by_repositories: Count
    manifests: Count


class Neighbour(TypedDict):
    """A repository that holds some of the same blobs."""

    repository: str
    shared_bytes: Bytes
    blobs: Count


class StoredAt(TypedDict):
    """Stored bytes from a moment on."""

    at: Moment
    stored_bytes: Bytes


class SizeDispute(TypedDict):
    """A digest for which several sizes were claimed."""

    digest: DigestText
    size_bytes: Bytes
    claims: list[int]


class CrawlProblem(TypedDict):
    """What a crawl could not read."""

    repository: str
    reference: str
    message: str
    code: str


class RepositoryAnswer(RankedRepository):
    """One repository: the figures of its ranking, then tags, blobs and neighbours."""

    schema_version: Version
    kind: Literal["repository"]
    as_of: Moment | None
    scope: StorageScope
    untagged_images: Count
    tag_count: Count
    tag_list: list[ListedTag]
    blobs: list[ListedBlob]
    shared_with: list[Neighbour]
    history: list[StoredAt]
    conflicts: list[SizeDispute]
    problems: list[CrawlProblem]
    price_notes: list[str]
    findings: list[RepositoryFinding] | None
    findings_state: State


class ListedLayer(TypedDict):
    """A layer of an image, with the build step that made it."""

    position: Count
    digest: DigestText
    size_bytes: Bytes
    created_by: str | None
    media_type: str
    shared_by_repositories: Count
    from_base: bool
    step: str | None
    created_at: Moment | None
    is_foreign: bool


class FoundBase(TypedDict):
    """The image another one is built on, and how that is known."""

    names: list[str]
    digest: DigestText | None
    basis: str
    confidence: str
    layer_count: Count
    size_bytes: Bytes | None


class ImageAnswer(TypedDict):
    """One image with its layers in build order, bottom first."""

    schema_version: Version
    kind: Literal["image"]
    layers: list[ListedLayer]
    base: FoundBase | None
    findings: list[ImageFinding] | None
    findings_state: State
    pull_saving_bytes: int | None
    cold_start_seconds: NotRequired[float]
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
    exactness: Exactness
    created_at: Moment | None
    since: Moment | None
    history_note: str
    steps_without_layer: Count
    labels: dict[str, str]
    conflicts: list[SizeDispute]


class ChangeContributor(TypedDict):
    """Who brought some of a change."""

    registry: str | None
    repository: str | None
    tag: str | None
    digest: DigestText | None
    net_bytes: ChangeOfBytes


class PartOfChange(TypedDict):
    """One reason of a change."""

    part: ChangeKind
    added_bytes: Bytes
    removed_bytes: Bytes
    net_bytes: ChangeOfBytes
    contributors: list[ChangeContributor]


class ChangeAnswer(TypedDict("_Between", {"from": Moment, "to": Moment})):
    """A change with its parts, whose `net_bytes` add up to its own."""

    schema_version: Version
    kind: Literal["change"]
    registry: str | None
    repository: str | None
    team: str | None
    figure: ChangedFigure
    exactness: Exactness
    before_bytes: Bytes
    after_bytes: Bytes
    net_bytes: ChangeOfBytes
    parts: list[PartOfChange]


class Anomaly(TypedDict):
    """A day on which a repository, or a registry where that is null, grew unusually."""

    day: str
    registry: str
    repository: str | None
    team: str | None
    growth_bytes: ChangeOfBytes
    usual_low_bytes: ChangeOfBytes
    usual_high_bytes: ChangeOfBytes
    stored_bytes: Bytes
    reasons: list[PartOfChange] | None


class AnomaliesAnswer(TypedDict):
    """Growth out of the ordinary, the latest day first."""

    schema_version: Version
    kind: Literal["anomalies"]
    days: Count
    count: Count
    anomalies: list[Anomaly]


class HeldBudget(TypedDict):
    """A budget held against the running month."""

    budget: str
    team: str | None
    repository: str | None
    registry: str | None
    currency: str
    amount: Decimals
    spent: Decimals | None
    expected: Decimals | None
    expected_low: Decimals | None
    expected_high: Decimals | None
    is_rough: bool
    state: BudgetLevel


class BudgetsAnswer(TypedDict):
    """The running month and its budgets."""

    schema_version: Version
    kind: Literal["budgets"]
    month: str
    budgets: list[HeldBudget]
    notes: list[str]


class ReconciledRow(TypedDict):
    """One part of what is billed or held."""

    kind: PartKind
    bytes: int
    count: Count | None
    exactness: Exactness
    cost: Money


class Unread(TypedDict):
    """What of a storage could not be read."""

    where: str
    reason: str


class ReconciliationAnswer(TypedDict):
    """Expected against billed, with rows that add up to what is billed."""

    schema_version: Version
    registry: str
    as_of: Moment | None
    month: str | None
    basis: ReconciliationBasis
    exactness: Exactness
    expected_bytes: Bytes
    expected_exactness: Exactness
    actual_bytes: int
    held_bytes: int | None
    difference_bytes: ChangeOfBytes
    expected_cost: Money
    actual_cost: Money
    difference_cost: Money
    known_untagged_bytes: Bytes | None
    rows: list[ReconciledRow]
    unread_count: Count
    unread: list[Unread]
    price_notes: list[str]


class CostLine(TypedDict):
    """One repository of a month's bill; or what nobody can be charged for, as `row` says."""

    month: str
    registry: str
    repository: str
    team: str
    logical_bytes: Bytes | None
    stored_bytes: Bytes | None
    exclusive_bytes: Bytes | None
    fair_share_bytes: Bytes | None
    gb_months: Decimals | None
    cost: Money
    allocation: Allocation
    exactness: Exactness
    row: str
    charges: list[CostCharge]


class CostCharge(TypedDict):
    """A part of a row's cost, as the price book names it."""

    kind: str
    description: str
    sku_id: str
    sku_price_id: str
    quantity: Decimals | None
    unit: str
    unit_price: Decimals | None
    cost: Money
    is_estimate: bool


class CostSum(TypedDict):
    """The rows of a month and currency together."""

    month: str
    repositories: Count
    logical_bytes: Bytes | None
    exclusive_bytes: Bytes | None
    fair_share_bytes: Bytes | None
    gb_months: Decimals | None
    cost: Money
    allocation: Allocation | None
    exactness: Exactness


class CostsAnswer(TypedDict):
    """A month's bill by repository; rows add up to the totals."""

    schema_version: Version
    kind: Literal["costs"]
    rows: list[CostLine]
    totals: list[CostSum]


class CrawlState(TypedDict):
    """The last crawl of a registry, and the last complete one."""

    registry: str
    scope: StorageScope
    is_reference: bool
    outcome: CrawlOutcome | None
    started_at: Moment | None
    finished_at: Moment | None
    last_complete_at: Moment | None
    repositories: Count
    tags: Count
    stored_bytes: Bytes
    problem_count: Count
    problems: list[CrawlProblem]
    guarded_tags: Count


class CrawlsAnswer(TypedDict):
    """Every registry with the state of its crawls, by name."""

    schema_version: Version
    kind: Literal["crawls"]
    crawls: list[CrawlState]


class ErrorAnswer(TypedDict):
    """What went wrong, and what to do."""

    schema_version: Version
    error: str
    message: str
    next_step: str
