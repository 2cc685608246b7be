"""Common public base images, as shipped beside this file: names, layers, sizes, dates.

Facts of two times: January 2018 with the system roots of the sixteen months before it
(docker-library/repo-info, Apache-2.0, Copyright 2014 Docker, Inc.; see NOTICE), and images of
2025 and 2026. Old bases are kept because old images are: a chain that nobody pushes any more is
still the base of what was built on it.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from auditor.domain.bases import BaseLayer, KnownBase
from auditor.domain.digest import ChainId, Digest
from auditor.domain.platform import Platform


class _Base(msgspec.Struct):
    names: list[str]
    platform: str
    as_of: date
    source: int
    size: int = 0
    digest: str = ""
    layers: list[int] = []
    distribution: str = ""
    estimate: bool = False


class _File(msgspec.Struct):
    sources: list[str]
    layers: list[tuple[str, int]]
    bases: list[_Base]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Known bases, and where to find them by their chain of layers."""

    bases: tuple[KnownBase, ...]
    by_chain: Mapping[ChainId, Sequence[KnownBase]]

    def find(self, chains: Iterable[ChainId]) -> tuple[KnownBase, ...]:
        """Bases whose whole chain is one of these: one look-up for each."""
        return tuple(base for chain in chains for base in self.by_chain.get(chain, ()))


@cache
def load_catalogue() -> Catalogue:
    """All shipped bases; loaded once per process."""
    raw = msgspec.json.decode(_read("bases.json.gz"), type=_File)
    layers = [BaseLayer(Digest(f"sha256:{encoded}"), size) for encoded, size in raw.layers]
    bases = tuple(_base(base, layers, raw.sources) for base in raw.bases)
    by_chain: dict[ChainId, list[KnownBase]] = defaultdict(list)
    for base in bases:
        for chain in {base.layer_chain, base.diff_chain}:
            if chain is not None:
                by_chain[chain].append(base)
    return Catalogue(bases, by_chain)


def _base(raw: _Base, layers: Sequence[BaseLayer], sources: Sequence[str]) -> KnownBase:
    own = tuple(layers[at] for at in raw.layers)
    return KnownBase(
        names=tuple(raw.names),
        platform=Platform.parse(raw.platform),
        size_bytes=raw.size or sum({layer.digest: layer.size_bytes for layer in own}.values()),
        as_of=raw.as_of,
        source=sources[raw.source],
        digest=Digest(f"sha256:{raw.digest}") if raw.digest else None,
        layers=own,
        distribution=raw.distribution,
        is_estimate=raw.estimate,
    )


def _read(name: str) -> bytes:
    return gzip.decompress(files("auditor.catalogue").joinpath("data", name).read_bytes())
