"""Digests of every kind: a full one, a quiet one, a doubtful one, a first one, a hostile one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from auditor.domain.change import ChangeKind
from auditor.domain.observation import CrawlOutcome
from auditor.domain.outlook import Budget, BudgetLevel, BudgetState, CostForecast
from auditor.domain.views import HistoryPoint
from auditor.domain.weekly_digest import (
    WEEK,
    FindingNews,
    Grower,
    MonthCost,
    RegistryQuality,
    SizeChange,
    WeeklyDigest,
)
from tests.reports.finding_samples import (
    finding_row,
    hostile_rows,
    single_stage,
    slimmer_base,
)
from tests.reports.samples import HOSTILE, digest

END = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
URL = "https://auditor.example.com"
LEAVE = f"{URL}/unsubscribe?token=abc.def"
REGISTRY = "registry.example.com:5000"
GB = 10**9
COST = CostForecast(Decimal("28.40"), Decimal("35.12"), Decimal("34.00"), Decimal("36.50"))
BUDGET = Budget("payments", Decimal(30), "USD", team="Payments")
GOOD = RegistryQuality(REGISTRY, END - timedelta(hours=2), CrawlOutcome.COMPLETE)


def growers() -> tuple[Grower, ...]:
    return (
        Grower(
            REGISTRY,
            "payments/api",
            40 * GB,
            12 * GB,
            ChangeKind.NEW_TAGS,
            "1.5",
            digest(1),
            "RUN pip install torch",
            2 * GB + 110_000_000,
            "From 1.4 to 1.5, the image grew by 2.11 GB to 2.4 GB, by “RUN pip install torch”.",
            is_unusual=True,
        ),
        Grower(REGISTRY, "payments/new", 0, 3 * GB, ChangeKind.BASE_MOVES, "latest"),
        Grower(REGISTRY, "payments/worker", 5 * GB, GB, ChangeKind.UNTAGGED, step_bytes=GB),
        Grower(REGISTRY, "payments/other", 5 * GB, GB // 2, ChangeKind.OTHER),
        Grower(REGISTRY, "payments/web", 5 * GB, GB // 10),
    )


def full() -> WeeklyDigest:
    rows = (finding_row(), finding_row(slimmer_base(), "team/worker"))
    costly = replace(finding_row(single_stage(), "team/costly"), stored_saving_bytes=-5)
    return WeeklyDigest(
        audience="Payments",
        start=END - WEEK,
        end=END,
        zone="Europe/Berlin",
        change=SizeChange(1_240 * GB, 1_169 * GB, 1_240 * GB),
        costs=(MonthCost("USD", COST), MonthCost("EUR", replace(COST, is_rough=True))),
        budgets=(
            BudgetState(BUDGET, COST, BudgetLevel.LIKELY_OVER),
            BudgetState(replace(BUDGET, name="all"), COST, BudgetLevel.UNDER),
        ),
        growers=growers(),
        news=FindingNews(
            new=rows,
            new_count=3,
            resolved=(finding_row(single_stage(), "tools/ci"),),
            resolved_count=1,
            bases=(finding_row(slimmer_base(), "team/worker"),),
            is_analysed=True,
            waiting_images=2,
        ),
        reclaimable=(*rows, costly),
        quality=(GOOD,),
        points=(HistoryPoint(END - 8 * WEEK, 900 * GB), HistoryPoint(END - WEEK, 1_169 * GB)),
    )


def quiet() -> WeeklyDigest:
    return WeeklyDigest(
        audience="",
        start=END - WEEK,
        end=END,
        zone="UTC",
        change=SizeChange(1_240 * GB, 1_240 * GB, 1_240 * GB),
        costs=(MonthCost("USD", replace(COST, expected=None)),),
        news=FindingNews(is_analysed=True),
        quality=(GOOD, replace(GOOD, registry="other.example")),
    )


def doubtful() -> WeeklyDigest:
    """Something failed, and less is seen than a week before."""
    return replace(
        quiet(),
        change=SizeChange(1_000 * GB, 1_240 * GB, 1_000 * GB),
        quality=(
            GOOD,
            replace(GOOD, registry="a.example", outcome=CrawlOutcome.PARTIAL, problem_count=7),
            replace(GOOD, registry="b.example", outcome=CrawlOutcome.FAILED, last_complete_at=None),
            replace(GOOD, registry="c.example", guarded_tags=3),
            replace(GOOD, registry="d.example", last_complete_at=END - 2 * WEEK),
            replace(GOOD, registry="e.example", last_complete_at=END - 2 * WEEK),
            replace(GOOD, registry="f.example", last_complete_at=END - 2 * WEEK),
        ),
    )


def first() -> WeeklyDigest:
    return replace(
        full(),
        audience="",
        change=SizeChange(1_240 * GB, None, None),
        news=replace(full().news, is_first=True, new_count=222, resolved=(), resolved_count=0),
        points=(HistoryPoint(END, 1_240 * GB),),
    )


def empty() -> WeeklyDigest:
    return replace(quiet(), change=SizeChange(0, None, None), costs=(), quality=())


def hostile(*, length: int = 1) -> WeeklyDigest:
    """Whatever a stranger can name is a line break, markup and a lone surrogate, so often."""
    name = "<script>alert(1)</script>&'\"" + HOSTILE * length
    rows = tuple(
        replace(row, repository=name, registry=name, tag=name)
        for row in hostile_rows()
        for _ in range(5)
    )
    finding = replace(rows[0].finding, what=name, fix=name, rule="r" * min(100, length))
    rows = tuple(replace(row, finding=finding) for row in rows)
    grower = Grower(
        *(name, name, 1, 2 * GB, ChangeKind.NEW_IMAGES, name, digest(1), name, GB, name),
        is_unusual=True,
    )
    doubt = replace(GOOD, registry=name, outcome=CrawlOutcome.PARTIAL, problem_count=5)
    budget = BudgetState(replace(BUDGET, name=name, team=name), COST, BudgetLevel.OVER)
    news = FindingNews(rows, 5, rows, 5, rows, is_analysed=True)
    return replace(
        full(),
        audience=name,
        budgets=(budget,) * 9,
        growers=(grower,) * 5,
        news=news,
        reclaimable=rows,
        quality=(doubt,) * 9,
    )
