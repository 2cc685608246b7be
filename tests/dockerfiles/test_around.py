from __future__ import annotations

import pytest

from auditor.analysis.effects.acts import Act
from auditor.dockerfiles.around import Around


def around(told: dict[str, str] | None = None, user: str = "") -> Around:
    return Around(
        told or {}, user, lambda path: path.removeprefix("/app/") if "/app/" in path else ""
    )


@pytest.mark.parametrize(
    "user,home",
    [("", "/root"), ("root", "/root"), ("0:0", "/root"), ("app:app", "/home/app")],
)
def test_a_user_has_a_home(user: str, home: str) -> None:
    assert around(user=user).home == home
    assert around({"HOME": "/data"}, user).home == "/data"


def test_the_command_s_own_variables_come_first() -> None:
    act = Act("npm", ("ci",), "/", assignments=(("A", "1"),))
    inner = around({"A": "3", "B": "3", "C": "3"}).with_variables(
        act, {"A": "2", "B": "2"}, frozenset()
    )
    assert [inner.value(name) for name in "ABC"] == ["1", "2", "3"]
    assert inner.value("N", "C") == "3"
    assert inner.value("N") == ""


def test_variables_switch_things_on() -> None:
    assert around({"A": "True"}).is_on("N", "A")
    assert not around({"A": "0"}).is_on("A")


def test_no_value_is_taken_longer_than_values_are() -> None:
    assert len(around({"A": "x" * 100_000}).value("A")) == 4_096


def test_a_list_file_names_what_serves_instead() -> None:
    found = around().list_file("/app/uv.lock", "/etc/pyproject.toml")
    assert (found.path, found.context_path, found.name) == ("/app/uv.lock", "uv.lock", "uv.lock")
    assert [(one.path, one.context_path) for one in found.instead] == [("/etc/pyproject.toml", "")]
