"""Dockerfiles in the calculator: what reaches the image is weighed, what stays behind is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.estimates import (
    Choice,
    Estimate,
    EstimateRequest,
    Interval,
    ListFile,
    OwnFiles,
    PartKind,
)
from auditor.domain.packages import Ecosystem
from tests.usecases.bench import Bench
from tests.usecases.test_estimate import estimate

REQUIREMENTS = ListFile("requirements.txt", b"flask\n")
ONE_STAGE = b"""
FROM python:3.12
RUN apt-get update && apt-get install -y less
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . /app
"""
TWO_STAGES = b"""
ARG V=3.12
FROM python:$V AS build
RUN apt-get update && apt-get install -y --no-install-recommends less && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install --no-cache-dir --no-compile --target=/install -r requirements.txt && make app
FROM python:${V}-slim
COPY --from=build /install /usr/local/lib/python3.12/site-packages
COPY --from=build /out/app /usr/bin/app
COPY app.py /app/
"""


def of(text: bytes, *files: ListFile, **more: object) -> EstimateRequest:
    request = EstimateRequest(dockerfile=ListFile("Dockerfile", text), files=files)
    return replace(request, has_alternatives=False, **more)  # type: ignore[arg-type]


def kinds(found: Estimate) -> list[str]:
    return [part.kind.value for part in found.parts]


def test_one_stage_ships_all_of_it(bench: Bench) -> None:
    found = estimate(bench, of(ONE_STAGE, REQUIREMENTS, own=(OwnFiles("src", Interval(9, 8, 10)),)))
    assert found.base is not None
    assert found.base.name == "python:3.12"
    assert [kind for kind in kinds(found) if kind != "cache"] == [
        *("base", "apt", "pip", "files", "files"),
    ]
    # As nobody removes them.
    assert [part.name for part in found.parts if part.kind is PartKind.CACHE] == [
        *("apt lists", "pip cache"),
        *("byte code of Python", "byte code of pip"),
    ]
    assert found.parts[1].name == "apt-get in the Dockerfile"
    assert found.parts[2].name == "requirements.txt"
    assert not found.is_lower_bound


def test_of_two_stages_only_what_is_copied_reaches_the_image(bench: Bench) -> None:
    request = of(TWO_STAGES, REQUIREMENTS, own=(OwnFiles("src", Interval(9, 8, 10)),))
    found = estimate(bench, request)
    assert found.base is not None
    assert found.base.name == "python:3.12-slim"
    assert kinds(found) == ["base", "pip", "files"]
    assert found.left_out == ("build",)
    assert found.is_lower_bound
    assert any("/usr/bin/app" in note for note in found.notes)
    stated = estimate(bench, replace(request, stated=(("/usr/bin/app", 5_000_000),)))
    assert not stated.is_lower_bound
    more = stated.compressed.estimate_bytes - found.compressed.estimate_bytes
    assert more == 5_000_000


def test_the_build_stage_as_the_image_is_weighed_beside_it(bench: Bench) -> None:
    request = of(TWO_STAGES, REQUIREMENTS)
    found = estimate(bench, replace(request, has_alternatives=True))
    (stage,) = [one for one in found.alternatives if one.choice is Choice.STAGE]
    assert stage.name == "stage build as the image"
    assert stage.compressed.estimate_bytes > 5 * found.compressed.estimate_bytes
    target = estimate(bench, replace(request, target="build"))
    assert target.base is not None
    assert target.base.name == "python:3.12"
    assert "apt" in kinds(target)


def test_build_arguments_and_a_base_of_ones_own_count(bench: Bench) -> None:
    request = of(b"ARG B=python:3.12\nFROM $B\n")
    by_argument = estimate(bench, replace(request, build_arguments=(("B", "node:22-slim"),)))
    assert by_argument.base is not None
    assert by_argument.base.name == "node:22-slim"
    by_option = estimate(bench, replace(request, base="debian:trixie-slim"))
    assert by_option.base is not None
    assert by_option.base.name == "debian:trixie-slim"


def test_lists_that_were_not_given_are_named(bench: Bench) -> None:
    found = estimate(bench, of(ONE_STAGE))
    assert found.is_lower_bound
    assert any("requirements.txt was not given" in note for note in found.notes)
    assert any("of the build context" in note for note in found.notes)


def test_options_beside_a_dockerfile_add_to_it(bench: Bench) -> None:
    found = estimate(bench, of(b"FROM python:3.12-slim\n", names=((Ecosystem.PIP, "flask"),)))
    assert kinds(found) == ["base", "pip", "cache", "cache"]


def test_what_cannot_be_counted_is_said(bench: Bench) -> None:
    text = (
        b"FROM debian:trixie-slim\nRUN apt-get upgrade -y && rm -rf /var/lib/apt/lists/*\n"
        b"RUN some-installer --now\nRUN curl -o /tool https://example.com/tool\n"
        b"COPY <<E /motd\nhello\nE\nRUN pip install ./local $UNKNOWN\nRUN chown -R me /tool\n"
        b"COPY --from=ghcr.io/a/b:1 /bin/x /x\nRUN tar -xf /in.tar -C /t\n"
    )
    found = estimate(bench, of(text))
    notes = "\n".join(found.notes)
    for words in ("up to date: not counted", "some-installer", "/x", "/t", "which no index has"):
        assert words in notes
    assert "https://example.com/tool" in notes
    assert PartKind.FILES in {part.kind for part in found.parts}
    downloads = estimate(bench, of(text, stated=(("/tool", 7_000),)))
    assert PartKind.DOWNLOAD in {part.kind for part in downloads.parts}


def test_scratch_is_a_base_of_nothing(bench: Bench) -> None:
    found = estimate(
        bench, of(b"FROM scratch\nCOPY app /\n", own=(OwnFiles("", Interval.exactly(9)),))
    )
    assert found.base is None
    assert found.compressed == Interval.exactly(9)


@pytest.mark.parametrize(
    "text, why",
    [(b"", "has no FROM"), (b"FROM a\nRUN <<E\n", "has no end"), (b"\xff", "not UTF-8")],
)
def test_what_is_no_dockerfile_is_refused(bench: Bench, text: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        estimate(bench, of(text))
    with pytest.raises(UsageError, match="no stage"):
        estimate(bench, of(ONE_STAGE, target="nothing"))
