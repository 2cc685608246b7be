"""Budgets over crawls of made-up registries, in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from auditor.domain.costs import LedgerQuery
from auditor.domain.ledger import Period
from auditor.domain.outlook import Budget, BudgetLevel
from auditor.domain.owners import OwnerRule
from auditor.domain.units import Price
from auditor.ledger.owners import OwnerBook
from auditor.settings import load_settings
from auditor.usecases.budgets import Budgets, open_budgets
from auditor.usecases.ledger import Ledger
from auditor.usecases.owners import Owners
from auditor.usecases.prices import Prices
from auditor.usecases.prune_history import prune_history
from tests.fakes.contents import Contents, layer
from tests.fakes.source import FakeSource
from tests.usecases.bench import LISTS_ALL, REGISTRY, Bench, target

JUNE = Period.month("2026-06")
NOW = JUNE.start + timedelta(days=10)
DOLLAR = Prices(for_all=Price(Decimal(1), "USD", source="configured"))
RULE = OwnerRule("Payments", ("pay/*",), source="a test")
TEAM = Budget("payments", Decimal(4), "USD", team="Payments")
OTHER = "other.example"


def crawl(bench: Bench, contents: Contents, at: datetime, registry: str = REGISTRY) -> None:
    source = FakeSource(contents.registry(), LISTS_ALL)
    bench.crawl(source, target(registry), at=at, accept_removals=True)


def budgets(bench: Bench, *budgets: Budget) -> Budgets:
    owners = Owners(OwnerBook((RULE,), ()))
    ledger = Ledger(bench.database, DOLLAR, owners=owners, clock=lambda: NOW)
    return Budgets(ledger, budgets)


def two_repositories_of_a_team(bench: Bench) -> None:
    contents = Contents()
    shared = layer(10**9, "shared")
    contents.tag("pay/app", "v1", contents.image("one", shared))
    contents.tag("pay/job", "v1", contents.image("two", shared, layer(10**9, "two")))
    contents.tag("web", "v1", contents.image("three", layer(3 * 10**9, "three")))
    for days in range(-90, 10, 5):
        crawl(bench, contents, JUNE.start + timedelta(days=days))


def test_a_team_spends_what_its_repositories_cost_and_a_steady_month_goes_on(
    either_bench: Bench,
) -> None:
    two_repositories_of_a_team(either_bench)
    one = budgets(either_bench, TEAM)
    (state,) = one.judge().states
    rows = one.ledger.costs(LedgerQuery(JUNE))
    assert state.spent == sum(row.cost for row in rows if row.team == "Payments")
    assert state.forecast.expected is not None
    assert abs(state.forecast.expected - 3 * state.spent) < Decimal("1e-20")
    assert state.state is BudgetLevel.UNDER
    (tight,) = budgets(either_bench, replace(TEAM, amount=Decimal("1.5"))).judge().states
    assert tight.state is BudgetLevel.LIKELY_OVER
    (spent,) = budgets(either_bench, replace(TEAM, amount=Decimal("0.5"))).judge().states
    assert spent.state is BudgetLevel.OVER


def test_budgets_of_all_registries_add_those_up(either_bench: Bench) -> None:
    two_repositories_of_a_team(either_bench)
    contents = Contents()
    contents.tag("pay/app", "v1", contents.image("one", layer(10**9, "one")))
    for days in (-90, 5):
        crawl(either_bench, contents, JUNE.start + timedelta(days=days), OTHER)
    whole, here, there = (replace(TEAM, registry=registry) for registry in ("", REGISTRY, OTHER))
    of_all, of_here, of_there = budgets(either_bench, whole, here, there).judge().states
    assert of_all.spent == of_here.spent + of_there.spent
    assert of_there.spent > 0


def test_what_is_not_counted_is_said(either_bench: Bench) -> None:
    two_repositories_of_a_team(either_bench)
    euros = replace(TEAM, name="euros", currency="EUR")
    typo = Budget("typo", Decimal(1), "USD", repository="webb")
    report = budgets(either_bench, euros, typo).judge()
    assert [state.spent for state in report.states] == [0, 0]
    assert report.notes == (
        "euros: costs in USD are not counted, the budget is in EUR",
        "typo: nothing matches it this month; see its team, repository and registry",
    )
    assert budgets(either_bench).judge().states == ()


def test_budgets_come_from_the_settings_and_know_registries_by_their_names(
    tmp_path: Path,
) -> None:
    file = tmp_path / "auditor.toml"
    file.write_text(
        f"""
        database_url = "sqlite:///{tmp_path}/a.db"
        [registries.main]
        address = "registry.example:5000"
        [budgets.web]
        repository = "web"
        registry = "main"
        amount = "2.50"
        """
    )
    loaded = load_settings(config_file=file, environment={}, overrides={})
    (budget,) = open_budgets(loaded.settings).budgets
    assert (budget.name, budget.repository, budget.registry, budget.amount) == (
        "web",
        "web",
        "registry.example:5000",
        Decimal("2.50"),
    )


def test_shares_begin_where_the_history_of_all_registries_does(either_bench: Bench) -> None:
    """Else a repository that is known for longer would look as if others had come to it."""
    two_repositories_of_a_team(either_bench)
    contents = Contents()
    contents.tag("pay/x", "v1", contents.image("x", layer(10)))
    for days in range(-90, 10, 5):
        crawl(either_bench, contents, JUNE.start + timedelta(days=days), registry=OTHER)
    ledger = budgets(either_bench).ledger
    wanted = {(REGISTRY, "pay/app"), (OTHER, "pay/x")}
    start = JUNE.start - timedelta(days=80)
    shares = ledger.fair_shares(wanted, start, NOW)
    assert {points[0].at for points in shares.values()} == {start}
    prune_history(either_bench.database, 1, now=NOW, registry=OTHER)
    shares = ledger.fair_shares(wanted, start, NOW)
    assert {points[0].at for points in shares.values()} == {Period.month("2026-05").start}
