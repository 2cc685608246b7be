"""An image read straight from where it is: manifests and configs only, no layer of a registry."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from auditor.crawler.ports import ManifestSource
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import (
    NotFoundError,
    ProtocolError,
    UnknownReferenceError,
)
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.platform import Platform
from auditor.domain.read_image import ReadImage
from auditor.domain.reference import ImageReference, RegistryAddress
from auditor.domain.text import clean_line
from auditor.registry.archives.docker_archive import read_docker_archive
from auditor.registry.archives.oci_archive import open_oci_archive
from auditor.registry.opening import open_source
from auditor.settings import Settings
from auditor.usecases.audit_registry import TargetFlags, target_for
from auditor.usecases.image_place import ImagePlace, PlaceKind

MOST_PLATFORMS = 50
_DEEPEST_INDEX = 3


async def read_images(
    place: ImagePlace, settings: Settings, flags: TargetFlags, wanted: Platform | None = None
) -> tuple[ReadImage, ...]:
    """The image there, of an index one for each platform, or for the one wanted.

    Raises UnknownReferenceError for what is not there, what is no image, and a platform that
    it lacks; else RegistryError as the source does.
    """
    if place.kind is PlaceKind.DOCKER_ARCHIVE:
        images: tuple[ReadImage, ...] = (await _read_archive(place),)
    else:
        async with _opened(place, settings, flags) as (source, repository, mark):
            images = await _read_source(source, place, repository, mark, wanted)
    fitting = tuple(image for image in images if wanted is None or _is_for(image.platform, wanted))
    if fitting:
        return fitting
    raise _lacks(place, wanted, [image.platform for image in images])


def _lacks(
    place: ImagePlace, wanted: Platform | None, has: Sequence[Platform | None]
) -> UnknownReferenceError:
    offered = ", ".join(str(platform) for platform in has if platform)
    return UnknownReferenceError(
        f"{clean_line(place.written)} has no image for {wanted}",
        next_step=f"it has: {clean_line(offered, 500) or 'none that says so'}",
    )


async def _read_archive(place: ImagePlace) -> ReadImage:
    """In a thread of its own, so that Ctrl-C is heard while layers are compressed."""
    stopped = threading.Event()
    try:
        return await asyncio.to_thread(
            read_docker_archive, place.path, place.mark, is_stopped=stopped.is_set
        )
    finally:
        stopped.set()


@asynccontextmanager
async def _opened(
    place: ImagePlace, settings: Settings, flags: TargetFlags
) -> AsyncIterator[tuple[ManifestSource, str, str]]:
    """The source, the repository in it, and the tag or digest wanted."""
    if place.kind is PlaceKind.OCI_ARCHIVE:
        with open_oci_archive(place.path) as layout:
            yield await _of_layout(layout, place)
        return
    if place.kind is PlaceKind.LAYOUT:
        async with open_source(RegistryAddress.parse(f"oci:{place.path}")) as source:
            yield await _of_layout(source, place)
        return
    target = target_for(place.address, settings, flags)
    reference = place.reference
    async with open_source(target.address, target.credential, target.options) as source:
        mark = str(reference.digest) if reference.digest else reference.tag
        yield source, reference.repository, mark


async def _of_layout(source: ManifestSource, place: ImagePlace) -> tuple[ManifestSource, str, str]:
    """A layout has one repository; without a mark its only image is meant."""
    await source.check()
    names = [name async for page in source.list_repositories() for name in page.names]
    repository = names[0]
    if place.mark:
        return source, repository, place.mark
    tags = await source.list_tags(repository)
    untagged = await source.list_untagged(repository)
    marks = [*tags.tags, *(one.digest.text for one in untagged if not tags.tags)]
    if len(marks) == 1:
        return source, repository, marks[0]
    raise UnknownReferenceError(
        f"{clean_line(place.written)} has {len(marks)} images",
        next_step=f"name one behind a colon: {place.kind}:PATH:TAG",
        candidates=tuple(marks[:20]),
    )


async def _read_source(
    source: ManifestSource,
    place: ImagePlace,
    repository: str,
    mark: str,
    wanted: Platform | None,
) -> tuple[ReadImage, ...]:
    name = _name(place, repository, mark)
    try:
        manifest = await _manifest(source, place, repository, mark)
        found = await _images(source, repository, manifest, wanted, _DEEPEST_INDEX)
    except NotFoundError as error:
        raise UnknownReferenceError(
            f"{name} is not there: {error.message}", next_step="look for a slip of the pen"
        ) from error
    if not found and wanted and manifest.kind is ManifestKind.INDEX:
        raise _lacks(place, wanted, [child.platform for child in _children(manifest, None)])
    if not found:
        raise UnknownReferenceError(
            f"{name} is no image", next_step="only images have layers to judge"
        )
    return tuple([await _read(source, name, repository, *one) for one in found])


async def _manifest(
    source: ManifestSource, place: ImagePlace, repository: str, mark: str
) -> Manifest:
    digest = place.digest or (None if ":" not in mark else replace(place, mark=mark).digest)
    if digest is not None:
        return await source.get_manifest_by_digest(repository, digest)
    fetched = await source.get_manifest_by_tag(repository, mark, ())
    if fetched.manifest is None:
        raise ProtocolError(f"the registry sent no manifest for {clean_line(mark)}")
    return fetched.manifest


async def _images(
    source: ManifestSource,
    repository: str,
    manifest: Manifest,
    wanted: Platform | None,
    depth: int,
) -> list[tuple[Manifest, Platform | None]]:
    """Image manifests below, each once, with the platforms that their index states."""
    if manifest.kind is ManifestKind.IMAGE:
        return [(manifest, None)]
    found: list[tuple[Manifest, Platform | None]] = []
    for child in _children(manifest, wanted) if depth else ():
        below = await source.get_manifest_by_digest(repository, child.digest)
        found += [
            (one, platform or child.platform)
            for one, platform in await _images(source, repository, below, wanted, depth - 1)
        ]
        if len(found) > MOST_PLATFORMS:
            raise ProtocolError(
                f"the index has more than {MOST_PLATFORMS} images",
                next_step="choose one with --platform",
            )
    return found


def _children(manifest: Manifest, wanted: Platform | None) -> Iterator[Descriptor]:
    """Those to read: no attestations, and only those that may be for the platform wanted."""
    once: dict[Digest, Descriptor] = {}
    for child in manifest.children:
        once.setdefault(child.digest, child)
    for child in once.values():
        platform = child.platform
        if platform is None or (
            not platform.is_unknown and (wanted is None or platform.satisfies(wanted))
        ):
            yield child


async def _read(
    source: ManifestSource,
    name: str,
    repository: str,
    manifest: Manifest,
    platform: Platform | None,
) -> ReadImage:
    config = await _config(source, repository, manifest)
    own = platform or (config.platform if config else None)
    return ReadImage(name, repository, manifest, config, own)


async def _config(
    source: ManifestSource, repository: str, manifest: Manifest
) -> ImageConfig | None:
    """None where it cannot be used: what needs it says so."""
    if manifest.config is None:
        return None
    try:
        return await source.get_config(repository, manifest.config)
    except (NotFoundError, ProtocolError):
        return None


def _name(place: ImagePlace, repository: str, mark: str) -> str:
    if place.kind is PlaceKind.REGISTRY:
        return str(place.reference)
    digest = replace(place, mark=mark).digest
    if digest is not None:
        return str(ImageReference(repository, digest=digest))
    return f"{repository}:{clean_line(mark)}"


def _is_for(platform: Platform | None, wanted: Platform) -> bool:
    return platform is not None and platform.satisfies(wanted)


def same_platform(images: Sequence[ReadImage], wanted: Platform | None) -> ReadImage | None:
    """The image for the platform, or the only one where platforms are not told."""
    for image in images:
        if image.platform == wanted:
            return image
    fitting = [image for image in images if wanted and _is_for(image.platform, wanted)]
    if fitting:
        return fitting[0]
    is_untold = len(images) == 1 and (wanted is None or images[0].platform is None)
    return images[0] if is_untold else None
