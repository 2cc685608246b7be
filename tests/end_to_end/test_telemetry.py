"""Traces and errors of real processes, at a collector and a Sentry on loopback."""

from __future__ import annotations

import signal
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest

from auditor.logs.redaction import HIDDEN
from tests.end_to_end.complaints import audit
from tests.end_to_end.processes import Processes
from tests.end_to_end.program import Auditor
from tests.end_to_end.rogue_registry import RogueRegistry
from tests.servers.telemetry import Collector, Sentry, start_collector, start_sentry

pytestmark = pytest.mark.real

CANARY = "c4n4ry-Value_9"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with start_collector() as running:
        yield running


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    with start_sentry() as running:
        yield running


def get(address: str) -> int:
    headers = {"Cookie": f"session={CANARY}", "Authorization": f"Bearer {CANARY}"}
    asked = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def break_a_row(auditor: Auditor) -> None:
    """What no release writes, so that whoever reads it meets a defect of ours."""
    with sqlite3.connect(auditor.database) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE registry SET scope = ?", (f"password={CANARY}",))
    connection.close()


def test_pages_of_two_processes_are_traced_and_a_defect_is_reported(
    auditor: Auditor, rogue: RogueRegistry, collector: Collector, sentry: Sentry
) -> None:
    audit(auditor, rogue.address)
    told = replace(
        auditor,
        settings={
            "AUDITOR_TELEMETRY__OTLP_ENDPOINT": collector.address,
            "AUDITOR_TELEMETRY__SENTRY_DSN": sentry.dsn,
        },
    )
    with told.serving("serve", "--port", "0", "--workers", "2") as server:
        page = f"{server.address}repositories"
        assert {get(f"{page}?q={CANARY}") for _ in range(8)} == {200}
        assert get(f"{server.address}healthz") == 200
        break_a_row(auditor)
        assert get(f"{page}?token={CANARY}") == 500
        sentry.wait_for(1)
        finished = server.stop(signal.SIGTERM)
    assert finished.code == 0
    # What waited was sent at the end.
    assert [span.name for span in collector.spans] == ["GET /repositories"] * 9
    ((name, version),) = collector.services
    assert name == "registry-auditor"
    (event,) = sentry.events
    assert event["request"] == {"method": "GET", "url": page}
    assert event["release"] == f"registry-auditor@{version}"
    (failure,) = event["exception"]["values"]
    assert (failure["type"], HIDDEN in failure["value"]) == ("ValueError", True)
    for server_of_theirs in (collector, sentry):
        assert not server_of_theirs.holds(CANARY)


def test_a_run_that_breaks_is_reported_by_its_worker(
    auditor: Auditor, rogue: RogueRegistry, sentry: Sentry
) -> None:
    audit(auditor, rogue.address)
    break_a_row(auditor)
    told = replace(
        auditor,
        settings={
            "AUDITOR_TELEMETRY__SENTRY_DSN": sentry.dsn,
            "AUDITOR_MAIL__HOST": "127.0.0.1",
            "AUDITOR_MAIL__SENDER": "auditor@example.org",
            "AUDITOR_DIGEST__RECIPIENTS__ANN__ADDRESS": "ann@example.org",
        },
    )
    assert told.run("schedules", "run", "digest").code == 0
    with Processes(told) as processes:
        processes.start("worker-1")
        sentry.wait_for(1)
        ended = processes.end("worker-1")
    assert ended.code == 0
    assert {event["logger"] for event in sentry.events} == {"auditor.usecases.send_outbox"}
    assert not sentry.holds(CANARY)
