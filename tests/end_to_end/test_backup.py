"""A backup made while a crawl writes, and what comes back of it, on both databases."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from auditor.store.engine import open_database, parse_url
from benchmarks.generate import Plan, generate
from tests.end_to_end.program import Auditor
from tests.servers import tools
from tests.servers.docker_registry import RunningRegistry, start_docker_registry
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.real
DEADLINE_SECONDS = 120
PLAN = Plan(repositories=15, tags=4)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry with enough to be busy with for a while."""
    folder = tmp_path_factory.mktemp("busy")
    generate(folder / "storage", PLAN)
    with start_docker_registry(folder) as registry:
        yield registry


@contextlib.contextmanager
def crawling(auditor: Auditor, address: str) -> Iterator[None]:
    """A crawl that has written something and stands still in the middle until the block ends.

    It keeps its locks and its open transaction; a store's test has one that goes on writing.
    """
    process = auditor.start("audit", address, "--format", "json")
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not manifests(auditor):
            assert time.monotonic() < deadline, "it wrote nothing"
            assert process.poll() is None, "it ended before it wrote"
            time.sleep(0.05)
        process.send_signal(signal.SIGSTOP)
        yield
        process.send_signal(signal.SIGCONT)
        out, _ = process.communicate(timeout=DEADLINE_SECONDS)
        assert process.returncode == 0, out
    finally:
        process.kill()
        process.wait()


def manifests(auditor: Auditor) -> int:
    """How many are kept; 0 before there is a table."""
    database = open_database(auditor.database_url or f"sqlite:///{auditor.database}")
    try:
        if database.is_sqlite and not auditor.database.exists():
            return 0
        with database.reading() as connection:
            if not inspect(connection).has_table("manifest"):
                return 0
            return int(connection.execute(text("SELECT COUNT(*) FROM manifest")).scalar_one())
    finally:
        database.dispose()


def said(auditor: Auditor) -> dict[str, Any]:
    answer = auditor.json("rank", "--limit", "0")
    assert answer["totals"]["repositories"] == PLAN.repositories
    return answer


def elsewhere(tmp_path: Path, name: str, url: str = "") -> Auditor:
    home = tmp_path / name
    home.mkdir()
    return Auditor(home, url)


def test_a_file_is_copied_during_a_crawl_and_comes_back_whole(
    auditor: Auditor, server: RunningRegistry, tmp_path: Path
) -> None:
    during = tmp_path / "during.db"
    with crawling(auditor, server.address):
        finished = auditor.run("db", "backup", str(during))
        assert finished.code == 0, finished.err
    complete = said(auditor)
    with contextlib.closing(sqlite3.connect(during)) as copy:
        (so_far,) = copy.execute("SELECT COUNT(*) FROM manifest").fetchone()
    assert 0 < so_far < manifests(auditor)
    other = elsewhere(tmp_path, "other")
    assert other.run("db", "restore", str(during)).code == 0
    assert manifests(other) == so_far
    assert totals(other.json("audit", server.address)) == totals(complete)

    assert auditor.run("db", "backup", str(tmp_path / "after.db")).code == 0
    assert other.run("db", "restore", str(tmp_path / "after.db")).code == 2
    assert other.run("db", "restore", str(tmp_path / "after.db"), "--replace").code == 0
    assert said(other) == complete


def totals(answer: dict[str, Any]) -> Any:
    return answer["totals"]


def test_postgresql_is_dumped_during_a_crawl_and_comes_back_whole(
    postgres_server: PostgresServer, server: RunningRegistry, tmp_path: Path
) -> None:
    """As docs/how-to/back-up.md says it, with PostgreSQL's own tools."""
    names = [postgres_server.create_database() for _ in range(3)]
    source, during, after = (elsewhere(tmp_path, name, postgres_server.url(name)) for name in names)
    try:
        with crawling(source, server.address):
            dump(source, tmp_path / "during.dump")
        complete = said(source)
        restore(during, tmp_path / "during.dump")
        assert 0 < manifests(during) < manifests(source)
        assert totals(during.json("audit", server.address)) == totals(complete)
        dump(source, tmp_path / "after.dump")
        restore(after, tmp_path / "after.dump")
        assert said(after) == complete
    finally:
        for name in names:
            postgres_server.drop_database(name)


def dump(auditor: Auditor, file: Path) -> None:
    postgres_tool("pg_dump", auditor, "--format=custom", f"--file={file}")


def restore(auditor: Auditor, file: Path) -> None:
    postgres_tool("pg_restore", auditor, "--no-owner", "--single-transaction", str(file))


def postgres_tool(name: str, auditor: Auditor, *arguments: str) -> None:
    folders = tuple(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
    program = tools.require(name, package="postgresql", folders=folders)
    url = parse_url(auditor.database_url)
    place = [f"--host={url.host}", f"--port={url.port}", f"--username={url.username}"]
    done = subprocess.run(
        [program, *place, f"--dbname={url.database}", *arguments],
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
