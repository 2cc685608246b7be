"""Manifests, configs and observations in a word each: contents follow from their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import DiffId, Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.observation import RepositoryObservation
from auditor.domain.platform import Platform

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
AMD64 = Platform("linux", "amd64")
ARM64 = Platform("linux", "arm64", "v8")
WINDOWS = Platform("windows", "amd64", os_version="10.0.17763.1")


def day(number: float) -> datetime:
    """The moment so many days after the first crawl."""
    return START + timedelta(days=number)


def named(name: str) -> Digest:
    return Digest.of(name.encode())


def layer(name: str, size_bytes: int, *, is_foreign: bool = False) -> Descriptor:
    return Descriptor(LAYER_TYPE, named(name), size_bytes, is_foreign=is_foreign)


def config(
    name: str, size_bytes: int = 10, *, platform: Platform | None = AMD64, **fields: Any
) -> ImageConfig:
    """An image config of ten bytes; `tars` names the uncompressed layers."""
    tars = fields.pop("tars", ())
    return ImageConfig(
        digest=named(name),
        size_bytes=size_bytes,
        platform=platform,
        diff_ids=tuple(DiffId(named(tar).text) for tar in tars),
        **fields,
    )


def image(
    name: str,
    *layers: Descriptor,
    of: ImageConfig | None = None,
    size_bytes: int = 100,
    **fields: Any,
) -> Manifest:
    """An image of a hundred bytes of manifest, with the config `of` if there is one."""
    reference = Descriptor(media_types.OCI_CONFIG, of.digest, of.size_bytes) if of else None
    return Manifest(
        digest=named(name),
        media_type=media_types.OCI_MANIFEST,
        size_bytes=size_bytes,
        kind=ManifestKind.IMAGE,
        config=reference,
        layers=layers,
        **fields,
    )


def index(
    name: str,
    *children: Manifest,
    platforms: Iterable[Platform | None] = (),
    size_bytes: int = 200,
    **fields: Any,
) -> Manifest:
    """An index of two hundred bytes over these manifests, in this order."""
    where = [*platforms, *([None] * len(children))]
    return Manifest(
        digest=named(name),
        media_type=media_types.OCI_INDEX,
        size_bytes=size_bytes,
        kind=ManifestKind.INDEX,
        children=tuple(
            Descriptor(child.media_type, child.digest, child.size_bytes, platform=platform)
            for child, platform in zip(children, where, strict=False)
        ),
        **fields,
    )


def signature(name: str, subject: Manifest, *layers: Descriptor) -> Manifest:
    """An artifact of fifty bytes about another manifest."""
    return Manifest(
        digest=named(name),
        media_type=media_types.OCI_MANIFEST,
        size_bytes=50,
        kind=ManifestKind.ARTIFACT,
        config=Descriptor(media_types.OCI_EMPTY, named("{}"), 2),
        layers=layers,
        subject=Descriptor(subject.media_type, subject.digest, subject.size_bytes),
        artifact_type="application/vnd.dev.cosign.artifact.sig.v1+json",
    )


def seen(
    repository: str,
    tags: Mapping[str, Manifest | None] | None = None,
    *others: Manifest,
    configs: Iterable[ImageConfig] = (),
    **fields: Any,
) -> RepositoryObservation:
    """A repository with these tags; it reached what they point at and `others`."""
    tagged = {name: manifest for name, manifest in (tags or {}).items() if manifest is not None}
    manifests = {one.digest: one for one in (*tagged.values(), *others)}
    return RepositoryObservation(
        repository=repository,
        tags={name: one.digest if one else None for name, one in (tags or {}).items()},
        reached=frozenset(manifests),
        manifests=tuple(manifests.values()),
        configs=tuple(configs),
        **fields,
    )
