"""The service as processes: one run of every due time, whoever is killed, and none for ever."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from auditor.domain.schedules import Kind, Run, RunState
from auditor.store import runs
from auditor.store.engine import Database
from auditor.usecases.prepare_database import prepare_database
from benchmarks.generate import Plan, generate
from tests.end_to_end.processes import Processes
from tests.end_to_end.program import Auditor, wait_until
from tests.servers.docker_registry import RunningRegistry, start_docker_registry

pytestmark = pytest.mark.real

PLAN = Plan(repositories=10, tags=4)
NAMES = ("a", "b", "c", "d")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = datetime(2025, 12, 31, 23, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    folder = tmp_path_factory.mktemp("many")
    generate(folder / "storage", PLAN)
    with start_docker_registry(folder) as registry:
        yield registry


@dataclass
class Service(Processes):
    """Processes over one database, in which a crawl of every registry has been due since January."""

    database: Database = field(kw_only=True)

    def runs(self) -> tuple[Run, ...]:
        with self.database.reading() as connection:
            return runs.last_runs(connection, Kind.CRAWL, 50)

    def outcomes(self) -> list[str]:
        with self.database.reading() as connection:
            found = connection.execute(text("SELECT outcome FROM crawl ORDER BY id"))
            return list(found.scalars())

    def wait(self, holds: Callable[[], bool]) -> None:
        wait_until(holds, self.runs)

    def is_done(self) -> bool:
        found = self.runs()
        return len(found) == len(NAMES) and {run.state for run in found} == {RunState.DONE}

    def is_crawling(self) -> bool:
        return any(run.state is RunState.RUNNING and run.crawl_id for run in self.runs())


@contextmanager
def service_over(
    url: str, registry: RunningRegistry, home: Path, *, lost_after_seconds: int = 2
) -> Iterator[Service]:
    home.mkdir()
    settings = {
        "AUDITOR_SCHEDULES__CRAWL__CRON": "0 0 1 1 *",
        "AUDITOR_SERVICE__TICK_SECONDS": "0.2",
        "AUDITOR_SERVICE__LOST_AFTER_SECONDS": str(lost_after_seconds),
        "AUDITOR_ANALYSIS__ENABLED": "false",
        **{f"AUDITOR_REGISTRIES__{name.upper()}__ADDRESS": registry.address for name in NAMES},
    }
    database = prepare_database(url)
    with database.writing() as connection:
        for name in NAMES:
            runs.note_tick(connection, (Kind.CRAWL, name), BEFORE)
    try:
        with Service(Auditor(home, url, settings), database=database) as service:
            yield service
    finally:
        database.dispose()


def assert_each_was_crawled_once(service: Service) -> None:
    found = service.runs()
    assert {(run.registry, run.due_at) for run in found} == {(name, NEW_YEAR) for name in NAMES}
    assert len({run.crawl_id for run in found}) == len(NAMES)
    outcomes = service.outcomes()
    assert outcomes.count("complete") == len(NAMES)
    assert set(outcomes) <= {"complete", "interrupted"}


def test_two_schedulers_and_four_workers_make_one_crawl_of_each_due_time(
    postgres_url: str, many: RunningRegistry, tmp_path: Path
) -> None:
    # Nobody dies here: who is only slow must not be taken for dead.
    with service_over(postgres_url, many, tmp_path / "home", lost_after_seconds=60) as service:
        names = [f"scheduler-{n}" for n in range(2)] + [f"worker-{n}" for n in range(4)]
        service.start(*names)
        service.wait(service.is_done)
        assert [service.end(name).code for name in names] == [0] * 6
        assert_each_was_crawled_once(service)
        assert service.outcomes() == ["complete"] * len(NAMES)
        assert all(run.attempts == 1 for run in service.runs())


def test_whoever_is_killed_and_whenever_each_due_time_is_crawled_once(
    postgres_url: str, many: RunningRegistry, tmp_path: Path
) -> None:
    chance = random.Random(74)  # noqa: S311 - moments, not a secret
    with service_over(postgres_url, many, tmp_path / "home") as service:
        service.start("scheduler-1", "worker-1", "worker-2")
        for _ in range(3):
            service.wait(lambda: service.is_crawling() or service.is_done())
            time.sleep(chance.uniform(0, 0.5))
            name = chance.choice(sorted(service.running))
            service.kill(name)
            service.start(name)
        service.wait(service.is_done)
        assert_each_was_crawled_once(service)


def test_a_worker_told_to_end_leaves_its_run_to_others_in_good_order(
    postgres_url: str, many: RunningRegistry, tmp_path: Path
) -> None:
    with service_over(postgres_url, many, tmp_path / "home") as service:
        with many.silent():
            service.start("scheduler-1", "worker-1")
            service.wait(service.is_crawling)
            assert service.end("worker-1").code == 0
        assert RunState.RUNNING not in {run.state for run in service.runs()}
        assert all(run.losses == 0 for run in service.runs())
        service.start("worker-2")
        service.wait(service.is_done)
        assert_each_was_crawled_once(service)


def test_the_dashboard_alone_does_it_all_on_sqlite_and_a_second_crawl_says_so(
    many: RunningRegistry, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with service_over(url, many, tmp_path / "home") as service:
        with ExitStack() as stack:
            with many.silent():
                serving = stack.enter_context(service.auditor.serving("serve", "--port", "0"))
                service.wait(service.is_crawling)
                refused = service.auditor.run("crawl", "a")
            assert refused.code == 3
            assert f"{many.address} is being crawled by " in refused.err
            assert " since 20" in refused.err
            service.wait(service.is_done)
            stopped = serving.stop(signal.SIGTERM)
        assert stopped.code == 0
        assert set(stopped.error_lines[1:]) <= {"stopped"}
        assert_each_was_crawled_once(service)
        document = service.auditor.json("schedules")
        crawl = next(one for one in document["schedules"] if one["kind"] == "crawl")
        assert {run["state"] for run in crawl["runs"]} == {"done"}
        assert "10 repositories and 40 tags read" in crawl["runs"][0]["outcome"]
