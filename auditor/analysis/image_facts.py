"""What rules see of one image: its layers, its build steps, its base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from auditor.analysis.shell.script import Script
from auditor.domain.digest import DiffId, Digest
from auditor.domain.platform import Platform
from auditor.domain.views import BaseView


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """One layer; `diff_id` None where the config does not fit the layers."""

    digest: Digest
    size_bytes: int
    media_type: str
    diff_id: DiffId | None = None
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One entry of the build history, taken apart.

    `instruction`: RUN, COPY, ADD, ENV, WORKDIR, …; empty where unknown. `text`: readable, one
    line (`readable_steps`). `script`: what a RUN runs, None for a Windows shell's and other
    instructions. `flags`: of COPY and ADD (`--chown=…`), of RUN where they were recorded
    (`--mount=…`). `arguments`: of COPY and ADD sources, then destination; of ENV and ARG the
    `NAME=value` pairs. `build_arguments`: `NAME=value` the builder recorded. `layer`: the
    layer it made, None for none; `size_bytes` that layer's, else 0. `is_from_base`: the
    base brought it.
    """

    instruction: str
    text: str
    script: Script | None = None
    flags: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    build_arguments: tuple[str, ...] = ()
    layer: int | None = None
    size_bytes: int = 0
    is_from_base: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """One image as rules see it; layers and steps bottom first.

    `steps` is empty where history does not fit the layers. `base` None where unknown.
    `repository` is where it was found, for words and file names only.
    """

    digest: Digest
    layers: tuple[LayerFacts, ...]
    steps: tuple[BuildStep, ...]
    base: BaseView | None = None
    platform: Platform | None = None
    created_at: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    repository: str = ""

    @property
    def base_layers(self) -> int:
        """How many of the layers the base brought; 0 where none is known."""
        return self.base.layer_count if self.base else 0

    @property
    def own_steps(self) -> tuple[BuildStep, ...]:
        """Steps of the image's own Dockerfile, as far as that can be told."""
        return tuple(step for step in self.steps if not step.is_from_base)
