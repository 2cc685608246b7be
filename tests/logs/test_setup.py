from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.logs.setup import start_logging, wants_json


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level


def logged(monkeypatch: pytest.MonkeyPatch, level: int, name: str = "auditor.x") -> str:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logging.getLogger(name).log(level, "something")
    return stream.getvalue()


def test_lines_go_to_what_standard_error_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    start_logging("warning")
    assert json.loads(logged(monkeypatch, logging.WARNING))["event"] == "something"
    assert logged(monkeypatch, logging.INFO) == ""


def test_the_last_setting_counts_and_each_line_is_written_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start_logging("error", "json")
    start_logging("info", "text")
    assert logged(monkeypatch, logging.INFO).count("something") == 1


def test_a_line_that_fails_is_told_by_its_place_and_without_what_it_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start_logging("warning", "json")
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    ours().handle(record("%d", "a-canary"))
    told = json.loads(stream.getvalue())
    assert told["event"] == "a log line could not be written"
    assert told["place"].startswith("test_setup:")
    assert "canary" not in stream.getvalue()


def test_a_standard_error_that_is_gone_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    start_logging("warning", "json")
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    ours().handle(record("something"))


def ours() -> logging.Handler:
    """Not the one of pytest, which raises what a handler has to bear."""
    return next(one for one in logging.getLogger().handlers if type(one).__name__ == "_Handler")


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("auditor.x", logging.WARNING, __file__, 1, message, arguments, None)


def test_libraries_that_tell_every_request_are_quiet_unless_all_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start_logging("info")
    assert logged(monkeypatch, logging.INFO, "httpx") == ""
    start_logging("debug")
    assert logged(monkeypatch, logging.INFO, "httpx") != ""
    start_logging("error")


def test_a_tick_that_found_the_one_before_at_work_warns_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start_logging("info")
    assert logged(monkeypatch, logging.WARNING, "apscheduler.scheduler") == ""
    assert logged(monkeypatch, logging.ERROR, "apscheduler.scheduler") != ""


def test_people_get_text_and_machines_json(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    assert (wants_json("auto"), wants_json("json"), wants_json("text")) == (False, True, False)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert (wants_json("auto"), wants_json("text")) == (True, False)


def test_structlog_is_loaded_with_the_first_line_only() -> None:
    code = (
        "import sys; from auditor.logs.setup import start_logging; start_logging('error');"
        "print('structlog' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
