"""Facts to the bytes a registry serves: configs, manifests and indexes.

The original config blobs are not in the source, so they are made here, the same bytes every
time: dates, platform and restated steps are facts, everything else is the least a config
needs. A manifest therefore has a digest of its own; the real one stands in the label
`registry-auditor.sample.source-manifest`. Layer digests and sizes are the real ones.

`diff_ids` cannot be known without the layers: each is the SHA-256 of a fixed prefix and the
layer's digest, so equal layers have equal diff IDs and an image on a base starts with the
base's chain, as in reality.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from auditor.domain import media_types
from auditor.domain.platform import Platform
from auditor.sample.facts import ImageFact, LayerFact, StepFact

Json = dict[str, Any]
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CREATED = "org.opencontainers.image.created"
SOURCE = "registry-auditor.sample.source"
SOURCE_MANIFEST = "registry-auditor.sample.source-manifest"
NOTE = "registry-auditor.sample.note"
_DIFF_ID_PREFIX = b"registry-auditor sample diff id of "
_OCI_SHARE = 3


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes with their media type and digest (`sha256:…`)."""

    media_type: str
    body: bytes
    digest: str

    def descriptor(self, **more: object) -> Json:
        """The OCI descriptor of this document, with further keys."""
        return {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": len(self.body),
            **more,
        }


@dataclass(frozen=True, slots=True)
class ImageDocuments:
    """A manifest and its config, and the layers they are about."""

    platform: Platform
    manifest: Document
    config: Document
    layers: tuple[LayerFact, ...]


def document(media_type: str, content: object) -> Document:
    """`content` as compact JSON."""
    body = msgspec.json.encode(content)
    return Document(media_type, body, f"sha256:{hashlib.sha256(body).hexdigest()}")


def uses_oci_types(repository: str) -> bool:
    """Whether a repository's images of 2018 are served with OCI media types.

    All were Docker's types then; a third of the families is served as OCI, by a checksum
    of the name, so that readers meet both.
    """
    return zlib.crc32(repository.encode()) % _OCI_SHARE == 0


def image_documents(
    image: ImageFact, *, is_oci: bool, source: str, note: str = ""
) -> ImageDocuments:
    """Manifest and config of one image; `source` is the attribution line."""
    facts = _annotations(image.created_at, source, image.source_digest, note)
    config = document(
        media_types.OCI_CONFIG if is_oci else media_types.DOCKER_CONFIG, _config(image, facts)
    )
    media_type = media_types.OCI_MANIFEST if is_oci else media_types.DOCKER_MANIFEST
    layer_type = OCI_LAYER if is_oci else DOCKER_LAYER
    content: Json = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": config.descriptor(),
        "layers": [
            {"mediaType": layer_type, "digest": layer.digest.text, "size": layer.size_bytes}
            for layer in image.layers
        ],
    }
    if is_oci:
        content["annotations"] = facts
    return ImageDocuments(image.platform, document(media_type, content), config, image.layers)


def index_document(
    children: Iterable[Json], *, is_oci: bool, annotations: Mapping[str, str]
) -> Document:
    """An index over child descriptors; Docker's list type has no annotations."""
    media_type = media_types.OCI_INDEX if is_oci else media_types.DOCKER_LIST
    content: Json = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "manifests": list(children),
    }
    if is_oci:
        content["annotations"] = dict(annotations)
    return document(media_type, content)


def platform_json(platform: Platform) -> Json:
    """`{"architecture", "os"[, "variant"]}`."""
    variant = {"variant": platform.variant} if platform.variant else {}
    return {"architecture": platform.architecture, "os": platform.os, **variant}


def timestamp(moment: datetime) -> str:
    """`2018-01-19T02:36:21Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def pseudo_diff_id(layer_digest: str) -> str:
    """A stable stand-in for the diff ID of a layer; see the top of this file."""
    return f"sha256:{hashlib.sha256(_DIFF_ID_PREFIX + layer_digest.encode()).hexdigest()}"


def _annotations(created_at: datetime | None, source: str, manifest: str, note: str) -> Json:
    created = {CREATED: timestamp(created_at)} if created_at else {}
    original = {SOURCE_MANIFEST: manifest} if manifest else {}
    return {**created, SOURCE: source, **original, **({NOTE: note} if note else {})}


def _config(image: ImageFact, labels: Json) -> Json:
    content: Json = {
        **platform_json(image.platform),
        **({"created": timestamp(image.created_at)} if image.created_at else {}),
        **({"docker_version": image.builder_version} if image.builder_version else {}),
        "config": {"Labels": labels},
        "rootfs": {
            "type": "layers",
            "diff_ids": [pseudo_diff_id(layer.digest.text) for layer in image.layers],
        },
    }
    if image.steps:
        write = _buildkit_step if image.is_buildkit else _classic_step
        content["history"] = [write(step) for step in image.steps]
    return content


def _classic_step(step: StepFact) -> Json:
    """History as docker build wrote it before BuildKit."""
    instruction, _, rest = step.text.partition(" ")
    if instruction != "RUN":
        created_by = f"/bin/sh -c #(nop) {'' if instruction in {'ADD', 'COPY'} else ' '}{step.text}"
    elif rest.startswith("|"):  # build arguments come before the shell
        created_by = rest
    else:
        created_by = f"/bin/sh -c {rest}"
    return _history_entry(step, created_by)


def _buildkit_step(step: StepFact) -> Json:
    """History as BuildKit writes it; root file systems are made by other tools."""
    instruction, _, rest = step.text.partition(" ")
    if instruction == "RUN" and rest.startswith("# debian.sh"):
        return {**_history_entry(step, rest), "comment": "debuerreotype"}
    if instruction == "RUN" and rest.startswith("umoci"):
        return _history_entry(step, rest)
    if instruction == "RUN":
        created_by = f"RUN /bin/sh -c {rest} # buildkit"
    elif instruction in {"ADD", "COPY"}:
        created_by = f"{step.text} # buildkit"
    else:
        created_by = step.text
    return {**_history_entry(step, created_by), "comment": "buildkit.dockerfile.v0"}


def _history_entry(step: StepFact, created_by: str) -> Json:
    created = {"created": timestamp(step.created_at)} if step.created_at else {}
    empty = {"empty_layer": True} if step.layer_position is None else {}
    return {**created, "created_by": created_by, **empty}
