from __future__ import annotations

from auditor.domain.metrics import RuleFigures
from auditor.store.metric_reads import count_waiting_repositories, load_rule_figures
from auditor.store.tables.findings import FindingRow
from auditor.store.tables.places import RegistryRow
from tests.store.bench import Bench
from tests.store.test_finding_reads import fill


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
