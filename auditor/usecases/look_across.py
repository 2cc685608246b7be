"""What only a look across a repository's images tells: store -> analysis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from auditor.analysis.across.compressed_twice import find_compressed_twice
from auditor.analysis.across.duplicate_images import find_duplicate_images
from auditor.analysis.across.found import AcrossFinding
from auditor.analysis.across.images import PushedImage, PushedLayer, RepositoryImages
from auditor.analysis.across.layer_order import find_layer_order
from auditor.analysis.across.repeated_content import find_repeated_content
from auditor.analysis.across.stale_tags import find_stale_tags
from auditor.analysis.across.step_growth import find_step_growth
from auditor.analysis.build_steps import align_steps
from auditor.analysis.readable_steps import readable_step
from auditor.domain.exactness import Exactness
from auditor.domain.platform import Platform
from auditor.store.analysis_reads import (
    ImageRead,
    PushRead,
    RepositoryRead,
    load_images,
    load_pushes,
)
from auditor.store.engine import Connection
from auditor.store.finding_rows import HeldRead

_MOST_IMAGES = 1_000
"""Of more images than these a repository's versions are not compared with each other."""


@dataclass(frozen=True, slots=True)
class LookAcross:
    """What was found, and the images it was found in."""

    findings: tuple[AcrossFinding, ...] = ()
    images: tuple[ImageRead, ...] = ()


def look_across(
    connection: Connection,
    repository: RepositoryRead,
    held: Mapping[int, Sequence[HeldRead]],
    *,
    known: Mapping[int, ImageRead] = MappingProxyType({}),
    platform: Platform,
    pulling_nodes: int,
    now: datetime,
) -> LookAcross:
    """Findings about several images of a repository; none where it holds one, or too many.

    `held`: its images with their layers. `known`: images that were read before.
    """
    if not 1 < len(held) <= _MOST_IMAGES:
        return LookAcross()
    reads = _read(connection, held, known)
    pushes = {one.manifest_id: one for one in load_pushes(connection, repository.repository_id)}
    images = [
        _pushed(image, pushes[image.manifest_id], held[image.manifest_id])
        for image in reads
        if image.manifest_id in pushes
    ]
    images.sort(key=lambda one: (one.moment, one.digest.text))
    everything = RepositoryImages(repository.name, tuple(images))
    found = _find(everything, str(platform), pulling_nodes, repository.coverage.of_sharing, now)
    return LookAcross(tuple(found), reads)


def _read(
    connection: Connection, wanted: Iterable[int], known: Mapping[int, ImageRead]
) -> tuple[ImageRead, ...]:
    """These images by id."""
    found = {key: known[key] for key in wanted if key in known}
    missing = [key for key in wanted if key not in found]
    found.update((one.manifest_id, one) for one in load_images(connection, missing))
    return tuple(found[key] for key in sorted(found))


def _find(
    everything: RepositoryImages, platform: str, nodes: int, sharing: Exactness, now: datetime
) -> Iterator[AcrossFinding]:
    line = _of_one_platform(everything, platform)
    yield from find_layer_order(line, now, nodes)
    yield from find_repeated_content(line, now, nodes)
    yield from find_step_growth(line)
    yield from find_stale_tags(everything, now, exactness=sharing)
    yield from find_duplicate_images([everything])
    yield from find_compressed_twice([everything])


def _of_one_platform(everything: RepositoryImages, wanted: str) -> RepositoryImages:
    """Its images for the wanted platform, else for the one that most are for."""
    platforms: dict[str, list[PushedImage]] = {}
    for image in everything.images:
        platforms.setdefault(image.platform, []).append(image)
    most = max(platforms.values(), key=len, default=[])
    return replace(everything, images=tuple(platforms.get(wanted, most)))


def _pushed(image: ImageRead, push: PushRead, held: Sequence[HeldRead]) -> PushedImage:
    """The image as rules across images see it: foreign layers are left out, the base's too."""
    steps = align_steps(len(image.layers), image.history).steps
    fits = len(image.diff_ids) == len(image.layers)
    layers = tuple(
        PushedLayer(
            digest=layer.digest,
            size_bytes=layer.size_bytes,
            media_type=layer.media_type,
            diff_id=image.diff_ids[at] if fits else None,
            step=readable_step(step.created_by) if step else "",
            raw_step=step.created_by if step else "",
            is_held_elsewhere=held[at].repositories > 1,
        )
        for at, (layer, step) in enumerate(zip(image.layers, steps, strict=True))
        if not layer.is_foreign
    )
    foreign_in_base = sum(layer.is_foreign for layer in image.layers[: push.base_layers])
    return PushedImage(
        digest=image.digest,
        layers=layers,
        seen_at=push.since,
        created_at=image.created_at,
        tags=push.tags,
        current_tags=push.current_tags,
        config=image.config,
        other_bytes=image.other_bytes,
        base_layers=push.base_layers - foreign_in_base,
        platform=str(image.platform) if image.platform else "",
    )
