"""Facts about Docker's official images, as shipped beside this file.

Names, tags, platforms, layer digests, compressed sizes, dates and restated build steps.
Source: docker-library/repo-info, Apache-2.0, Copyright 2014 Docker, Inc. (see NOTICE):
commit b0b789fcdc64 of 2018-01-29, and twelve images of 2025-2026.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import msgspec

from auditor.domain.digest import Digest
from auditor.domain.platform import Platform

NO_LAYER = -1


@dataclass(frozen=True, slots=True)
class LayerFact:
    """One layer: its real digest and compressed size; the bytes are not shipped."""

    digest: Digest
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StepFact:
    """One restated build step; `layer_position` is None for a step that made no layer.

    `text` begins with the instruction: `RUN apt-get update && …`, `ENV PATH`.
    """

    text: str
    created_at: datetime | None
    layer_position: int | None


@dataclass(frozen=True, slots=True)
class ImageFact:
    """One image of one platform, layers bottom first.

    `steps` is empty where they are not known or could not be matched to layers.
    `source_digest` is the digest of the real manifest, "" where it is not shipped.
    `is_buildkit` tells which way of writing history the builder had. `created_at` is None
    when unknown; for the images of 2025-2026 it is the date of their Debian root.
    """

    platform: Platform
    layers: tuple[LayerFact, ...]
    created_at: datetime | None
    steps: tuple[StepFact, ...] = ()
    source_digest: str = ""
    builder_version: str = ""
    is_buildkit: bool = False


@dataclass(frozen=True, slots=True)
class TagFact:
    """What one tag names: one image, or an index of several platforms."""

    repository: str
    tag: str
    is_index: bool
    images: tuple[ImageFact, ...]


@dataclass(frozen=True, slots=True)
class ModernFact:
    """A tag of 2025-2026: an image with an attestation of this many bytes beside it."""

    repository: str
    tag: str
    image: ImageFact
    attestation_bytes: int
    source: str


@dataclass(frozen=True, slots=True)
class SourceFact:
    """Where the facts are from; `line` is the attribution in one line."""

    name: str
    licence: str
    copyright: str
    commit: str
    date: str

    @property
    def line(self) -> str:
        """Name, licence, copyright, commit and date."""
        return (
            f"{self.name}, {self.licence}, {self.copyright}, {self.commit[:12]} of {self.date[:10]}"
        )


@dataclass(frozen=True, slots=True)
class SampleFacts:
    """The snapshot: tags of January 2018 in source order, and the modern ones."""

    source: SourceFact
    layers: tuple[LayerFact, ...]
    images: tuple[ImageFact, ...]
    tags: tuple[TagFact, ...]
    modern: tuple[ModernFact, ...]


@dataclass(frozen=True, slots=True)
class TagHistory:
    """`changes` are (moment number, image or None once withdrawn), in order of time."""

    repository: str
    tag: str
    changes: tuple[tuple[int, ImageFact | None], ...]


@dataclass(frozen=True, slots=True)
class HistoryFacts:
    """linux/amd64 tags of every family as they stood at each moment.

    A slice by time, not by family: what a crawl on the first of each month from 2016-10 to
    2018-01 and on 2018-01-28 would have seen. Nothing grows or vanishes that did not in
    reality, and growth, moved bases, withdrawn tags and untagged manifests all occur; pushes
    replaced within a month are left out, as a monthly crawl never sees them.
    """

    moments: tuple[datetime, ...]
    tags: tuple[TagHistory, ...]


class _Image(msgspec.Struct):
    layers: list[int]
    created: int | None
    digest: str = ""
    platform: str = "linux/amd64"
    steps: list[tuple[int | None, int, int]] = []
    builder: str = ""


class _Modern(msgspec.Struct):
    repository: str
    tag: str
    digest: str
    platform: str
    layers: list[tuple[str, int]]
    created: int | None
    attestation_bytes: int
    steps: list[tuple[int | None, int, int]]
    source: str


class _Snapshot(msgspec.Struct):
    source: SourceFact
    layers: list[tuple[str, int]]
    images: list[_Image]
    tags: list[tuple[str, str, bool, list[int]]]
    modern: list[_Modern]
    steps: list[str]


class _History(msgspec.Struct):
    moments: list[int]
    layers: list[tuple[str, int]]
    images: list[_Image]
    tags: list[tuple[str, str, list[tuple[int, int | None]]]]


@cache
def load_sample() -> SampleFacts:
    """The snapshot; loaded once per process."""
    raw = msgspec.json.decode(_read("snapshot.json.gz"), type=_Snapshot)
    layers = _layers(raw.layers)
    images = tuple(_image(image, layers, raw.steps) for image in raw.images)
    return SampleFacts(
        source=raw.source,
        layers=layers,
        images=images,
        tags=tuple(
            TagFact(repository, tag, is_index, tuple(images[at] for at in numbers))
            for repository, tag, is_index, numbers in raw.tags
        ),
        modern=tuple(_modern(image, raw.steps) for image in raw.modern),
    )


def attribution() -> str:
    """One line to show wherever a person sees these figures."""
    return (
        f"{load_sample().source.line}, and twelve images of 2025-2026; "
        "repositories outside library/ were built for the demo"
    )


@cache
def load_history() -> HistoryFacts:
    """Seventeen months of tags; images that are in the snapshot are the snapshot's own."""
    raw = msgspec.json.decode(_read("history.json.gz"), type=_History)
    snapshot = load_sample()
    layers = snapshot.layers + _layers(raw.layers)
    images = snapshot.images + tuple(_image(image, layers, []) for image in raw.images)
    return HistoryFacts(
        moments=tuple(_moment(seconds) for seconds in raw.moments),
        tags=tuple(
            TagHistory(
                repository,
                tag,
                tuple((at, None if number is None else images[number]) for at, number in changes),
            )
            for repository, tag, changes in raw.tags
        ),
    )


def _read(name: str) -> bytes:
    return gzip.decompress(files("auditor.sample").joinpath("data", name).read_bytes())


def _layers(raw: list[tuple[str, int]]) -> tuple[LayerFact, ...]:
    return tuple(LayerFact(Digest(f"sha256:{encoded}"), size) for encoded, size in raw)


def _image(raw: _Image, layers: tuple[LayerFact, ...], texts: list[str]) -> ImageFact:
    return ImageFact(
        platform=Platform.parse(raw.platform),
        layers=tuple(layers[at] for at in raw.layers),
        created_at=_optional_moment(raw.created),
        steps=_steps(raw.steps, texts),
        source_digest=raw.digest and f"sha256:{raw.digest}",
        builder_version=raw.builder,
    )


def _modern(raw: _Modern, texts: list[str]) -> ModernFact:
    image = ImageFact(
        platform=Platform.parse(raw.platform),
        layers=_layers(raw.layers),
        created_at=_optional_moment(raw.created),
        steps=_steps(raw.steps, texts),
        source_digest=f"sha256:{raw.digest}",
        is_buildkit=True,
    )
    return ModernFact(raw.repository, raw.tag, image, raw.attestation_bytes, raw.source)


def _steps(raw: list[tuple[int | None, int, int]], texts: list[str]) -> tuple[StepFact, ...]:
    return tuple(
        StepFact(
            texts[number], _optional_moment(seconds), None if position == NO_LAYER else position
        )
        for seconds, number, position in raw
    )


def _optional_moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
