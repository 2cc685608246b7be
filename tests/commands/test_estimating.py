from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.domain.estimates import Compression, Interval
from auditor.domain.packages import Ecosystem
from auditor.domain.platform import Platform
from tests.commands.fake_use_cases import FakeUseCases, run
from tests.fakes.estimates import flask_estimate, hostile, lower_bound

BASE = ("estimate", "--base", "python:3.12-slim")


def test_the_size_its_parts_and_other_ways_are_printed(fakes: FakeUseCases) -> None:
    fakes.calculator.answer = flask_estimate()
    result = run(fakes, *BASE, "--pip", "flask,gunicorn")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "The image will have ≈ ",
        "the registry grows by",
        "werkzeug",
        "four times in five",
    ):
        assert words in result.stdout
    assert "The same, built otherwise" in result.stdout


def test_machines_get_every_byte(fakes: FakeUseCases) -> None:
    fakes.calculator.answer = flask_estimate()
    document = json.loads(run(fakes, *BASE, "--format", "json").stdout)
    parts = sum(part["compressed_bytes"] for part in document["parts"])
    assert document["compressed_bytes"]["estimate"] == parts
    assert set(document["compressed_bytes"]) == {"estimate", "low", "high"}
    rows = list(
        csv.DictReader(io.StringIO(run(fakes, *BASE, "--format", "csv").stdout, newline=""))
    )
    assert sum(int(row["compressed_bytes"]) for row in rows) == parts


def test_every_option_arrives(fakes: FakeUseCases, tmp_path: Path) -> None:
    listed, dockerfile = tmp_path / "requirements.txt", tmp_path / "prod.Dockerfile"
    listed.write_text("flask\n")
    dockerfile.write_text("FROM scratch\n")
    (tmp_path / "src").mkdir()
    result = run(
        fakes,
        *BASE,
        *("--apt", "git", "--apt", "curl", "--apk", "a", "--pip", "b", "--npm", "c"),
        *("--from", str(listed), "--from", str(dockerfile), "--files", "12MB"),
        *("--files", str(tmp_path / "src"), "--target", "run", "--build-arg", "A=b=c"),
        *("--size", "/app/x=y=3MB", "--platform", "linux/arm64", "--dev", "--extra", "fast"),
        *("--recommends", "--keep-caches", "--no-byte-code", "--compression", "zstd"),
        *("--python", "3.13", "--distribution", "debian:trixie", "--into", "r.example/a"),
        *("--tags", "5", "--growth", "2.5", "--pulls", "7", "--bandwidth", "100", "--alone"),
    )
    assert result.exit_code == 0, result.stderr
    (asked,) = fakes.calculator.asked
    assert asked.names == (
        (Ecosystem.APT, "git"),
        (Ecosystem.APT, "curl"),
        (Ecosystem.APK, "a"),
        (Ecosystem.PIP, "b"),
        (Ecosystem.NPM, "c"),
    )
    assert [(one.name, one.content) for one in asked.files] == [("requirements.txt", b"flask\n")]
    assert asked.dockerfile is not None
    assert asked.dockerfile.content == b"FROM scratch\n"
    assert asked.own[0].compressed == Interval.exactly(12_000_000)
    assert asked.own[1].name == str(tmp_path / "src")
    assert asked.build_arguments == (("A", "b=c"),)
    assert asked.stated == (("/app/x=y", 3_000_000),)
    assert (asked.target, asked.extras, asked.registry) == ("run", ("fast",), "r.example/a")
    assert asked.platform == Platform("linux", "arm64")
    options = asked.options
    assert options.dev and options.recommends and options.keeps_caches  # noqa: PT018
    assert not options.is_compiled
    assert options.compression is Compression.ZSTD
    assert (asked.python, asked.distribution) == ("3.13", "debian:trixie")
    assert (asked.usage.tags, asked.usage.growth_ratio) == (5, 0.025)
    assert (asked.usage.pulls_per_month, asked.usage.link_bytes_per_second) == (7, 12_500_000)
    assert not asked.has_alternatives


def test_offline_is_a_setting(fakes: FakeUseCases) -> None:
    assert run(fakes, *BASE, "--offline").exit_code == 0
    assert fakes.overrides["estimate.offline"] == "true"


@pytest.mark.parametrize(
    "options, why",
    [
        (("--files", "nowhere"), "nowhere is neither a folder nor a size"),
        (("--build-arg", "A"), "A is not NAME=VALUE"),
        (("--size", "12MB"), "12MB is not NAME=VALUE"),
        (("--size", "/a=many"), "not a number of bytes"),
        (("--platform", "linux"), "linux"),
        (("--from", "/nowhere"), "does not exist"),
        (("--bandwidth", "0"), "0"),
        (("--compression", "xz"), "xz"),
    ],
)
def test_what_cannot_be_meant_ends_as_a_wrong_question(
    fakes: FakeUseCases, options: tuple[str, ...], why: str
) -> None:
    result = run(fakes, *BASE, *options)
    assert result.exit_code == 2
    assert why in result.stderr


def test_two_dockerfiles_are_one_too_many(fakes: FakeUseCases, tmp_path: Path) -> None:
    for name in ("Dockerfile", "Dockerfile.dev"):
        (tmp_path / name).write_text("FROM scratch\n")
    files = [str(tmp_path / name) for name in ("Dockerfile", "Dockerfile.dev")]
    result = run(fakes, "estimate", "--from", files[0], "--from", files[1])
    assert (result.exit_code, "there are 2 Dockerfiles" in result.stderr) == (2, True)


def test_an_index_that_cannot_be_read_is_a_failure_of_the_network(fakes: FakeUseCases) -> None:
    fakes.calculator.answer = IndexFailureError("no answer", next_step="try again")
    result = run(fakes, *BASE)
    assert (result.exit_code, "no answer" in result.stderr) == (4, True)


def test_bounds_and_hostile_names_are_printed_safely(fakes: FakeUseCases) -> None:
    fakes.calculator.answer = lower_bound()
    assert "The image will have ≥ " in run(fakes, *BASE).stdout
    fakes.calculator.answer = hostile()
    assert "\x1b" not in run(fakes, *BASE).stdout
