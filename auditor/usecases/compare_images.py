"""What changed between two images of the database: store -> analysis."""

from __future__ import annotations

from auditor.analysis.image_change import compare_images
from auditor.domain.digest import DiffId
from auditor.domain.image_change import ImageChange, ImageSide, SideLayer
from auditor.domain.platform import Platform
from auditor.domain.reference import ImageReference
from auditor.domain.views import ImageView
from auditor.store.analysis_reads import load_images
from auditor.store.engine import Connection
from auditor.store.image_reads import find_manifest_id
from auditor.usecases.explain_image import explain_image


def compare_stored(
    connection: Connection,
    before: ImageReference,
    after: ImageReference,
    wanted: Platform | None,
    preferred: Platform,
) -> ImageChange | ImageReference:
    """What changed from one image to the other; the reference of which there is no repository.

    Of indexes, the images for `wanted`, else for the preferred platform, else for the first
    that the other has too. Raises UnknownReferenceError as `explain_image` does.
    """
    first = explain_image(connection, before, wanted, preferred)
    if first is None:
        return before
    second = explain_image(connection, after, wanted, first.platform or preferred)
    if second is None:
        return after
    return compare_images(_side(connection, before, first), _side(connection, after, second))


def _side(connection: Connection, reference: ImageReference, view: ImageView) -> ImageSide:
    diff_ids = _diff_ids(connection, view)
    layers = tuple(
        SideLayer(
            digest=layer.digest,
            size_bytes=layer.size_bytes,
            step=layer.step or "",
            diff_id=diff_id,
            from_base=layer.from_base,
        )
        for layer, diff_id in zip(view.layers, diff_ids, strict=True)
    )
    return ImageSide(
        name=str(reference),
        digest=view.digest,
        platform=view.platform,
        pull_bytes=view.pull_bytes,
        layers=layers,
        base=view.base,
        exactness=view.exactness,
    )


def _diff_ids(connection: Connection, view: ImageView) -> tuple[DiffId | None, ...]:
    """One per layer, all None where the config does not fit the layers."""
    manifest_id = find_manifest_id(connection, view.digest)
    images = load_images(connection, [] if manifest_id is None else [manifest_id])
    known = images[0].diff_ids if images else ()
    return known if len(known) == len(view.layers) else (None,) * len(view.layers)
