"""Bytes of layers, configs and manifests, the same on every run."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
IN_TOTO = "application/vnd.in-toto+json"
EPOCH = "2024-03-01T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Stored:
    """Some bytes and what a manifest calls them."""

    body: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """`sha256:` and the hash of the body."""
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"

    def descriptor(self, **more: object) -> dict[str, Any]:
        """The descriptor of these bytes; `more` adds or replaces fields."""
        described: dict[str, Any] = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": len(self.body),
        }
        return described | more


def tar_of(name: str, size_bytes: int) -> bytes:
    """An uncompressed tar with one file that does not compress, made from its name."""
    body = random.Random(name).randbytes(size_bytes)  # noqa: S311 - contents, not a secret
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime = size_bytes, 0
        tar.addfile(entry, io.BytesIO(body))
    return archive.getvalue()


def layer(name: str, size_bytes: int) -> Stored:
    """A gzip layer holding one file."""
    return Stored(gzip.compress(tar_of(name, size_bytes), mtime=0), OCI_LAYER)


def json_of(value: object, media_type: str) -> Stored:
    """A value as a JSON document of that type."""
    return Stored(json.dumps(value, separators=(",", ":")).encode(), media_type)


def config_for(layers: Sequence[Stored], architecture: str, steps: Sequence[str]) -> Stored:
    """An image config whose last `len(layers)` steps made the layers."""
    first_step = len(steps) - len(layers)
    return json_of(
        {
            "created": EPOCH,
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": {
                "type": "layers",
                "diff_ids": [
                    f"sha256:{hashlib.sha256(gzip.decompress(each.body)).hexdigest()}"
                    for each in layers
                ],
            },
            "history": [
                {"created": EPOCH, "created_by": step}
                | ({"empty_layer": True} if number < first_step else {})
                for number, step in enumerate(steps)
            ],
        },
        OCI_CONFIG,
    )


def manifest_of(config: Stored, layers: Sequence[Stored], /, **more: object) -> Stored:
    """An OCI image manifest."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.descriptor(),
        "layers": [each.descriptor() for each in layers],
    }
    return json_of(document | more, OCI_MANIFEST)


def index_of(children: Sequence[dict[str, Any]]) -> Stored:
    """An OCI index over those descriptors."""
    return json_of(
        {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(children)}, OCI_INDEX
    )
