"""What is wrong now, by the rules of a user: figures -> alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from auditor.domain.alerts import Alert, AlertRule, AlertScope
from auditor.domain.globs import matches
from auditor.domain.observation import CrawlOutcome
from auditor.domain.outlook import BudgetLevel, BudgetReport, BudgetState
from auditor.domain.units import format_bytes

TeamOf = Callable[[str, str], str]
"""The team of a repository in a registry, "" for nobody's."""

_SEVERITY = {BudgetLevel.LIKELY_OVER: 1, BudgetLevel.OVER: 2}
_FAILURES = frozenset({CrawlOutcome.FAILED, CrawlOutcome.INTERRUPTED})
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ImageFigure:
    """The newest image of a repository, as its ranking shows it."""

    registry: str
    repository: str
    tag: str
    image_bytes: int


@dataclass(frozen=True, slots=True)
class GrowthFigure:
    """Stored bytes of a repository, at the beginning of a window and now."""

    registry: str
    repository: str
    earlier_bytes: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class CrawlFigure:
    """How a registry's crawls went: outcomes of those that ended, the last one first.

    `watched_from`: the last complete crawl, else the beginning of the first one.
    """

    registry: str
    outcomes: tuple[CrawlOutcome, ...]
    last_complete_at: datetime | None
    watched_from: datetime


@dataclass(frozen=True, slots=True)
class FindingFigure:
    """One finding of a repository and what it would save, at most one of the two counted."""

    registry: str
    repository: str
    rule: str
    key: str
    what: str
    saving_bytes: int
    since: datetime


Figure = TypeVar("Figure", ImageFigure, GrowthFigure, FindingFigure)


def is_in_scope(scope: AlertScope, registry: str, repository: str, team: str) -> bool:
    """Whether a rule is about this repository; teams are compared without regard to case."""
    return (
        _is_any(scope.registries, registry)
        and _is_any(scope.repositories, repository)
        and _is_of_team(scope, team)
    )


def _in_scope(
    rule: AlertRule, figures: Iterable[Figure], team_of: TeamOf
) -> Iterator[tuple[Figure, str]]:
    """Those that the rule is about, each with the team of its repository."""
    for one in figures:
        team = team_of(one.registry, one.repository)
        if is_in_scope(rule.scope, one.registry, one.repository, team):
            yield one, team


def judge_images(
    rule: AlertRule, figures: Iterable[ImageFigure], team_of: TeamOf
) -> Iterator[Alert]:
    """Repositories whose newest image is over the size."""
    big = (one for one in figures if one.image_bytes > rule.image_bytes)
    for one, team in _in_scope(rule, big, team_of):
        yield Alert(
            rule=rule.name,
            kind=rule.kind,
            key=f"{one.registry}/{one.repository}",
            summary=f"{one.repository}:{one.tag} is {format_bytes(one.image_bytes)}, "
            f"more than {format_bytes(rule.image_bytes)}",
            registry=one.registry,
            repository=one.repository,
            team=team,
            subject=one.tag,
            value=one.image_bytes,
            limit=rule.image_bytes,
            weight=one.image_bytes,
        )


def judge_growth(
    rule: AlertRule, figures: Iterable[GrowthFigure], team_of: TeamOf
) -> Iterator[Alert]:
    """Repositories that grew too much within the window: by bytes, by percent, or by both.

    What was empty has no percentage to grow by: it counts where a limit in bytes is set.
    """
    grown = (one for one in figures if _grew_too_much(rule, one))
    for one, team in _in_scope(rule, grown, team_of):
        yield _growth(rule, one, team)


def _grew_too_much(rule: AlertRule, one: GrowthFigure) -> bool:
    grown, earlier = one.stored_bytes - one.earlier_bytes, one.earlier_bytes
    if grown <= 0 or (rule.growth_bytes and grown < rule.growth_bytes):
        return False
    if not rule.growth_percent:
        return True
    if not earlier:
        return bool(rule.growth_bytes)
    return grown * 100 >= rule.growth_percent * earlier


def _growth(rule: AlertRule, one: GrowthFigure, team: str) -> Alert:
    grown = one.stored_bytes - one.earlier_bytes
    percent = f" ({100 * grown / one.earlier_bytes:.0f} %)" if one.earlier_bytes else ""
    by_bytes = bool(rule.growth_bytes)
    return Alert(
        rule=rule.name,
        kind=rule.kind,
        key=f"{one.registry}/{one.repository}",
        summary=f"{one.repository} grew by {format_bytes(grown)}{percent} in "
        f"{_count(rule.window_days, 'day')}, to {format_bytes(one.stored_bytes)}",
        registry=one.registry,
        repository=one.repository,
        team=team,
        value=grown if by_bytes else 100 * grown / one.earlier_bytes,
        limit=rule.growth_bytes if by_bytes else rule.growth_percent,
        unit="bytes" if by_bytes else "percent",
        weight=grown,
    )


def judge_budgets(rule: AlertRule, report: BudgetReport) -> Iterator[Alert]:
    """Budgets that are crossed, and unless the rule says otherwise those that will be.

    One per budget and month: that it is crossed after all is the same, and worse.
    """
    for state in report.states:
        budget = state.budget
        severity = _SEVERITY.get(state.state, 0)
        if not severity or (severity == 1 and not rule.uses_forecast):
            continue
        if _is_of_budget(rule.scope, budget.registry, budget.repository, budget.team):
            yield _over(rule, state, report.period.name, severity)


def _is_of_budget(scope: AlertScope, registry: str, repository: str, team: str) -> bool:
    """A budget over all registries is of each; one of a team has no repository, and so on."""
    return (
        (not registry or _is_any(scope.registries, registry))
        and (
            not scope.repositories or (bool(repository) and _is_any(scope.repositories, repository))
        )
        and _is_of_team(scope, team)
    )


def _over(rule: AlertRule, state: BudgetState, month: str, severity: int) -> Alert:
    budget = state.budget
    expected = state.forecast.expected
    is_over = severity == _SEVERITY[BudgetLevel.OVER]
    value = state.spent if is_over or expected is None else expected
    how = "has cost" if is_over else "is expected to cost"
    whose = f"team {budget.team}" if budget.team else budget.repository
    return Alert(
        rule=rule.name,
        kind=rule.kind,
        key=f"{budget.name}/{month}",
        summary=f"{whose} {how} {value:.2f} {budget.currency} in {month}, "
        f"budget {budget.name} is {state.amount:.2f} {budget.currency}",
        registry=budget.registry,
        repository=budget.repository,
        team=budget.team,
        subject=budget.name,
        value=float(value),
        limit=float(state.amount),
        unit=budget.currency,
        severity=severity,
        weight=float(value / state.amount),
    )


def judge_crawls(rule: AlertRule, figures: Iterable[CrawlFigure], now: datetime) -> Iterator[Alert]:
    """Registries whose crawls fail, or that were not read to the end for too long."""
    for one in figures:
        if not _is_any(rule.scope.registries, one.registry):
            continue
        failures = _in_a_row(one.outcomes)
        silent = (now - (one.last_complete_at or one.watched_from)) / _HOUR
        if rule.failures and failures >= rule.failures:
            times = f"{failures} times in a row" if failures > 1 else "last time"
            summary = f"crawls of {one.registry} failed {times}"
            yield _failing(rule, one.registry, summary, failures, rule.failures, "failures")
        elif rule.silent_hours and silent >= rule.silent_hours:
            summary = f"{one.registry} was not read to the end for {_count(int(silent), 'hour')}"
            yield _failing(rule, one.registry, summary, silent, rule.silent_hours, "hours")


def _in_a_row(outcomes: Sequence[CrawlOutcome]) -> int:
    for count, outcome in enumerate(outcomes):
        if outcome not in _FAILURES:
            return count
    return len(outcomes)


def _failing(
    rule: AlertRule, registry: str, summary: str, value: float, limit: float, unit: str
) -> Alert:
    return Alert(
        rule=rule.name,
        kind=rule.kind,
        key=registry,
        summary=summary,
        registry=registry,
        value=round(value, 1),
        limit=limit,
        unit=unit,
        weight=value,
    )


def judge_findings(
    rule: AlertRule, figures: Iterable[FindingFigure], team_of: TeamOf, now: datetime
) -> Iterator[Alert]:
    """Findings that would save enough; those older than the window are no news."""
    news_from = now - timedelta(days=rule.window_days)
    worth_it = (one for one in figures if one.saving_bytes >= rule.saving_bytes)
    for one, team in _in_scope(rule, worth_it, team_of):
        yield Alert(
            rule=rule.name,
            kind=rule.kind,
            key=f"{one.registry}/{one.repository}/{one.rule}/{one.key}",
            summary=f"{one.repository}: {one.what} It would save {format_bytes(one.saving_bytes)}",
            registry=one.registry,
            repository=one.repository,
            team=team,
            subject=one.rule,
            value=one.saving_bytes,
            limit=rule.saving_bytes,
            weight=one.saving_bytes,
            is_news=one.since >= news_from,
        )


def _is_of_team(scope: AlertScope, team: str) -> bool:
    return not scope.teams or team.casefold() in {one.casefold() for one in scope.teams}


def _is_any(patterns: Sequence[str], name: str) -> bool:
    return not patterns or any(matches(pattern, name) for pattern in patterns)


def _count(number: float, noun: str) -> str:
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"
