from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from auditor.domain.metrics import Metric
from auditor.domain.observation import CrawlOutcome
from auditor.domain.views import CrawlView
from auditor.reports.metrics import registry_metrics
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_views import NOW, REGISTRY

VIEW = next(one for one in FakeBrowse().crawls if one.registry == REGISTRY)


def values(*views: CrawlView) -> dict[str, list[float]]:
    return {
        metric.name: [sample.value for sample in metric.samples]
        for metric in registry_metrics(views, "1.2.3")
    }


def test_names_and_units_follow_prometheus() -> None:
    """Source: Prometheus, "Metric and label naming"."""
    for metric in registry_metrics([VIEW], "1.2.3"):
        assert re.fullmatch(r"auditor_[a-z_]+", metric.name)
        assert not metric.name.endswith(("_total", "_count", "_mb", "_minutes"))
        assert metric.help.endswith(".")
        names = [tuple(name for name, _ in sample.labels) for sample in metric.samples]
        assert len(set(names)) <= 1
        assert not {"tag", "digest", "repository"} & {one for of in names for one in of}


def test_a_registry_has_its_totals_and_its_price() -> None:
    found = values(VIEW)
    assert found["auditor_registry_stored_bytes"] == [VIEW.totals.stored_bytes]
    assert found["auditor_registry_tags"] == [VIEW.totals.tags]
    assert found["auditor_registry_monthly_cost"] == [float(VIEW.totals.monthly_cost or 0)]


def test_what_is_not_known_has_no_sample() -> None:
    bare = replace(
        VIEW,
        outcome=None,
        started_at=None,
        finished_at=None,
        last_complete_at=None,
        totals=replace(VIEW.totals, monthly_cost=None, stored_saving_bytes=None),
    )
    found = values(bare)
    for name in ("registry_monthly_cost", "registry_saving_bytes", "crawl_duration_seconds"):
        assert found[f"auditor_{name}"] == []
    assert found["auditor_crawl_last_success_timestamp_seconds"] == []


def test_the_last_crawl_is_told_with_its_state() -> None:
    failed = replace(
        VIEW,
        outcome=CrawlOutcome.FAILED,
        started_at=NOW - timedelta(seconds=90),
        finished_at=NOW,
        last_complete_at=NOW,
        problem_count=7,
    )
    metrics = {metric.name: metric for metric in registry_metrics([failed], "1.2.3")}
    assert _states(metrics["auditor_crawl_state"]) == {"failed"}
    assert metrics["auditor_crawl_duration_seconds"].samples[0].value == 90
    assert metrics["auditor_crawl_problems"].samples[0].value == 7
    success = metrics["auditor_crawl_last_success_timestamp_seconds"].samples[0]
    assert success.value == NOW.timestamp()
    never = {m.name: m for m in registry_metrics([replace(failed, outcome=None)], "1")}
    assert _states(never["auditor_crawl_state"]) == {"never"}


def test_a_reference_has_crawls_and_no_figures() -> None:
    found = values(replace(VIEW, is_reference=True))
    assert found["auditor_registry_stored_bytes"] == found["auditor_registry_monthly_cost"] == []
    assert len(found["auditor_crawl_problems"]) == 1


def _states(metric: Metric) -> set[str]:
    return {dict(one.labels)["state"] for one in metric.samples if one.value}
