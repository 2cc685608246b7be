from __future__ import annotations

from auditor.reports import service_metrics
from tests.reports import budget_samples, samples
from tests.reports.metric_samples import NOON, RULES, RUNS, every_metric


def test_each_rule_tells_its_findings_and_what_they_save() -> None:
    findings, pull, stored = service_metrics.rule_metrics(RULES)
    assert [one.value for one in findings.samples] == [12, 1]
    assert [one.value for one in pull.samples] == [40_000_000, 5]
    assert [one.value for one in stored.samples] == [9_000_000, -7]
    assert findings.samples[0].labels == (("rule", "apt-lists-kept"),)


def test_a_budget_tells_how_much_of_it_is_used_and_expected_where_that_is_known() -> None:
    report = budget_samples.every_state()
    used, expected, amount = service_metrics.budget_metrics(report)
    for sample, state in zip(used.samples, report.states, strict=True):
        assert sample.value == float(state.spent / state.amount)
    known = [one for one in report.states if one.forecast.expected is not None]
    assert 0 < len(expected.samples) == len(known) < len(report.states)
    assert dict(amount.samples[0].labels)["currency"] == report.states[0].budget.currency


def test_schedules_tell_their_runs_and_when_something_was_done() -> None:
    runs, done = service_metrics.schedule_metrics(RUNS)
    assert [one.value for one in runs.samples] == [9, 1, 1]
    assert [(dict(one.labels), one.value) for one in done.samples] == [
        ({"kind": "crawl"}, NOON.timestamp())
    ]


def test_repositories_are_told_only_where_some_are_given() -> None:
    stored = service_metrics.repository_metrics((samples.row(),))[0]
    assert dict(stored.samples[0].labels)["repository"] == samples.row().repository
    assert [one.samples for one in service_metrics.repository_metrics(())] == [(), (), ()]


def test_no_metric_has_a_tag_or_a_digest_or_is_told_twice() -> None:
    metrics = every_metric(())
    names = [one.name for one in metrics]
    assert len(set(names)) == len(names)
    for metric in metrics:
        for sample in metric.samples:
            assert not {"tag", "digest"} & dict(sample.labels).keys()
        with_repositories = any("repository" in dict(one.labels) for one in metric.samples)
        assert with_repositories == metric.name.startswith("auditor_repository_")
