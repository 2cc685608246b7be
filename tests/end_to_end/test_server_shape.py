"""The server shape as a whole: a push is on the page, in the metrics and in the mail of the week.

PostgreSQL, a scheduler, two workers, a dashboard of two processes, Debian's docker-registry and
a mail server, each a process or thread of its own that knows the others by address alone.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.domain.observation import StorageScope
from auditor.domain.reference import RegistryAddress
from auditor.domain.units import format_bytes
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget, crawl_registry
from auditor.usecases.prepare_database import prepare_database
from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.images.pushing import RawRegistry
from tests.end_to_end.program import Auditor, rows_by_name
from tests.end_to_end.test_push_events import SECRET, settings_for, settled, until_hinted
from tests.servers.docker_registry import start_docker_registry
from tests.servers.mail import start_mail_server
from tests.servers.processes import die_with_parent

pytestmark = pytest.mark.real
DEADLINE_SECONDS = 90


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


def metric(address: str, name: str) -> float:
    """The value of a metric that has one."""
    lines = [one for one in read(f"{address}metrics").splitlines() if one.startswith(name)]
    (line,) = lines
    return float(line.rpartition(" ")[2])


def crawl_as_of(database_url: str, address: str, moment: datetime) -> None:
    """A crawl of last week, so that this week has something to be compared with."""
    database = prepare_database(database_url)
    target = CrawlTarget(RegistryAddress.parse(address), StorageScope.REGISTRY)
    asyncio.run(
        crawl_registry(database, target, CrawlLimits(), listener=lambda _: None, now=moment)
    )
    database.dispose()


def start(auditor: Auditor, command: str) -> subprocess.Popen[bytes]:
    return auditor.start(command, preexec_fn=die_with_parent)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """How it ends when it is told to, and what it said meanwhile."""
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    return process.returncode, said.decode()


def test_a_push_is_on_the_page_in_the_metrics_and_in_the_mail(
    auditor: Auditor, tmp_path: Path, postgres_url: str
) -> None:
    folder = tmp_path / "registry"
    with start_docker_registry(folder) as plain:
        address, port = plain.address, plain.port
        raw = RawRegistry(plain.url)
        raw.put_image("team/app", "1", simple_image("one", 20_000))
        raw.put_image("team/quiet", "1", simple_image("quiet", 10_000))
        crawl_as_of(postgres_url, plain.url, datetime.now(UTC) - timedelta(days=8))
    with ExitStack() as stack:
        post = stack.enter_context(start_mail_server())
        told = replace(
            auditor,
            database_url=postgres_url,
            settings=settings_for(address)
            | {
                "AUDITOR_SERVICE__TICK_SECONDS": "0.5",
                "AUDITOR_MAIL__HOST": "127.0.0.1",
                "AUDITOR_MAIL__PORT": str(post.port),
                "AUDITOR_MAIL__SECURITY": "none",
                "AUDITOR_MAIL__SENDER": "auditor@example.com",
                "AUDITOR_WEB__URL": "https://auditor.example.com",
                "AUDITOR_WEB__SECRET_KEY": "kD2vQ8xw0Zr4mT6yB1nL9sHcJ7fGpA3eUoXiRtYq",
                "AUDITOR_DIGEST__RECIPIENTS__ANN__ADDRESS": "ann@example.com",
            },
        )
        site = stack.enter_context(told.serving("serve", "--port", "0", "--workers", "2"))
        hook = (f"{site.address}push/ours", f"Bearer {SECRET}")
        registry = stack.enter_context(start_docker_registry(folder, tells=hook, port=port))
        names = ("scheduler", "worker", "worker")
        others = [start(told, name) for name in names]
        for one in others:
            stack.callback(one.kill)
        before = metric(site.address, "auditor_registry_stored_bytes")
        assert before > 30_000

        RawRegistry(registry.url).put_image("team/app", "2", simple_image("two", 3_000_000))
        until_hinted(postgres_url, {"team/app"})
        settled(postgres_url)
        until(lambda: metric(site.address, "auditor_registry_stored_bytes") > before, "the push")

        rows = rows_by_name(told.json("rank"))
        stored = rows["team/app"]["stored_bytes"]
        assert stored > 3_000_000
        everything = sum(row["stored_bytes"] for row in rows.values())
        assert metric(site.address, "auditor_registry_stored_bytes") == everything
        assert format_bytes(stored) in read(f"{site.address}repositories")

        assert told.run("schedules", "run", "digest").code == 0
        until(lambda: bool(post.recipients), "the mail")
        assert post.recipients == ["ann@example.com"]
        text = post.mailbox.taken[0][1].get_body(("plain",))
        assert text is not None
        assert format_bytes(everything) in text.get_content()
        assert "team/app" in text.get_content()

        ends = [ended(one) for one in others]
        dashboard = site.stop(signal.SIGTERM)
    assert [code for code, _ in ends] == [0, 0, 0]
    assert dashboard.code == 0
    for said in (*(said for _, said in ends), dashboard.err):
        assert "Traceback" not in said
        assert '"level": "error"' not in said
        assert SECRET not in said
