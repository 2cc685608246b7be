"""A crawl that is killed or interrupted, and the run after it."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.generate import Image, Plan, generate
from tests.end_to_end.access_log import AccessLog
from tests.end_to_end.program import Auditor, rows_by_name
from tests.servers.docker_registry import RunningRegistry, start_docker_registry

pytestmark = pytest.mark.real

PLAN = Plan(repositories=40, tags=8)
SHOWN = 3
DATES = frozenset({"as_of", "since", "first_seen_at", "crawled_at"})


@pytest.fixture(scope="module")
def images(many: tuple[RunningRegistry, tuple[Image, ...]]) -> tuple[Image, ...]:
    return many[1]


@pytest.fixture(scope="module")
def server(many: tuple[RunningRegistry, tuple[Image, ...]]) -> RunningRegistry:
    return many[0]


@pytest.fixture(scope="module")
def many(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[RunningRegistry, tuple[Image, ...]]]:
    """A registry with a few hundred manifests."""
    folder = tmp_path_factory.mktemp("many")
    generated = generate(folder / "storage", PLAN)
    with start_docker_registry(folder) as registry:
        yield registry, generated


@pytest.fixture(scope="module")
def uninterrupted(
    server: RunningRegistry, images: tuple[Image, ...], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What a database says that was crawled in one go."""
    program = Auditor(tmp_path_factory.mktemp("uninterrupted"))
    program.json("audit", server.address)
    return everything_said(program, server, images)


@pytest.mark.parametrize("requests", [1, 150, 350, 550])
def test_a_crawl_after_a_kill_ends_like_one_that_was_never_killed(
    server: RunningRegistry,
    images: tuple[Image, ...],
    uninterrupted: dict[str, Any],
    auditor: Auditor,
    requests: int,
) -> None:
    killed = auditor.interrupt(
        after(requests, server), signal.SIGKILL, "audit", server.address, "--format", "json"
    )
    assert killed.code == -signal.SIGKILL
    assert_is_intact(auditor)
    auditor.json("audit", server.address)
    assert everything_said(auditor, server, images) == uninterrupted
    assert_is_intact(auditor)


def test_a_crawl_killed_again_and_again_still_ends_right(
    server: RunningRegistry,
    images: tuple[Image, ...],
    uninterrupted: dict[str, Any],
    auditor: Auditor,
) -> None:
    for requests in (100, 60, 20, 60):
        auditor.interrupt(after(requests, server), signal.SIGKILL, "audit", server.address)
        assert_is_intact(auditor)
    auditor.json("audit", server.address)
    assert everything_said(auditor, server, images) == uninterrupted


def test_a_killed_crawl_into_postgresql_ends_right_too(
    server: RunningRegistry,
    images: tuple[Image, ...],
    uninterrupted: dict[str, Any],
    tmp_path: Path,
    postgres_url: str,
) -> None:
    program = Auditor(tmp_path, postgres_url)
    for requests in (150, 100):
        program.interrupt(after(requests, server), signal.SIGKILL, "audit", server.address)
    program.json("audit", server.address)
    assert everything_said(program, server, images) == uninterrupted


def test_an_interrupted_crawl_says_so_and_the_next_run_continues(
    server: RunningRegistry,
    images: tuple[Image, ...],
    uninterrupted: dict[str, Any],
    auditor: Auditor,
) -> None:
    log = AccessLog(server.log)
    stopped = auditor.interrupt(
        after(300, server), signal.SIGINT, "audit", server.address, "--format", "json"
    )
    assert stopped.code == 130, stopped.err
    assert "Traceback" not in stopped.err
    assert len(stopped.error_lines) == 1
    assert "interrupted" in stopped.err.lower()
    assert_is_intact(auditor)
    start = log.size_bytes()
    auditor.json("audit", server.address)
    assert everything_said(auditor, server, images) == uninterrupted
    fetched = [each for each in log.requests(start) if each.got_manifest]
    assert len(fetched) < len(images)


def test_several_interrupts_in_a_row_are_one(server: RunningRegistry, auditor: Auditor) -> None:
    when = after(200, server)
    stopped = auditor.interrupt(when, signal.SIGINT, "audit", server.address, times=20)
    assert stopped.code == 130, stopped.err
    assert "Traceback" not in stopped.err
    assert len(stopped.error_lines) == 1
    assert "what was read is kept" in stopped.err
    assert_is_intact(auditor)


def test_an_interrupted_first_crawl_never_reads_as_the_whole_truth(
    server: RunningRegistry, auditor: Auditor
) -> None:
    auditor.interrupt(after(200, server), signal.SIGINT, "audit", server.address)
    ranking = auditor.json("rank")
    assert ranking["exactness"] != "exact"
    assert len(rows_by_name(ranking)) <= PLAN.repositories


def after(requests: int, server: RunningRegistry) -> Callable[[], bool]:
    """Whether that many requests were answered from now on."""
    log = AccessLog(server.log)
    start = log.size_bytes()
    return lambda: len(log.requests(start)) >= requests


def everything_said(
    auditor: Auditor, server: RunningRegistry, images: tuple[Image, ...]
) -> dict[str, Any]:
    """The ranking and several images as the program prints them, dates of crawls left out."""
    step = len(images) // SHOWN
    shown = [
        auditor.json("show", f"{server.address}/{each.repository}:{each.tag}")
        for each in images[::step]
    ]
    return {"rank": without_dates(auditor.json("rank")), "show": without_dates(shown)}


def without_dates(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_dates(each) for key, each in value.items() if key not in DATES}
    return [without_dates(each) for each in value] if isinstance(value, list) else value


def assert_is_intact(auditor: Auditor) -> None:
    """SQLite finds nothing wrong with the file, if the program came far enough to make it."""
    if not Path(auditor.database).exists():
        return
    with contextlib.closing(sqlite3.connect(auditor.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
