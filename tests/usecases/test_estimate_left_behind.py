"""What package managers leave of their own is weighed where the base has it not yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.estimates import (
    Choice,
    Estimate,
    EstimateOptions,
    EstimateRequest,
    ListFile,
    PartKind,
)
from auditor.domain.packages import Ecosystem
from tests.usecases.bench import Bench
from tests.usecases.test_estimate import FLASK, estimate
from tests.usecases.test_estimate_dockerfile import of

BYTE_CODE = ["byte code of Python", "byte code of pip"]
PLACES = ("environment", "build stage")
CACHE = ["npm's compile cache"]


def own(found: Estimate) -> list[str]:
    names = {*BYTE_CODE, *CACHE}
    names |= {f"{one} of the {place}" for one in ("pip", "setuptools") for place in PLACES}
    return [part.name for part in found.parts if part.name in names]


def npm(base: str) -> EstimateRequest:
    return replace(FLASK, base=base, names=((Ecosystem.NPM, "express"),))


def test_pip_compiles_itself_in_an_image_of_python_and_not_in_one_of_debian(bench: Bench) -> None:
    found = estimate(bench, FLASK)
    assert own(found) == BYTE_CODE
    python, pip = (part for part in found.parts if part.name in BYTE_CODE)
    assert "PYTHONDONTWRITEBYTECODE" in python.explanation
    assert python.unpacked is not None
    assert python.compressed.low_bytes < python.compressed.estimate_bytes < 3_000_000
    assert pip.kind is PartKind.CACHE
    assert own(estimate(bench, replace(FLASK, base="debian:trixie-slim"))) == []


def test_without_byte_code_there_is_none_of_tools_either(bench: Bench) -> None:
    plain = replace(FLASK, options=EstimateOptions(is_compiled=False))
    assert own(estimate(bench, plain)) == []
    found = estimate(bench, replace(FLASK, has_alternatives=True))
    (way,) = [one for one in found.alternatives if one.choice is Choice.BYTE_CODE]
    assert way.compressed == estimate(bench, plain).compressed


@pytest.mark.parametrize(
    "base,found",
    [
        ("node:22-slim", CACHE),
        ("node:22.13-slim", CACHE),
        ("node:24-slim", CACHE),
        ("node:slim", CACHE),
        ("node:22.12-slim", []),
        ("node:20-slim", []),
        ("debian:trixie-slim", []),
    ],
)
def test_npm_has_node_keep_what_it_compiles_since_node_22_13(
    bench: Bench, base: str, found: list[str]
) -> None:
    assert own(estimate(bench, npm(base))) == found


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock"])
def test_lists_for_other_tools_leave_nothing_of_pip(bench: Bench, name: str) -> None:
    content = b"version = 1\n" if name == "uv.lock" else b'[metadata]\nlock-version = "2.1"\n'
    request = replace(FLASK, names=(), files=(ListFile(name, content),))
    assert own(estimate(bench, request)) == []


@pytest.mark.parametrize(
    "base,found",
    [
        ("python:3.12-slim", ["pip of the environment"]),
        ("python:3.11-slim", ["pip of the environment", "setuptools of the environment"]),
    ],
)
def test_an_environment_that_is_copied_brings_its_pip(
    bench: Bench, base: str, found: list[str]
) -> None:
    text = (
        f"FROM {base} AS build\nRUN python -m venv /v && /v/bin/pip install --no-cache-dir flask\n"
        f"FROM {base}\nCOPY --from=build /v /v\n"
    )
    image = estimate(bench, of(text.encode()))
    assert own(image) == found
    assert {part.kind for part in image.parts} == {PartKind.BASE, PartKind.PIP}


@pytest.mark.parametrize(
    "base,found",
    [
        ("python:3.12-slim", ["pip of the build stage"]),
        ("python:3.11-slim", ["pip of the build stage", "setuptools of the build stage"]),
    ],
)
def test_site_packages_that_are_copied_bring_the_pip_of_the_build_stage(
    bench: Bench, base: str, found: list[str]
) -> None:
    place = f"/usr/local/lib/{base.partition(':')[0]}{base[7:11]}/site-packages"
    text = (
        f"FROM {base} AS build\nRUN pip install --no-cache-dir flask\n"
        f"FROM {base}\nCOPY --from=build {place} {place}\n"
    )
    image = estimate(bench, of(text.encode()))
    assert own(image) == ["byte code of pip", *found]


def test_two_environments_have_a_pip_each_and_pip_compiles_itself_once(bench: Bench) -> None:
    text = b"FROM python:3.12-slim\nRUN pip install flask\nRUN pip install click\n"
    assert own(estimate(bench, of(text))) == BYTE_CODE
    text += b"RUN python -m venv /a && python -m venv /b\n"
    assert sorted(own(estimate(bench, of(text)))) == sorted(
        [*BYTE_CODE, "pip of the environment", "pip of the environment"]
    )
