"""What the pages need to read: the methods of auditor.usecases.browse.Browse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from auditor.domain.alerts import AlertsPage, AlertsQuery
from auditor.domain.base_views import BasePlan, BasesPage, BasesQuery
from auditor.domain.change import ExplainedChange
from auditor.domain.costs import (
    ComparedCost,
    CostRow,
    GroupBy,
    LedgerQuery,
    RegistryCost,
    TeamCost,
    UsageRow,
)
from auditor.domain.crawl_views import CrawlStatus
from auditor.domain.estimates import Estimate, EstimateRequest
from auditor.domain.finding_views import FindingRow, FindingsPage, FindingsQuery
from auditor.domain.holdings import Source
from auditor.domain.image_change import ImageChange
from auditor.domain.ledger import Period
from auditor.domain.outlook import BudgetReport, GrowthQuery, GrowthReport
from auditor.domain.platform import Platform
from auditor.domain.price_terms import PricedRegistry
from auditor.domain.reconciliation import Bill, Reconciliation
from auditor.domain.reference import ImageReference
from auditor.domain.schedules import Requested, ScheduleView
from auditor.domain.views import (
    CrawlView,
    ImageView,
    Overview,
    Ranking,
    RankingRow,
    RankQuery,
    RepositoryView,
)


class BrowseLike(Protocol):
    """Reads only; every method answers from the database, none asks a registry."""

    def overview(self) -> Overview:
        """Return the first page's figures; `as_of` is None before the first crawl."""
        ...

    def rank(self, query: RankQuery) -> Ranking:
        """Return one page of the ranking."""
        ...

    def iterate_rank(self, query: RankQuery) -> Iterator[RankingRow]:
        """Yield every match in ranking order, without regard to limit and offset."""
        ...

    def findings(self, query: FindingsQuery) -> FindingsPage:
        """Return one page of what could be smaller; `as_of` is None before an analysis."""
        ...

    def iterate_findings(self, query: FindingsQuery) -> Iterator[FindingRow]:
        """Yield every match in order, without regard to limit and offset."""
        ...

    def bases(self, query: BasesQuery) -> BasesPage:
        """Return one page of what is built on; `as_of` is None before an analysis."""
        ...

    def base_plan(
        self, base: str, registry: str = "", to: str = "", *, is_whole: bool = False
    ) -> BasePlan:
        """Return in which order repositories leave a base; raises UnknownReferenceError."""
        ...

    def registries(self) -> tuple[CrawlView, ...]:
        """Return every known registry with the state of its crawls."""
        ...

    def all_registries(self) -> tuple[CrawlView, ...]:
        """Return the same with the registries that are only references."""
        ...

    def why_not_ready(self) -> str:
        """Return why the database cannot serve, empty where it can; raises StoreError."""
        ...

    def kept_from(self, registry: str = "") -> datetime | None:
        """Return from when on the past of a registry, or of all, is kept; None for all of it."""
        ...

    def resolve(self, text: str) -> ImageReference:
        """Return the reference with its registry; raises UnknownReferenceError."""
        ...

    def repository(
        self,
        registry: str,
        repository: str,
        *,
        tag_offset: int = 0,
        tag_limit: int = 100,
        at: datetime | None = None,
    ) -> RepositoryView:
        """Return one repository, now or at a moment; raises UnknownReferenceError."""
        ...

    def image(
        self,
        reference: ImageReference,
        platform: Platform | None = None,
        at: datetime | None = None,
    ) -> ImageView:
        """Return one image, now or at a moment; raises UnknownReferenceError."""
        ...

    def diff(
        self, before: ImageReference, after: ImageReference, platform: Platform | None = None
    ) -> ImageChange:
        """Return what changed between two images; raises UnknownReferenceError."""
        ...

    def changes(
        self,
        registry: str = "",
        repository: str = "",
        *,
        start: datetime,
        end: datetime | None = None,
    ) -> ExplainedChange:
        """Return why stored bytes changed; raises UsageError before the first crawl."""
        ...


class LedgerLike(Protocol):
    """What the cost pages need to read: methods of auditor.usecases.ledger.Ledger."""

    def month(self, text: str) -> Period:
        """Return the month written as 2026-11, the running one for no text."""
        ...

    def compare(self, query: LedgerQuery, by: GroupBy) -> tuple[ComparedCost, ...]:
        """Return the month split each way, beside each other."""
        ...

    def costs(self, query: LedgerQuery) -> Iterator[CostRow]:
        """Yield rows that add up to each registry's bill."""
        ...

    def team_costs(self, query: LedgerQuery) -> tuple[TeamCost, ...]:
        """Return the same rows added up by team."""
        ...

    def registry_costs(self, query: LedgerQuery) -> tuple[RegistryCost, ...]:
        """Return the same rows added up by registry."""
        ...

    def usage(self, query: LedgerQuery) -> Iterator[UsageRow]:
        """Yield the byte-time behind the costs, in the same order."""
        ...

    def unknown_registries(self, query: LedgerQuery) -> tuple[str, ...]:
        """Return names of registries that were not known in the month."""
        ...

    def known_since(self, query: LedgerQuery) -> tuple[str, ...]:
        """Return a sentence per registry that is known only for a part of the period."""
        ...

    def price_warnings(self, query: LedgerQuery) -> tuple[str, ...]:
        """Return a sentence per price that is over 180 days old, or undated."""
        ...


class OutlookLike(Protocol):
    """What the pages about budgets, growth, changes and bills need: methods of Outlook."""

    def budgets(self) -> BudgetReport:
        """Return the running month of every configured budget."""
        ...

    def alerts(self, query: AlertsQuery) -> AlertsPage:
        """Return one page of what rules warn of."""
        ...

    def anomalies(self, query: GrowthQuery) -> GrowthReport:
        """Return growth out of the ordinary; raises UnknownReferenceError, UsageError."""
        ...

    def team_changes(
        self, team: str, registry: str = "", *, start: datetime, end: datetime | None = None
    ) -> ExplainedChange:
        """Return why a team's fair share changed; raises UsageError for an unknown team."""
        ...

    def reconcile(self, registry: str, bill: Bill, source: Source | None) -> Reconciliation:
        """Return expected bytes against those billed or held; raises UsageError."""
        ...

    def crawls(self, registry: str, limit: int) -> tuple[CrawlStatus, ...]:
        """Return how crawls went, by registry; raises UnknownReferenceError."""
        ...

    def prices(self) -> tuple[PricedRegistry, ...]:
        """Return what every counted registry is charged by, and was."""
        ...


class SchedulesLike(Protocol):
    """What the page about schedules needs: methods of auditor.usecases.schedules.Schedules."""

    def views(self, *, last_runs: int = 5) -> tuple[ScheduleView, ...]:
        """Return every schedule with its next times and last runs."""
        ...

    def request(self, kind: str, registry: str = "") -> tuple[Requested, ...]:
        """Ask for a run now; raises UsageError, UnknownReferenceError."""
        ...

    def pause(self, kind: str) -> None:
        """Let nothing of this kind become due; raises UsageError."""
        ...

    def resume(self, kind: str) -> None:
        """Go on from now; raises UsageError."""
        ...


class CalculatorLike(Protocol):
    """What the calculator needs: methods of auditor.usecases.estimate.Calculator."""

    def estimate(self, request: EstimateRequest) -> Estimate:
        """Return what an image will weigh; raises UsageError, IndexFailureError."""
        ...

    def known_bases(self) -> tuple[str, ...]:
        """Return names of common bases, for who fills in a form."""
        ...


class LeavingLike(Protocol):
    """Who leaves which digest; no audience is the one about everything."""

    @property
    def recipient(self) -> str: ...

    @property
    def audience(self) -> str: ...


class UnsubscribingLike(Protocol):
    """Honours the signed links of digests: methods of Unsubscribing."""

    def read(self, token: str) -> LeavingLike:
        """Return whose link it is; raises UsageError for one that we did not make."""
        ...

    def leave(self, token: str) -> LeavingLike:
        """Send this digest there no more; raises UsageError as `read`."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """What every page module is given. `now` returns the time in UTC.

    `usual_estimate` holds what is meant where the calculator is not told.
    """

    browse: BrowseLike
    ledger: LedgerLike
    outlook: OutlookLike
    schedules: SchedulesLike
    calculator: CalculatorLike
    version: str
    now: Callable[[], datetime]
    usual_estimate: EstimateRequest
