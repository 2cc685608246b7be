"""Reports as JSON documents: the machine-read forms, whose keys are never renamed.

Keys of the published form come first in every object, additions after them. Sizes are
whole bytes, money is a decimal string with four decimals, moments are ISO 8601 in UTC
and unknown is null, never zero.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from auditor.domain.change import ChangePart, ExplainedChange
from auditor.domain.errors import AuditorError
from auditor.domain.observation import CrawlReport, Problem
from auditor.domain.views import (
    BaseView,
    BlobView,
    HistoryPoint,
    ImageView,
    LayerView,
    Ranking,
    RankingRow,
    RepositoryView,
    SizeConflict,
    TagView,
    Totals,
)
from auditor.reports.finding_json import NOT_ANALYSED, finding_row, image_findings
from auditor.reports.json_values import moment_value, money_value
from auditor.reports.shapes.places import (
    BaseShape,
    BlobShape,
    ChangeDocument,
    ChangePartShape,
    ImageDocument,
    LayerShape,
    PointShape,
    RankingDocument,
    RankingRowShape,
    RepositoryDocument,
    TagShape,
    TotalsShape,
)
from auditor.reports.shapes.words import Conflict, ProblemShape

SCHEMA_VERSION: Final = 1


def dump(document: Mapping[str, object]) -> str:
    """The document as ASCII text, indented by two, ended by one newline.

    ASCII only: whatever a registry put into a name cannot steer a terminal, and a lone
    surrogate stays representable.
    """
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def ranking_document(ranking: Ranking) -> RankingDocument:
    """A ranking with its totals, one object per repository in the ranking's order."""
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": moment_value(ranking.as_of),
        "exactness": ranking.totals.exactness.value,
        "totals": totals_object(ranking.totals),
        "repositories": [ranking_row(row) for row in ranking.rows],
        "by": ranking.query.by.value,
        "matches": ranking.matches,
        "offset": ranking.query.offset,
        "price_notes": list(ranking.price_notes),
    }


def ranking_row(row: RankingRow) -> RankingRowShape:
    """One repository of a ranking; `exactness` is that of stored and logical bytes."""
    sizes = row.sizes
    presence, sharing = sizes.exactness.value, sizes.sharing_exactness.value
    return {
        "registry": row.registry,
        "repository": row.repository,
        "tags": row.tags,
        "images": row.images,
        "image_bytes": row.image_bytes,
        "logical_bytes": sizes.logical_bytes,
        "stored_bytes": sizes.stored_bytes,
        "exclusive_bytes": sizes.exclusive_bytes,
        "fair_share_bytes": sizes.fair_share_bytes,
        "monthly_cost": money_value(row.monthly_cost, row.currency),
        "pull_saving_bytes": row.pull_saving_bytes,
        "stored_saving_bytes": row.stored_saving_bytes,
        "exactness": presence,
        "exactness_by_figure": {
            "logical_bytes": presence,
            "stored_bytes": presence,
            "exclusive_bytes": sharing,
            "fair_share_bytes": sharing,
            "monthly_cost": sharing,
        },
        "savings_state": _savings_state(row),
        "image_reference": row.image_reference,
        "growth_bytes": row.growth_bytes,
        "is_stale": row.is_stale,
        "last_pushed_at": moment_value(row.last_pushed_at),
    }


def repository_document(view: RepositoryView) -> RepositoryDocument:
    """One repository: the keys of its ranking row, then tags, blobs and neighbours.

    `tag_list` is one page of `tag_count` tags; `tags` stays the count, as in a ranking.
    `findings` is null until the repository is analysed, and empty where nothing was found.
    """
    state = "analysed" if view.findings else _savings_state(view.row)
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "repository",
        **ranking_row(view.row),
        "as_of": moment_value(view.as_of),
        "scope": view.scope.value,
        "untagged_images": view.untagged_images,
        "tag_count": view.tag_count,
        "tag_list": [_tag(tag) for tag in view.tags],
        "blobs": [_blob(blob) for blob in view.blobs],
        "shared_with": [
            {
                "repository": other.repository,
                "shared_bytes": other.shared_bytes,
                "blobs": other.blobs,
            }
            for other in view.shared_with
        ],
        "history": [_point(point) for point in view.history],
        "conflicts": [_conflict(conflict) for conflict in view.conflicts],
        "problems": [problem_object(problem) for problem in view.problems],
        "price_notes": list(view.price_notes),
        "findings": None if state == NOT_ANALYSED else [finding_row(one) for one in view.findings],
        "findings_state": state,
    }


def image_document(view: ImageView) -> ImageDocument:
    """One image with its layers in build order, bottom first."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "image",
        "layers": [_layer(layer) for layer in view.layers],
        "base": None if view.base is None else _base(view.base),
        **image_findings(view.findings),
        "registry": view.registry,
        "repository": view.repository,
        "reference": view.reference,
        "digest": view.digest.text,
        "media_type": view.media_type,
        "platform": None if view.platform is None else str(view.platform),
        "platforms": [str(platform) for platform in view.platforms],
        "tags": list(view.tags),
        "pull_bytes": view.pull_bytes,
        "manifest_bytes": view.manifest_bytes,
        "config_digest": None if view.config_digest is None else view.config_digest.text,
        "config_bytes": view.config_bytes,
        "exactness": view.exactness.value,
        "created_at": moment_value(view.created_at),
        "since": moment_value(view.since),
        "history_note": view.history_note,
        "steps_without_layer": view.steps_without_layer,
        "labels": dict(view.labels),
        "conflicts": [_conflict(conflict) for conflict in view.conflicts],
    }


def change_document(change: ExplainedChange) -> ChangeDocument:
    """A change with its parts, whose `net_bytes` add up to its own.

    `figure` says which bytes; `repository` is null where a registry or a group is explained.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "change",
        "registry": change.registry or None,
        "repository": change.repository or None,
        "team": change.team or None,
        "from": moment_value(change.start),
        "to": moment_value(change.end),
        "figure": change.figure.value,
        "exactness": change.figures.exactness.value,
        "before_bytes": change.figures.before_bytes,
        "after_bytes": change.figures.after_bytes,
        "net_bytes": change.net_bytes,
        "parts": [change_part(part) for part in change.parts],
    }


def crawl_document(report: CrawlReport) -> dict[str, object]:
    """One crawl: how it ended, what it asked for, what it could not read."""
    return {
        "schema_version": SCHEMA_VERSION,
        "registry": report.registry,
        "outcome": report.outcome.value,
        "started_at": moment_value(report.started_at),
        "finished_at": moment_value(report.finished_at),
        "repositories": report.repositories,
        "tags": report.tags,
        "requests": report.requests,
        "manifests_fetched": report.manifests_fetched,
        "configs_fetched": report.configs_fetched,
        "bytes_fetched": report.bytes_fetched,
        "removed_tags": report.removed_tags,
        "removed_repositories": report.removed_repositories,
        "guarded_tags": report.guarded_tags,
        "is_reference": report.is_reference,
        "problems": [problem_object(problem) for problem in report.problems],
        "warnings": list(report.warnings),
    }


def crawls_document(
    reports: Sequence[CrawlReport], failures: Iterable[tuple[str, AuditorError]] = ()
) -> dict[str, object]:
    """Several crawls in one document; `failures` are registries that gave no report."""
    return {
        "schema_version": SCHEMA_VERSION,
        "crawls": [crawl_document(report) for report in reports],
        "failures": [
            {"registry": registry, "message": error.message, "next_step": error.next_step}
            for registry, error in failures
        ],
    }


def change_part(part: ChangePart) -> ChangePartShape:
    """One reason of a change with its biggest contributors."""
    return {
        "part": part.kind.value,
        "added_bytes": part.added_bytes,
        "removed_bytes": part.removed_bytes,
        "net_bytes": part.net_bytes,
        "contributors": [
            {
                "registry": one.registry or None,
                "repository": one.repository or None,
                "tag": one.tag,
                "digest": None if one.digest is None else one.digest.text,
                "net_bytes": one.net_bytes,
            }
            for one in part.contributors
        ],
    }


def totals_object(totals: Totals) -> TotalsShape:
    """Sums over what was ranked, or over a registry."""
    cost = totals.monthly_cost
    return {
        "repositories": totals.repositories,
        "tags": totals.tags,
        "images": totals.images,
        "logical_bytes": totals.logical_bytes,
        "stored_bytes": totals.stored_bytes,
        "monthly_cost": None if cost is None else money_value(cost, totals.currency),
        "exactness": totals.exactness.value,
        "stored_saving_bytes": totals.stored_saving_bytes,
    }


def _savings_state(row: RankingRow) -> str:
    unknown = row.pull_saving_bytes is None and row.stored_saving_bytes is None
    return NOT_ANALYSED if unknown else "analysed"


def _layer(layer: LayerView) -> LayerShape:
    return {
        "position": layer.position,
        "digest": layer.digest.text,
        "size_bytes": layer.size_bytes,
        "created_by": layer.created_by,
        "media_type": layer.media_type,
        "shared_by_repositories": layer.shared_by_repositories,
        "from_base": layer.from_base,
        "step": layer.step,
        "created_at": moment_value(layer.created_at),
        "is_foreign": layer.is_foreign,
    }


def _base(base: BaseView) -> BaseShape:
    return {
        "names": list(base.names),
        "digest": None if base.digest is None else base.digest.text,
        "basis": base.basis,
        "confidence": base.confidence,
        "layer_count": base.layer_count,
        "size_bytes": base.size_bytes,
    }


def _tag(tag: TagView) -> TagShape:
    return {
        "tag": tag.tag,
        "digest": None if tag.digest is None else tag.digest.text,
        "kind": tag.kind,
        "platforms": [str(platform) for platform in tag.platforms],
        "pull_bytes": tag.pull_bytes,
        "added_bytes": tag.added_bytes,
        "since": moment_value(tag.since),
        "created_at": moment_value(tag.created_at),
        "is_missing": tag.is_missing,
    }


def _blob(blob: BlobView) -> BlobShape:
    return {
        "digest": blob.digest.text,
        "size_bytes": blob.size_bytes,
        "role": blob.role,
        "shared_by_repositories": blob.shared_by_repositories,
        "manifests": blob.manifests,
    }


def _point(point: HistoryPoint) -> PointShape:
    return {"at": moment_value(point.at), "stored_bytes": point.stored_bytes}


def _conflict(conflict: SizeConflict) -> Conflict:
    return {
        "digest": conflict.digest.text,
        "size_bytes": conflict.size_bytes,
        "claims": list(conflict.claims),
    }


def problem_object(problem: Problem) -> ProblemShape:
    """Something a crawl could not read."""
    return {
        "repository": problem.repository,
        "reference": problem.reference,
        "message": problem.message,
        "code": problem.code,
    }
