"""The service put together, in process; as processes: tests/end_to_end/test_service.py."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.domain.errors import StoreError
from auditor.domain.schedules import Kind, RunState
from auditor.scheduler import service as services
from auditor.scheduler.embedded import EmbeddedRunner
from auditor.scheduler.service import Service, is_embedded, open_service
from auditor.settings import Settings, load_settings
from auditor.store.queue import Queue


def settings(url: str, **keys: str) -> Settings:
    usual = {"database_url": url, "service__tick_seconds": "0.1"}
    variables = {f"AUDITOR_{key.upper()}": value for key, value in {**usual, **keys}.items()}
    return load_settings(config_file=None, environment=variables, overrides={}).settings


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = open_service(settings(f"sqlite:///{tmp_path / 'a.db'}", service__drain_seconds="20"))
    yield made
    made.dispose()


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if holds():
            return
        threading.Event().wait(0.01)
    pytest.fail("waited in vain")


def state(service: Service) -> list[RunState]:
    views = {view.kind: view for view in service.schedules.views()}
    return [run.state for run in views[Kind.PRICES].runs]


def test_what_is_asked_for_is_done_in_the_background(service: Service) -> None:
    with service.in_background():
        service.schedules.request("prices")
        wait_until(lambda: state(service) == [RunState.DONE])
    assert service.stopping.is_set()


def test_scheduler_and_worker_end_when_they_are_told(service: Service) -> None:
    parts = [
        threading.Thread(target=service.run_scheduler),
        threading.Thread(target=service.run_worker, args=(1,)),
    ]
    for part in parts:
        part.start()
    service.stop_from_signal()
    for part in parts:
        part.join(20)
        assert not part.is_alive()


def test_a_run_that_does_not_end_in_time_is_left_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []
    monkeypatch.setattr("auditor.scheduler.service.os._exit", left.append)
    monkeypatch.setattr("auditor.scheduler.service.logging.shutdown", lambda: None)
    made = open_service(settings(f"sqlite:///{tmp_path / 'a.db'}", service__drain_seconds="0"))
    may_end = threading.Event()
    monkeypatch.setattr(EmbeddedRunner, "work", lambda *_: may_end.wait(20))
    with made.in_background():
        pass
    may_end.set()
    assert left == [0]
    made.dispose()


@pytest.mark.parametrize("error", [StoreError("gone"), ZeroDivisionError()])
def test_a_worker_that_breaks_begins_again(
    service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(services, "_AGAIN_SECONDS", 0.01)
    calls: list[int] = []

    def work(*_: object) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise error
        service.stop()

    monkeypatch.setattr(EmbeddedRunner, "work", work)
    service.run_worker(1)
    assert len(calls) == 2


@pytest.mark.parametrize(
    "url,runner,expected",
    [
        ("sqlite:///a.db", "auto", True),
        ("postgresql://a@b/c", "auto", False),
        ("postgresql://a@b/c", "embedded", True),
        ("sqlite:///a.db", "server", False),
    ],
)
def test_who_carries_out_runs(url: str, runner: str, expected: bool) -> None:
    assert is_embedded(settings(url, service__runner=runner)) is expected


def test_a_file_has_no_queue_and_nothing_stays_open(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="needs PostgreSQL"):
        open_service(settings(f"sqlite:///{tmp_path / 'a.db'}", service__runner="server"))


@pytest.mark.real
def test_on_postgresql_workers_are_fed_by_the_queue(postgres_url: str) -> None:
    for needed, kind in ((True, Queue), (False, EmbeddedRunner)):
        made = open_service(settings(postgres_url), is_queue_needed=needed)
        assert isinstance(made.runner, kind)
        made.dispose()
    made = open_service(settings(postgres_url))
    parts = [
        threading.Thread(target=made.run_scheduler),
        threading.Thread(target=made.run_worker, args=(2,)),
    ]
    for part in parts:
        part.start()
    made.schedules.request("prices")
    wait_until(lambda: state(made) == [RunState.DONE])
    made.stop()
    for part in parts:
        part.join(20)
    made.dispose()


@pytest.mark.real
def test_two_names_of_one_host_are_crawled_one_after_the_other(postgres_url: str) -> None:
    names = {"registries__a__address": "r.example", "registries__b__address": "r.example"}
    made = open_service(settings(postgres_url, **names))
    assert isinstance(made.runner, Queue)
    made.schedules.request("crawl")
    made.schedules.request("prices")
    runs = [run for view in made.schedules.views() for run in view.runs]
    assert sorted(map(made.runner.lock_of, runs)) == ["prices"] + ["registry:r.example"] * 2
    made.dispose()
