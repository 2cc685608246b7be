"""How stored bytes changed between two moments, and why: store -> ledger -> view."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from auditor.domain.change import (
    BlobChange,
    ChangedFigure,
    ChangePart,
    CorrectionRange,
    ExplainedChange,
    Figures,
)
from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.exactness import Coverage, Exactness
from auditor.ledger.change import Claims, add_up, explain, fair_share
from auditor.store import change_reads, charge_reads
from auditor.store.change_reads import ChangedPresence, Moments
from auditor.store.engine import Connection
from auditor.usecases.kept_past import check_kept
from auditor.usecases.known_registries import not_counted


def explain_repository(
    connection: Connection, registry: str, repository: str, start: datetime, end: datetime
) -> ExplainedChange:
    """The change of what one repository stores, each blob once.

    Raises UnknownReferenceError for a repository that never was there, UsageError for
    moments before the first crawl or in the wrong order.
    """
    registry_id, moments = _past(connection, registry, start, end)
    key = _ids(connection, registry, registry_id, [repository])[repository]
    changed = change_reads.load_changed_in_repository(connection, key, moments)
    figures = Figures(
        *_kept(connection, [key], moments, ChangedFigure.STORED),
        _exactness(charge_reads.load_coverage(connection, registry_id, start, [key])),
    )
    parts = explain(
        ChangedFigure.STORED,
        figures,
        _claims(connection, changed, moments, by_scope=False),
        charge_reads.iterate_stored(connection, changed, moments, by_scope=False),
        charge_reads.load_correction_range(connection, moments, repositories=[key]),
    )
    return ExplainedChange(start, end, ChangedFigure.STORED, figures, parts, registry, repository)


def explain_registry(
    connection: Connection, registry: str, start: datetime, end: datetime
) -> ExplainedChange:
    """The change of what a registry stores: each blob once per storage scope, scopes summed.

    Raises UnknownReferenceError and UsageError as for a repository.
    """
    registry_id, moments = _past(connection, registry, start, end)
    changed = change_reads.load_changed_in_registry(connection, registry_id, moments)
    figures = Figures(
        charge_reads.load_kept_of_registry(connection, registry_id, moments.before),
        charge_reads.load_kept_of_registry(connection, registry_id, moments.after),
        _exactness(charge_reads.load_coverage(connection, registry_id, start)),
    )
    parts = explain(
        ChangedFigure.STORED,
        figures,
        _claims(connection, changed, moments, by_scope=True),
        charge_reads.iterate_stored(connection, changed, moments, by_scope=True),
        charge_reads.load_correction_range(connection, moments, registry_id=registry_id),
    )
    return ExplainedChange(start, end, ChangedFigure.STORED, figures, parts, registry)


def explain_group(
    connection: Connection,
    repositories: Collection[tuple[str, str]],
    start: datetime,
    end: datetime,
) -> ExplainedChange:
    """The change of what a group of repositories (registry, repository) is charged together.

    By fair share, summed over registries. Raises UnknownReferenceError and UsageError as for
    a repository; no repositories have no change.
    """
    groups: dict[str, list[str]] = {}
    for registry, repository in sorted(set(repositories)):
        groups.setdefault(registry, []).append(repository)
    each = [
        _explain_group_in(connection, registry, names, start, end)
        for registry, names in groups.items()
    ]
    figures = Figures(
        sum(one.figures.before_bytes for one in each),
        sum(one.figures.after_bytes for one in each),
        _worst(one.figures.exactness for one in each),
    )
    parts = add_up(ChangedFigure.FAIR_SHARE, [_with_registry(one) for one in each])
    return ExplainedChange(start, end, ChangedFigure.FAIR_SHARE, figures, parts)


def _with_registry(change: ExplainedChange) -> tuple[ChangePart, ...]:
    """The parts, whose contributors say in which registry they are."""
    return tuple(
        replace(
            part,
            contributors=tuple(replace(one, registry=change.registry) for one in part.contributors),
        )
        for part in change.parts
    )


def _explain_group_in(
    connection: Connection, registry: str, names: Collection[str], start: datetime, end: datetime
) -> ExplainedChange:
    registry_id, moments = _past(connection, registry, start, end)
    ids = _ids(connection, registry, registry_id, names)
    keys = set(ids.values())
    coverage = charge_reads.load_coverage(connection, registry_id, start, keys)
    figures = Figures(
        *_kept(connection, keys, moments, ChangedFigure.FAIR_SHARE),
        _exactness(coverage, is_shared=True),
    )
    parts = _group_parts(connection, registry_id, ids, moments, figures)
    return ExplainedChange(start, end, ChangedFigure.FAIR_SHARE, figures, parts, registry)


def _group_parts(
    connection: Connection,
    registry_id: int,
    ids: dict[str, int],
    moments: Moments,
    figures: Figures,
) -> tuple[ChangePart, ...]:
    keys = set(ids.values())
    everywhere = change_reads.load_changed_in_registry(connection, registry_id, moments)
    own = [row for row in everywhere if row.repository_id in keys]
    blobs: Iterable[BlobChange] = (
        fair_share(blob, ids.keys())
        for blob in charge_reads.iterate_holders(connection, everywhere, moments, keys)
    )
    corrections: CorrectionRange = charge_reads.load_correction_range(
        connection, moments, repositories=keys
    )
    claims = _claims(connection, own, moments, by_scope=True)
    return explain(ChangedFigure.FAIR_SHARE, figures, claims, blobs, corrections)


def _claims(
    connection: Connection,
    changed: list[ChangedPresence],
    moments: Moments,
    *,
    by_scope: bool,
) -> Claims:
    claims = Claims()
    for change in change_reads.iterate_changes(connection, changed, moments, by_scope=by_scope):
        claims.take(change)
    return claims


def _kept(
    connection: Connection, keys: Collection[int], moments: Moments, figure: ChangedFigure
) -> tuple[int, int]:
    return (
        charge_reads.load_kept(connection, keys, moments.before, figure),
        charge_reads.load_kept(connection, keys, moments.after, figure),
    )


def _past(
    connection: Connection, registry: str, start: datetime, end: datetime
) -> tuple[int, Moments]:
    """The registry's id and the moments of which figures were kept."""
    if start > end:
        raise UsageError(
            f"{start:%Y-%m-%d %H:%M} is after {end:%Y-%m-%d %H:%M}",
            next_step="write the earlier date first",
        )
    registry_id = change_reads.find_registry(connection, registry)
    if registry_id is None:
        raise not_counted(connection, registry, ())
    check_kept(connection, start, registry)
    first = change_reads.load_first_moment(connection, registry_id)
    if first is None or start < first:
        since = f"begins on {first:%Y-%m-%d %H:%M} UTC" if first else "has not begun"
        raise UsageError(
            f"nothing is known of {registry} on {start:%Y-%m-%d %H:%M} UTC: its past {since}",
            next_step="choose a later date" if first else "crawl it first",
        )
    before, after = (
        change_reads.load_last_moment(connection, registry_id, at) for at in (start, end)
    )
    return registry_id, Moments(before, after)


def _ids(
    connection: Connection, registry: str, registry_id: int, names: Collection[str]
) -> dict[str, int]:
    """Ids of repositories that are or were there; raises UnknownReferenceError for others."""
    ids = change_reads.find_repositories(connection, registry_id, names)
    missing = sorted(set(names) - ids.keys())
    if missing:
        raise UnknownReferenceError(
            f"no repository {missing[0]} was ever seen in {registry}",
            next_step="see `auditor rank`",
        )
    return ids


def _exactness(coverage: Coverage, *, is_shared: bool = False) -> Exactness:
    """A difference of bounds is an estimate: what was not seen may have come or gone."""
    found = coverage.of_sharing if is_shared else coverage.of_presence
    return Exactness.EXACT if found is Exactness.EXACT else Exactness.ESTIMATED


def _worst(exactnesses: Iterable[Exactness]) -> Exactness:
    return Exactness.ESTIMATED if Exactness.ESTIMATED in exactnesses else Exactness.EXACT
