"""The gate as a command: what it asks, what it writes where, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.commands.checking import check as command
from auditor.commands.session import CheckCommand
from auditor.domain.platform import Platform
from auditor.domain.policy import GrowthLimit
from tests.commands.fake_use_cases import FakeUseCases, run
from tests.reports.check_samples import passed, report

IMAGE = "reg.example/team/app:1.5"


def test_flags_become_rules(fakes: FakeUseCases, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text('max_size = "1GB"\nmax_layers = 3')
    result = run(
        fakes,
        *("check", IMAGE, "--max-size", "300MiB", "--max-growth", "10%", "--against", "1.4"),
        *("--policy", str(tmp_path / "policy.toml"), "--max-unpacked-size", "1GB"),
        *("--max-layer-size", "5MB", "--forbid-base", "a", "--forbid-base", "b"),
        *("--require-base", "c", "--require-label", "d=e", "--max-saving", "1MB"),
        *("--forbid-finding", "apt-*", "--platform", "linux/arm64", "--repository", "team/x"),
        "--allow-missing-baseline",
    )
    assert result.exit_code == 1
    (request,) = fakes.checked
    assert request.image == IMAGE
    assert request.flags == {
        "max_size_bytes": 300 * 2**20,
        "max_growth": GrowthLimit.parse("10%"),
        "against": "1.4",
        "max_unpacked_bytes": 10**9,
        "max_layer_bytes": 5 * 10**6,
        "forbidden_bases": ("a", "b"),
        "required_bases": ("c",),
        "required_labels": ("d=e",),
        "max_saving_bytes": 10**6,
        "forbidden_findings": ("apt-*",),
    }
    assert request.policy.said == {"max_size_bytes": 10**9, "max_layers": 3}
    assert (request.platform, request.repository) == (Platform("linux", "arm64"), "team/x")
    assert request.is_missing_fine


@pytest.mark.parametrize("form", [form.value for form in CheckCommand.forms])
def test_every_form_is_printed_or_written(fakes: FakeUseCases, tmp_path: Path, form: str) -> None:
    printed = run(fakes, "check", IMAGE, "--max-size", "1GB", "--format", form)
    assert (printed.exit_code, printed.stderr) == (1, "")
    assert "\x1b" not in printed.stdout
    for option in (("--format", form, "--output", "{}"), ("--report", f"{form}={{}}")):
        path = tmp_path / "report"
        arguments = [one.format(path) for one in option]
        result = run(fakes, "check", IMAGE, "--max-size", "1GB", *arguments)
        assert path.read_text() == printed.stdout
        assert result.exit_code == 1
        assert (result.stdout == "") == (option[0] == "--format")


def test_the_exit_code_is_the_verdict(fakes: FakeUseCases) -> None:
    fakes.verdict = passed()
    assert run(fakes, "check", IMAGE, "--max-size", "1GB").exit_code == 0
    fakes.verdict = report()
    assert run(fakes, "check", IMAGE, "--max-size", "1GB").exit_code == 1
    document = json.loads(run(fakes, "check", IMAGE, "--format", "json").stdout)
    assert document["outcome"] == "failed"


@pytest.mark.parametrize(
    "flags",
    [
        ("--report", "pdf=x"),
        ("--report", "json"),
        ("--report", "json="),
        ("--output", "/no/such/folder/x"),
        ("--max-size", "huge"),
        ("--max-growth", "huge"),
        ("--platform", "linux"),
        ("--password-stdin",),
        ("--format", "csv"),
    ],
)
def test_a_wrong_question_is_no_verdict(fakes: FakeUseCases, flags: tuple[str, ...]) -> None:
    result = run(fakes, "check", IMAGE, *flags)
    assert (result.exit_code, result.stdout) == (2, "")


def test_every_rule_has_a_flag() -> None:
    from auditor.commands.checking import _RULES  # noqa: PLC0415 - the table itself
    from auditor.settings_policy import known_keys  # noqa: PLC0415

    assert set(_RULES.values()) == set(known_keys())
    assert set(_RULES) <= {parameter.name for parameter in command.params}
