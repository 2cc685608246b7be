from __future__ import annotations

from sqlalchemy import insert

from auditor.domain.alerts import AlertState
from auditor.domain.metrics import RuleFigures, RunFigures
from auditor.domain.schedules import Kind, RunState, Trigger
from auditor.store.metric_reads import (
    count_firing,
    count_waiting_repositories,
    load_rule_figures,
    load_run_figures,
)
from auditor.store.tables.alerts import AlertEventRow
from auditor.store.tables.findings import FindingRow
from auditor.store.tables.places import RegistryRow
from auditor.store.tables.schedules import ScheduleRunRow
from tests.store.bench import Bench
from tests.store.test_finding_reads import fill
from tests.store.things import day


def test_open_findings_are_added_up_by_rule_where_they_count(bench: Bench) -> None:
    fill(bench, 100)
    rows = [row for row in bench.table(FindingRow) if row["until"] is None]
    rules = sorted({row["rule"] for row in rows})
    with bench.database.reading() as connection:
        found = load_rule_figures(connection)
        # A crawl without an analysis leaves what it brought to be analysed.
        waiting = count_waiting_repositories(connection)
    assert found == tuple(
        RuleFigures(
            rule,
            len(own),
            sum(row["pull_saving_bytes"] for row in own),
            sum(row["stored_saving_bytes"] for row in own),
        )
        for rule in rules
        for own in [[row for row in rows if row["rule"] == rule]]
    )
    assert waiting in (0, 1)
    bench.change(RegistryRow, is_reference=True)
    with bench.database.reading() as connection:
        assert load_rule_figures(connection) == ()
        assert count_waiting_repositories(connection) == 0


def run(kind: Kind, state: RunState, ended: float | None) -> dict[str, object]:
    """A run of a schedule; registries tell apart those of one kind and state."""
    return {
        "kind": kind.value,
        "subject": f"{state.value} {ended}",
        "due_at": day(0),
        "trigger": Trigger.SCHEDULE.value,
        "state": state.value,
        "not_before": day(0),
        "missed": 0,
        "attempts": 1,
        "losses": 0,
        "failures": 0,
        "started_at": None,
        "ended_at": None if ended is None else day(ended),
        "heartbeat_at": None,
        "holder": "",
        "outcome": "",
    }


def test_runs_are_counted_by_kind_and_state_with_when_the_last_ended(bench: Bench) -> None:
    runs = [
        run(Kind.CRAWL, RunState.DONE, 1),
        run(Kind.CRAWL, RunState.DONE, 2),
        run(Kind.DIGEST, RunState.WAITING, None),
    ]
    with bench.database.writing() as connection:
        connection.execute(insert(ScheduleRunRow), runs)
    with bench.database.reading() as connection:
        assert load_run_figures(connection) == (
            RunFigures("crawl", "done", 2, day(2)),
            RunFigures("digest", "waiting", 1, None),
        )


def test_alerts_that_go_on_are_counted_by_rule(bench: Bench) -> None:
    fixed = {"episode": 1, "severity": 1, "first_at": day(0), "last_at": day(1), "body": {}}
    events = [
        {"rule": rule, "key": str(number), "state": state.value, "resolved_at": None, **fixed}
        for number, (rule, state) in enumerate(
            (
                ("big", AlertState.FIRING),
                ("big", AlertState.FIRING),
                ("big", AlertState.RESOLVED),
                ("old", AlertState.RESOLVED),
            )
        )
    ]
    with bench.database.writing() as connection:
        connection.execute(insert(AlertEventRow), events)
    with bench.database.reading() as connection:
        assert count_firing(connection) == {"big": 2}
