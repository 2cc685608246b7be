"""Every setting, set to something unusual, arrives where it takes effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from auditor.cli import auditor
from auditor.commands.use_cases import UseCases
from auditor.domain.findings import Confidence
from auditor.domain.ledger import Allocation
from auditor.domain.observation import StorageScope
from auditor.domain.price_book import IncludedScope, PricedPer
from auditor.domain.schedules import Kind
from auditor.domain.units import GIB
from auditor.registry.options import ClientOptions
from auditor.scheduler.service import is_embedded, open_service
from auditor.settings import Settings, render_settings
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget
from auditor.usecases.web_key import load_web_key
from tests import mail_settings
from tests import settings_of_alerts as of_alerts
from tests import settings_of_estimate as of_estimate
from tests import settings_of_monitoring as of_monitoring
from tests.arrived import Arrived, look_seconds

NEEDED = {"registries.name.address": "r.example", "price.amount": "7"}
NEEDED |= {"registries.name.price.amount": "5", "registries.name.username": "reader"}
NEEDED |= {"owners.rules.name.repositories": "**", "budgets.name.amount": "8"}
NEEDED |= {"budgets.name.repository": "app", "price_book.name.tiers": "6"}
NEEDED |= {"analysis.rule.name.ignore": "nothing", "analysis.user_rule.name.pattern": "curl"}
NEEDED |= mail_settings.NEEDED
NEEDED |= {"analysis.user_rule.name.what": "It", "analysis.user_rule.name.fix": "That"}
KEY = "kD2vQ8xw0Zr4mT6yB1nL9sHcJ7fGpA3eUoXiRtYq"
NEEDED |= of_alerts.NEEDED
DATA = Path(__file__).parent / "data"
INVENTORY, OWNERS = str(DATA / "inventory.csv"), str(DATA / "owners.csv")
OF_AN_ENTRY = ("entry", "replicas", "seats", "account")
NOT_CONFIGURABLE = {
    *("connect_timeout_seconds", "listing_cap_bytes", "known_headers_bytes", "page_size"),
    *("page_limit", "attempts", "retry_budget_seconds", "user_agent"),
    *("listing_entries", "listing_total_bytes"),
}


class Case(NamedTuple):
    written: str
    found: Callable[[Arrived], object]
    expected: object


def scheduled(name: str, written: str, expected: object) -> dict[str, Case]:
    """One setting of every schedule."""
    return {
        f"schedules.{kind}.{name}": Case(written, attrgetter(f"schedules.{kind}.{name}"), expected)
        for kind in Kind
    }


def _with_settings(found: Callable[[Settings], object]) -> Callable[[Arrived], object]:
    return lambda arrived: found(arrived.settings)


CASES: Mapping[str, Case] = {
    "database_url": Case("sqlite:///moved.db", lambda _: Path("moved.db").exists(), True),
    "platform": Case(
        "linux/s390x",
        lambda a: (str(a.limits.platform), str(a.browse.platform)),
        ("linux/s390x", "linux/s390x"),
    ),
    "registries.name.address": Case(
        "http://other.example:5", lambda a: a.target.address.base_url, "http://other.example:5"
    ),
    "registries.name.scope": Case("namespace", lambda a: a.target.scope, StorageScope.NAMESPACE),
    "registries.name.username": Case("writer", lambda a: a.username, "writer"),
    "registries.name.password": Case("s3cret", lambda a: a.secret, "s3cret"),
    "registries.name.ca_file": Case("/ca.pem", lambda a: a.options.ca_file, "/ca.pem"),
    "registries.name.verify_tls": Case("false", lambda a: a.options.verify_tls, False),
    "registries.name.reference": Case("true", lambda a: a.target.is_reference, True),
    "registries.name.tags": Case("3.*,a", lambda a: a.target.tags, ("3.*", "a")),
    "registries.name.repositories": Case("a,b", lambda a: a.target.repositories, ("a", "b")),
    "registries.name.token_hosts": Case(
        "t.example", lambda a: a.options.token_hosts, ("t.example",)
    ),
    "registries.name.counts_pulls": Case("true", lambda a: a.options.counts_pulls, True),
    "registries.name.allocation": Case(
        "logical", lambda a: a.ledger.allocations["r.example"], Allocation.LOGICAL
    ),
    "registries.name.price.entry": Case("aws-ecr", lambda a: a.entry("r.example"), "aws-ecr"),
    "registries.name.price.replicas": Case("3", lambda a: a.terms("r.example").replicas, 3),
    "registries.name.price.seats": Case("12", lambda a: a.terms("r.example").seats, 12),
    "registries.name.price.account": Case("ours", lambda a: a.terms("r.example").account, "ours"),
    "registries.name.price.amount": Case("9", lambda a: a.price("r.example").amount, Decimal(9)),
    "registries.name.price.currency": Case("CHF", lambda a: a.price("r.example").currency, "CHF"),
    "registries.name.price.unit": Case("GiB", lambda a: a.price("r.example").unit_bytes, GIB),
    "crawl.concurrency": Case("3", lambda a: (a.limits.concurrency, a.options.concurrency), (3, 3)),
    "crawl.recheck_days": Case("0", lambda a: a.limits.recheck_days, 0),
    "crawl.removal_guard_percent": Case("50", lambda a: a.limits.guard_ratio, 0.5),
    "crawl.ask_referrers": Case("false", lambda a: a.limits.ask_referrers, False),
    "crawl.request_timeout_seconds": Case(
        "600", lambda a: (a.options.deadline_seconds, a.options.read_timeout_seconds), (600, 150)
    ),
    "crawl.manifest_max_bytes": Case("2000", lambda a: a.options.manifest_cap_bytes, 2000),
    "crawl.config_max_bytes": Case("2001", lambda a: a.options.config_cap_bytes, 2001),
    "crawl.token_max_bytes": Case("2002", lambda a: a.options.token_cap_bytes, 2002),
    "crawl.error_max_bytes": Case("2003", lambda a: a.options.error_cap_bytes, 2003),
    "crawl.redirects_max": Case("1", lambda a: a.options.redirects, 1),
    "crawl.json_max_depth": Case("9", lambda a: a.options.json_max_depth, 9),
    "history.keep_months": Case("24", lambda a: a.limits.keep_months, 24),
    "price.entry": Case("aws-ecr", lambda a: a.entry("unpriced.example"), "aws-ecr"),
    "price.replicas": Case("3", lambda a: a.terms("unpriced.example").replicas, 3),
    "price.seats": Case("12", lambda a: a.terms("unpriced.example").seats, 12),
    "price.account": Case("ours", lambda a: a.terms("unpriced.example").account, "ours"),
    "price.amount": Case("11", lambda a: a.price("unpriced.example").amount, Decimal(11)),
    "price.currency": Case("EUR", lambda a: a.price("unpriced.example").currency, "EUR"),
    "price.unit": Case("GiB", lambda a: a.price("unpriced.example").unit_bytes, GIB),
    "owners.label_keys": Case("a.b,c", lambda a: a.settings.owners.label_keys, ("a.b", "c")),
    "owners.mapping_file": Case(OWNERS, lambda a: a.settings.owners.mapping_file, OWNERS),
    "owners.rules.name.team": Case("Pay", lambda a: a.rule.team, "Pay"),
    "owners.rules.name.repositories": Case(
        "pay/**,x", lambda a: a.rule.repositories, ("pay/**", "x")
    ),
    "owners.rules.name.registries": Case("r.*", lambda a: a.rule.registries, ("r.*",)),
    "owners.rules.name.labels": Case("a.b=c*", lambda a: a.rule.labels, (("a.b", "c*"),)),
    "budgets.name.team": Case("Pay", lambda a: a.budget.team, "Pay"),
    "budgets.name.repository": Case("web", lambda a: a.budget.repository, "web"),
    "budgets.name.registry": Case("r.example", lambda a: a.budget.registry, "r.example"),
    "budgets.name.amount": Case("9", lambda a: a.budget.amount, Decimal(9)),
    "budgets.name.currency": Case("EUR", lambda a: a.budget.currency, "EUR"),
    "price_book.name.like": Case("aws-s3", lambda a: a.own.region, "us-east-1"),
    "price_book.name.provider": Case("Acme", lambda a: a.own.provider, "Acme"),
    "price_book.name.service": Case("Depot", lambda a: a.own.service, "Depot"),
    "price_book.name.region": Case("zrh", lambda a: a.own.region, "zrh"),
    "price_book.name.currency": Case("CHF", lambda a: a.own.currency, "CHF"),
    "price_book.name.unit": Case("GiB", lambda a: a.own.unit_bytes, GIB),
    "price_book.name.per": Case("day", lambda a: a.own.per, PricedPer.DAY),
    "price_book.name.tiers": Case(
        "3 up to 5,2", lambda a: [t.amount for t in a.own.tiers], [Decimal(3), Decimal(2)]
    ),
    "price_book.name.included": Case("4", lambda a: a.own.included_units, 4),
    "price_book.name.included_scope": Case(
        "account", lambda a: a.own.included_scope, IncludedScope.ACCOUNT
    ),
    "price_book.name.fee": Case("5", lambda a: a.own.plan_fee, 5),
    "price_book.name.fee_per_seat": Case("true", lambda a: a.own.is_fee_per_seat, True),
    "price_book.name.fee_per_replica": Case("true", lambda a: a.own.is_fee_per_replica, True),
    "price_book.name.storage_per_replica": Case(
        "true", lambda a: a.own.is_storage_per_replica, True
    ),
    "price_book.name.minimum_days": Case("30", lambda a: a.own.minimum_storage_days, 30),
    "price_book.name.source": Case("the contract", lambda a: a.own.source, "the contract"),
    "price_book.name.as_of": Case("2026-01-02", lambda a: a.own.as_of, date(2026, 1, 2)),
    "price_book.name.valid_from": Case("2026-01-03", lambda a: a.own.valid_from, date(2026, 1, 3)),
    "analysis.enabled": Case("false", lambda a: a.browse.analysis() is None, True),
    "analysis.threshold_bytes": Case("7", lambda a: a.around.weight_rules.image_bytes, 7),
    "analysis.minimum_saving_bytes": Case("8", lambda a: a.engine.choice.least_saving_bytes, 8),
    "analysis.development_names": Case(
        "a/**,b", lambda a: a.around.development_names, ("a/**", "b")
    ),
    "analysis.development_environments": Case(
        "qa,it", lambda a: {"qa", "it"} <= a.around.weight_rules.development_names, True
    ),
    "analysis.environment_label": Case(
        "a.env", lambda a: a.around.weight_rules.environment_labels, ("a.env",)
    ),
    "analysis.inventory_file": Case(
        INVENTORY, lambda a: list(a.around.inventory), ["registry.example/team/app"]
    ),
    "analysis.pull.bandwidth_mbit_per_second": Case(
        "12.5", lambda a: a.around.pull.link_bytes_per_second, 1_562_500
    ),
    "analysis.pull.parallel_downloads": Case("9", lambda a: a.around.pull.parallel_downloads, 9),
    "analysis.pull.pulling_nodes": Case("40", lambda a: a.around.pulling_nodes, 40),
    "analysis.rule.name.enabled": Case("false", lambda a: a.looks_at("app"), False),
    "analysis.rule.name.minimum_saving_bytes": Case(
        "9", lambda a: a.engine.choice.minimum_saving_bytes("name"), 9
    ),
    "analysis.rule.name.repositories": Case("a/*,b", lambda a: a.looks_at("app"), False),
    "analysis.rule.name.ignore": Case("app,c/*", lambda a: a.looks_at("app"), False),
    "analysis.user_rule.name.pattern": Case(
        "(?i)wget", lambda a: a.own_rule.info.sees.endswith("match (?i)wget"), True
    ),
    "analysis.user_rule.name.instruction": Case(
        "COPY", lambda a: a.own_rule.info.sees.startswith("COPY steps"), True
    ),
    "analysis.user_rule.name.what": Case("An old key", lambda a: a.finding.what, "An old key"),
    "analysis.user_rule.name.fix": Case("Use new", lambda a: a.finding.fix, "Use new"),
    "analysis.user_rule.name.share": Case("0.25", lambda a: a.finding.claims[0].size_bytes, 25),
    "analysis.user_rule.name.confidence": Case(
        "high", lambda a: a.finding.confidence, Confidence.HIGH
    ),
    **{key: Case(*case) for key, case in of_alerts.CASES.items()},
    **scheduled("cron", "7 3 * * *", "7 3 * * *"),
    **scheduled("zone", "Asia/Tokyo", "Asia/Tokyo"),
    **scheduled("enabled", "false", expected=False),
    "service.runner": Case("server", lambda a: is_embedded(a.settings), False),
    "service.concurrency": Case("5", lambda a: a.works, 5),
    "service.attempts": Case("7", lambda a: a.service.performer.policy.attempts, 7),
    "service.tick_seconds": Case("0.5", lambda a: look_seconds(a.service), 0.5),
    "service.lost_after_seconds": Case(
        "33", lambda a: a.service.performer.policy.lost_after, timedelta(seconds=33)
    ),
    "service.drain_seconds": Case("3", lambda a: a.service.settings.service.drain_seconds, 3),
    "web.host": Case("::1", lambda a: a.serves_at[0], "::1"),
    "web.port": Case("81", lambda a: a.serves_at[1], 81),
    "metrics.repositories": Case("7", lambda a: a.repositories_in_metrics, 7),
    "web.workers": Case("3", lambda a: a.serves_at[2], 3),
    "web.secret_key": Case(KEY, lambda a: load_web_key(a.settings), KEY),
    **{
        key: Case(written, _with_settings(found), expected)
        for key, (written, found, expected) in (
            *mail_settings.CASES.items(),
            *of_monitoring.CASES.items(),
            *of_estimate.CASES.items(),
        )
    },
}


class Watching(UseCases):
    """The real use cases; serving and crawling are noted instead of done."""

    def __init__(self) -> None:
        self.served: list[tuple[str, int, int]] = []
        self.works = 0

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
        self.served.append((host, port, workers))

    def run_worker(
        self, settings: Settings, concurrency: int, announce: Callable[[str], None]
    ) -> None:
        self.works = concurrency


@pytest.fixture
def arrive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[Mapping[str, str]], Arrived]:
    """Sets variables and asks for everything; needs no network."""
    crawled: list[tuple[CrawlTarget, CrawlLimits]] = []

    async def note(database: object, target: CrawlTarget, limits: CrawlLimits, **_: object) -> None:
        crawled.append((target, limits))

    monkeypatch.setattr("auditor.usecases.crawl_registry.crawl_registry", note)
    monkeypatch.chdir(tmp_path)

    def ask(written: Mapping[str, str]) -> Arrived:
        usual = {"database_url": "sqlite:///usual.db"}
        for_team = {"budgets.name.repository": ""} if "budgets.name.team" in written else {}
        tables = {key.rpartition(".")[0] for key in written if is_of_an_entry(key)}
        entries = {f"{table}.entry": "aws-ecr" for table in tables}
        for key, value in {**usual, **NEEDED, **entries, **written, **for_team}.items():
            variable = f"AUDITOR_{key.upper().replace('.', '__')}"
            if key.removesuffix(".amount") in tables:
                monkeypatch.delenv(variable, raising=False)  # an entry takes an amount's place
            else:
                monkeypatch.setenv(variable, value)
        watching = Watching()
        settings = watching.load_settings(None, {}).settings
        target = watching.target_for("name", settings, watching.target_flags())
        database = watching.prepare_database(settings.database_url)
        watching.crawl(database, target, settings, lambda _: None, accept_removals=False)
        database.dispose()
        for command in ("serve", "worker"):
            result = CliRunner().invoke(auditor, [command], obj=watching, prog_name="auditor")
            assert result.exit_code == 0, result.output
        service = open_service(settings, is_queue_needed=False)
        service.dispose()
        browse = watching.open_browse(settings)
        browse.database.dispose()
        return Arrived(settings, *crawled[-1], browse, watching.served[-1], watching.works, service)

    return ask


def is_of_an_entry(key: str) -> bool:
    table, _, name = key.rpartition(".")
    return table.endswith("price") and name in OF_AN_ENTRY


@pytest.mark.parametrize("key", CASES)
def test_a_setting_arrives_where_it_takes_effect(
    arrive: Callable[[Mapping[str, str]], Arrived], key: str
) -> None:
    case = CASES[key]
    assert case.found(arrive({})) != case.expected
    assert case.found(arrive({key: case.written})) == case.expected


def test_no_setting_is_left_out_here(
    arrive: Callable[[Mapping[str, str]], Arrived], tmp_path: Path
) -> None:
    arrive({})
    rows = render_settings(UseCases().load_settings(None, {}))
    assert {row.key for row in rows} == set(CASES)


def test_every_limit_of_client_and_crawl_is_set_by_something(
    arrive: Callable[[Mapping[str, str]], Arrived],
) -> None:
    usual = arrive({})
    together = {key: case for key, case in CASES.items() if not is_of_an_entry(key)}
    del together["push.name.registry"]  # which is another one then
    other = arrive({key: case.written for key, case in together.items()})
    same = {
        one.name
        for one in fields(ClientOptions)
        if getattr(usual.options, one.name) == getattr(other.options, one.name)
    }
    assert same == NOT_CONFIGURABLE | {"settings_name"}
    assert other.options.settings_name == "name"
    for one in fields(CrawlLimits):
        assert getattr(usual.limits, one.name) != getattr(other.limits, one.name), one.name


@pytest.mark.parametrize("seconds, silence_seconds", [("1", 30), ("120", 30), ("3600", 900)])
def test_a_registry_may_be_silent_for_half_a_minute_or_a_quarter_of_the_time_it_has(
    arrive: Callable[[Mapping[str, str]], Arrived], seconds: str, silence_seconds: float
) -> None:
    options = arrive({"crawl.request_timeout_seconds": seconds}).options
    assert options.read_timeout_seconds == silence_seconds
