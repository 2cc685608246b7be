"""The images below manifests, each with the layers of its base as far as one is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, select, text

from auditor.domain.chain import chain_ids
from auditor.domain.change import BasedImage
from auditor.domain.digest import ChainId, Digest
from auditor.store.batches import chunks
from auditor.store.tables.facts import ImageRow


def load_based_images(
    connection: Connection, manifests: Collection[int]
) -> dict[int, tuple[BasedImage, ...]]:
    """The images that each manifest is or reaches through indexes; none for what reaches none.

    The base is the longest layer chain, shorter than the image's own, that is the whole
    chain of an image seen anywhere, past or present.
    """
    rows = [
        row
        for chunk in chunks(sorted(manifests))
        for row in connection.execute(_BELOW, {"manifests": chunk})
    ]
    bases = _load_bases(connection, {row.manifest_id for row in rows})
    found: dict[int, list[BasedImage]] = defaultdict(list)
    for row in rows:
        platform = row.os, row.architecture, row.variant
        image = BasedImage(Digest.from_bytes(row.digest), platform, bases.get(row.manifest_id, ()))
        found[row.target_id].append(image)
    return {target: tuple(images) for target, images in found.items()}


_BELOW = text(
    """
    WITH RECURSIVE below (target_id, manifest_id, depth) AS (
      SELECT id, id, 0 FROM manifest WHERE id IN :manifests
      UNION
      SELECT below.target_id, c.child_id, below.depth + 1
      FROM below JOIN manifest_child AS c ON c.manifest_id = below.manifest_id
      WHERE below.depth < 8)
    SELECT DISTINCT below.target_id, i.manifest_id, b.digest, i.os, i.architecture, i.variant
    FROM below JOIN image AS i ON i.manifest_id = below.manifest_id
    JOIN blob AS b ON b.id = i.manifest_id
    ORDER BY below.target_id, i.manifest_id
    """
).bindparams(bindparam("manifests", expanding=True))


def _load_bases(connection: Connection, images: Collection[int]) -> dict[int, tuple[Digest, ...]]:
    """Base layers, bottom first, of those images of which the base is known."""
    layers = _load_layers(connection, images)
    prefixes = {key: chain_ids(stack)[:-1] for key, stack in layers.items()}
    known = _known_chains(connection, {one for chain in prefixes.values() for one in chain})
    return {
        key: tuple(layers[key][:length])
        for key, chain in prefixes.items()
        if (length := _longest(chain, known))
    }


def _longest(prefixes: Sequence[ChainId], known: Collection[ChainId]) -> int:
    lengths = range(len(prefixes), 0, -1)
    return next((length for length in lengths if prefixes[length - 1] in known), 0)


def _load_layers(connection: Connection, images: Collection[int]) -> dict[int, list[Digest]]:
    layers: dict[int, list[Digest]] = defaultdict(list)
    for chunk in chunks(sorted(images)):
        for row in connection.execute(_LAYERS, {"manifests": chunk}):
            layers[row.manifest_id].append(Digest.from_bytes(row.digest))
    return layers


_LAYERS = text(
    "SELECT mb.manifest_id, b.digest FROM manifest_blob AS mb JOIN blob AS b ON b.id = mb.blob_id "
    "WHERE mb.manifest_id IN :manifests AND mb.role = 2 ORDER BY mb.manifest_id, mb.position"
).bindparams(bindparam("manifests", expanding=True))


def _known_chains(connection: Connection, chains: Collection[ChainId]) -> set[ChainId]:
    """Those of these chains that are the whole of some image."""
    column = ImageRow.layer_chain
    return {
        ChainId.from_bytes(packed)
        for chunk in chunks(sorted(chains))
        for packed in connection.execute(
            select(column).distinct().where(column.in_([chain.to_bytes() for chain in chunk]))
        ).scalars()
        if packed is not None
    }
