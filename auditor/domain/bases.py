"""Whole images that others are built on, and until when what is in them is maintained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from auditor.domain.chain import chain_ids
from auditor.domain.digest import ChainId, DiffId, Digest
from auditor.domain.platform import Platform


@dataclass(frozen=True, slots=True)
class BaseLayer:
    """One layer of a known base: its digest and its bytes as stored, compressed."""

    digest: Digest
    size_bytes: int


@dataclass(frozen=True, slots=True)
class KnownBase:
    """A whole image of one platform, as a possible base or as another choice of base.

    `names` are references, `python:3.12-slim`, with a registry where it is not Docker Hub's
    library. `size_bytes`: its distinct layers together, compressed. `layers` is empty where
    only the size is known. `distribution` is `debian:trixie`, `alpine:3.24`, or empty where
    neither names nor layers tell. `as_of`: a day on which it was so. `source`: where the
    figures are from. `is_estimate`: the size was computed from parts, not read from a manifest.
    """

    names: tuple[str, ...]
    platform: Platform
    size_bytes: int
    as_of: date
    source: str
    digest: Digest | None = None
    layers: tuple[BaseLayer, ...] = ()
    diff_ids: tuple[DiffId, ...] = ()
    distribution: str = ""
    is_estimate: bool = False

    @property
    def layer_chain(self) -> ChainId | None:
        """The chain of all layer digests; None where they are not known."""
        return chain_ids([layer.digest for layer in self.layers])[-1] if self.layers else None

    @property
    def diff_chain(self) -> ChainId | None:
        """The chain of all diff IDs; None where they are not known."""
        return chain_ids(self.diff_ids)[-1] if self.diff_ids else None


@dataclass(frozen=True, slots=True)
class EndOfLife:
    """When free maintenance of one release line ends, as its makers had announced by `as_of`.

    `product` is the family of base images (`debian`, `node`), `cycle` the line (`12`, `3.9`),
    `codename` its other name (`bookworm`) or empty. `security_ends_on` is the first end, where
    a second one follows (Debian's LTS): then `ends_on` is the last day anybody maintains it
    for nothing.
    """

    product: str
    cycle: str
    codename: str
    ends_on: date
    security_ends_on: date
    as_of: date
    source: str
