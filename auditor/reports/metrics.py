"""The state of registries as metrics: a few values per registry, however big it is.

No tag, digest or repository is a label: those are without number, and monitoring keeps a
series for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from auditor.domain.metrics import Metric, Sample
from auditor.domain.observation import CrawlOutcome
from auditor.domain.views import CrawlView

Value = Callable[[CrawlView], float | None]
_NEVER = "never"


def registry_metrics(views: Sequence[CrawlView], version: str) -> tuple[Metric, ...]:
    """What is stored, what it costs, and how the last crawls went, by registry.

    A figure that is not known has no sample; references, which are counted nowhere, have
    those of their crawls only.
    """
    counted = [view for view in views if not view.is_reference]
    return (
        Metric(
            "auditor_build_info",
            "1, with the version of the program as a label.",
            (Sample(1, (("version", version),)),),
        ),
        *(_metric(counted, *row) for row in _TOTALS),
        _cost(counted),
        *(_metric(views, *row) for row in _CRAWLS),
        _states(views),
    )


def _metric(views: Iterable[CrawlView], name: str, words: str, value: Value) -> Metric:
    values = ((view.registry, value(view)) for view in views)
    samples = (Sample(found, (("registry", name),)) for name, found in values if found is not None)
    return Metric(name, words, tuple(samples))


def _cost(views: Iterable[CrawlView]) -> Metric:
    return Metric(
        "auditor_registry_monthly_cost",
        "What storing the registry costs in a month at the configured price, by currency.",
        tuple(
            Sample(
                float(view.totals.monthly_cost),
                (("registry", view.registry), ("currency", view.totals.currency)),
            )
            for view in views
            if view.totals.monthly_cost is not None
        ),
    )


def _states(views: Iterable[CrawlView]) -> Metric:
    return Metric(
        "auditor_crawl_state",
        "1 for the state of the registry's last crawl, 0 for the others.",
        tuple(
            Sample(float(state == _state(view)), (("registry", view.registry), ("state", state)))
            for view in views
            for state in (*(one.value for one in CrawlOutcome), _NEVER)
        ),
    )


def _state(view: CrawlView) -> str:
    return view.outcome.value if view.outcome else _NEVER


def _seconds(view: CrawlView) -> float | None:
    if view.started_at is None or view.finished_at is None:
        return None
    return (view.finished_at - view.started_at).total_seconds()


def _timestamp(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


_TOTALS: tuple[tuple[str, str, Value], ...] = (
    (
        "auditor_registry_stored_bytes",
        "Bytes the registry stores, each blob once per storage scope.",
        lambda view: view.totals.stored_bytes,
    ),
    (
        "auditor_registry_logical_bytes",
        "Bytes it would store if manifests shared nothing.",
        lambda view: view.totals.logical_bytes,
    ),
    (
        "auditor_registry_saving_bytes",
        "Bytes that would leave the registry if every finding were acted upon.",
        lambda view: view.totals.stored_saving_bytes,
    ),
    (
        "auditor_registry_repositories",
        "Repositories of the registry.",
        lambda view: view.totals.repositories,
    ),
    ("auditor_registry_tags", "Tags of the registry.", lambda view: view.totals.tags),
    (
        "auditor_registry_images",
        "Distinct images of the registry, attestations and artifacts left out.",
        lambda view: view.totals.images,
    ),
)
_CRAWLS: tuple[tuple[str, str, Value], ...] = (
    (
        "auditor_crawl_last_success_timestamp_seconds",
        "When the last complete crawl of the registry was, in Unix time.",
        lambda view: _timestamp(view.last_complete_at),
    ),
    (
        "auditor_crawl_duration_seconds",
        "How long the registry's last crawl took; absent while one runs.",
        _seconds,
    ),
    (
        "auditor_crawl_problems",
        "Readings that failed in the registry's last crawl that ended.",
        lambda view: view.problem_count,
    ),
    (
        "auditor_crawl_guarded_tags",
        "Tags that the last crawl missed and that are kept until their removal is accepted.",
        lambda view: view.guarded_tags,
    ),
)
