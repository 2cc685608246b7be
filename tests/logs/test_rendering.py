from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from auditor.logs.redaction import HIDDEN, KNOWN
from auditor.logs.rendering import make_formatter

CANARY = "c4n4ry-Value_9"


@pytest.fixture(autouse=True)
def no_context() -> Iterator[None]:
    KNOWN.clear()
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


def record(message: str, *arguments: object, error: bool = False, **extra: object) -> str:
    made = logging.LogRecord("auditor.x", logging.WARNING, "f", 1, message, arguments, None)
    made.__dict__.update(extra)
    if error:
        wrong = ValueError(f"Bearer {CANARY}\nforged line")
        made.exc_info = (ValueError, wrong, None)
    return make_formatter(is_json=IS_JSON).format(made)


IS_JSON = True


@pytest.fixture
def as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "IS_JSON", False)


def test_a_line_is_one_object_with_its_fields_and_context() -> None:
    structlog.contextvars.bind_contextvars(request_id="r1")
    found = json.loads(record("crawl %s", "finished", repositories=41))
    assert list(found)[:4] == ["timestamp", "level", "event", "logger"]
    assert (found["level"], found["event"], found["logger"]) == (
        "warning",
        "crawl finished",
        "auditor.x",
    )
    assert (found["repositories"], found["request_id"]) == (41, "r1")
    assert found["timestamp"].endswith("Z")


def test_a_traceback_is_a_field_and_holds_no_secret() -> None:
    found = json.loads(record("failed", error=True))
    assert "ValueError" in found["exception"]
    assert CANARY not in found["exception"]


@pytest.mark.usefixtures("as_text")
def test_text_has_pairs_and_a_traceback_below() -> None:
    first, *below = record("page failed", error=True, path="/a b", status=500).split("\n")
    assert ' warning page failed logger=auditor.x path="/a b" status=500' in first
    assert below
    assert all(line.startswith("    | ") for line in below)


@pytest.mark.usefixtures("as_text")
def test_secrets_are_hidden_in_text_too() -> None:
    line = record(f"asked https://u:{CANARY}@h/", headers={"Authorization": CANARY})
    assert CANARY not in line
    assert HIDDEN in line


HOSTILE = "a\n2026-01-01 error forged\r\x1b[31m\u202ex\u2028y"


@pytest.mark.parametrize("is_json", [True, False])
def test_a_stranger_cannot_write_a_line_or_steer_a_terminal(
    is_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "IS_JSON", is_json)
    line = record(HOSTILE, repository=HOSTILE)
    assert len(line.splitlines()) == 1
    assert not {"\x1b", "\u202e", "\u2028"} & set(line)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_one_line(message: str, value: str) -> None:
    for is_json in (True, False):
        made = logging.LogRecord("a", logging.INFO, "f", 1, "%s", (message,), None)
        made.__dict__["repository"] = value
        line = make_formatter(is_json=is_json).format(made)
        assert len(line.splitlines()) == 1
        assert line.isprintable()
