"""A policy file: what it says for all, for some, and what it may not say."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.domain.errors import SettingsError
from auditor.domain.policy import GrowthLimit, Policy
from auditor.settings_policy import PolicyFile, known_keys, read_policy, said_of

PAGE = Path(__file__).parent.parent / "docs/reference/check.md"
WHOLE = """
max_size = "300MiB"
max_unpacked_size = 1000
max_growth = "10%"
against = "latest"
max_layers = 40
max_layer_size = "100MB"
forbidden_bases = ["ubuntu:14.04"]
required_bases = ["debian", "gcr.io/distroless/**"]
required_labels = ["team"]
max_saving = "50MB"
forbidden_findings = ["apt-*"]

[repository."legacy/**"]
max_size = "2GB"
max_growth = false
against = "stable"

[repository."legacy/tiny"]
max_size = "1MB"
"""


def policy(tmp_path: Path, text: str) -> PolicyFile:
    (tmp_path / "policy.toml").write_text(text)
    return read_policy(tmp_path / "policy.toml")


def test_every_rule_is_read(tmp_path: Path) -> None:
    found, against = policy(tmp_path, WHOLE).for_repository("team/app", {})
    assert against == "latest"
    assert found == Policy(
        max_size_bytes=300 * 2**20,
        max_unpacked_bytes=1000,
        max_growth=GrowthLimit(percent=Decimal(10)),
        max_layers=40,
        max_layer_bytes=100_000_000,
        forbidden_bases=("ubuntu:14.04",),
        required_bases=("debian", "gcr.io/distroless/**"),
        required_labels=("team",),
        max_saving_bytes=50_000_000,
        forbidden_findings=("apt-*",),
    )


def test_what_is_said_of_a_repository_counts_more_and_flags_most(tmp_path: Path) -> None:
    file = policy(tmp_path, WHOLE)
    found, against = file.for_repository("legacy/web/app", {})
    assert (found.max_size_bytes, found.max_growth, against) == (2 * 10**9, None, "stable")
    assert found.max_layers == 40
    assert file.for_repository("legacy/tiny", {})[0].max_size_bytes == 10**6
    flags = dict([said_of("max_size", "5MB"), said_of("against", "1.0")])
    flagged, against = file.for_repository("legacy/tiny", flags)
    assert (flagged.max_size_bytes, against) == (5_000_000, "1.0")


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert policy(tmp_path, "").for_repository("a", {}) == (Policy(), "")


@pytest.mark.parametrize(
    "text, words",
    [
        ('max_sise = "1MB"', "max_sise is no rule of a policy; did you mean max_size"),
        ("zzz = 1", "zzz is no rule of a policy; known are max_size,"),
        ('[repository."a/*"]\nmax = 1', r'repository."a/\*".max is no rule'),
        ('[repository."a"]\nrepository = 1', "repository is no rule"),
        ("repository = 1", "repository is no table"),
        ('[repository]\n"a" = 1', "repository is no table"),
        ("max_size = true", "max_size: not a size"),
        ("max_size = -1", "max_size: not a size"),
        ('max_size = "huge"', "max_size: not a number of bytes"),
        ("max_growth = 10", "max_growth: not a growth"),
        ('max_growth = "10"x', "not valid TOML"),
        ('max_layers = "40"', "max_layers: not a number of layers"),
        ("max_layers = 99999", "max_layers: not a number of layers"),
        ("against = 1", "against: not a text"),
        ('against = ""', "against: not a text"),
        ('forbidden_bases = "debian"', "forbidden_bases: not a list of texts"),
        ("required_labels = [1]", "required_labels: not a list of texts"),
        ("required_labels = []", "required_labels: not a list of texts"),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        policy(tmp_path, text)
    assert caught.value.next_step


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read the policy"):
        read_policy(tmp_path / "gone.toml")


def test_every_rule_is_in_the_reference() -> None:
    section = PAGE.read_text().partition("## Policy")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z_]+)`", section, re.MULTILINE)
    assert rows == list(known_keys())


def test_the_example_in_the_reference_is_a_policy(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.+?)```", PAGE.read_text(), re.DOTALL)
    file = policy(tmp_path, example)
    assert set(file.said) > {"max_size_bytes", "max_growth", "against"}
    assert file.overrides
