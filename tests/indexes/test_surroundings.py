from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.indexes.cache import DiskCache
from auditor.indexes.surroundings import Surroundings, ask_tool, read_text, remembering

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_tool_is_asked_in_the_root_folder_without_our_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDITOR_SECRET", "canary")
    tool = script(tmp_path / "tool", 'pwd; echo "$1"; env')
    lines = ask_tool((tool, "a; rm b")).splitlines()
    assert lines[:2] == ["/", "a; rm b"]
    assert f"PATH={os.environ['PATH']}" in lines
    assert "canary" not in "".join(lines)


def test_a_tool_that_fails_or_is_absent_or_slow_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask_tool((script(tmp_path / "fails", "echo x; exit 1"),)) == ""
    assert ask_tool((str(tmp_path / "absent"),)) == ""
    monkeypatch.setattr("auditor.indexes.surroundings._TOOL_SECONDS", 0.05)
    assert ask_tool((script(tmp_path / "slow", "exec sleep 5"),)) == ""


def test_an_answer_of_a_tool_is_kept_for_a_day_and_a_login_never(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 10**6)
    asked: list[Sequence[str]] = []
    answers = ["https://h.example/", "https://ann:canary@h.example/", "again"]

    def ask(command: Sequence[str]) -> str:
        asked.append(command)
        return answers[len(asked) - 1]

    for hours, expected in ((0, answers[0]), (23, answers[0]), (24, answers[1]), (25, "again")):
        now = NOW + timedelta(hours=hours)
        remembered = remembering(ask, cache, now=now, fresh_seconds=86_400)
        assert remembered(("npm", "config")) == expected
    assert len(asked) == 3
    assert not any(b"canary" in path.read_bytes() for path in tmp_path.glob("??/*"))


def test_a_file_that_is_huge_or_absent_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "huge").write_bytes(b"x" * (2**20 + 1))
    assert read_text(tmp_path / "huge") is None
    assert read_text(tmp_path / "absent") is None
    assert read_text(tmp_path) is None


def test_logins_come_from_the_named_netrc_or_the_usual_one(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine h.example login ann password one\n")
    (tmp_path / "named").write_text("machine h.example login bob password two\ndefault login x\n")
    (tmp_path / "broken").write_text("machine\n{{{")
    assert Surroundings({}, tmp_path).logins_for("h.example") == ("ann", "one")
    assert Surroundings({}, tmp_path).logins_for("other.example") is None
    for name, expected in (("named", ("bob", "two")), ("broken", None), ("absent", None)):
        around = Surroundings({"NETRC": str(tmp_path / name)}, tmp_path)
        assert around.logins_for("h.example") == expected
        assert around.logins_for("other.example") is None
    assert "canary" not in repr(Surroundings({"TOKEN": "canary"}, tmp_path))
