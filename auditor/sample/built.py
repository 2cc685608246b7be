"""Images built in pairs, wasteful and lean, as shipped beside this file.

`make pairs` built them and recorded the registry's own documents: manifests and configs are
kept to the byte, so every digest, size and build step is the real one. The bytes of layers
are not shipped. Names of teams, dates and applications were made up for the demo; every
manifest says so in an annotation. See docs/reference/pairs.md.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise

import msgspec

from auditor.domain.digest import Digest
from auditor.sample.facts import LayerFact


class Role(StrEnum):
    """What an image is for: something to build on, or one side of a pair."""

    BASE = "base"
    WASTEFUL = "wasteful"
    LEAN = "lean"


class Measure(StrEnum):
    """What a pair compares.

    A cold pull, the layers above the base, what each further release stores, or nothing.
    """

    PULL = "pull"
    OWN = "own"
    RELEASE = "release"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """One image under one name; `manifest` and `config` as the registry served them.

    `base` is the name its last stage is built on, None for scratch. `dockerfile` and `ignore`
    (lines of .dockerignore) are what it was built from. `layers` bottom first.
    """

    repository: str
    tag: str
    role: Role
    pair: str
    base: str | None
    dockerfile: str
    ignore: tuple[str, ...]
    media_type: str
    manifest: bytes
    config: bytes
    layers: tuple[LayerFact, ...]

    @property
    def name(self) -> str:
        """`shop/search:2.3.1`."""
        return f"{self.repository}:{self.tag}"

    @property
    def digest(self) -> str:
        """Of the manifest, `sha256:…`."""
        return _digest(self.manifest)

    @property
    def config_digest(self) -> str:
        """Of the config, `sha256:…`."""
        return _digest(self.config)

    @property
    def pull_bytes(self) -> int:
        """Manifest, config and each distinct layer once."""
        layers = {layer.digest: layer.size_bytes for layer in self.layers}
        return len(self.manifest) + len(self.config) + sum(layers.values())


@dataclass(frozen=True, slots=True)
class BuiltPair:
    """A wasteful image and its lean counterpart, oldest release first on each side.

    `shows`: identifiers of the rules that should find the difference, none where no rule
    looks for it. `differs`: it in a sentence. `base_layers`: how many layers each side took
    from its base.
    """

    name: str
    shows: tuple[str, ...]
    differs: str
    measure: Measure
    wasteful: tuple[BuiltImage, ...]
    lean: tuple[BuiltImage, ...]
    base_layers: tuple[int, int]

    @property
    def measured_bytes(self) -> int:
        """The difference that the pair is about; 0 where it is about none."""
        match self.measure:
            case Measure.PULL:
                return self.saved_bytes
            case Measure.OWN:
                return self.saved_own_bytes
            case Measure.RELEASE:
                return self.saved_release_bytes or 0
            case Measure.NOTHING:
                return 0

    @property
    def saved_own_bytes(self) -> int:
        """By how much the lean side's layers above its base are smaller."""
        return _own(self.wasteful[-1], self.base_layers[0]) - _own(
            self.lean[-1], self.base_layers[1]
        )

    @property
    def saved_bytes(self) -> int:
        """By how much the newest lean image is a smaller download; negative if larger."""
        return self.wasteful[-1].pull_bytes - self.lean[-1].pull_bytes

    @property
    def saved_release_bytes(self) -> int | None:
        """What a further release stores less, on average; None where there is but one."""
        if len(self.wasteful) == 1:
            return None
        return _bytes_per_release(self.wasteful) - _bytes_per_release(self.lean)


@dataclass(frozen=True, slots=True)
class BuiltFacts:
    """All images by name, and the pairs among them; `builder` is `buildah 1.28.2`."""

    builder: str
    built_on: str
    images: tuple[BuiltImage, ...]
    pairs: tuple[BuiltPair, ...]


class _Blob(msgspec.Struct):
    digest: str
    size: int


class _Manifest(msgspec.Struct):
    layers: list[_Blob]
    mediaType: str  # noqa: N815 - the specification's own name


class _Image(msgspec.Struct):
    repository: str
    tag: str
    role: Role
    pair: str
    base: str | None
    dockerfile: str
    ignore: list[str]
    manifest: str
    config: str


class _Pair(msgspec.Struct):
    name: str
    shows: list[str]
    differs: str
    measures: Measure
    wasteful: list[str]
    lean: list[str]


class _Facts(msgspec.Struct):
    builder: str
    built_on: str
    images: list[_Image]
    pairs: list[_Pair]


@cache
def load_built() -> BuiltFacts:
    """What `make pairs` recorded; loaded once per process."""
    packed = files("auditor.sample").joinpath("data", "pairs.json.gz").read_bytes()
    raw = msgspec.json.decode(gzip.decompress(packed), type=_Facts)
    images = {f"{image.repository}:{image.tag}": _image(image) for image in raw.images}

    def layers_of_base(name: str) -> int:
        base = images[name].base
        return len(images[base].layers) if base else 0

    pairs = tuple(
        BuiltPair(
            name=pair.name,
            shows=tuple(pair.shows),
            differs=pair.differs,
            measure=pair.measures,
            wasteful=tuple(images[name] for name in pair.wasteful),
            lean=tuple(images[name] for name in pair.lean),
            base_layers=(layers_of_base(pair.wasteful[-1]), layers_of_base(pair.lean[-1])),
        )
        for pair in raw.pairs
    )
    return BuiltFacts(raw.builder, raw.built_on, tuple(images.values()), pairs)


def _image(raw: _Image) -> BuiltImage:
    body = raw.manifest.encode()
    manifest = msgspec.json.decode(body, type=_Manifest)
    return BuiltImage(
        repository=raw.repository,
        tag=raw.tag,
        role=raw.role,
        pair=raw.pair,
        base=raw.base,
        dockerfile=raw.dockerfile,
        ignore=tuple(raw.ignore),
        media_type=manifest.mediaType,
        manifest=body,
        config=raw.config.encode(),
        layers=tuple(LayerFact(Digest(blob.digest), blob.size) for blob in manifest.layers),
    )


def _own(image: BuiltImage, base_layers: int) -> int:
    return sum(layer.size_bytes for layer in image.layers[base_layers:])


def _bytes_per_release(images: tuple[BuiltImage, ...]) -> int:
    """Bytes of layers in each release that the one before lacks, on average."""
    new = [
        {layer for layer in newer.layers if layer not in older.layers}
        for older, newer in pairwise(images)
    ]
    return sum(layer.size_bytes for layers in new for layer in layers) // len(new)


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
