"""What only a look across a repository's images tells: store -> analysis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from auditor.analysis.across.compressed_twice import LayerElsewhere, find_compressed_twice
from auditor.analysis.across.duplicate_images import blobs_of_copies, find_duplicate_images
from auditor.analysis.across.found import AcrossFinding
from auditor.analysis.across.images import PushedImage, PushedLayer, RepositoryImages
from auditor.analysis.across.layer_order import find_layer_order
from auditor.analysis.across.repeated_content import find_repeated_content
from auditor.analysis.across.stale_tags import find_stale_tags
from auditor.analysis.across.step_growth import find_step_growth
from auditor.analysis.build_steps import align_steps
from auditor.analysis.readable_steps import readable_step
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
from auditor.store.same_contents import (
    CopyRead,
    LayerElsewhereRead,
    count_holding_manifests,
    load_copies_elsewhere,
    load_layers_elsewhere,
)

_MOST_IMAGES = 1_000
"""Of more images than these a repository's versions are not compared with each other."""
_FEWEST_TO_COMPARE = 2


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
    """Findings about several images: those of a repository, and copies in its storage scope.

    `held`: its images with their layers. `known`: images that were read before. Nothing is found where there are too many.
    """
    if len(held) > _MOST_IMAGES:
        return LookAcross()
    where = connection, repository.repository_id, repository.scope_id
    copies, layers = load_copies_elsewhere(*where), load_layers_elsewhere(*where)
    if len(held) < _FEWEST_TO_COMPARE and not (copies or layers):
        return LookAcross()
    reads = _read(connection, held, known)
    mine = _repository_images(connection, repository.repository_id, repository.name, reads, held)
    line = _of_one_platform(mine, str(platform))
    found = (
        *find_layer_order(line, now, pulling_nodes),
        *find_repeated_content(line, now, pulling_nodes),
        *find_step_growth(line),
        *find_stale_tags(mine, now, exactness=repository.coverage.of_sharing),
        *_duplicates(connection, repository.scope_id, mine, copies),
        *find_compressed_twice(mine, map(_layer_elsewhere, layers)),
    )
    return LookAcross(found, reads)


def _read(
    connection: Connection, wanted: Iterable[int], known: Mapping[int, ImageRead]
) -> tuple[ImageRead, ...]:
    """These images by id."""
    found = {key: known[key] for key in wanted if key in known}
    missing = [key for key in wanted if key not in found]
    found.update((one.manifest_id, one) for one in load_images(connection, missing))
    return tuple(found[key] for key in sorted(found))


def _duplicates(
    connection: Connection, scope_id: int, mine: RepositoryImages, copies: Sequence[CopyRead]
) -> Iterator[AcrossFinding]:
    """What the repository holds a second time; of others' copies, their own analysis tells."""
    everyone = (mine, *_others(connection, copies))
    wanted = blobs_of_copies(everyone)
    if wanted:
        digests = [digest for _, digest in wanted]
        counts = count_holding_manifests(connection, scope_id, digests)
        holders = {(mine.scope, digest): count for digest, count in counts.items()}
        for found in find_duplicate_images(everyone, holders):
            if found.repository == mine.repository:
                yield found


def _others(connection: Connection, copies: Sequence[CopyRead]) -> Iterator[RepositoryImages]:
    images = {
        one.manifest_id: one for one in load_images(connection, {c.manifest_id for c in copies})
    }
    by_repository: dict[tuple[int, str], list[ImageRead]] = {}
    for copy in copies:
        where = copy.repository_id, copy.repository
        by_repository.setdefault(where, []).append(images[copy.manifest_id])
    for (repository_id, name), reads in by_repository.items():
        yield _repository_images(connection, repository_id, name, reads, {})


def _repository_images(
    connection: Connection,
    repository_id: int,
    name: str,
    reads: Iterable[ImageRead],
    held: Mapping[int, Sequence[HeldRead]],
) -> RepositoryImages:
    """Those of these images that the repository holds, in the order of their pushes."""
    pushes = {one.manifest_id: one for one in load_pushes(connection, repository_id)}
    images = [
        _pushed(image, pushes[image.manifest_id], held.get(image.manifest_id, ()))
        for image in reads
        if image.manifest_id in pushes
    ]
    images.sort(key=lambda one: (one.moment, one.digest.text))
    return RepositoryImages(name, tuple(images))


def _layer_elsewhere(read: LayerElsewhereRead) -> LayerElsewhere:
    return LayerElsewhere(read.digest, read.size_bytes, read.diff_id, read.repository)


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
            is_held_elsewhere=at < len(held) and held[at].repositories > 1,
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
