"""What repositories held at one of two moments and not at the other, and what was kept of them.

Cost follows what changed: presences that differ are found first, everything else is read for
those alone. Whether a blob is still held is asked of the database, never of a list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, func, select, text

from auditor.domain.change import HeldManifest, Holding, RepositoryChange
from auditor.domain.digest import Digest
from auditor.domain.observation import CrawlOutcome
from auditor.store.based_images import load_based_images
from auditor.store.batches import chunks
from auditor.store.columns import UtcDateTime
from auditor.store.counted import IS_COUNTED
from auditor.store.past import OPEN_AT
from auditor.store.tables.places import CrawlRow, RegistryRow, RepositoryRow
from auditor.store.tables.totals import RegistryHistoryRow

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Moments:
    """The two moments that are compared."""

    before: datetime
    after: datetime

    @property
    def values(self) -> dict[str, Any]:
        """As the statements take them."""
        return {"before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class ChangedPresence:
    """A manifest that a repository held at one of the moments only."""

    presence_id: int
    repository_id: int
    scope_id: int
    repository: str
    manifest_id: int
    is_after: bool


def two_moments(sql: str) -> TextClause:
    """A statement about the moments `:before` and `:after`."""
    moments = (bindparam(name, type_=UtcDateTime()) for name in ("before", "after"))
    return text(sql).bindparams(*moments)


def many(name: str) -> Any:  # noqa: ANN401 - SQLAlchemy's own
    """A parameter that is a list."""
    return bindparam(name, expanding=True)


def open_before(row: str) -> str:
    """SQL: whether the row was open at the first moment."""
    return OPEN_AT.format(row=row).replace(":at", ":before")


def open_after(row: str) -> str:
    """SQL: whether the row was open at the second moment."""
    return OPEN_AT.format(row=row).replace(":at", ":after")


def find_registry(connection: Connection, registry: str) -> int | None:
    """The registry's id, None where it is not known or not counted."""
    query = select(RegistryRow.id).where(RegistryRow.name == registry, IS_COUNTED)
    return connection.execute(query).scalar_one_or_none()


def find_repositories(
    connection: Connection, registry_id: int, repositories: Collection[str]
) -> dict[str, int]:
    """Ids of these repositories by name, removed ones too; unknown ones are left out."""
    query = select(RepositoryRow.name, RepositoryRow.id)
    return {
        name: key
        for chunk in chunks(sorted(repositories))
        for name, key in connection.execute(
            query.where(RepositoryRow.registry_id == registry_id, RepositoryRow.name.in_(chunk))
        )
    }


def iterate_names(connection: Connection, registry_id: int) -> Iterator[str]:
    """Names of all repositories that are or were in a registry, in order."""
    query = (
        select(RepositoryRow.name)
        .where(RepositoryRow.registry_id == registry_id)
        .order_by(RepositoryRow.name)
        .execution_options(yield_per=_BATCH)
    )
    yield from connection.execute(query).scalars()


def load_first_moment(connection: Connection, registry_id: int) -> datetime | None:
    """From when on there is a past: the first crawl that left figures; None for none."""
    query = select(func.min(RegistryHistoryRow.since))
    return connection.execute(
        query.where(RegistryHistoryRow.registry_id == registry_id)
    ).scalar_one()


def load_last_moment(connection: Connection, registry_id: int, at: datetime) -> datetime:
    """The last moment up to `at` of which figures were kept.

    What a running crawl has stored so far is not in them, so it ends just before that.
    """
    query = select(func.min(CrawlRow.started_at)).where(
        CrawlRow.registry_id == registry_id, CrawlRow.outcome == CrawlOutcome.RUNNING.value
    )
    running = connection.execute(query).scalar_one()
    return at if running is None else min(at, running - timedelta(microseconds=1))


def load_changed_in_registry(
    connection: Connection, registry_id: int, moments: Moments
) -> list[ChangedPresence]:
    """Presences that differ in any repository of a registry, repository by repository."""
    return _changed(connection, _IN_REGISTRY, registry_id, moments)


def load_changed_in_repository(
    connection: Connection, repository_id: int, moments: Moments
) -> list[ChangedPresence]:
    """Presences that differ in one repository."""
    return _changed(connection, _IN_REPOSITORY, repository_id, moments)


def _changed(
    connection: Connection, statement: TextClause, key: int, moments: Moments
) -> list[ChangedPresence]:
    rows = connection.execute(statement, {"key": key, **moments.values})
    return [
        ChangedPresence(
            row.presence_id,
            row.repository_id,
            row.scope_id,
            row.name,
            row.manifest_id,
            bool(row.is_after),
        )
        for row in rows
    ]


def _changed_sql(where: str) -> TextClause:
    sql = """
        SELECT p.id AS presence_id, p.repository_id, r.scope_id, r.name, p.manifest_id, {side} AS is_after
        FROM repository AS r JOIN presence AS p ON p.repository_id = r.id
        WHERE {where} AND {differs} AND NOT EXISTS (
          SELECT 1 FROM presence AS q WHERE q.manifest_id = p.manifest_id
            AND q.repository_id = p.repository_id AND {open_there})
        """
    came = f"p.since > :before AND {open_after('p')}"
    went = "p.since <= :before AND p.until > :before AND p.until <= :after"
    return two_moments(
        sql.format(side=1, where=where, differs=came, open_there=open_before("q"))
        + " UNION ALL "
        + sql.format(side=0, where=where, differs=went, open_there=open_after("q"))
        + " ORDER BY name, repository_id, presence_id"
    )


_IN_REGISTRY = _changed_sql("r.registry_id = :key")
_IN_REPOSITORY = _changed_sql("r.id = :key")


def iterate_changes(
    connection: Connection,
    changed: Sequence[ChangedPresence],
    moments: Moments,
    *,
    by_scope: bool,
) -> Iterator[RepositoryChange]:
    """What differs in every repository of `changed`, a batch of repositories at a time.

    The unit of each is its storage scope, or without `by_scope` the repository itself.
    """
    for batch in _batches(changed):
        yield from _load_batch(connection, batch, moments, by_scope=by_scope)


def _batches(changed: Iterable[ChangedPresence]) -> Iterator[list[ChangedPresence]]:
    """Whole repositories, of together about as many rows as one answer may have."""
    batch: list[ChangedPresence] = []
    for _, rows in groupby(changed, key=lambda row: row.repository_id):
        batch += rows
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Tag:
    """What a tag named at one moment."""

    manifest_id: int | None
    digest: Digest | None


_Tags = dict[str, _Tag]


def _load_batch(
    connection: Connection,
    batch: Sequence[ChangedPresence],
    moments: Moments,
    *,
    by_scope: bool,
) -> Iterator[RepositoryChange]:
    manifests = _load_manifests(connection, {row.manifest_id for row in batch})
    sides = _load_tags(connection, batch, moments)
    images = load_based_images(connection, _moved_targets(sides))
    for key, rows in groupby(batch, key=lambda row: row.repository_id):
        held = list(rows)
        before, after = (
            _holding(
                [manifests[row.manifest_id] for row in held if row.is_after is is_after],
                sides[key][is_after],
                images,
            )
            for is_after in (False, True)
        )
        unit = held[0].scope_id if by_scope else key
        yield RepositoryChange(unit, held[0].repository, before, after)


def _holding(manifests: list[HeldManifest], tags: _Tags, images: dict[int, Any]) -> Holding:
    return Holding(
        manifests=tuple(manifests),
        tags={name: tag.digest for name, tag in tags.items()},
        images={
            tag.digest: images[tag.manifest_id]
            for tag in tags.values()
            if tag.digest is not None and tag.manifest_id in images
        },
    )


def _load_manifests(connection: Connection, wanted: Collection[int]) -> dict[int, HeldManifest]:
    found: dict[int, HeldManifest] = {}
    for chunk in chunks(sorted(wanted)):
        values = {"manifests": chunk}
        blobs: dict[int, set[Digest]] = defaultdict(set)
        children: dict[int, list[Digest]] = defaultdict(list)
        for row in connection.execute(_BLOBS, values):
            blobs[row.manifest_id].add(Digest.from_bytes(row.digest))
        for row in connection.execute(_CHILDREN, values):
            children[row.manifest_id].append(Digest.from_bytes(row.digest))
        for row in connection.execute(_MANIFESTS, values):
            found[row.id] = HeldManifest(
                digest=Digest.from_bytes(row.digest),
                blobs=frozenset(blobs[row.id]),
                children=tuple(children[row.id]),
                subject=Digest.from_bytes(row.subject) if row.subject else None,
            )
    return found


_MANIFESTS = text(
    "SELECT m.id, b.digest, s.digest AS subject FROM manifest AS m JOIN blob AS b ON b.id = m.id "
    "LEFT JOIN blob AS s ON s.id = m.subject_id WHERE m.id IN :manifests"
).bindparams(many("manifests"))
_BLOBS = text(
    "SELECT mb.manifest_id, b.digest FROM manifest_blob AS mb JOIN blob AS b ON b.id = mb.blob_id "
    "WHERE mb.manifest_id IN :manifests AND NOT mb.is_foreign"
).bindparams(many("manifests"))
_CHILDREN = text(
    "SELECT c.manifest_id, b.digest FROM manifest_child AS c JOIN blob AS b ON b.id = c.child_id "
    "WHERE c.manifest_id IN :manifests ORDER BY c.manifest_id, c.position"
).bindparams(many("manifests"))


def _load_tags(
    connection: Connection, batch: Sequence[ChangedPresence], moments: Moments
) -> dict[int, tuple[_Tags, _Tags]]:
    """Tags of each repository before and after, of which one names what came or went."""
    sides: dict[int, tuple[_Tags, _Tags]] = {row.repository_id: ({}, {}) for row in batch}
    differing = {(row.repository_id, row.manifest_id, row.is_after) for row in batch}
    wanted: set[tuple[int, str]] = set()
    for chunk in chunks(sides):
        values = {"repositories": chunk, **moments.values}
        for row in connection.execute(_TAGS, values).all():
            digest = Digest.from_bytes(row.digest) if row.digest else None
            for is_after, is_open in ((False, row.was_open), (True, row.is_open)):
                if is_open:
                    sides[row.repository_id][is_after][row.name] = _Tag(row.manifest_id, digest)
                    if (row.repository_id, row.manifest_id, is_after) in differing:
                        wanted.add((row.repository_id, row.name))
    return {
        key: (_only(before, key, wanted), _only(after, key, wanted))
        for key, (before, after) in sides.items()
    }


def _only(tags: _Tags, repository_id: int, wanted: Collection[tuple[int, str]]) -> _Tags:
    return {name: tag for name, tag in tags.items() if (repository_id, name) in wanted}


_TAGS = two_moments(
    f"""
    SELECT t.repository_id, t.name, t.manifest_id, b.digest,
      CASE WHEN {open_before("t")} THEN 1 ELSE 0 END AS was_open,
      CASE WHEN {open_after("t")} THEN 1 ELSE 0 END AS is_open
    FROM tag AS t LEFT JOIN blob AS b ON b.id = t.manifest_id
    WHERE t.repository_id IN :repositories AND (({open_before("t")}) OR ({open_after("t")}))
    """  # noqa: S608 - constant text
).bindparams(many("repositories"))


def _moved_targets(sides: dict[int, tuple[_Tags, _Tags]]) -> set[int]:
    """What tags named that are there at both moments and moved."""
    targets: set[int] = set()
    for before, after in sides.values():
        for name in before.keys() & after.keys():
            pair = before[name].manifest_id, after[name].manifest_id
            targets |= {key for key in pair if key is not None and pair[0] != pair[1]}
    return targets
