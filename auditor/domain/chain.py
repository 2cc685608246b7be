"""Identity of stacks of layers, by contents and by stored bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from auditor.domain.digest import ChainId, DiffId, Digest


def chain_ids(layers: Sequence[DiffId] | Sequence[Digest]) -> tuple[ChainId, ...]:
    """Chain IDs of every prefix, bottom first: one per layer, empty for no layers.

    ChainID(L0) = L0; ChainID(L0|..|Ln) = sha256(ChainID(L0|..|Ln-1) + " " + Ln).
    Over diff IDs this is the specification's ChainID; over layer digests it is
    the same construction and names a stack of stored blobs instead.
    Source: image-spec config.md, "Layer ChainID".
    """
    chain: list[ChainId] = []
    for layer in layers:
        if not chain:
            chain.append(ChainId(layer.text))
            continue
        joined = f"{chain[-1].text} {layer.text}".encode()
        chain.append(ChainId(f"sha256:{hashlib.sha256(joined).hexdigest()}"))
    return tuple(chain)
