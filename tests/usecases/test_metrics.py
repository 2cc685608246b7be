from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import event

from auditor.domain.analysis_settings import AnalysisSettings, UserRule
from auditor.domain.errors import StoreError
from auditor.domain.image_config import HistoryEntry
from auditor.domain.metrics import Metric
from auditor.settings import load_settings
from auditor.usecases.analyse import Analysis, analyse
from auditor.usecases.ledger import Ledger
from auditor.usecases.metrics import PATIENCE_SECONDS, SLOW, metrics_reader
from auditor.usecases.prices import Prices
from tests.fakes.contents import Contents, config_of, layer
from tests.usecases.bench import REGISTRY, Bench, day
from web.pages.monitoring import WAIT_SECONDS

OWN = UserRule("old-key", "curl", "It has the old key.", "Use the new one.")
ANALYSIS = Analysis.from_settings(AnalysisSettings(user_rules=(OWN,)))
_SETTINGS = """
metrics.repositories = {many}
[budgets.app]
repository = "team/app-0"
amount = "1"
"""


def filled(bench: Bench, repositories: int) -> Bench:
    contents = Contents()
    for number in range(repositories):
        own = layer(10**8 + number, f"own {number}")
        about = config_of(f"{number}", (own,), history=(HistoryEntry("RUN curl x"),))
        contents.tag(f"team/app-{number}", "1", contents.image(f"{number}", own, config=about))
    bench.crawl(contents)
    return bench


def read(bench: Bench, tmp_path: Path, *, many: int = 0) -> Mapping[str, Metric]:
    file = tmp_path / "auditor.toml"
    file.write_text(_SETTINGS.format(many=many))
    settings = load_settings(config_file=file, environment={}, overrides={}).settings
    now = day(20)
    ledger = Ledger(bench.database, Prices(clock=lambda: now), clock=lambda: now)
    reader = metrics_reader(bench.browse(), ledger, settings, "1.2.3", start=lambda work: work())
    metrics = reader.read()
    assert len({one.name for one in metrics}) == len(metrics)
    return {one.name: one for one in metrics}


def values(metric: Metric) -> dict[tuple[str, ...], float]:
    return {tuple(value for _, value in one.labels): one.value for one in metric.samples}


def test_everything_is_told_from_one_database(bench: Bench, tmp_path: Path) -> None:
    found = read(filled(bench, 3), tmp_path)
    assert values(found["auditor_registry_repositories"]) == {(REGISTRY,): 3}
    assert values(found["auditor_analysis_waiting_repositories"]) == {(): 3}
    assert found["auditor_findings"].samples == ()
    assert values(found["auditor_budget_amount"]) == {("app", "USD"): 1}
    assert 0 < values(found["auditor_budget_used_ratio"])[("app",)] < 1
    analyse(bench.database, ANALYSIS, now=day(1))
    found = read(bench, tmp_path)
    assert values(found["auditor_analysis_waiting_repositories"]) == {(): 0}
    assert values(found["auditor_findings"]) == {("old-key",): 3}
    assert values(found["auditor_findings_pull_saving_bytes"])[("old-key",)] > 0
    assert found["auditor_outbox_mails"].samples == ()


def test_repositories_are_told_only_as_many_as_are_asked_for(bench: Bench, tmp_path: Path) -> None:
    filled(bench, 4)
    assert read(bench, tmp_path)["auditor_repository_stored_bytes"].samples == ()
    found = values(read(bench, tmp_path, many=2)["auditor_repository_stored_bytes"])
    assert list(found) == [(REGISTRY, "team/app-3"), (REGISTRY, "team/app-2")]


def steps_of(bench: Bench, ask: Callable[[], object]) -> int:
    """How many tens of steps SQLite's machine takes for what is asked."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    def hear(driver: sqlite3.Connection, *_: object) -> None:
        driver.set_progress_handler(count, 10)

    event.listen(bench.database.engine, "checkout", hear)
    ask()
    event.remove(bench.database.engine, "checkout", hear)
    return counted


def test_a_scrape_costs_the_same_at_ten_repositories_and_at_many(
    empty_sqlite: bytes, tmp_path: Path
) -> None:
    """What is read in a scrape; what is remembered is made beside it."""
    costs = []
    for many in (10, 300):
        file = tmp_path / f"{many}.db"
        file.write_bytes(empty_sqlite)
        for bench in on(f"sqlite:///{file}"):
            filled(bench, many)
            settings = load_settings(
                config_file=None, environment={}, overrides={"metrics.repositories": 5}
            ).settings
            ledger = Ledger(bench.database, Prices())
            reader = metrics_reader(
                bench.browse(), ledger, settings, "1", start=lambda _: None, patience_seconds=0
            )
            costs.append(steps_of(bench, reader.read))
    assert costs[0] > 5
    assert costs[1] <= 1.2 * costs[0]


def test_what_waits_for_slow_parts_ends_before_the_scrape_does() -> None:
    assert len(SLOW) * PATIENCE_SECONDS < WAIT_SECONDS


def test_a_database_that_fails_is_an_error_of_the_scrape(bench: Bench, tmp_path: Path) -> None:
    filled(bench, 1)
    with bench.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE registry_total")
    with pytest.raises(StoreError):
        read(bench, tmp_path)


def on(url: str) -> Iterator[Bench]:
    from auditor.store.engine import open_database  # noqa: PLC0415 - this one test's

    database = open_database(url)
    yield Bench(database)
    database.dispose()
