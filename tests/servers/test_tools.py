from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.servers import tools


@pytest.fixture(autouse=True)
def nothing_missing_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "missing", {})
    monkeypatch.delenv("CI", raising=False)


def test_a_tool_that_is_there_is_found_in_the_folders_given() -> None:
    python = Path(sys.executable)
    found = tools.require(python.name, package="python3", folders=(python.parent,))
    assert found.name == python.name
    assert tools.missing == {}


def test_a_missing_tool_skips_by_name() -> None:
    with pytest.raises(pytest.skip.Exception, match="no-such-tool is not installed"):
        tools.require("no-such-tool", package="some-package")
    assert tools.missing == {"no-such-tool": "apt-get install some-package"}


def test_a_missing_tool_fails_in_continuous_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install some-package"):
        tools.require("no-such-tool", package="some-package")
