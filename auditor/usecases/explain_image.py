"""Why one image weighs what it weighs: store -> analysis -> view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from auditor.analysis.breakdown import pull_bytes
from auditor.analysis.build_steps import Alignment, align_steps
from auditor.analysis.readable_steps import readable_step
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.exactness import Exactness, combine
from auditor.domain.image_config import HistoryEntry
from auditor.domain.platform import Platform
from auditor.domain.reference import ImageReference
from auditor.domain.views import BaseView, ImageView, LayerView, SizeConflict
from auditor.store import image_reads
from auditor.store.engine import Connection
from auditor.store.image_reads import StoredImage, StoredLayer, StoredTarget
from auditor.store.registry_reads import has_repository
from auditor.usecases.image_bases import BaseLookup

_NO_PLATFORM = Platform("", "")
_USUAL_TAG = "latest"


def explain_image(
    connection: Connection,
    reference: ImageReference,
    wanted: Platform | None,
    preferred: Platform,
    at: datetime | None = None,
) -> ImageView | None:
    """The view of an image, now or `at` a moment; None where there is no such repository.

    Raises UnknownReferenceError for an unknown tag, digest or platform, and for what is
    no image.
    """
    if not has_repository(connection, reference.registry, reference.repository, at):
        return None
    target = _target(connection, reference, at)
    below = image_reads.images_below(connection, target.manifest_id)
    manifest_id, platform = _choose(reference, target, below, wanted, preferred)
    image = image_reads.load_image(connection, target, manifest_id, at)
    history = image.config.history if image.config else ()
    base = _named(BaseLookup(connection).trace_one(manifest_id).base)
    aligned = align_steps(len(image.layers), history)
    sizes = [(layer.digest, layer.size_bytes) for layer in image.layers]
    related = {target.manifest_id, manifest_id}
    conflicts = image_reads.load_image_conflicts(connection, manifest_id)
    return ImageView(
        registry=reference.registry,
        repository=reference.repository,
        reference=reference.tag or str(reference.digest or _USUAL_TAG),
        digest=image.digest,
        media_type=image.media_type,
        platform=platform if platform.os else None,
        platforms=tuple(found for _, found in below if found.os),
        tags=image_reads.load_tags_of(connection, target.repository_id, related, at),
        pull_bytes=pull_bytes(image.manifest_bytes, image.config_bytes, sizes),
        manifest_bytes=image.manifest_bytes,
        config_digest=image.config_digest,
        config_bytes=image.config_bytes,
        exactness=_exactness(image, conflicts),
        created_at=image.config.created_at if image.config else None,
        since=target.since,
        layers=_layers(image.layers, aligned, base),
        base=base,
        history_note=aligned.note if image.config else "the image config could not be read",
        steps_without_layer=aligned.steps_without_layer,
        labels=tuple(sorted(image.config.labels.items())) if image.config else (),
        conflicts=conflicts,
    )


def _exactness(image: StoredImage, conflicts: Sequence[SizeConflict]) -> Exactness:
    """Exactness of what a pull downloads.

    An image of which the config could not be read may be more than we know; a blob that
    manifests declare differently, and nobody measured, has the largest size declared.
    """
    has_unread_config = image.config_digest is not None and image.config is None
    is_disputed = any(not conflict.is_measured for conflict in conflicts)
    return combine(
        [
            Exactness.LOWER_BOUND if has_unread_config else Exactness.EXACT,
            Exactness.ESTIMATED if is_disputed else Exactness.EXACT,
        ]
    )


def _target(connection: Connection, reference: ImageReference, at: datetime | None) -> StoredTarget:
    where = (reference.registry, reference.repository)
    if reference.digest is not None:
        target = image_reads.find_by_digest(connection, *where, reference.digest, at)
    else:
        target = image_reads.find_by_tag(connection, *where, reference.tag or _USUAL_TAG, at)
    if target is None:
        when = f" on {at:%Y-%m-%d %H:%M} UTC" if at else ""
        raise UnknownReferenceError(
            f"{reference} is not stored{when}, or could not be read",
            next_step=f"see `auditor show {reference.repository}` for what there is",
        )
    return target


def _choose(
    reference: ImageReference,
    target: StoredTarget,
    below: Sequence[tuple[int, Platform]],
    wanted: Platform | None,
    preferred: Platform,
) -> tuple[int, Platform]:
    if not below:
        raise UnknownReferenceError(
            f"{reference} is no image but an {target.kind}",
            next_step="only images have layers to explain",
        )
    for asked in (wanted,) if wanted else (preferred, _NO_PLATFORM):
        for manifest_id, platform in below:
            if platform.satisfies(asked) or asked == _NO_PLATFORM:
                return manifest_id, platform
    offered = ", ".join(str(platform) for _, platform in below if platform.os)
    raise UnknownReferenceError(
        f"{reference} has no image for {wanted}", next_step=f"it has: {offered or 'none'}"
    )


def _layers(
    layers: Sequence[StoredLayer], aligned: Alignment, base: BaseView | None
) -> tuple[LayerView, ...]:
    knows_base = base is not None and base.layer_count > 0
    return tuple(
        _layer(
            position,
            layer,
            step,
            from_base=position < base.layer_count if knows_base and base else None,
        )
        for position, (layer, step) in enumerate(zip(layers, aligned.steps, strict=True))
    )


def _layer(
    position: int, layer: StoredLayer, step: HistoryEntry | None, *, from_base: bool | None
) -> LayerView:
    return LayerView(
        position=position,
        digest=layer.digest,
        size_bytes=layer.size_bytes,
        media_type=layer.media_type,
        created_by=step.created_by if step else None,
        step=readable_step(step.created_by) if step else None,
        created_at=step.created_at if step else None,
        shared_by_repositories=layer.repositories,
        from_base=from_base,
        is_foreign=layer.is_foreign,
    )


def _named(base: BaseView | None) -> BaseView | None:
    """The base, unless all that is known is where it seems to end."""
    return base if base and (base.names or base.digest) else None
