"""On which bases a repository builds, and which bases have to be planned anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select, text

from auditor.store.batches import chunks, insert_new, table_of
from auditor.store.tables.bases import RepositoryBaseRow

# An update that changes nothing: on PostgreSQL it waits for whoever is planning this base.
AGAIN = "ON CONFLICT (registry_id, chain) DO UPDATE SET chain = excluded.chain"


@dataclass(frozen=True, slots=True)
class KeptBase:
    """A base a repository builds on, as it is kept; `chain` packed, of its layers' digests.

    `manifest_id` has them as its lowest `layer_count` layers. `releases` are positions.
    """

    chain: bytes
    manifest_id: int
    layer_count: int
    images: int
    releases: tuple[int, ...]
    builds: bool


def save_repository_bases(
    connection: Connection, repository_id: int, registry_id: int, rows: Sequence[KeptBase]
) -> None:
    """These are the bases of a repository now; those that changed are to be planned anew."""
    row = table_of(RepositoryBaseRow)
    there = {
        one.chain: (
            KeptBase(
                one.chain,
                one.manifest_id,
                one.layer_count,
                one.images,
                tuple(one.releases),
                one.builds,
            ),
            one.registry_id,
        )
        for one in connection.execute(select(row).where(row.c.repository_id == repository_id))
    }
    wanted = {one.chain: one for one in rows}
    changed = {
        chain
        for chain in there.keys() | wanted.keys()
        if chain not in there or there[chain][0] != wanted.get(chain)
    }
    if not changed:
        return
    connection.execute(
        delete(row).where(row.c.repository_id == repository_id, row.c.chain.in_(changed))
    )
    where = {"repository_id": repository_id, "registry_id": registry_id}
    insert_new(
        connection,
        RepositoryBaseRow,
        [{**where, **_values(wanted[chain])} for chain in sorted(changed) if chain in wanted],
    )
    mark_bases(
        connection,
        ((there[chain][1] if chain in there else registry_id, chain) for chain in changed),
    )


def _values(row: KeptBase) -> dict[str, object]:
    return {
        "chain": row.chain,
        "manifest_id": row.manifest_id,
        "layer_count": row.layer_count,
        "images": row.images,
        "releases": list(row.releases),
        "builds": row.builds,
    }


def mark_bases(connection: Connection, bases: Iterable[tuple[int, bytes]]) -> None:
    """Have these bases, each of a registry, planned anew."""
    rows = [{"registry": registry, "chain": chain} for registry, chain in sorted(set(bases))]
    if rows:
        connection.execute(_ONE, rows)


def mark_all_bases(connection: Connection) -> None:
    """Have every base in use planned anew: the rules are others."""
    connection.execute(_ALL)


def mark_bases_told_by(connection: Connection, repository_id: int, family: str) -> None:
    """Have bases planned anew of which this repository, which changed, tells something.

    It holds images with the same layers, whose tags are their names; or it is of their
    family, so that other variants may be known, or other builds of the same tag.
    """
    connection.execute(_TWINS, {"repository": repository_id})
    connection.execute(_RELATIVES, {"family": family})


_ONE = text(f"INSERT INTO dirty_base (registry_id, chain) VALUES (:registry, :chain) {AGAIN}")  # noqa: S608


def forget_based_on(connection: Connection, manifests: Sequence[int]) -> None:
    """Nobody holds these images any more: what was known of their bases by them goes."""
    for chunk in chunks(manifests):
        connection.execute(_LOST, {"manifests": chunk})
        row = table_of(RepositoryBaseRow)
        connection.execute(delete(row).where(row.c.manifest_id.in_(chunk)))


_LOST = text(
    "INSERT INTO dirty_base (registry_id, chain) SELECT DISTINCT registry_id, chain "  # noqa: S608
    f"FROM repository_base WHERE manifest_id IN :manifests {AGAIN}"
).bindparams(bindparam("manifests", expanding=True))
_ALL = text(
    "INSERT INTO dirty_base (registry_id, chain) SELECT registry_id, chain FROM base_use "  # noqa: S608
    f"WHERE TRUE {AGAIN}"
)
_TWINS = text(
    f"""
    INSERT INTO dirty_base (registry_id, chain)
    SELECT DISTINCT u.registry_id, u.chain FROM presence AS p
    JOIN image AS i ON i.manifest_id = p.manifest_id
    JOIN base_use AS u ON u.chain = i.layer_chain
    WHERE p.repository_id = :repository
    {AGAIN}
    """  # noqa: S608
)
_RELATIVES = text(
    "INSERT INTO dirty_base (registry_id, chain) SELECT registry_id, chain FROM base_use "  # noqa: S608
    f"WHERE family = :family {AGAIN}"
)
