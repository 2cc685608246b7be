"""Verified bytes -> manifests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Annotated, Any

import msgspec

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidDigestError, InvalidManifestError
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.platform import Platform
from auditor.domain.text import clean_text
from auditor.registry.json_body import decode_json
from auditor.registry.schema1 import claimed_size_bytes

MOST_SIZE_BYTES = 2**50
MOST_REFERENCES = 10_000
"""Layers, manifests and blobs that one manifest may list, all together."""

_MOST_TYPE_CHARACTERS = 255
_MOST_PLATFORM_CHARACTERS = 64
_MOST_ANNOTATIONS = 256
_MOST_KEY_CHARACTERS = 256
_MOST_VALUE_CHARACTERS = 4096
_MOST_TEXT_CHARACTERS = 128 * 1024
_FILE_LAYER_SIGNS = (".layer.", ".rootfs.", "tar")

_Size = Annotated[int, msgspec.Meta(ge=0, le=MOST_SIZE_BYTES)]


class _Descriptor(msgspec.Struct, gc=False):
    digest: str
    size: _Size
    mediaType: str | None = None  # noqa: N815 - the specification's own names
    urls: Any = None
    platform: Any = None
    artifactType: Any = None  # noqa: N815
    annotations: Any = None


class _FsLayer(msgspec.Struct, gc=False):
    blobSum: str  # noqa: N815


class _Manifest(msgspec.Struct):
    """Every field any manifest type has; UNSET tells absent from null."""

    mediaType: Any = None  # noqa: N815
    config: _Descriptor | None = None
    layers: list[_Descriptor] | msgspec.UnsetType | None = msgspec.UNSET
    manifests: list[_Descriptor] | msgspec.UnsetType | None = msgspec.UNSET
    blobs: list[_Descriptor] | msgspec.UnsetType | None = msgspec.UNSET
    fsLayers: list[_FsLayer] | msgspec.UnsetType | None = msgspec.UNSET  # noqa: N815
    history: Any = None
    subject: _Descriptor | None = None
    artifactType: Any = None  # noqa: N815
    annotations: Any = None


_DECODER = msgspec.json.Decoder(_Manifest)


def decode_manifest(body: bytes, digest: Digest, content_type: str = "") -> Manifest:
    """The manifest in `body`, of any type; what it is follows from its shape.

    A declared type (in the body, else `content_type`) is kept where it agrees with the
    shape. Raises InvalidManifestError for sizes that are no integers in 0..2^50, for a
    document that is manifest and index at once, for what is neither, and for more than
    MOST_REFERENCES references, which no memory is spent on.
    Source: image-spec manifest.md, image-index.md; distribution's schema 1 and 2.
    """
    raw = decode_json(body, _Manifest, _DECODER, "the manifest")
    _check_references(raw)
    media_type = _media_type(raw, content_type)
    if media_type in media_types.INDEX_TYPES:
        return _index(raw, body, digest, media_type)
    if media_type in media_types.SCHEMA1_TYPES:
        return _schema1(raw, body, digest, media_type)
    if media_type == media_types.OCI_ARTIFACT:
        return _artifact(raw, body, digest)
    return _image(raw, body, digest, media_type)


def decode_entries(body: bytes, what: str) -> tuple[Descriptor, ...]:
    """What an index lists, annotations included, for an index that is a listing.

    Such a listing is no manifest: it may be as long as JSON may be here. Raises
    InvalidManifestError for what is no index. Source: image-spec image-layout.md.
    """
    raw = decode_json(body, _Manifest, _DECODER, what)
    if _media_type(raw, "") not in media_types.INDEX_TYPES:
        raise InvalidManifestError(f"{what} is no index")
    entries = raw.manifests if isinstance(raw.manifests, list) else []
    return tuple(
        [replace(_descriptor(one), annotations=clean_texts(one.annotations)) for one in entries]
    )


def _check_references(raw: _Manifest) -> None:
    lists: tuple[Any, ...] = (raw.layers, raw.manifests, raw.blobs, raw.fsLayers)
    count = sum(len(one) for one in lists if isinstance(one, list))
    if count > MOST_REFERENCES:
        raise InvalidManifestError(
            f"the manifest lists {count:,} things, more than {MOST_REFERENCES:,}"
        )


def _media_type(raw: _Manifest, content_type: str) -> str:
    is_index = raw.manifests is not msgspec.UNSET
    is_image = raw.layers is not msgspec.UNSET or raw.config is not None
    if is_index and (is_image or raw.fsLayers is not msgspec.UNSET):
        raise InvalidManifestError("the document is a manifest and an index at once")
    declared = [raw.mediaType, content_type.partition(";")[0].strip().lower()]
    if is_index:
        return _first(declared, media_types.INDEX_TYPES, media_types.OCI_INDEX)
    if is_image:
        return _first(declared, media_types.IMAGE_MANIFEST_TYPES, media_types.OCI_MANIFEST)
    if raw.fsLayers is not msgspec.UNSET:
        return _first(declared, media_types.SCHEMA1_TYPES, media_types.DOCKER_SCHEMA1)
    if raw.blobs is not msgspec.UNSET:
        return media_types.OCI_ARTIFACT
    named = _first(declared, media_types.MANIFEST_TYPES, "")
    if not named:
        raise InvalidManifestError("the document is no manifest of a known kind")
    return named


def _first(declared: Iterable[Any], allowed: frozenset[str], otherwise: str) -> str:
    return next((one for one in declared if isinstance(one, str) and one in allowed), otherwise)


def _image(raw: _Manifest, body: bytes, digest: Digest, media_type: str) -> Manifest:
    config = _descriptor(raw.config) if raw.config else None
    layers = _descriptors(raw.layers)
    return Manifest(
        digest=digest,
        media_type=media_type,
        size_bytes=len(body),
        kind=ManifestKind.IMAGE if _is_image(config, layers) else ManifestKind.ARTIFACT,
        config=config,
        layers=layers,
        subject=_descriptor(raw.subject) if raw.subject else None,
        artifact_type=_text(raw.artifactType, _MOST_TYPE_CHARACTERS),
        annotations=clean_texts(raw.annotations),
    )


def _is_image(config: Descriptor | None, layers: tuple[Descriptor, ...]) -> bool:
    """An image has an image config, and layers that are files rather than statements.

    Signatures and attestations borrow the image config's type; their layers tell.
    """
    if config is None or config.media_type not in media_types.IMAGE_CONFIG_TYPES:
        return False
    return not layers or any(
        sign in layer.media_type for layer in layers for sign in _FILE_LAYER_SIGNS
    )


def _index(raw: _Manifest, body: bytes, digest: Digest, media_type: str) -> Manifest:
    entries = _descriptors(raw.manifests)
    # An entry without a type is asked for; one of another type is a blob of a build cache.
    children = tuple(one for one in entries if may_be_manifest(one))
    blobs = tuple(one for one in entries if not may_be_manifest(one))
    is_cache = any(one.media_type == media_types.BUILDKIT_CACHE_CONFIG for one in blobs)
    is_artifact = is_cache or (bool(blobs) and not children)
    return Manifest(
        digest=digest,
        media_type=media_type,
        size_bytes=len(body),
        kind=ManifestKind.ARTIFACT if is_artifact else ManifestKind.INDEX,
        children=children,
        blobs=blobs,
        subject=_descriptor(raw.subject) if raw.subject else None,
        artifact_type=_text(raw.artifactType, _MOST_TYPE_CHARACTERS),
        annotations=clean_texts(raw.annotations),
    )


def may_be_manifest(entry: Descriptor) -> bool:
    """Whether an index's entry is a manifest, or has no type, so that only asking tells."""
    return not entry.media_type or entry.media_type in media_types.MANIFEST_TYPES


def _artifact(raw: _Manifest, body: bytes, digest: Digest) -> Manifest:
    return Manifest(
        digest=digest,
        media_type=media_types.OCI_ARTIFACT,
        size_bytes=len(body),
        kind=ManifestKind.ARTIFACT,
        blobs=_descriptors(raw.blobs),
        subject=_descriptor(raw.subject) if raw.subject else None,
        artifact_type=_text(raw.artifactType, _MOST_TYPE_CHARACTERS),
        annotations=clean_texts(raw.annotations),
    )


def _schema1(raw: _Manifest, body: bytes, digest: Digest, media_type: str) -> Manifest:
    """Layers bottom first, as elsewhere (the format has them top first)."""
    blobs = raw.fsLayers if isinstance(raw.fsLayers, list) else []
    history = raw.history if isinstance(raw.history, list) else []
    claims = [_claim(entry) for entry in history] if len(history) == len(blobs) else []
    claims = claims or [0] * len(blobs)
    layers = tuple(
        Descriptor("application/vnd.docker.container.image.rootfs.diff+x-gtar", _digest(one), size)
        for one, size in zip((blob.blobSum for blob in blobs), claims, strict=True)
    )
    return Manifest(
        digest=digest,
        media_type=media_type,
        size_bytes=len(body),
        kind=ManifestKind.IMAGE,
        layers=layers[::-1],
    )


def _claim(entry: Any) -> int:  # noqa: ANN401 - whatever JSON holds
    text = entry.get("v1Compatibility") if isinstance(entry, dict) else None
    return claimed_size_bytes(text) if isinstance(text, str) else 0


def _descriptors(raw: list[_Descriptor] | msgspec.UnsetType | None) -> tuple[Descriptor, ...]:
    return tuple([_descriptor(one) for one in raw]) if raw else ()


def _descriptor(raw: _Descriptor) -> Descriptor:
    media_type = _media_type_text(raw.mediaType) if raw.mediaType else ""
    if not (raw.urls or raw.platform or raw.artifactType):
        return _plain_descriptor(media_type, raw.digest, raw.size)
    return Descriptor(
        media_type,
        _digest(raw.digest),
        raw.size,
        bool(raw.urls) or media_types.is_foreign_layer(media_type),
        _platform(raw.platform),
        _text(raw.artifactType, _MOST_TYPE_CHARACTERS),
    )


@lru_cache(maxsize=32_768)
def _plain_descriptor(media_type: str, digest: str, size_bytes: int) -> Descriptor:
    """One object for the many manifests that refer to the same layer."""
    is_foreign = media_types.is_foreign_layer(media_type)
    return Descriptor(media_type, _digest(digest), size_bytes, is_foreign)


def _digest(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except InvalidDigestError as error:
        raise InvalidManifestError(f"the manifest refers to {error}") from None


@lru_cache(maxsize=4096)
def _media_type_text(text: str) -> str:
    return clean_text(text.strip(), _MOST_TYPE_CHARACTERS)


def _platform(raw: Any) -> Platform | None:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(raw, dict):
        return None
    return platform_of(
        raw.get("os"), raw.get("architecture"), raw.get("variant"), raw.get("os.version")
    )


def platform_of(os: Any, architecture: Any, variant: Any, os_version: Any) -> Platform | None:  # noqa: ANN401
    """The platform, or None unless both system and architecture are named."""
    if not (isinstance(os, str) and os and isinstance(architecture, str) and architecture):
        return None
    texts = (
        _text(one, _MOST_PLATFORM_CHARACTERS) for one in (os, architecture, variant, os_version)
    )
    return Platform(*texts)


def _text(raw: Any, limit: int) -> str:  # noqa: ANN401
    return clean_text(raw, limit) if isinstance(raw, str) else ""


def clean_texts(raw: Any) -> dict[str, str]:  # noqa: ANN401
    """Texts of a JSON object, cleaned and cut, as many as fit; other values left out.

    At most 256 texts and 128 Ki characters all together.
    """
    if not isinstance(raw, dict):
        return {}
    texts: dict[str, str] = {}
    left = _MOST_TEXT_CHARACTERS
    pairs = ((key, value) for key, value in raw.items() if isinstance(value, str))
    for key, value in islice(pairs, _MOST_ANNOTATIONS):
        name = clean_text(key, _MOST_KEY_CHARACTERS)
        text = clean_text(value, _MOST_VALUE_CHARACTERS)
        left -= len(name) + len(text)
        if left < 0:
            break
        texts[name] = text
    return texts
