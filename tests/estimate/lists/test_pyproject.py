from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists.choices import Choices
from auditor.estimate.lists.pyproject import read_pyproject

PEP_621 = b"""
[project]
name = "shop"
dependencies = ["flask>=2", "thing @ https://example.invalid/x.whl"]
[project.optional-dependencies]
fast = ["uvloop"]
slow = ["twisted"]
all = ["Shop[fast,slow,gone]", "orjson"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["ruff", {include-group = "dev"}]
docs = ["mkdocs"]
[tool.uv]
dev-dependencies = ["mypy"]
"""


def told(content: bytes, *extras: str, groups: tuple[str, ...] = ()) -> dict[str, tuple[str, bool]]:
    (found,) = read_pyproject("pyproject.toml", content, Choices.of(extras, groups))
    return {one.name: (one.constraint, one.is_dev) for one in found.wanted}


def test_the_group_dev_is_for_development_and_others_are_asked_for() -> None:
    plain = {
        "flask": (">=2", False),
        "pytest": ("", True),
        "ruff": ("", True),
        "mypy": ("", True),
    }
    assert told(PEP_621) == plain
    assert told(PEP_621, groups=("docs",)) == plain | {"mkdocs": ("", False)}
    assert told(PEP_621, groups=("dev",))["pytest"] == ("", False)
    assert told(PEP_621, "fast")["uvloop"] == ("", False)
    assert told(PEP_621, "docs")["mkdocs"] == ("", False)
    assert set(told(PEP_621, "all")) - set(plain) == {"uvloop", "twisted", "orjson"}
    everything = told(PEP_621, "*", groups=("*",))
    assert not any(is_dev for _, is_dev in everything.values())


def test_what_is_left_out_is_said() -> None:
    (found,) = read_pyproject("pyproject.toml", PEP_621, Choices.of(("FAST",), ()))
    elsewhere, extras, groups = found.notes
    assert elsewhere.endswith("not from an index: thing.")
    assert extras == "pyproject.toml: extras that were not asked for are left out: all, slow."
    assert groups == "pyproject.toml: groups that were not asked for are left out: docs, lint."


@pytest.mark.parametrize(
    "extras, groups, why, step",
    [
        (("fats",), (), "there is no extra 'fats'", "it has: all, fast, slow"),
        ((), ("dogs",), "there is no group 'dogs'", "it has: dev, docs, lint"),
    ],
)
def test_what_it_has_not_is_refused_with_what_it_has(
    extras: tuple[str, ...], groups: tuple[str, ...], why: str, step: str
) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        told(PEP_621, *extras, groups=groups)
    assert caught.value.next_step == step


@pytest.mark.parametrize("default, dev", [('["docs"]', {"mkdocs"}), ('"all"', {"mkdocs", "ruff"})])
def test_uvs_default_groups_are_for_development(default: str, dev: set[str]) -> None:
    content = (
        f"[dependency-groups]\ndocs=['mkdocs']\nlint=['ruff']\n[tool.uv]\ndefault-groups={default}"
    )
    assert told(content.encode()) == dict.fromkeys(dev, ("", True))


def test_what_is_computed_is_said() -> None:
    (found,) = read_pyproject(
        "pyproject.toml", b"[project]\ndynamic = ['dependencies']\n", Choices.of((), ())
    )
    assert "computed when it is built" in found.notes[0]


@pytest.mark.parametrize(
    "content",
    [
        b"[project]\ndependencies = ['$(id)']",
        b"[project]\ndependencies = 'flask'",
        b"project = 7",
        b"[dependency-groups]\ndev = [{include-group = 'gone'}]",
        b"[dependency-groups]\ndev = [7]",
        b"[tool.poetry.dependencies]\n'../x'='1'",
    ],
)
def test_what_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError, match=r"pyproject\.toml: "):
        told(content)
