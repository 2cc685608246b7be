"""Dockerfiles of one stage for tests, and what is read of them."""

from __future__ import annotations

from typing import TypeVar

import pytest

from auditor.dockerfiles.final import final_image
from auditor.dockerfiles.reader import read_dockerfile
from auditor.domain.build_plan import BuildPlan, Deed, FinalImage, Install
from auditor.domain.errors import UsageError

Kind = TypeVar("Kind")


def deeds_of(body: str) -> list[Deed]:
    """All deeds of a stage on `FROM base` with these instructions."""
    plan = read_dockerfile(f"FROM base\n{body}\n")
    return [deed for stage in plan.stages for step in stage.steps for deed in step.deeds]


def of_kind(body: str, kind: type[Kind]) -> list[Kind]:
    """Those of one kind."""
    return [deed for deed in deeds_of(body) if isinstance(deed, kind)]


def install_of(body: str) -> Install:
    """The one install of these instructions."""
    (install,) = of_kind(body, Install)
    return install


def run(command: str) -> Install:
    """The one install of a RUN."""
    return install_of(f"RUN {command}")


def final(text: str, target: str | None = None) -> FinalImage:
    """What a whole Dockerfile leaves."""
    return final_image(read_dockerfile(text), target)


def brought(image: FinalImage) -> list[Deed]:
    """What reaches the image, without layers."""
    return [one.deed for layer in image.layers for one in layer.brings]


def fault_of(text: str | bytes) -> str:
    """The error that a whole Dockerfile makes, with its next step."""
    with pytest.raises(UsageError) as caught:
        final_image(read_dockerfile(text))
    assert caught.value.next_step
    return str(caught.value)


def read_or_refused(text: str | bytes) -> FinalImage | UsageError:
    """What a whole Dockerfile leaves, or why it cannot be read."""
    try:
        return final_image(read_dockerfile(text))
    except UsageError as error:
        return error


def plan_of(text: str) -> BuildPlan:
    """A whole Dockerfile, read."""
    return read_dockerfile(text)
