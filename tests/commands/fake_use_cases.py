"""Use cases that answer from memory, and a way to run the command line against them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from click.testing import CliRunner, Result

from auditor.cli import auditor
from auditor.domain.base_views import BasePlan, BasesPage, BasesQuery
from auditor.domain.change import ExplainedChange
from auditor.domain.costs import CostRow, LedgerQuery, UsageRow
from auditor.domain.crawl_views import CrawlStatus
from auditor.domain.errors import SettingsError, UnknownReferenceError
from auditor.domain.finding_views import FindingRow, FindingsPage, FindingsQuery
from auditor.domain.hints import DueRepositories
from auditor.domain.holdings import Source
from auditor.domain.image_change import ImageChange
from auditor.domain.ledger import Period
from auditor.domain.moment import parse_moment
from auditor.domain.observation import CrawlOutcome, CrawlReport
from auditor.domain.outlook import BudgetReport, GrowthQuery, GrowthReport
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.domain.policy import CheckReport
from auditor.domain.reconciliation import Bill, Reconciliation
from auditor.domain.reference import ImageReference, RegistryAddress
from auditor.domain.retention import Pruning
from auditor.domain.views import ImageView, Ranking, RankingRow, RankQuery, RepositoryView
from auditor.usecases.check_image import CheckRequest
from tests.commands.fake_alerts import FakeAlerts
from tests.commands.fake_digests import FakeDigests
from tests.commands.fake_estimates import FakeEstimates
from tests.commands.fake_prices import FakePriceHistory
from tests.commands.fake_service import FakeService
from tests.reports import (
    anomaly_samples,
    base_samples,
    budget_samples,
    change_samples,
    check_samples,
    cost_samples,
    crawl_samples,
    finding_samples,
    image_change_samples,
    pruning_samples,
    reconciliations,
    samples,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
UP_TO_DATE = SimpleNamespace(
    url_redacted="sqlite:///a.db", revision="0002", head="0002", is_current=True
)


def known(name: str, outcome: CrawlOutcome = CrawlOutcome.COMPLETE) -> SimpleNamespace:
    """A registry in the database that was tried once and never read to its end."""
    return SimpleNamespace(registry=name, gave_anything=outcome is not CrawlOutcome.FAILED)


class FakeBrowse:
    """Answers every question with the samples and remembers what was asked."""

    def __init__(self, rows: tuple[RankingRow, ...]) -> None:
        self.rows = rows
        self.queries: list[RankQuery] = []
        self.asked: list[object] = []
        self.moments: list[datetime | None] = []
        self.known = [known("known.example.com")]
        self.found = finding_samples.finding_rows()
        self.is_analysed = True
        self.findings_asked: list[FindingsQuery] = []
        self.bases_asked: list[object] = []

    def rank(self, query: RankQuery) -> Ranking:
        self.queries.append(query)
        ranking = samples.ranking(*self.rows[: query.limit], query=query, matches=len(self.rows))
        return ranking if self.rows else replace(ranking, as_of=None)

    def iterate_rank(self, query: RankQuery) -> Iterator[RankingRow]:
        self.queries.append(query)
        yield from self.rows

    def findings(self, query: FindingsQuery) -> FindingsPage:
        self.findings_asked.append(query)
        if not self.is_analysed:
            return finding_samples.not_analysed(query)
        page = finding_samples.findings_page(self.found[: query.limit], query=query)
        return replace(page, matches=len(self.found))

    def iterate_findings(self, query: FindingsQuery) -> Iterator[FindingRow]:
        self.findings_asked.append(query)
        yield from self.found

    def bases(self, query: BasesQuery) -> BasesPage:
        self.bases_asked.append(query)
        if not self.is_analysed:
            return base_samples.nothing_yet(query)
        found = base_samples.rows()
        return base_samples.bases_page(*found[: query.limit], query=query, matches=len(found))

    def base_plan(
        self, base: str, registry: str = "", to: str = "", *, is_whole: bool = False
    ) -> BasePlan:
        self.bases_asked.append((base, registry, to, is_whole))
        return base_samples.base_plan()

    def registries(self) -> tuple[SimpleNamespace, ...]:
        return tuple(self.known)

    def resolve(self, text: str) -> ImageReference:
        if text == "nobody/knows":
            raise UnknownReferenceError(
                "nothing is stored as 'nobody/knows'", candidates=("a/one", "b/two\x1b[31m")
            )
        return ImageReference.parse(f"localhost:5000/{text}")

    def image(
        self, reference: ImageReference, platform: Platform | None, at: datetime | None
    ) -> ImageView:
        self.asked.append((str(reference), platform))
        self.moments.append(at)
        return samples.image_view()

    def repository(
        self, registry: str, repository: str, *, tag_limit: int, at: datetime | None
    ) -> RepositoryView:
        self.asked.append((registry, repository, tag_limit))
        self.moments.append(at)
        return samples.repository_view()

    def diff(
        self, before: ImageReference, after: ImageReference, platform: Platform | None
    ) -> ImageChange:
        self.asked.append((str(before), str(after), platform))
        return image_change_samples.image_change()

    def changes(
        self, registry: str, repository: str, *, start: datetime, end: datetime | None
    ) -> ExplainedChange:
        self.asked.append((registry, repository))
        self.moments += [start, end]
        return change_samples.change(registry or "known.example.com", repository)


class FakeLedger:
    """Answers with the samples of costs and remembers what was asked."""

    def __init__(self) -> None:
        self.queries: list[LedgerQuery] = []
        self.unknown: tuple[str, ...] = ()
        self.partly: tuple[str, ...] = ()
        self.old: tuple[str, ...] = ()

    def clock(self) -> datetime:
        return NOW

    def month(self, text: str) -> Period:
        return Period.month(text or "2026-11")

    def costs(self, query: LedgerQuery) -> Iterator[CostRow]:
        self.queries.append(query)
        return iter(cost_samples.every_kind())

    def usage(self, query: LedgerQuery) -> Iterator[UsageRow]:
        self.queries.append(query)
        return iter(cost_samples.usage_rows())

    def unknown_registries(self, query: LedgerQuery) -> tuple[str, ...]:
        return self.unknown

    def known_since(self, query: LedgerQuery) -> tuple[str, ...]:
        return self.partly

    def price_warnings(self, query: LedgerQuery) -> tuple[str, ...]:
        return self.old


class FakeUseCases(FakeAlerts, FakeService, FakeEstimates):
    """Every method of UseCases; `outcomes` by registry is a report or something to raise."""

    def __init__(self) -> None:
        super().__init__()
        self.browse = FakeBrowse((samples.row(), samples.row("team/worker", stored=45_600_000)))
        self.ledger = FakeLedger()
        self.prices = FakePriceHistory()
        self.outcomes: dict[str, CrawlReport | BaseException] = {}
        self.overrides: dict[str, str] = {}
        self.flags: list[dict[str, object]] = []
        self.crawled: list[tuple[str, bool]] = []
        self.targets: list[RegistryAddress] = []
        self.warnings: tuple[str, ...] = ()
        self.served: list[tuple[str, int]] = []
        self.processes: list[int] = []
        self.configured: dict[str, str] = {}
        self.findings = [SimpleNamespace(name="database", state="ok", message="m", next_step="")]
        self.status = UP_TO_DATE
        self.upgraded: list[str] = []
        self.waited: list[tuple[str, float]] = []
        self.copied: list[tuple[object, ...]] = []
        self.demo_folder = Path()
        self.compared: list[tuple[str, Bill, Source | None]] = []
        self.reconciliation = reconciliations.of_a_storage()
        self.budget_report = budget_samples.every_state()
        FakeAlerts.__init__(self)
        self.growth: list[GrowthQuery] = []
        self.keep_months: int | None = None
        self.pruned: list[tuple[int, str, bool, bool]] = []
        self.pruning = pruning_samples.done()
        self.digests = FakeDigests()
        self.crawls_asked: list[tuple[str, int]] = []
        self.checked: list[CheckRequest] = []
        self.verdict = check_samples.report()
        FakeEstimates.__init__(self)

    def load_settings(self, config_file: Path | None, overrides: dict[str, str]) -> SimpleNamespace:
        self.overrides = dict(overrides)
        if overrides.get("database_url") == "nonsense":
            raise SettingsError("database_url: unknown kind", next_step="correct it there")
        settings = SimpleNamespace(
            database_url=overrides.get("database_url", "sqlite:///a.db"),
            registries={
                name: SimpleNamespace(address=RegistryAddress.parse(address))
                for name, address in self.configured.items()
            },
            web=SimpleNamespace(host="127.0.0.1", port=8080, url="", workers=1),
            service=SimpleNamespace(concurrency=2),
            history=SimpleNamespace(keep_months=self.keep_months),
            platform=DEFAULT_PLATFORM,
            analysis=SimpleNamespace(pull=SimpleNamespace(bandwidth_mbit_per_second=1000)),
        )
        return SimpleNamespace(settings=settings)

    def render_settings(self, loaded: object) -> list[tuple[str, str, str]]:
        return [("database_url", "sqlite:///a.db", "default"), ("price.unit", "GB", "file f")]

    def prepare_database(self, url: str) -> SimpleNamespace:
        return SimpleNamespace(dispose=lambda: None)

    def database_status(self, url: str) -> SimpleNamespace:
        return self.status

    def wait_for_schema(self, url: str, patience_seconds: float) -> None:
        self.waited.append((url, patience_seconds))

    def back_up_database(self, url: str, file: Path) -> SimpleNamespace:
        self.copied.append((url, file))
        return SimpleNamespace(file=file, size_bytes=4096, revision="0002")

    def restore_database(self, url: str, file: Path, *, replaces: bool) -> SimpleNamespace:
        self.copied.append((url, file, replaces))
        return SimpleNamespace(file=file, size_bytes=4096, revision="0002")

    def upgrade_database(self, url: str) -> None:
        self.upgraded.append(url)

    def prune(
        self, settings: Any, keep_months: int, *, registry: str, is_dry_run: bool, compacts: bool
    ) -> Pruning:
        self.pruned.append((keep_months, registry, is_dry_run, compacts))
        return self.pruning

    def check(self, settings: Any, request: CheckRequest) -> CheckReport:
        self.checked.append(request)
        return self.verdict

    def target_flags(self, **flags: object) -> SimpleNamespace:
        self.flags.append(flags)
        return SimpleNamespace(**flags)

    def target_for(self, address: str, settings: Any, flags: object) -> SimpleNamespace:
        configured = [one.address for one in settings.registries.values()]
        by_name = {one.name: one for one in configured} | {
            name: one.address for name, one in settings.registries.items()
        }
        target = by_name.get(address) or RegistryAddress.parse(address)
        self.targets.append(target)
        return SimpleNamespace(address=target, warnings=self.warnings)

    def crawl(
        self,
        database: object,
        target: SimpleNamespace,
        settings: object,
        listener: object,
        *,
        accept_removals: bool,
        due: DueRepositories | None = None,
        on_wait: Callable[[str], None] | None = None,
    ) -> CrawlReport | None:
        name = target.address.name
        if on_wait is not None:
            on_wait(f"{name} is being crawled by other:7 since 09:00")
        self.crawled.append((name, accept_removals))
        if due is not None:
            self.hinted.append(due)
            if not due.repositories:
                return None
        outcome = self.outcomes.get(name, clean_report(name))
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def moment(self, text: str) -> datetime | None:
        return parse_moment(text, now=NOW) if text else None

    def open_browse(self, settings: object) -> FakeBrowse:
        return self.browse

    def open_ledger(self, settings: object) -> FakeLedger:
        return self.ledger

    def budgets(self, settings: object) -> BudgetReport:
        return self.budget_report

    def open_price_history(self, settings: object) -> FakePriceHistory:
        return self.prices

    def crawl_statuses(
        self, settings: object, registry: str, limit: int
    ) -> tuple[CrawlStatus, ...]:
        self.crawls_asked.append((registry, limit))
        every = crawl_samples.every_state()
        return tuple(one for one in every if registry in ("", one.registry))

    def team_changes(
        self,
        settings: object,
        team: str,
        registry: str,
        *,
        start: datetime,
        end: datetime | None,
    ) -> ExplainedChange:
        self.browse.asked.append((team, registry))
        self.browse.moments += [start, end]
        return change_samples.team_change(team, registry)

    def anomalies(self, settings: object, query: GrowthQuery) -> GrowthReport:
        self.growth.append(query)
        return anomaly_samples.report(query)

    def reconcile(
        self, settings: object, registry: str, bill: Bill, source: Source | None
    ) -> Reconciliation:
        self.compared.append((registry, bill, source))
        return self.reconciliation

    def prepare_demo(self, folder: Path, listener: object, *, history: bool) -> SimpleNamespace:
        self.demo_folder = folder
        return SimpleNamespace(
            report=clean_report("demo"), database_url="sqlite:///demo.db", attribution="Somebody"
        )

    def check_installation(self, loaded: object) -> list[SimpleNamespace]:
        return self.findings

    def serve(
        self,
        settings: object,
        host: str,
        port: int,
        announce: Callable[[str], None],
        *,
        workers: int,
        with_schedule: bool = False,
    ) -> None:
        self.served.append((host, port))
        self.processes.append(workers)
        self.is_scheduled = with_schedule
        announce(f"http://{host}:{port}/")


def clean_report(registry: str) -> CrawlReport:
    report = samples.crawl_report(CrawlOutcome.COMPLETE)
    return replace(report, registry=registry, guarded_tags=0, problems=(), warnings=())


def run(fakes: FakeUseCases, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(auditor, arguments, obj=fakes, input=stdin, prog_name="auditor")


def rows_in(text: str, form: str) -> int:
    if form == "json":
        return len(json.loads(text)["repositories"])
    return len(list(csv.DictReader(io.StringIO(text, newline=""))))
