"""What units were charged for at two moments: blobs held, by whom, and the figures kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, TextClause, bindparam, select, text

from auditor.domain.change import (
    BlobChange,
    BlobHolders,
    ChangedFigure,
    CorrectionRange,
)
from auditor.domain.digest import Digest
from auditor.domain.exactness import Coverage
from auditor.store.batches import chunks
from auditor.store.change_reads import (
    ChangedPresence,
    Moments,
    many,
    open_after,
    open_before,
    two_moments,
)
from auditor.store.columns import UtcDateTime
from auditor.store.tables.places import RegistryRow, RepositoryRow
from auditor.store.tables.totals import RegistryHistoryRow

_MOST_IN_GROUP = 5_000
# Whether the repository of a changed presence held its blob at a moment. SQLite keeps the order
# of a CROSS JOIN: few manifests are the repository's, and many may share the blob.
_HELD_HERE = """
    EXISTS (
      SELECT 1 FROM presence AS own CROSS JOIN manifest_blob AS ob
      WHERE own.repository_id = p.repository_id AND ob.manifest_id = own.manifest_id
        AND ob.blob_id = mb.blob_id AND NOT ob.is_foreign AND {is_open})
    """
# Blobs that came to a repository or went from it. Those of its other manifests are held at
# both moments, by the same repositories as far as this one goes, and no charge changes.
_TOUCHED = f"""
    SELECT DISTINCT {{unit}} AS unit, mb.blob_id
    FROM presence AS p JOIN repository AS r ON r.id = p.repository_id
    JOIN manifest_blob AS mb ON mb.manifest_id = p.manifest_id AND NOT mb.is_foreign
    WHERE p.id IN :presences AND (
      (p.since > :before AND NOT {_HELD_HERE.format(is_open=open_before("own"))})
      OR (p.since <= :before AND NOT {_HELD_HERE.format(is_open=open_after("own"))}))
    """  # noqa: S608 - constant text


def iterate_stored(
    connection: Connection,
    changed: Sequence[ChangedPresence],
    moments: Moments,
    *,
    by_scope: bool,
) -> Iterator[BlobChange]:
    """Blobs that came to a repository or went from it, once per unit: the size where held."""
    statement = _HELD_BY_SCOPE if by_scope else _HELD_BY_REPOSITORY
    seen: set[tuple[int, Digest]] = set()
    for chunk in chunks([row.presence_id for row in changed]):
        for row in connection.execute(statement, {"presences": chunk, **moments.values}):
            digest = Digest.from_bytes(row.digest)
            if (row.unit, digest) not in seen:
                seen.add((row.unit, digest))
                before, after = (
                    row.size_bytes if held else None for held in (row.was_held, row.is_held)
                )
                yield BlobChange(row.unit, digest, before, after)


def _held_sql(unit: str, same_unit: str) -> TextClause:
    held = """
        EXISTS (
          SELECT 1 FROM manifest_blob AS o
          JOIN presence AS h ON h.manifest_id = o.manifest_id AND {is_open}
          JOIN repository AS hr ON hr.id = h.repository_id AND {same_unit}
          WHERE o.blob_id = t.blob_id AND NOT o.is_foreign)
        """
    was = held.format(is_open=open_before("h"), same_unit=same_unit)
    now = held.format(is_open=open_after("h"), same_unit=same_unit)
    return two_moments(
        f"""
        SELECT t.unit, b.digest, b.size_bytes, {was} AS was_held, {now} AS is_held
        FROM ({_TOUCHED.format(unit=unit)}) AS t JOIN blob AS b ON b.id = t.blob_id
        """  # noqa: S608 - constant text
    ).bindparams(many("presences"))


_HELD_BY_SCOPE = _held_sql("r.scope_id", "hr.scope_id = t.unit")
_HELD_BY_REPOSITORY = _held_sql("r.id", "hr.id = t.unit")


def iterate_holders(
    connection: Connection,
    changed: Sequence[ChangedPresence],
    moments: Moments,
    group: Collection[int],
) -> Iterator[BlobHolders]:
    """Blobs with other holders than before, once per scope, with those of both moments.

    Those that a repository of the group holds at one of them; a large group gets others too.
    """
    is_small = len(group) <= _MOST_IN_GROUP
    statement = _HOLDERS_OF_GROUP if is_small else _HOLDERS
    values = {"group": sorted(group)} if is_small else {}
    seen: set[tuple[int, Digest]] = set()
    for chunk in chunks([row.presence_id for row in changed]):
        rows = connection.execute(statement, {"presences": chunk, **values, **moments.values})
        for (unit, packed), held in groupby(rows, key=lambda row: (row.unit, row.digest)):
            digest = Digest.from_bytes(packed)
            if (unit, digest) not in seen:
                seen.add((unit, digest))
                yield _holders(unit, digest, list(held))


def _holders(unit: int, digest: Digest, rows: Sequence[Row[Any]]) -> BlobHolders:
    return BlobHolders(
        unit,
        digest,
        rows[0].size_bytes,
        frozenset(row.name for row in rows if row.was_held),
        frozenset(row.name for row in rows if row.is_held),
    )


def _holders_sql(of_group: str) -> TextClause:
    return two_moments(
        f"""
        SELECT t.unit, b.digest, b.size_bytes, hr.name,
          MAX(CASE WHEN {open_before("h")} THEN 1 ELSE 0 END) AS was_held,
          MAX(CASE WHEN {open_after("h")} THEN 1 ELSE 0 END) AS is_held
        FROM (
          SELECT touched.unit, touched.blob_id
          FROM ({_TOUCHED.format(unit="r.scope_id")}) AS touched {of_group}) AS t
        JOIN blob AS b ON b.id = t.blob_id
        JOIN manifest_blob AS o ON o.blob_id = t.blob_id AND NOT o.is_foreign
        JOIN presence AS h ON h.manifest_id = o.manifest_id
        JOIN repository AS hr ON hr.id = h.repository_id AND hr.scope_id = t.unit
        WHERE ({open_before("h")}) OR ({open_after("h")})
        GROUP BY t.unit, b.digest, b.size_bytes, hr.name ORDER BY t.unit, b.digest
        """  # noqa: S608 - constant text
    ).bindparams(many("presences"))


_HOLDERS = _holders_sql("")
_HOLDERS_OF_GROUP = _holders_sql(
    f"""
    WHERE touched.blob_id IN (
      SELECT gm.blob_id FROM presence AS g JOIN manifest_blob AS gm
        ON gm.manifest_id = g.manifest_id AND NOT gm.is_foreign
      WHERE g.repository_id IN :group AND (({open_before("g")}) OR ({open_after("g")})))
    """  # noqa: S608 - constant text
).bindparams(many("group"))


def load_kept(
    connection: Connection, repositories: Collection[int], at: datetime, figure: ChangedFigure
) -> int:
    """What was kept of these repositories at a moment, added up."""
    return sum(
        getattr(row, figure.value)
        for chunk in chunks(sorted(repositories))
        for row in connection.execute(_KEPT, {"repositories": chunk, "at": at})
    )


_KEPT = text(
    """
    SELECT h.stored_bytes, h.fair_share_bytes FROM repository_history AS h
    WHERE h.repository_id IN :repositories AND h.is_present AND h.since = (
      SELECT MAX(since) FROM repository_history
      WHERE repository_id = h.repository_id AND since <= :at)
    """
).bindparams(many("repositories"), bindparam("at", type_=UtcDateTime()))


def load_kept_of_registry(connection: Connection, registry_id: int, at: datetime) -> int:
    """What was kept of a whole registry's stored bytes at a moment."""
    query = (
        select(RegistryHistoryRow.stored_bytes)
        .where(RegistryHistoryRow.registry_id == registry_id, RegistryHistoryRow.since <= at)
        .order_by(RegistryHistoryRow.since.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none() or 0


def load_correction_range(
    connection: Connection,
    moments: Moments,
    *,
    registry_id: int | None = None,
    repositories: Collection[int] = (),
) -> CorrectionRange:
    """How far sizes stated otherwise than they are counted today can have moved a change.

    Of a whole registry by storage scopes, or of repositories each by itself.
    """
    found: dict[tuple[int, Digest], Row[Any]] = {}
    keys = [registry_id] if registry_id is not None else sorted(repositories)
    statement = _DISPUTED_IN_REGISTRY if registry_id is not None else _DISPUTED_IN_REPOSITORIES
    for chunk in chunks(keys):
        for row in connection.execute(statement, {"keys": chunk, **moments.values}):
            found[row.unit, Digest.from_bytes(row.digest)] = row
    rows = found.values()
    return CorrectionRange(
        sum(
            row.was_held * (row.size_bytes - row.most) + row.is_held * (row.least - row.size_bytes)
            for row in rows
        ),
        sum(
            row.was_held * (row.size_bytes - row.least) + row.is_held * (row.most - row.size_bytes)
            for row in rows
        ),
        tuple(sorted({digest for _, digest in found})),
    )


def _disputed_sql(unit: str, where: str) -> TextClause:
    return two_moments(
        f"""
        SELECT {unit} AS unit, b.digest, b.size_bytes, c.least, c.most,
          MAX(CASE WHEN {open_before("p")} THEN 1 ELSE 0 END) AS was_held,
          MAX(CASE WHEN {open_after("p")} THEN 1 ELSE 0 END) AS is_held
        FROM (SELECT blob_id, MIN(size_bytes) AS least, MAX(size_bytes) AS most
              FROM size_claim GROUP BY blob_id) AS c
        JOIN blob AS b ON b.id = c.blob_id
        JOIN manifest_blob AS mb ON mb.blob_id = b.id AND NOT mb.is_foreign
        JOIN presence AS p ON p.manifest_id = mb.manifest_id
        JOIN repository AS r ON r.id = p.repository_id AND {where}
        WHERE ({open_before("p")}) OR ({open_after("p")})
        GROUP BY {unit}, b.digest, b.size_bytes, c.least, c.most
        """  # noqa: S608 - constant text
    ).bindparams(many("keys"))


_DISPUTED_IN_REGISTRY = _disputed_sql("r.scope_id", "r.registry_id IN :keys")
_DISPUTED_IN_REPOSITORIES = _disputed_sql("r.id", "r.id IN :keys")


def load_coverage(
    connection: Connection, registry_id: int, at: datetime, repositories: Collection[int] = ()
) -> Coverage:
    """What could be seen of a registry, or of some repositories in it, from `at` on."""
    query = select(RegistryRow.__table__).where(RegistryRow.id == registry_id)
    registry = connection.execute(query).one()
    incomplete = set(
        connection.execute(
            select(RepositoryRow.id).where(
                RepositoryRow.registry_id == registry_id, RepositoryRow.is_incomplete.is_(True)
            )
        ).scalars()
    )
    began = registry.first_complete_at
    is_new = began is None or began > at
    return Coverage(
        lists_untagged=registry.lists_untagged,
        lists_repositories=registry.lists_repositories,
        incomplete_here=is_new
        or bool(incomplete & {*repositories} if repositories else incomplete),
        incomplete_elsewhere=bool(incomplete),
    )
