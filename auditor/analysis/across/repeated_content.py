"""Layers that come again under a new digest, release after release, though nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from auditor.analysis.across.found import AcrossFinding, quoted, step_key
from auditor.analysis.across.images import RepositoryImages
from auditor.analysis.across.releases import Cause, Release, releases_of
from auditor.analysis.across.repetition import RECENT_RELEASES, Repetition, repetition
from auditor.analysis.across.steps import shape_of
from auditor.domain.findings import (
    Basis,
    Breadth,
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
    RuleInfo,
)
from auditor.domain.units import format_bytes

INFO = RuleInfo(
    identifier="repeated-content",
    title="The same content under a new digest with every release",
    sees="the first layer that differs has the same step and the same size, or the same diff ID",
    misses="contents are not read: a size that is equal by chance; layers of the base",
)
_DOCKERFILE = (
    "# build with: SOURCE_DATE_EPOCH=$(git log -1 --pretty=%ct) docker buildx build \\",
    "#   --cache-from type=registry,ref=REGISTRY/APP:cache \\",
    "#   --cache-to type=registry,ref=REGISTRY/APP:cache,mode=max \\",
    "#   --output type=image,name=REGISTRY/APP:TAG,push=true,rewrite-timestamp=true .",
)


def find_repeated_content(
    repository: RepositoryImages, now: datetime, pulling_nodes: int = 1
) -> Iterator[AcrossFinding]:
    """One finding per line of tags and first step that is repeated without a change.

    Silent where the newest two releases share the layers again: then it is mended.
    """
    for line, images in repository.lines().items():
        releases = releases_of(images, RECENT_RELEASES)
        by_step: dict[str, list[Release]] = {}
        for release in releases:
            if release.cause is Cause.NONE:
                by_step.setdefault(shape_of(release.cause_step), []).append(release)
        for step, chosen in by_step.items():
            found = repetition(images, releases, chosen, now, repository.scope)
            if found and _goes_on(step, releases):
                yield _finding(repository.repository, line, found, pulling_nodes)


def _goes_on(step: str, releases: list[Release]) -> bool:
    """Whether the newest release did not keep the layer: its step is among what differs."""
    newest = releases[-1]
    return any(shape_of(layer.step) == step for layer in newest.after.layers[newest.first :])


def _finding(repository: str, line: str, found: Repetition, pulling_nodes: int) -> AcrossFinding:
    last = found.rebuilt[-1]
    shapes = [shape_of(layer.step) for layer in found.newest.layers]
    is_known = all(
        it.before.diff_id is not None and it.before.diff_id == it.layer.diff_id
        for it in last.rebuilt
    )
    return AcrossFinding(
        repository=repository,
        digest=found.newest.digest,
        images=len(found.rebuilt),
        freed=found.freed,
        transfer_bytes_per_month=found.transfer_bytes_per_month(pulling_nodes),
        finding=Finding(
            rule=INFO.identifier,
            key=step_key(line, shape_of(last.cause_step)),
            what=(
                f"In {len(found.rebuilt)} of the last {found.releases} releases, layers came again"
                f" with the same size under another digest, from {quoted(last.cause_step)} up:"
                f" {format_bytes(found.mean_bytes)} per release, most of it by"
                f" {quoted(found.biggest.layer.step)}."
            ),
            fix=(
                "Keep the build cache between releases, and set file times to a fixed date"
                " (SOURCE_DATE_EPOCH with rewrite-timestamp)."
            ),
            dockerfile=_DOCKERFILE,
            evidence=(
                *(
                    Evidence(
                        EvidenceKind.STEP,
                        it.layer.step,
                        it.position,
                        it.layer.digest,
                        it.layer.size_bytes,
                    )
                    for it in last.rebuilt
                ),
                *(Evidence(EvidenceKind.TAG, it.after.name) for it in found.rebuilt),
            ),
            claims=(),
            first_layer=shapes.index(shape_of(last.cause_step)),
            confidence=Confidence.HIGH if is_known else Confidence.MEDIUM,
            basis=Basis.MEASURED,
            breadth=Breadth.LAYER,
            caveats=(
                "A first pull is as big as before: only the next releases become smaller.",
                "Builds without a cache, to get updates, repeat layers on purpose where none came.",
                "Commands that write times, random names or logs into files stay different.",
            ),
        ),
    )
