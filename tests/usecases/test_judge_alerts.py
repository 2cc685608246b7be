"""What is wrong by each kind of rule, over real figures in both databases."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from auditor.domain.alerts import Alert, AlertKind, AlertRule, AlertScope
from auditor.domain.analysis_settings import AnalysisSettings, UserRule
from auditor.domain.errors import RegistryUnreachableError
from auditor.domain.image_config import HistoryEntry
from auditor.domain.outlook import Budget
from auditor.domain.owners import OwnerRule
from auditor.domain.units import Price
from auditor.ledger.owners import OwnerBook
from auditor.settings import load_settings
from auditor.usecases.analyse import Analysis
from auditor.usecases.budgets import Budgets
from auditor.usecases.crawl_registry import CrawlLimits
from auditor.usecases.judge_alerts import Judge, rules_of
from auditor.usecases.ledger import Ledger
from auditor.usecases.owners import Owners
from auditor.usecases.prices import Prices
from tests.fakes.contents import Contents, config_of, layer
from tests.fakes.source import FakeSource, Faults
from tests.usecases.bench import LISTS_ALL, REGISTRY, Bench, day, target

MB = 10**6
OWNERS = Owners(OwnerBook((OwnerRule("Payments", ("pay/*",), source="a test"),), ()))
REFERENCE = "hub.example"


def crawl(bench: Bench, contents: Contents, at: float, registry: str = REGISTRY) -> None:
    where = replace(target(registry), is_reference=registry == REFERENCE)
    bench.crawl(FakeSource(contents.registry(), LISTS_ALL), where, at=day(at))


def judged(bench: Bench, rule: AlertRule, at: float, *budgets: Budget) -> list[Alert]:
    prices = Prices(for_all=Price(Decimal(1), "USD", source="configured"))
    ledger = Ledger(bench.database, prices, owners=OWNERS, clock=lambda: day(at))
    with bench.database.reading() as connection:
        judge = Judge(connection, OWNERS, Budgets(ledger, budgets).judge, day(at))
        found = list(judge.judge(rule))
        assert list(judge.judge(rule)) == found
    return found


def rule(kind: AlertKind, **limits: object) -> AlertRule:
    return replace(AlertRule("r", kind), **limits)  # type: ignore[arg-type]


def fleet() -> Contents:
    contents = Contents()
    contents.tag("pay/app", "1", contents.image("one", layer(300 * MB, "one")))
    contents.tag("web", "1", contents.image("two", layer(50 * MB, "two")))
    return contents


def test_large_images_and_growth_are_of_all_that_counts(either_bench: Bench) -> None:
    contents = fleet()
    crawl(either_bench, contents, 0)
    crawl(either_bench, fleet(), 0, REFERENCE)
    larger = layer(400 * MB, "three")
    newest = config_of("three", (larger,), created_at=day(9))
    contents.tag("web", "2", contents.image("three", larger, config=newest))
    contents.tag("new", "1", contents.image("four", layer(100 * MB, "four")))
    crawl(either_bench, contents, 10)
    large = judged(either_bench, rule(AlertKind.IMAGE_SIZE, image_bytes=200 * MB), 10)
    assert [(one.repository, one.subject, one.team) for one in large] == [
        ("pay/app", "1", "Payments"),
        ("web", "2", ""),
    ]
    of_team = rule(AlertKind.IMAGE_SIZE, image_bytes=MB, scope=AlertScope(teams=("payments",)))
    assert [one.repository for one in judged(either_bench, of_team, 10)] == ["pay/app"]
    grown = judged(either_bench, rule(AlertKind.GROWTH, growth_bytes=90 * MB), 11)
    assert [one.repository for one in grown] == ["new", "web"]
    assert judged(either_bench, rule(AlertKind.GROWTH, growth_bytes=90 * MB), 18) == []
    by_percent = rule(AlertKind.GROWTH, growth_percent=500)
    assert [one.repository for one in judged(either_bench, by_percent, 11)] == ["web"]


def test_what_was_there_before_anybody_looked_has_not_grown(either_bench: Bench) -> None:
    crawl(either_bench, fleet(), 0)
    assert judged(either_bench, rule(AlertKind.GROWTH, growth_bytes=1), 1) == []


def test_a_budget_is_judged_once_for_all_rules(bench: Bench) -> None:
    contents = fleet()
    for number in range(0, 100, 5):
        crawl(bench, contents, number)
    budget = Budget("pay", Decimal("0.01"), "USD", team="Payments")
    found = judged(bench, rule(AlertKind.BUDGET), 95, budget)
    assert [(one.subject, one.severity) for one in found] == [("pay", 2)]


def test_crawls_that_fail_are_of_every_registry(either_bench: Bench) -> None:
    crawl(either_bench, fleet(), 0)
    crawl(either_bench, fleet(), 0, REFERENCE)
    faults = Faults(offline=True)
    for number in (1, 2):
        broken = FakeSource(fleet().registry(), faults=faults)
        with pytest.raises(RegistryUnreachableError):
            either_bench.crawl(broken, at=day(number))
    failing = rule(AlertKind.CRAWL_FAILING, failures=2, silent_hours=48)
    found = judged(either_bench, failing, 2)
    assert [one.summary for one in found] == [
        f"{REFERENCE} was not read to the end for 48 hours",
        f"crawls of {REGISTRY} failed 2 times in a row",
    ]
    assert judged(either_bench, replace(failing, failures=3, silent_hours=49), 2) == []


def test_findings_are_told_with_their_words(either_bench: Bench) -> None:
    own = UserRule("old-key", "curl", "It has the old key.", "Use the new one.")
    analysis = Analysis.from_settings(AnalysisSettings(user_rules=(own,)))
    either_bench.limits = CrawlLimits(analysis=analysis)
    contents = Contents()
    only = layer(100 * MB, "one")
    steps = (HistoryEntry("RUN curl x"),)
    config = config_of("one", (only,), history=steps)
    contents.tag("pay/app", "1", contents.image("one", only, config=config))
    crawl(either_bench, contents, 0)
    (found,) = judged(either_bench, rule(AlertKind.FINDING, saving_bytes=50 * MB), 1)
    assert found.summary.startswith("pay/app: It has the old key. It would save 100 MB")
    assert (found.subject, found.team, found.is_news) == ("old-key", "Payments", True)
    assert judged(either_bench, rule(AlertKind.FINDING, saving_bytes=500 * MB), 1) == []


def test_rules_of_the_settings_name_registries_as_the_database_does() -> None:
    written = {
        "AUDITOR_REGISTRIES__OURS__ADDRESS": "https://registry.example",
        "AUDITOR_ALERTS__LARGE__KIND": "image-size",
        "AUDITOR_ALERTS__LARGE__SIZE": "1.5GB",
        "AUDITOR_ALERTS__LARGE__REGISTRIES": "ours,other.example",
    }
    settings = load_settings(config_file=None, environment=written, overrides={}).settings
    (found,) = rules_of(settings)
    assert found.scope.registries == (REGISTRY, "other.example")
    assert (found.name, found.image_bytes) == ("large", 1_500_000_000)
