"""What lies below a manifest, level by level, each once however often it is listed.

Nearest first: by depth, then by place in the index, then by digest. `newest_images` says the
same in SQL, so that a ranking and the pages choose the same image of an index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from auditor.store.batches import chunks
from auditor.store.tables.facts import BlobRow, ManifestChildRow

DEPTH_LIMIT = 8


def load_children(connection: Connection, manifests: Iterable[int]) -> dict[int, list[int]]:
    """What each manifest lists, in its order; manifests that list nothing are left out."""
    found: dict[int, list[int]] = defaultdict(list)
    row = ManifestChildRow
    for chunk in chunks(manifests):
        query = select(row.manifest_id, row.child_id).where(row.manifest_id.in_(chunk))
        for parent, child in connection.execute(query.order_by(row.manifest_id, row.position)):
            found[parent].append(child)
    return found


def load_below(connection: Connection, start: int) -> list[int]:
    """The manifest and all below it, nearest first; at most eight levels down."""
    children: dict[int, list[int]] = {}
    level = {start}
    for _ in range(DEPTH_LIMIT):
        children |= load_children(connection, level - set(children))
        level = {child for key in level for child in children.get(key, ())}
        if not level:
            break
    below = {start}.union(*children.values())
    digests = {
        key: digest
        for chunk in chunks(below)
        for key, digest in connection.execute(
            select(BlobRow.id, BlobRow.digest).where(BlobRow.id.in_(chunk))
        )
    }
    return nearest_first(start, children, digests)


def nearest_first(
    start: int, children: Mapping[int, Sequence[int]], digests: Mapping[int, bytes]
) -> list[int]:
    """The manifest and all that `children` lead to, nearest first."""
    found: dict[int, None] = {}
    level = {start: 0}
    for _ in range(DEPTH_LIMIT + 1):
        found |= dict.fromkeys(sorted(level, key=lambda key: (level[key], digests.get(key, b""))))
        below: dict[int, int] = {}
        for key in level:
            for position, child in enumerate(children.get(key, ())):
                if child not in found:
                    below[child] = min(position, below.get(child, position))
        level = below
    return list(found)
