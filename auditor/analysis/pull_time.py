"""How long a node needs to pull an image: a model, its assumptions written down.

Layers are downloaded bottom first over one link, several at a time, and unpacked one after
the other in the same order, each once it is there: as containerd and Docker do. Measured
here: unpacking to a disk at 28 MB/s of gzip, 63 MB/s of zstd, 154 MB/s of plain tar
(docs/reference/cold-start.md). Never slower for fewer bytes or fewer layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count

from auditor.analysis.image_facts import LayerFacts
from auditor.domain.digest import Digest
from auditor.domain.findings import Claim

_ADDED = Digest("added:bytes")


@dataclass(frozen=True, slots=True)
class PullModel:
    """A node, its link and its registry; every rate is above zero.

    `link_bytes_per_second`: what the node's link brings, all downloads together (1 Gbit/s).
    `download_bytes_per_second`: what one download brings at most. `parallel_downloads`:
    Docker's and the kubelet's containerd's default is 3. `request_seconds`: from a request to
    its first byte. `first_requests`: token, index, manifest, config, one after the other.
    The unpacking rates are in compressed bytes per second, by compression.
    """

    link_bytes_per_second: float = 125e6
    download_bytes_per_second: float = 60e6
    parallel_downloads: int = 3
    request_seconds: float = 0.05
    first_requests: int = 4
    unpack_gzip_bytes_per_second: float = 28e6
    unpack_zstd_bytes_per_second: float = 63e6
    unpack_tar_bytes_per_second: float = 154e6

    def unpack_bytes_per_second(self, media_type: str) -> float:
        """How fast such a layer is unpacked; gzip where the media type does not say."""
        if "zstd" in media_type:
            return self.unpack_zstd_bytes_per_second
        if media_type.endswith(".tar"):
            return self.unpack_tar_bytes_per_second
        return self.unpack_gzip_bytes_per_second


DEFAULT_MODEL = PullModel()


def cold_start_seconds(
    layers: Iterable[LayerFacts],
    model: PullModel = DEFAULT_MODEL,
    on_node: frozenset[Digest] = frozenset(),
) -> float:
    """Seconds from the pull's first request until the last layer is unpacked.

    Layers bottom first; those `on_node` are there already, and a digest met twice is pulled
    once. Starting the container is not in it. At least `first_requests` round trips, also
    for no layers: the manifest is read in any case.
    """
    started = model.first_requests * model.request_seconds
    known = set(on_node)
    downloaded_bytes = 0
    unpacked_at = started
    rounds = count()
    for layer in layers:
        if layer.digest in known:
            continue
        known.add(layer.digest)
        downloaded_bytes += layer.size_bytes
        # One request in each lane has to be answered before the next one is sent in it.
        asked = started + (1 + next(rounds) // model.parallel_downloads) * model.request_seconds
        there_at = max(
            asked + downloaded_bytes / model.link_bytes_per_second,
            asked + layer.size_bytes / model.download_bytes_per_second,
        )
        rate = model.unpack_bytes_per_second(layer.media_type)
        unpacked_at = max(unpacked_at, there_at) + layer.size_bytes / rate
    return unpacked_at


def saved_seconds(
    layers: Sequence[LayerFacts],
    claims: Iterable[Claim],
    added_bytes: int = 0,
    model: PullModel = DEFAULT_MODEL,
) -> float:
    """How much earlier a cold node starts without the claimed bytes; negative for later.

    `added_bytes` come as one more layer in gzip at the bottom, as another base would.
    """
    gone = {claim.layer: claim.size_bytes for claim in claims}
    left = [
        replace(layer, size_bytes=max(0, layer.size_bytes - gone.get(at, 0)))
        for at, layer in enumerate(layers)
    ]
    kept = [layer for at, layer in enumerate(left) if layer.size_bytes or not gone.get(at)]
    if added_bytes > 0:
        kept.insert(0, LayerFacts(_ADDED, added_bytes, ""))
    return cold_start_seconds(layers, model) - cold_start_seconds(kept, model)
