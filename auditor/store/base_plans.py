"""What a plan for a base in use needs to know, and how it is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text

from auditor.domain.digest import Digest
from auditor.store.batches import chunks, insert_new, table_of
from auditor.store.counted import IN_COUNTED, IS_COUNTED
from auditor.store.tables.bases import (
    BaseFamilyRow,
    BaseLayerRow,
    BaseNameRow,
    BaseUseRow,
    DirtyBaseFamilyRow,
    DirtyBaseRow,
)
from auditor.store.tables.facts import BlobRow
from auditor.store.tables.places import RegistryRow, StorageScopeRow
from auditor.store.tables.totals import ScopeBlobRow

_LONGEST_NAME = 1_000


@dataclass(frozen=True, slots=True)
class BaseKey:
    """A base of a registry: the packed chain of its layers' digests."""

    registry_id: int
    chain: bytes


@dataclass(frozen=True, slots=True)
class UserRead:
    """A repository that builds on a base; `releases` are positions of the base's layers."""

    repository: str
    scope: str
    manifest_id: int
    layer_count: int
    images: int
    releases: tuple[int, ...]
    builds: bool


@dataclass(frozen=True, slots=True)
class HoldersRead:
    """In how many repositories of each scope blobs are, and the sizes they have there."""

    holders: Mapping[tuple[str, Digest], int]
    sizes: Mapping[Digest, int]


@dataclass(frozen=True, slots=True)
class KeptUse:
    """A base in use as it is kept; `layers` are those its plan was made with."""

    name: str
    family: str
    names: tuple[str, ...]
    size_bytes: int
    repositories: int
    images: int
    freed_bytes: int
    layers: frozenset[Digest]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptFamily:
    """All versions of one base, as they are kept."""

    versions: int
    repositories: int
    stored_bytes: int
    excess_bytes: int
    body: Mapping[str, Any]


def count_dirty_bases(connection: Connection) -> int:
    """How many bases have to be planned anew."""
    return int(connection.execute(select(func.count()).select_from(DirtyBaseRow)).scalar_one())


def take_dirty_bases(connection: Connection, limit: int) -> tuple[BaseKey, ...]:
    """Some of the bases to be planned anew, which the caller does in this transaction.

    They are taken before anything is read: who marks one meanwhile marks it once more.
    """
    row = table_of(DirtyBaseRow)
    query = select(row).order_by(row.c.registry_id, row.c.chain).limit(limit)
    found = tuple(BaseKey(one.registry_id, one.chain) for one in connection.execute(query))
    for key in found:
        connection.execute(
            delete(row).where(row.c.registry_id == key.registry_id, row.c.chain == key.chain)
        )
    return found


def take_dirty_family(connection: Connection) -> str | None:
    """A family of which the versions are to be counted in this transaction; None for no more."""
    row = table_of(DirtyBaseFamilyRow)
    family = connection.execute(select(row.c.family).order_by(row.c.family).limit(1)).scalar()
    connection.execute(delete(row).where(row.c.family == family))
    return family


def load_users(connection: Connection, key: BaseKey) -> tuple[UserRead, ...]:
    """The repositories that build on a base, by name; none of a registry that is not counted."""
    return tuple(
        UserRead(
            row.name,
            row.scope,
            row.manifest_id,
            row.layer_count,
            row.images,
            tuple(row.releases),
            bool(row.builds),
        )
        for row in connection.execute(_USERS, {"registry": key.registry_id, "chain": key.chain})
    )


_USERS = (
    text(
        f"""
        SELECT r.name, s.name AS scope, u.manifest_id, u.layer_count, u.images, u.releases,
          u.builds
        FROM repository_base AS u
        JOIN repository AS r ON r.id = u.repository_id
        JOIN storage_scope AS s ON s.id = r.scope_id
        WHERE u.registry_id = :registry AND u.chain = :chain
          AND {IN_COUNTED.format(registry="u.registry_id")}
        """  # noqa: S608
    )
    .bindparams(bindparam("chain", type_=DirtyBaseRow.chain.type))
    .columns(releases=BaseUseRow.body.type)
)


def load_holders(
    connection: Connection, registry_id: int, digests: Collection[Digest]
) -> HoldersRead:
    """Who holds these blobs in a registry; blobs nobody has are left out."""
    blob, here, scope = BlobRow, ScopeBlobRow, StorageScopeRow
    holders: dict[tuple[str, Digest], int] = {}
    sizes: dict[Digest, int] = {}
    for chunk in chunks(sorted(digest.to_bytes() for digest in digests), 500):
        known = select(blob.digest, blob.size_bytes).where(blob.digest.in_(chunk))
        for row in connection.execute(known):
            sizes[Digest.from_bytes(row.digest)] = row.size_bytes
        query = (
            select(blob.digest, scope.name, here.repositories)
            .join(here, here.blob_id == blob.id)
            .join(scope, scope.id == here.scope_id)
            .where(blob.digest.in_(chunk), scope.registry_id == registry_id)
        )
        for one in connection.execute(query):
            holders[one.name, Digest.from_bytes(one.digest)] = one.repositories
    return HoldersRead(holders, sizes)


def save_use(connection: Connection, key: BaseKey, use: KeptUse | None) -> None:
    """This is known of a base now, None where nobody builds on it; its families are dirty."""
    row = table_of(BaseUseRow)
    query = select(row.c.family).where(
        row.c.registry_id == key.registry_id, row.c.chain == key.chain
    )
    families = {*connection.execute(query).scalars(), *([use.family] if use else [])}
    insert_new(connection, DirtyBaseFamilyRow, [{"family": one} for one in sorted(families)])
    for row_class in (BaseUseRow, BaseNameRow, BaseLayerRow):
        table = table_of(row_class)
        connection.execute(
            delete(table).where(table.c.registry_id == key.registry_id, table.c.chain == key.chain)
        )
    if use is None:
        return
    where = {"registry_id": key.registry_id, "chain": key.chain}
    connection.execute(
        insert(table_of(BaseUseRow)).values(
            **where,
            name=use.name,
            family=use.family,
            size_bytes=use.size_bytes,
            repositories=use.repositories,
            images=use.images,
            freed_bytes=use.freed_bytes,
            body=dict(use.body),
        )
    )
    names = [name[:_LONGEST_NAME] for name in use.names]
    insert_new(connection, BaseNameRow, [{**where, "name": name} for name in names])
    digests = sorted(digest.to_bytes() for digest in use.layers)
    insert_new(connection, BaseLayerRow, [{**where, "digest": digest} for digest in digests])


def load_uses_of_family(
    connection: Connection, family: str
) -> tuple[tuple[BaseKey, Mapping[str, Any]], ...]:
    """Every base in use of a family, with its body; in registries that count."""
    row = BaseUseRow
    query = (
        select(row.registry_id, row.chain, row.body)
        .join(RegistryRow, RegistryRow.id == row.registry_id)
        .where(row.family == family, IS_COUNTED)
        .order_by(row.registry_id, row.chain)
    )
    return tuple(
        (BaseKey(one.registry_id, one.chain), one.body) for one in connection.execute(query)
    )


def save_family(connection: Connection, family: str, kept: KeptFamily | None) -> None:
    """This is known of a family now; None where nobody builds on it."""
    table = table_of(BaseFamilyRow)
    connection.execute(delete(table).where(table.c.family == family))
    if kept is not None:
        connection.execute(
            insert(table).values(
                family=family,
                versions=kept.versions,
                repositories=kept.repositories,
                stored_bytes=kept.stored_bytes,
                excess_bytes=kept.excess_bytes,
                body=dict(kept.body),
            )
        )
