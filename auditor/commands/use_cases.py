"""What the commands ask of the rest of the program: one seam, loaded on first use.

Every method imports what it needs when it is called, so that `auditor --help` loads no
database, web server or HTTP client. Tests give the command line another object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from auditor.commands.digest_use_cases import DigestUseCases
    from auditor.commands.progress import Listener
    from auditor.domain.alerts import AlertReport, AlertsPage, AlertsQuery
    from auditor.domain.change import ExplainedChange
    from auditor.domain.crawl_views import CrawlStatus
    from auditor.domain.estimates import OwnFiles
    from auditor.domain.hints import DueRepositories
    from auditor.domain.holdings import Source
    from auditor.domain.observation import CrawlReport
    from auditor.domain.outlook import BudgetReport, GrowthQuery, GrowthReport
    from auditor.domain.policy import CheckReport
    from auditor.domain.reconciliation import Bill, Reconciliation
    from auditor.domain.retention import Pruning
    from auditor.settings import LoadedSettings, SettingRow, Settings
    from auditor.store.engine import Database
    from auditor.usecases.audit_registry import TargetFlags
    from auditor.usecases.back_up import BackUp
    from auditor.usecases.browse import Browse
    from auditor.usecases.check_image import CheckRequest
    from auditor.usecases.checked import Finding
    from auditor.usecases.crawl_registry import CrawlTarget
    from auditor.usecases.estimate import Calculator
    from auditor.usecases.ledger import Ledger
    from auditor.usecases.prepare_database import DatabaseStatus
    from auditor.usecases.price_history import PriceHistory
    from auditor.usecases.run_demo import DemoResult
    from auditor.usecases.schedules import Schedules


class UseCases:
    """The real ones."""

    def load_settings(
        self, config_file: Path | None, overrides: Mapping[str, str]
    ) -> LoadedSettings:
        """Settings from flags, environment and file."""
        import os

        from auditor.settings import load_settings

        loaded = load_settings(config_file=config_file, environment=os.environ, overrides=overrides)
        self.configure_logs(loaded.settings)
        return loaded

    def configure_logs(self, settings: Settings, *, is_service: bool = False) -> None:
        """Log as the settings say; what runs by itself logs warnings too."""
        from auditor.usecases.configure_logs import configure_logs

        configure_logs(settings, is_service=is_service)

    def render_settings(self, loaded: LoadedSettings) -> Sequence[SettingRow]:
        """Each value with its source, secrets hidden."""
        from auditor.settings import render_settings

        return render_settings(loaded)

    def prepare_database(self, url: str) -> Database:
        """The database, made or upgraded where needed."""
        from auditor.usecases.prepare_database import prepare_database

        return prepare_database(url)

    def database_status(self, url: str) -> DatabaseStatus:
        """Which schema revision the database has and should have."""
        from auditor.usecases.prepare_database import database_status

        return database_status(url)

    def upgrade_database(self, url: str) -> None:
        """Bring the database to this release's schema."""
        from auditor.usecases.prepare_database import upgrade_database

        upgrade_database(url)

    def back_up_database(self, url: str, file: Path) -> BackUp:
        """A copy of a SQLite database in a new file."""
        from auditor.usecases.back_up import back_up_database

        return back_up_database(url, file)

    def restore_database(self, url: str, file: Path, *, replaces: bool) -> BackUp:
        """A SQLite database as a backup holds it."""
        from auditor.usecases.back_up import restore_database

        return restore_database(url, file, replaces=replaces)

    def wait_for_schema(self, url: str, patience_seconds: float) -> None:
        """Return once the database has this release's schema."""
        from auditor.usecases.back_up import wait_for_schema

        wait_for_schema(url, patience_seconds)

    def target_flags(self, **flags: object) -> TargetFlags:
        """What was said about a registry on the command line."""
        from auditor.usecases.audit_registry import TargetFlags

        return TargetFlags(**flags)  # type: ignore[arg-type]

    def target_for(self, address: str, settings: Settings, flags: TargetFlags) -> CrawlTarget:
        """What to crawl at this address or under this configured name, and who we are there."""
        from auditor.usecases.audit_registry import target_for

        return target_for(address, settings, flags)

    def crawl(
        self,
        database: Database,
        target: CrawlTarget,
        settings: Settings,
        listener: Listener,
        *,
        accept_removals: bool,
        due: DueRepositories | None = None,
        on_wait: Callable[[str], None] | None = None,
    ) -> CrawlReport | None:
        """Crawl one registry to its end, or only what is due of it; None where nothing is.

        It is crawled alone: RegistryBusyError where somebody else is at it. `on_wait`: wait
        for them, and tell this who they are.

        The first Ctrl-C cancels the crawl, which then leaves a consistent database; it
        shows as KeyboardInterrupt, or as a report that says so.
        """
        from auditor.commands.interrupts import INTERRUPTS
        from auditor.usecases.crawl_alone import Turn, crawl_alone
        from auditor.usecases.crawl_limits import crawl_limits
        from auditor.usecases.take_hints import crawl_hinted

        turn = Turn(waits=on_wait is not None, on_wait=on_wait or (lambda _: None))
        if due is not None:
            return INTERRUPTS.run(
                crawl_hinted(
                    database,
                    target,
                    due,
                    crawl_limits(settings),
                    listener=listener,
                    accept_removals=accept_removals,
                    turn=turn,
                )
            )
        return INTERRUPTS.run(
            crawl_alone(
                database,
                target,
                crawl_limits(settings),
                listener=listener,
                accept_removals=accept_removals,
                turn=turn,
            )
        )

    def moment(self, text: str) -> datetime | None:
        """The moment that a date means, None for no text; raises UsageError."""
        from datetime import UTC, datetime

        from auditor.domain.moment import parse_moment

        return parse_moment(text, now=datetime.now(UTC)) if text else None

    def open_calculator(self, settings: Settings) -> Calculator:
        """What tells the size of an image before it is built."""
        from auditor.usecases.estimate import open_calculator

        return open_calculator(settings)

    def measure_folder(self, folder: Path) -> OwnFiles:
        """What the files of a folder weigh in a layer. Raises UsageError for no folder."""
        from auditor.context.measuring import measure_folder

        return measure_folder(folder)

    def open_browse(self, settings: Settings) -> Browse:
        """What may be read from the database."""
        from auditor.usecases.open_browse import open_browse

        return open_browse(settings)

    def check(self, settings: Settings, request: CheckRequest) -> CheckReport:
        """The verdict over an image, read straight from where it is."""
        from datetime import UTC, datetime

        from auditor.commands.interrupts import INTERRUPTS
        from auditor.usecases.check_image import check

        return INTERRUPTS.run(check(request, settings, datetime.now(UTC)))

    def open_ledger(self, settings: Settings) -> Ledger:
        """Costs and usage from the database."""
        from auditor.usecases.ledger import open_ledger

        return open_ledger(settings)

    def budgets(self, settings: Settings) -> BudgetReport:
        """The running month of every configured budget."""
        from auditor.usecases.budgets import open_budgets

        return open_budgets(settings).judge()

    def alerts(self, settings: Settings, query: AlertsQuery) -> AlertsPage:
        """What rules warn of and warned of."""
        from auditor.usecases.alerts import open_alerts

        opened = open_alerts(settings)
        try:
            return opened.page(query)
        finally:
            opened.database.dispose()

    def raise_alerts(self, settings: Settings, *, is_dry_run: bool) -> AlertReport:
        """One look at every rule, or what it would find."""
        from datetime import UTC, datetime

        from auditor.usecases.raise_alerts import preview_alerts, raise_alerts

        database = self.prepare_database(settings.database_url)
        try:
            look = preview_alerts if is_dry_run else raise_alerts
            return look(database, settings, datetime.now(UTC))
        finally:
            database.dispose()

    def test_channel(self, settings: Settings, channel: str) -> Sequence[tuple[str, str, str]]:
        """A test message on a channel: recipient, status and detail of each."""
        from datetime import UTC, datetime

        from auditor.usecases.raise_alerts import send_test

        sent = send_test(settings, channel, datetime.now(UTC))
        return [(recipient, one.status.value, one.detail) for recipient, one in sent]

    def due_hints(self, database: Database) -> Sequence[DueRepositories]:
        """Repositories that registries said have changed."""
        from auditor.usecases.shared_clock import shared_clock
        from auditor.usecases.take_hints import due_hints

        return due_hints(database, shared_clock(database)())

    def open_price_history(self, settings: Settings) -> PriceHistory:
        """The prices of every registry, in use and kept."""
        from auditor.usecases.price_history import open_price_history

        return open_price_history(settings)

    def crawl_statuses(
        self, settings: Settings, registry: str, limit: int
    ) -> tuple[CrawlStatus, ...]:
        """How the newest crawls of every registry, or of one, went."""
        from auditor.usecases.crawl_status import open_crawl_statuses

        return open_crawl_statuses(settings).read(registry, limit)

    def team_changes(
        self,
        settings: Settings,
        team: str,
        registry: str,
        *,
        start: datetime,
        end: datetime | None,
    ) -> ExplainedChange:
        """Why a team is charged for other bytes than at `start`."""
        from auditor.usecases.team_change import open_team_changes

        return open_team_changes(settings).explain(team, registry, start=start, end=end)

    def anomalies(self, settings: Settings, query: GrowthQuery) -> GrowthReport:
        """Growth out of the ordinary, explained."""
        from auditor.usecases.anomalies import open_anomalies

        return open_anomalies(settings).find(query)

    def prune(
        self,
        settings: Settings,
        keep_months: int,
        *,
        registry: str,
        is_dry_run: bool,
        compacts: bool,
    ) -> Pruning:
        """Remove history older than so many months, or say what that would remove."""
        from datetime import UTC, datetime

        from auditor.usecases.prune_history import plan_pruning, prune_history

        now = datetime.now(UTC)
        database = self.prepare_database(settings.database_url)
        try:
            if is_dry_run:
                return plan_pruning(database, keep_months, now=now, registry=registry)
            done = prune_history(database, keep_months, now=now, registry=registry)
            if compacts:
                database.compact()
            return done
        finally:
            database.dispose()

    def reconcile(
        self, settings: Settings, registry: str, bill: Bill, source: Source | None
    ) -> Reconciliation:
        """Expected bytes against those billed or held, the difference by name."""
        from auditor.usecases.prices import Prices
        from auditor.usecases.reconcile import Reconciler

        database = self.prepare_database(settings.database_url)
        try:
            reconciler = Reconciler(database, Prices.from_settings(settings))
            return reconciler.reconcile(registry, bill, source)
        finally:
            database.dispose()

    def prepare_demo(self, folder: Path, listener: Listener, *, history: bool) -> DemoResult:
        """The sample registry, crawled into a database in `folder`."""
        from auditor.usecases.run_demo import prepare_demo

        return prepare_demo(folder, history=history, listener=listener)

    @property
    def digests(self) -> DigestUseCases:
        """What the commands of the digest ask."""
        from auditor.commands.digest_use_cases import DigestUseCases

        return DigestUseCases(self.prepare_database)

    def check_installation(self, loaded: LoadedSettings) -> Sequence[Finding]:
        """What works here and what does not."""
        from auditor.usecases.check_installation import check_installation

        return check_installation(loaded)

    def open_schedules(self, settings: Settings) -> Schedules:
        """What is done by itself, and when. Raises StoreError."""
        from auditor.scheduler.service import open_service

        return open_service(settings, is_queue_needed=False).schedules

    def run_scheduler(self, settings: Settings, announce: Callable[[str], None]) -> None:
        """Tick until interrupted. Raises StoreError."""
        from auditor.commands.running import run_scheduler

        run_scheduler(settings, announce)

    def run_worker(
        self, settings: Settings, concurrency: int, announce: Callable[[str], None]
    ) -> None:
        """Carry out runs until interrupted. Raises StoreError."""
        from auditor.commands.running import run_worker

        run_worker(settings, concurrency, announce)

    def create_app(self, settings: Settings, host: str = "") -> Flask:
        """The dashboard as a WSGI application, without an open connection. Raises StoreError.

        `host` is where it will listen, if that is known.
        """
        from auditor.commands.application import make_app

        return make_app(self, settings, host)

    def serve(
        self,
        settings: Settings,
        host: str,
        port: int,
        announce: Callable[[str], None],
        *,
        workers: int = 1,
        with_schedule: bool = False,
    ) -> None:
        """Serve the dashboard until interrupted; `announce` gets the address it answers at.

        One process is this one, with waitress; several are gunicorn's. `with_schedule`: this
        process also does what is due, unless workers do. Raises UsageError where that address
        cannot be listened on, or gunicorn is not installed.
        """
        from auditor.commands.listening import serve_at
        from auditor.commands.running import beside
        from auditor.commands.wsgi import counting_together

        with counting_together(workers), beside(settings, is_wanted=with_schedule):
            serve_at(self.create_app(settings, host), host, port, announce, workers=workers)
