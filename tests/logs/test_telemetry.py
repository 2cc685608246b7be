"""What goes to Sentry, by its own library to a Sentry on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from auditor.domain.errors import SettingsError
from auditor.logs.redaction import HIDDEN
from auditor.logs.telemetry import clean_event, start_sentry, trace_requests
from tests.servers.telemetry import start_sentry as start_server

CANARY = "c4n4ry-Value_9"
ROOT = Path(__file__).parents[2]


def test_sentry_gets_the_error_and_no_secret_and_nothing_about_people() -> None:
    with start_server() as sentry:
        # In a process of its own: the library changes functions of the standard library.
        done = subprocess.run(
            [sys.executable, "-m", "tests.logs.sentry_driver", sentry.dsn, CANARY],
            capture_output=True,
            cwd=ROOT,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        logged, raised = sentry.events
        assert {kind for kind, _ in sentry.items} == {"event"}
        assert not sentry.holds(CANARY)
    assert logged["logentry"]["message"] == "page failed"
    assert logged["release"] == "registry-auditor@1.2.3"
    assert logged["request"] == {"method": "POST", "url": "http://localhost/broken"}
    assert {"user", "env"} & logged.keys() == set()
    assert logged["extra"] == {"api_key": HIDDEN}
    (failure,) = raised["exception"]["values"]
    assert (failure["type"], failure["value"]) == ("RuntimeError", f"password={HIDDEN}")
    frames = failure["stacktrace"]["frames"]
    assert frames[-1]["function"] == "work"
    assert "vars" not in frames[-1]
    assert json.dumps(raised["breadcrumbs"]).count(HIDDEN) == 1


def test_what_is_no_dsn_is_named_and_not_printed() -> None:
    with pytest.raises(SettingsError, match="sentry_dsn is no DSN") as caught:
        start_sentry(f"https://{CANARY}@sentry.example/", release="1")
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__


def test_an_event_holds_no_secret_and_of_a_request_the_page_only() -> None:
    event = {
        "message": f"Bearer {CANARY}",
        "request": {
            "url": f"https://h/x?token={CANARY}",
            "method": "GET",
            "headers": {"Cookie": CANARY},
            "data": CANARY,
        },
        "breadcrumbs": [{"data": {"password": CANARY}}],
    }
    cleaned = clean_event(event, None)
    assert CANARY not in str(cleaned)
    assert cleaned["request"] == {"method": "GET", "url": f"https://h/x?token={HIDDEN}"}


def test_the_frames_of_an_error_stay_frames() -> None:
    """The SDK hands over plain data, and Sentry groups errors by their frames."""
    frame = {"function": "crawl", "lineno": 3, "pre_context": ["a", "b"]}
    event = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [frame]}}]}}
    assert clean_event(event, None) == event


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sentry_sdk", "opentelemetry.sdk.trace"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "auditor.logs.traces", raising=False)
    with pytest.raises(SettingsError) as caught:
        start_sentry("https://key@sentry.example/1", release="1")
    assert "registry-auditor[sentry]" in caught.value.next_step
    with pytest.raises(SettingsError) as caught:
        trace_requests(Flask("x"), "http://collector:4318", release="1")
    assert "registry-auditor[otel]" in caught.value.next_step
