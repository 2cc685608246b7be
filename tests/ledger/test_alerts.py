from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from auditor.domain.alerts import AlertKind, AlertRule, AlertScope
from auditor.domain.ledger import Period
from auditor.domain.observation import CrawlOutcome
from auditor.domain.outlook import Budget, BudgetLevel, BudgetReport, BudgetState, CostForecast
from auditor.ledger.alerts import (
    CrawlFigure,
    FindingFigure,
    GrowthFigure,
    ImageFigure,
    is_in_scope,
    judge_budgets,
    judge_crawls,
    judge_findings,
    judge_growth,
    judge_images,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FAILED, COMPLETE = CrawlOutcome.FAILED, CrawlOutcome.COMPLETE
INTERRUPTED, PARTIAL = CrawlOutcome.INTERRUPTED, CrawlOutcome.PARTIAL


def rule(kind: AlertKind, **limits: object) -> AlertRule:
    return replace(AlertRule("r", kind), **limits)  # type: ignore[arg-type]


def team_of(registry: str, repository: str) -> str:
    del registry
    return "Payments" if repository.startswith("pay/") else ""


@pytest.mark.parametrize(
    "scope, expected",
    [
        (AlertScope(), True),
        (AlertScope(repositories=("pay/*",)), True),
        (AlertScope(repositories=("web/**", "pay/**")), True),
        (AlertScope(repositories=("web/*",)), False),
        (AlertScope(registries=("r.*",)), True),
        (AlertScope(registries=("other",)), False),
        (AlertScope(teams=("payments",)), True),
        (AlertScope(teams=("Web",)), False),
        (AlertScope(("pay/*",), ("r.example",), ("Web",)), False),
    ],
)
def test_a_scope_is_of_all_that_it_names(scope: AlertScope, expected: bool) -> None:
    assert is_in_scope(scope, "r.example", "pay/app", "Payments") is expected


def test_an_image_over_the_size_is_told_with_its_tag() -> None:
    large = rule(AlertKind.IMAGE_SIZE, image_bytes=10**9, scope=AlertScope(teams=("Payments",)))
    figures = [
        ImageFigure("r.example", "pay/app", "1.4", 10**9 + 1),
        ImageFigure("r.example", "pay/equal", "1", 10**9),
        ImageFigure("r.example", "web/app", "1", 10**10),
    ]
    (alert,) = judge_images(large, figures, team_of)
    assert alert.summary == "pay/app:1.4 is 1.00 GB, more than 1.00 GB"
    assert (alert.key, alert.team, alert.subject) == ("r.example/pay/app", "Payments", "1.4")
    assert (alert.value, alert.limit, alert.unit) == (10**9 + 1, 10**9, "bytes")


@pytest.mark.parametrize(
    "limits, earlier, now, expected",
    [
        ({"growth_bytes": 100}, 1000, 1100, True),
        ({"growth_bytes": 100}, 1000, 1099, False),
        ({"growth_bytes": 100}, 0, 100, True),
        ({"growth_percent": 10}, 1000, 1100, True),
        ({"growth_percent": 10}, 1000, 1099, False),
        ({"growth_percent": 10}, 0, 10**9, False),
        ({"growth_percent": 10, "growth_bytes": 500}, 1000, 1100, False),
        ({"growth_percent": 10, "growth_bytes": 500}, 10_000, 10_600, False),
        ({"growth_percent": 10, "growth_bytes": 500}, 1000, 1600, True),
        ({"growth_percent": 10, "growth_bytes": 500}, 0, 600, True),
        ({"growth_bytes": 1}, 1000, 1000, False),
        ({"growth_bytes": 1}, 1000, 10, False),
    ],
)
def test_growth_is_judged_by_bytes_by_percent_or_by_both(
    limits: dict[str, object], earlier: int, now: int, expected: bool
) -> None:
    figure = GrowthFigure("r.example", "pay/app", earlier, now)
    found = list(judge_growth(rule(AlertKind.GROWTH, **limits), [figure], team_of))
    assert bool(found) is expected


def test_growth_says_how_much_in_what_time() -> None:
    figures = [GrowthFigure("r", "pay/app", 10**9, 2 * 10**9), GrowthFigure("r", "web", 0, 10**9)]
    by_bytes = rule(AlertKind.GROWTH, growth_bytes=1, scope=AlertScope(repositories=("pay/*",)))
    (alert,) = judge_growth(by_bytes, figures, team_of)
    assert alert.summary == "pay/app grew by 1.00 GB (100 %) in 7 days, to 2.00 GB"
    by_percent = rule(AlertKind.GROWTH, growth_percent=50, window_days=1)
    (alert,) = judge_growth(by_percent, figures, team_of)
    assert alert.summary.endswith("in 1 day, to 2.00 GB")
    assert (alert.value, alert.limit, alert.unit) == (100, 50, "percent")
    (_, new) = judge_growth(rule(AlertKind.GROWTH, growth_bytes=1), figures, team_of)
    assert new.summary == "web grew by 1.00 GB in 7 days, to 1.00 GB"


def state(level: BudgetLevel, **budget: str) -> BudgetState:
    made = replace(Budget("b", Decimal(100), "USD", team="Payments"), **budget)  # type: ignore[arg-type]
    forecast = CostForecast(Decimal(90), Decimal(120))
    return BudgetState(made, forecast, level)


def judged(*states: BudgetState, **limits: object) -> list[tuple[str, int]]:
    report = BudgetReport(Period.month("2026-11"), states)
    found = judge_budgets(rule(AlertKind.BUDGET, **limits), report)
    return [(alert.summary, alert.severity) for alert in found]


def test_a_budget_is_told_when_it_is_crossed_or_will_be() -> None:
    expected = "team Payments is expected to cost 120.00 USD in 2026-11, budget b is 100.00 USD"
    crossed = "team Payments has cost 90.00 USD in 2026-11, budget b is 100.00 USD"
    assert judged(state(BudgetLevel.UNDER)) == []
    assert judged(state(BudgetLevel.LIKELY_OVER)) == [(expected, 1)]
    assert judged(state(BudgetLevel.LIKELY_OVER), uses_forecast=False) == []
    assert judged(state(BudgetLevel.OVER), uses_forecast=False) == [(crossed, 2)]
    early = replace(state(BudgetLevel.LIKELY_OVER), forecast=CostForecast(Decimal(90)))
    assert "cost 90.00" in judged(early)[0][0]


def test_budgets_are_in_the_scope_of_their_team_or_repository() -> None:
    of_team = state(BudgetLevel.OVER, registry="r.example")
    of_one = state(BudgetLevel.OVER, team="", repository="pay/app")
    assert len(judged(of_team, of_one, scope=AlertScope(teams=("payments",)))) == 1
    assert len(judged(of_team, of_one, scope=AlertScope(repositories=("pay/*",)))) == 1
    assert len(judged(of_team, of_one, scope=AlertScope(registries=("r.*",)))) == 2
    assert len(judged(of_team, of_one, scope=AlertScope(registries=("other",)))) == 1
    assert len(judged(of_team, of_one, scope=AlertScope(repositories=("web",)))) == 0


@pytest.mark.parametrize(
    "outcomes, expected",
    [
        ((FAILED, FAILED, FAILED), "failed 3 times in a row"),
        ((INTERRUPTED, FAILED), "failed 2 times in a row"),
        ((FAILED, COMPLETE, FAILED), ""),
        ((PARTIAL, FAILED, FAILED), ""),
        ((), ""),
    ],
)
def test_failures_are_counted_from_the_last_crawl_back(
    outcomes: tuple[CrawlOutcome, ...], expected: str
) -> None:
    figure = CrawlFigure("r.example", outcomes, NOW, NOW)
    found = judge_crawls(rule(AlertKind.CRAWL_FAILING, failures=2), [figure], NOW)
    assert "".join(alert.summary for alert in found) == (
        f"crawls of r.example {expected}" if expected else ""
    )


def test_one_failure_and_a_long_silence_are_told_in_words() -> None:
    once = rule(AlertKind.CRAWL_FAILING, failures=1, silent_hours=48)
    failed = CrawlFigure("r.example", (FAILED,), None, NOW)
    (alert,) = judge_crawls(once, [failed], NOW)
    assert alert.summary == "crawls of r.example failed last time"
    silent = CrawlFigure("r.example", (PARTIAL,), NOW - timedelta(hours=49), NOW)
    never = CrawlFigure("s.example", (), None, NOW - timedelta(hours=48))
    fresh = CrawlFigure("t.example", (), NOW, NOW - timedelta(days=99))
    first, second = judge_crawls(once, [silent, never, fresh], NOW)
    assert first.summary == "r.example was not read to the end for 49 hours"
    assert (second.value, second.limit, second.unit) == (48, 48, "hours")
    elsewhere = replace(once, scope=AlertScope(registries=("x",)))
    assert list(judge_crawls(elsewhere, [silent], NOW)) == []


def test_a_finding_is_news_for_the_window_and_told_with_its_saving() -> None:
    wanted = rule(AlertKind.FINDING, saving_bytes=100, scope=AlertScope(teams=("payments",)))

    def finding(repository: str, saving: int, days: float) -> FindingFigure:
        since = NOW - timedelta(days=days)
        return FindingFigure("r", repository, "apt", "", "Lists stay.", saving, since)

    figures = [
        finding("pay/new", 100, 1),
        finding("pay/old", 200, 8),
        finding("pay/small", 99, 1),
        finding("web/new", 900, 1),
    ]
    new, old = judge_findings(wanted, figures, team_of, NOW)
    assert new.summary == "pay/new: Lists stay. It would save 100 B"
    assert (new.key, new.subject) == ("r/pay/new/apt/", "apt")
    assert (new.is_news, old.is_news) == (True, False)
