"""What `docker save` writes: images as configs and layers, mostly without compression.

Source: moby image/tarexport/tarexport.go (`manifestItem`), containers/image
docker/internal/tarfile/types.go.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import DiffId, Digest
from auditor.domain.errors import (
    DigestMismatchError,
    InvalidManifestError,
    InvalidReferenceError,
    NotARegistryError,
    NotFoundError,
    UnknownReferenceError,
)
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.read_image import LayerMeasure, ReadImage
from auditor.domain.reference import ImageReference
from auditor.domain.text import clean_line
from auditor.registry.archives.tar_file import TarFile, TarMember
from auditor.registry.decode import MOST_REFERENCES
from auditor.registry.decode_config import decode_config
from auditor.registry.json_body import check_depth, decode_json
from auditor.registry.options import ClientOptions
from auditor.registry.verify import check_digest

_MANIFEST: Final = "manifest.json"
_DOCKERS_LEVEL: Final = 6
_GZIP_WINDOW: Final = 31
_COMPRESSED: Final = {b"\x1f\x8b": "+gzip", b"\x28\xb5\x2f\xfd": "+zstd"}
_LAYER_TYPE: Final = "application/vnd.oci.image.layer.v1.tar"
_HEX: Final = re.compile(r"(?:^|/)([0-9a-f]{64})(?:\.json)?$")
_DEFAULT_OPTIONS: Final = ClientOptions()
_MOST_IMAGES: Final = 1000


class _Item(msgspec.Struct):
    Config: str
    Layers: list[str] | None = None
    RepoTags: list[str] | None = None


_DECODER = msgspec.json.Decoder(list[_Item])


@dataclass(frozen=True, slots=True)
class _Layer:
    """What a layer's bytes are: as stored, if compressed, else as gzip would make them."""

    digest: Digest
    size_bytes: int
    media_type: str
    diff_id: DiffId | None
    measure: LayerMeasure


def read_docker_archive(
    path: Path,
    wanted: str = "",
    options: ClientOptions = _DEFAULT_OPTIONS,
    is_stopped: Callable[[], bool] = lambda: False,
) -> ReadImage:
    """The image called `wanted` in the archive, or the only one; every layer's bytes are read.

    Layers that are not compressed are, in passing, with gzip as Docker does, and thrown away.
    Raises UnknownReferenceError where the name does not tell which image,
    DigestMismatchError for bytes that are not what the config says, and as `TarFile` does.
    """
    with TarFile.open(path) as tar:
        item = _choose(path, _items(path, tar, options), wanted)
        body = _config_body(tar, item, options)
        config = decode_config(body, Digest.of(body))
        layers = tuple(_read_layers(tar, item, config, is_stopped))
    return _image(path, item, config, layers)


def _items(path: Path, tar: TarFile, options: ClientOptions) -> Sequence[_Item]:
    try:
        body = tar.read(_MANIFEST, options.manifest_cap_bytes)
    except NotFoundError:
        step = "docker save, podman save and skopeo write one with a manifest.json"
        if "oci-layout" in tar:
            step = f"it is an OCI archive: write oci-archive:{clean_line(str(path))}"
        raise NotARegistryError(f"{path.name} is no docker-archive", next_step=step) from None
    check_depth(body, options.json_max_depth, _MANIFEST)
    items = decode_json(body, list[_Item], _DECODER, _MANIFEST)
    if not items or len(items) > _MOST_IMAGES:
        raise InvalidManifestError(f"{path.name} names {len(items):,} images")
    return items


def _choose(path: Path, items: Sequence[_Item], wanted: str) -> _Item:
    if not wanted and len(items) == 1:
        return items[0]
    names = {name: item for item in items for name in item.RepoTags or ()}
    for form in (wanted, f"{wanted}:latest", f"docker.io/{wanted}", f"docker.io/library/{wanted}"):
        if form in names:
            return names[form]
    shown = clean_line(wanted)
    raise UnknownReferenceError(
        f"{path.name} has no image {shown}" if wanted else f"{path.name} has several images",
        next_step="name one behind a colon: docker-archive:FILE:NAME:TAG",
        candidates=tuple(clean_line(name) for name in list(names)[:20]),
    )


def _config_body(tar: TarFile, item: _Item, options: ClientOptions) -> bytes:
    body = tar.read(item.Config, options.config_cap_bytes)
    check_depth(body, options.json_max_depth, "the image config")
    match = _HEX.search(item.Config)
    if match:
        check_digest(body, Digest.parse(f"sha256:{match[1]}"), what="the image config")
    return body


def _read_layers(
    tar: TarFile, item: _Item, config: ImageConfig, is_stopped: Callable[[], bool]
) -> Iterator[_Layer]:
    names = item.Layers or []
    if len(names) > MOST_REFERENCES:
        raise InvalidManifestError(f"the image lists {len(names):,} layers")
    if config.diff_ids and len(config.diff_ids) != len(names):
        raise InvalidManifestError(
            f"the image has {len(names)} layers, and its config knows {len(config.diff_ids)}"
        )
    known: dict[TarMember, _Layer] = {}
    for position, name in enumerate(names):
        member = tar.member(name)
        if member not in known:
            known[member] = _read_layer(tar, member, is_stopped)
        layer = known[member]
        if config.diff_ids and layer.diff_id and layer.diff_id != config.diff_ids[position]:
            raise DigestMismatchError(
                f"layer {position + 1} does not have the contents that the image config says",
                next_step="write the archive again",
            )
        yield layer


def _read_layer(tar: TarFile, member: TarMember, is_stopped: Callable[[], bool]) -> _Layer:
    hashed, gzipped = (
        hashlib.sha256(),
        zlib.compressobj(_DOCKERS_LEVEL, zlib.DEFLATED, _GZIP_WINDOW),
    )
    compressed_hash, size_bytes, ending = hashlib.sha256(), 0, ""
    for number, chunk in enumerate(tar.chunks(member)):
        if is_stopped():
            raise KeyboardInterrupt
        if number == 0:
            ending = next((_COMPRESSED[one] for one in _COMPRESSED if chunk.startswith(one)), "")
        hashed.update(chunk)
        if not ending:
            made = gzipped.compress(chunk)
            compressed_hash.update(made)
            size_bytes += len(made)
    if ending:
        digest = Digest(f"sha256:{hashed.hexdigest()}")
        return _Layer(digest, member.size_bytes, _LAYER_TYPE + ending, None, LayerMeasure())
    made = gzipped.flush()
    compressed_hash.update(made)
    return _Layer(
        digest=Digest(f"sha256:{compressed_hash.hexdigest()}"),
        size_bytes=size_bytes + len(made),
        media_type=f"{_LAYER_TYPE}+gzip",
        diff_id=DiffId(f"sha256:{hashed.hexdigest()}"),
        measure=LayerMeasure(member.size_bytes, is_estimated=True),
    )


def _image(path: Path, item: _Item, config: ImageConfig, layers: Sequence[_Layer]) -> ReadImage:
    descriptors = tuple(
        Descriptor(layer.media_type, layer.digest, layer.size_bytes) for layer in layers
    )
    described = Descriptor(media_types.OCI_CONFIG, config.digest, config.size_bytes)
    manifest = Manifest(
        # An archive has no manifest: the image ID names it, as it does in Docker.
        digest=config.digest,
        media_type=media_types.OCI_MANIFEST,
        size_bytes=len(json.dumps(_pushed(described, descriptors))),
        kind=ManifestKind.IMAGE,
        config=described,
        layers=descriptors,
    )
    name = next(iter(item.RepoTags or ()), "")
    return ReadImage(
        name=clean_line(name) or path.name,
        repository=_repository(name),
        manifest=manifest,
        config=config,
        platform=config.platform,
        measures=tuple(layer.measure for layer in layers),
    )


def _pushed(config: Descriptor, layers: Sequence[Descriptor]) -> Mapping[str, object]:
    """The manifest that a push would write, for its length."""

    def plain(one: Descriptor) -> Mapping[str, object]:
        return {"mediaType": one.media_type, "digest": one.digest.text, "size": one.size_bytes}

    return {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": plain(config),
        "layers": [plain(one) for one in layers],
    }


def _repository(name: str) -> str:
    """The repository without its registry, empty for what is no name."""
    try:
        return ImageReference.parse(name).repository
    except InvalidReferenceError:
        return ""
