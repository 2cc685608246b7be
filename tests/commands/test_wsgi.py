from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from auditor.commands import wsgi
from auditor.commands.listening import serve_at
from auditor.domain.errors import UsageError


def test_any_wsgi_server_can_load_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDITOR_DATABASE_URL", f"sqlite:///{tmp_path / 'auditor.db'}")
    answer = wsgi.create().test_client().get("/api/v1/rank")
    assert answer.json is not None
    assert answer.json["repositories"] == []


def test_without_gunicorn_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    really = builtins.__import__

    def without(name: str, *rest: Any, **others: Any) -> Any:
        if name.startswith("gunicorn"):
            raise ModuleNotFoundError(name)
        return really(name, *rest, **others)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match="several processes need gunicorn") as caught:
        serve_at(Flask("any"), "127.0.0.1", 0, lambda _: None, workers=2)
    assert "registry-auditor[server]" in caught.value.next_step


def test_several_processes_count_in_one_folder_that_is_gone_at_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = "PROMETHEUS_MULTIPROC_DIR"
    monkeypatch.delenv(name, raising=False)
    with wsgi.counting_together(1):
        assert name not in os.environ
    with wsgi.counting_together(2):
        folder = Path(os.environ[name])
        assert folder.is_dir()
    assert name not in os.environ
    assert not folder.exists()
    monkeypatch.setenv(name, str(tmp_path))
    with wsgi.counting_together(2):
        assert os.environ[name] == str(tmp_path)
    assert tmp_path.is_dir()
