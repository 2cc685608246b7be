"""What the analysis, budgets, mails and the largest repositories are like, as metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from auditor.domain.alerts import ChannelState
from auditor.domain.metrics import Labels, Metric, RuleFigures, RunFigures, Sample
from auditor.domain.outlook import BudgetReport, BudgetState
from auditor.domain.schedules import RunState
from auditor.domain.views import RankingRow


def rule_metrics(figures: Sequence[RuleFigures]) -> tuple[Metric, ...]:
    """Findings by rule: how many, and what they would save in a pull and in the registry."""
    labels = [(("rule", one.rule),) for one in figures]
    values = (
        ("auditor_findings", "Findings that are open.", [one.findings for one in figures]),
        (
            "auditor_findings_pull_saving_bytes",
            "Bytes that one pull of each image named would save together.",
            [one.pull_saving_bytes for one in figures],
        ),
        (
            "auditor_findings_stored_saving_bytes",
            "Bytes that would leave the registries; below zero where more would come.",
            [one.stored_saving_bytes for one in figures],
        ),
    )
    return tuple(
        Metric(name, words, tuple(map(Sample, found, labels))) for name, words, found in values
    )


def backlog_metrics(waiting: int) -> tuple[Metric, ...]:
    """How much is still to be analysed."""
    return (
        Metric(
            "auditor_analysis_waiting_repositories",
            "Repositories that changed since they were analysed.",
            (Sample(waiting),),
        ),
    )


def repository_metrics(rows: Sequence[RankingRow]) -> tuple[Metric, ...]:
    """The sizes of some repositories; their number is the user's choice."""
    return tuple(
        Metric(
            f"auditor_repository_{name}",
            words,
            tuple(Sample(getattr(row.sizes, name), _place(row)) for row in rows),
        )
        for name, words in (
            ("stored_bytes", "Bytes the repository stores, of the largest ones."),
            ("exclusive_bytes", "Bytes that only the repository reaches, of the largest ones."),
            ("fair_share_bytes", "Its fair share of what is stored, of the largest ones."),
        )
    )


def budget_metrics(report: BudgetReport) -> tuple[Metric, ...]:
    """The running month of every budget, as parts of its amount, and the amount in money."""
    used = ((one.budget.name, _ratio(one, one.spent)) for one in report.states)
    expected = ((one.budget.name, _ratio(one, one.forecast.expected)) for one in report.states)
    amounts = (
        Sample(float(one.amount), (("budget", one.budget.name), ("currency", one.budget.currency)))
        for one in report.states
    )
    return (
        Metric(
            "auditor_budget_used_ratio",
            "Spent this month, as a part of the budget.",
            _of_budgets(used),
        ),
        Metric(
            "auditor_budget_expected_ratio",
            "What the month is expected to cost, as a part of the budget; absent with too "
            "short a past.",
            _of_budgets(expected),
        ),
        Metric("auditor_budget_amount", "What may be spent in a month.", tuple(amounts)),
    )


def outbox_metrics(mails: Mapping[str, int]) -> tuple[Metric, ...]:
    """How many mails are in which state."""
    samples = (Sample(count, (("state", state),)) for state, count in sorted(mails.items()))
    return (Metric("auditor_outbox_mails", "Digests by what became of them.", tuple(samples)),)


def schedule_metrics(figures: Sequence[RunFigures]) -> tuple[Metric, ...]:
    """Runs of schedules by state, and when something of each kind was done last."""
    runs = (Sample(one.runs, (("kind", one.kind), ("state", one.state))) for one in figures)
    done = (
        Sample(one.ended_at.timestamp(), (("kind", one.kind),))
        for one in figures
        if one.state == RunState.DONE and one.ended_at
    )
    return (
        Metric("auditor_schedule_runs", "Runs of schedules that are kept.", tuple(runs)),
        Metric(
            "auditor_schedule_last_success_timestamp_seconds",
            "When a run of this kind ended well last, in Unix time.",
            tuple(done),
        ),
    )


def alert_metrics(
    firing: Mapping[str, int], channels: Sequence[ChannelState]
) -> tuple[Metric, ...]:
    """Alerts that go on by rule, and messages by channel and what became of them."""
    messages = (
        Sample(count, (("channel", one.channel), ("status", str(status))))
        for one in channels
        for status, count in sorted(one.counts.items())
    )
    return (
        Metric(
            "auditor_alerts_firing",
            "Alerts that go on.",
            tuple(Sample(count, (("rule", rule),)) for rule, count in firing.items()),
        ),
        Metric("auditor_alert_messages", "Messages of alerts that are kept.", tuple(messages)),
    )


def database_metrics(*, is_up: bool) -> tuple[Metric, ...]:
    """Whether the database answered this scrape."""
    words = "1 if the database answered in time; 0, and figures are absent, if not."
    return (Metric("auditor_database_up", words, (Sample(int(is_up)),)),)


def _ratio(state: BudgetState, amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount / state.amount)


def _of_budgets(values: Iterable[tuple[str, float | None]]) -> tuple[Sample, ...]:
    return tuple(Sample(value, (("budget", name),)) for name, value in values if value is not None)


def _place(row: RankingRow) -> Labels:
    return (("registry", row.registry), ("repository", row.repository))
