"""Which images and repositories are due for an analysis, and what it found in images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from auditor.domain.findings import Claim
from auditor.store.base_rows import mark_all_bases
from auditor.store.batches import chunks, insert_new, table_of
from auditor.store.tables.findings import (
    ImageAnalysisRow,
    ImageFindingRow,
    RulesetRow,
    StaleRepositoryRow,
)

_ONLY_ROW = 1


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """What is kept of a finding about an image; `claims` name no byte twice."""

    rule: str
    key: str
    first_layer: int
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What the analysis of one image gave; `base_id` None for no base in the database."""

    manifest_id: int
    base_id: int | None
    base_layers: int
    findings: tuple[KeptFinding, ...]


def mark_for_ruleset(connection: Connection, name: str) -> bool:
    """Have every repository analysed anew where these are other rules than the last time.

    None of them moved: all images are due by themselves, those built on others' bases too.
    """
    known = connection.execute(select(RulesetRow.name)).scalar_one_or_none()
    if known == name:
        return False
    if known is None:
        connection.execute(insert(table_of(RulesetRow)).values(id=_ONLY_ROW, name=name))
    else:
        connection.execute(update(table_of(RulesetRow)).values(name=name))
    connection.execute(_ALL_STALE)
    mark_all_bases(connection)
    return True


_ALL_STALE = text(
    """
    INSERT INTO stale_repository (repository_id, is_moved)
    SELECT id, FALSE FROM repository WHERE removed_at IS NULL
    ON CONFLICT (repository_id) DO NOTHING
    """
)


def mark_registry_stale(connection: Connection, registry_id: int) -> None:
    """Have all repositories of a registry analysed anew: it is counted now, or no more."""
    connection.execute(_REGISTRY_STALE, {"registry": registry_id})


_REGISTRY_STALE = text(
    """
    INSERT INTO stale_repository (repository_id, is_moved)
    SELECT id, FALSE FROM repository WHERE removed_at IS NULL AND registry_id = :registry
    ON CONFLICT (repository_id) DO NOTHING
    """
)


def next_stale(connection: Connection, after: int, limit: int) -> tuple[int, ...]:
    """Repositories due, by id; `after` the last one that was seen."""
    row = StaleRepositoryRow.repository_id
    query = select(row).where(row > after).order_by(row).limit(limit)
    return tuple(connection.execute(query).scalars())


def count_stale(connection: Connection) -> int:
    """How many repositories are due."""
    return int(
        connection.execute(select(func.count()).select_from(StaleRepositoryRow)).scalar_one()
    )


def mark_stale(connection: Connection, repositories: Iterable[int]) -> None:
    """Have the findings of these repositories made anew."""
    rows = [{"repository_id": one, "is_moved": False} for one in sorted(set(repositories))]
    insert_new(connection, StaleRepositoryRow, rows)


def take_moved(connection: Connection, after: int, limit: int) -> tuple[int, ...]:
    """The next repositories that changed themselves; they stay due, and count as moved no more.

    The caller makes due, in this transaction, what depends on them. The mark is taken before
    anything is read, so that a crawl which sees one meanwhile marks it again behind us.
    """
    return tuple(sorted(connection.execute(_TAKE, {"after": after, "limit": limit}).scalars()))


_TAKE = text(
    """
    UPDATE stale_repository SET is_moved = FALSE WHERE repository_id IN (
      SELECT repository_id FROM stale_repository
      WHERE is_moved AND repository_id > :after ORDER BY repository_id LIMIT :limit)
    RETURNING repository_id
    """
)


def forget_stale(connection: Connection, done: Sequence[tuple[int, int | None]]) -> None:
    """These are done, unless a crawl saw them again since: each with the crawl it was read after.

    None for one that is gone.
    """
    there = [{"repository": key, "crawl": crawl} for key, crawl in done if crawl is not None]
    gone = [{"repository": key} for key, crawl in done if crawl is None]
    if there:
        connection.execute(_DONE, there)
    if gone:
        connection.execute(_GONE, gone)


_GONE = text("DELETE FROM stale_repository WHERE repository_id = :repository AND NOT is_moved")
_DONE = text(
    """
    DELETE FROM stale_repository WHERE repository_id = :repository AND NOT is_moved AND EXISTS (
      SELECT 1 FROM repository WHERE id = :repository AND last_crawl_id = :crawl)
    """
)


def due_images(
    connection: Connection, repositories: Sequence[int], ruleset: str
) -> tuple[tuple[int, bool], ...]:
    """Images that the repositories hold and that these rules have not seen, by id, once each.

    With each whether no rules ever have: then it may be a base that others are built on.
    """
    values = {"repositories": list(repositories), "ruleset": ruleset}
    found = connection.execute(_DUE, values)
    return tuple((row.manifest_id, bool(row.is_new)) for row in found)


_DUE = text(
    """
    SELECT DISTINCT i.manifest_id, a.manifest_id IS NULL AS is_new FROM presence AS p
    JOIN image AS i ON i.manifest_id = p.manifest_id
    LEFT JOIN image_analysis AS a ON a.manifest_id = i.manifest_id
    WHERE p.repository_id IN :repositories AND p.until IS NULL
      AND (a.manifest_id IS NULL OR a.ruleset <> :ruleset)
    ORDER BY i.manifest_id
    """
).bindparams(bindparam("repositories", expanding=True))


def save_results(connection: Connection, ruleset: str, results: Sequence[ImageResult]) -> None:
    """Put the results of some images in place of what was known of them."""
    keys = [result.manifest_id for result in results]
    finding, analysis = table_of(ImageFindingRow), table_of(ImageAnalysisRow)
    for chunk in chunks(keys):
        connection.execute(delete(finding).where(finding.c.manifest_id.in_(chunk)))
        connection.execute(delete(analysis).where(analysis.c.manifest_id.in_(chunk)))
    insert_new(
        connection,
        ImageAnalysisRow,
        [
            {
                "manifest_id": result.manifest_id,
                "ruleset": ruleset,
                "base_id": result.base_id,
                "base_layers": result.base_layers,
            }
            for result in results
        ],
    )
    insert_new(
        connection,
        ImageFindingRow,
        [
            {"manifest_id": result.manifest_id, "position": position, **_values(kept)}
            for result in results
            for position, kept in enumerate(result.findings)
        ],
    )


def _values(kept: KeptFinding) -> Mapping[str, Any]:
    return {
        "rule": kept.rule,
        "key": kept.key,
        "first_layer": kept.first_layer,
        "claims": [[claim.layer, claim.size_bytes] for claim in kept.claims],
    }


def load_kept_findings(
    connection: Connection, manifests: Iterable[int]
) -> dict[int, tuple[KeptFinding, ...]]:
    """What is known of these images; those without a finding are left out."""
    found: dict[int, list[KeptFinding]] = {}
    row = ImageFindingRow
    for chunk in chunks(manifests):
        query = select(row.__table__).where(row.manifest_id.in_(chunk))
        for one in connection.execute(query.order_by(row.manifest_id, row.position)):
            claims = tuple(Claim(layer, size) for layer, size in one.claims)
            kept = KeptFinding(one.rule, one.key, one.first_layer, claims)
            found.setdefault(one.manifest_id, []).append(kept)
    return {key: tuple(kept) for key, kept in found.items()}


def load_base_heights(connection: Connection, manifests: Iterable[int]) -> dict[int, int]:
    """How many layers of these images are their base's; those without a base are left out."""
    row = ImageAnalysisRow
    found: dict[int, int] = {}
    for chunk in chunks(manifests):
        query = select(row.manifest_id, row.base_layers)
        query = query.where(row.manifest_id.in_(chunk), row.base_layers > 0)
        found |= {one.manifest_id: one.base_layers for one in connection.execute(query)}
    return found


def forget_those_built_on(connection: Connection, images: Iterable[int]) -> tuple[int, ...]:
    """Have images analysed anew that may be built on one of these, newly seen; the repositories.

    They hold the new image's uppermost layer at its place, have more layers, and no base as
    high as that. The caller marks the repositories as stale.
    """
    touched: set[int] = set()
    for chunk in chunks(sorted(set(images)), 500):
        children = connection.execute(_CHILDREN, {"manifests": chunk}).scalars().all()
        touched |= _forget(connection, children)
    return tuple(sorted(touched))


def forget_those_with_bases_in(
    connection: Connection, repositories: Sequence[int], ruleset: str
) -> tuple[int, ...]:
    """Have images analysed anew whose base is in one of these; the repositories they are in.

    What the base's tags name, or which variants there are, has changed. Those that these
    rules have not seen are due anyway.
    """
    if not repositories:
        return ()
    values = {"repositories": list(repositories), "ruleset": ruleset}
    dependents = connection.execute(_DEPENDENTS, values).scalars().all()
    return tuple(sorted(_forget(connection, dependents)))


def _forget(connection: Connection, images: Iterable[int]) -> set[int]:
    touched: set[int] = set()
    analysis = table_of(ImageAnalysisRow)
    for chunk in chunks(sorted(set(images)), 500):
        touched.update(connection.execute(_HOLDERS, {"manifests": chunk}).scalars())
        connection.execute(delete(analysis).where(analysis.c.manifest_id.in_(chunk)))
    return touched


_CHILDREN = text(
    """
    SELECT DISTINCT child.manifest_id
    FROM image AS i
    JOIN manifest_blob AS top ON top.manifest_id = i.manifest_id AND top.role = 2
      AND top.position = i.layer_count - 1
    JOIN manifest_blob AS child ON child.blob_id = top.blob_id AND child.role = 2
      AND child.position = top.position AND child.manifest_id <> top.manifest_id
    JOIN image AS c ON c.manifest_id = child.manifest_id AND c.layer_count > i.layer_count
    JOIN image_analysis AS a ON a.manifest_id = child.manifest_id
      AND a.base_layers < i.layer_count
    WHERE i.manifest_id IN :manifests
    """
).bindparams(bindparam("manifests", expanding=True))
_DEPENDENTS = text(
    """
    SELECT DISTINCT a.manifest_id FROM presence AS p
    JOIN image_analysis AS a ON a.base_id = p.manifest_id
    WHERE p.repository_id IN :repositories AND a.ruleset = :ruleset
    """
).bindparams(bindparam("repositories", expanding=True))
_HOLDERS = text(
    "SELECT DISTINCT repository_id FROM presence WHERE until IS NULL AND manifest_id IN :manifests"
).bindparams(bindparam("manifests", expanding=True))
