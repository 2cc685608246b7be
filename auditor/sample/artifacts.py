"""Things registries hold besides images, built for the demo and labelled as such.

An attestation beside each image of 2025-2026 (its size is a fact, its digest is not), a
signature, a bill of materials, a chart and a build cache. Small bodies are served; larger
blobs answer HEAD only, as layers do.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from auditor.domain import media_types
from auditor.sample.documents import (
    NOTE,
    OCI_LAYER,
    Document,
    ImageDocuments,
    Json,
    document,
    pseudo_diff_id,
)
from auditor.sample.facts import ModernFact

BUILT_FOR_THE_DEMO = "built for the demo"
SIGNATURE_LAYER = "application/vnd.dev.cosign.simplesigning.v1+json"
SPDX = "application/spdx+json"
HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"
HELM_CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_LABEL = {NOTE: BUILT_FOR_THE_DEMO}
_CHART_BYTES = 18_342


@dataclass(frozen=True, slots=True)
class Artifact:
    """A manifest, the small blobs it refers to, and sizes of those that have no body."""

    manifest: Document
    blobs: tuple[Document, ...] = ()
    absent_blobs: tuple[tuple[str, int], ...] = ()


def attestation(modern: ModernFact) -> Artifact:
    """The manifest BuildKit puts beside an image: platform unknown/unknown in the index."""
    digest = _invented_digest(f"attestation of {modern.image.source_digest}")
    config = document(
        media_types.OCI_CONFIG,
        {
            "architecture": "unknown",
            "os": "unknown",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [pseudo_diff_id(digest)]},
        },
    )
    statement = {
        "mediaType": media_types.IN_TOTO,
        "digest": digest,
        "size": modern.attestation_bytes,
        "annotations": {"in-toto.io/predicate-type": "https://spdx.dev/Document"},
    }
    note = {NOTE: "the size is a fact, the digest was made for the demo"}
    manifest = _manifest(config.descriptor(), [statement], annotations=note)
    return Artifact(manifest, (config,), ((digest, modern.attestation_bytes),))


def signature(subject: Document) -> Artifact:
    """A signature in the old form: an image manifest under the tag `sha256-….sig`."""
    payload = document(
        SIGNATURE_LAYER, {"critical": {"image": {"digest": subject.digest}}, "optional": _LABEL}
    )
    config = document(
        media_types.OCI_CONFIG,
        {
            "architecture": "",
            "os": "",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [payload.digest]},
        },
    )
    layer = payload.descriptor(annotations={"dev.cosignproject.cosign/signature": "none"})
    return Artifact(_manifest(config.descriptor(), [layer], annotations=_LABEL), (config, payload))


def signature_tag(subject: Document) -> str:
    """`sha256-<hex>.sig`."""
    return f"{subject.digest.replace(':', '-')}.sig"


def bill_of_materials(subject: Document) -> Artifact:
    """An SPDX document that refers to an index or image through `subject`."""
    body = document(SPDX, {"spdxVersion": "SPDX-2.3", "name": BUILT_FOR_THE_DEMO, "packages": []})
    empty = document(media_types.OCI_EMPTY, {})
    manifest = _manifest(
        empty.descriptor(),
        [body.descriptor()],
        artifactType=SPDX,
        subject=subject.descriptor(),
        annotations=_LABEL,
    )
    return Artifact(manifest, (empty, body))


def chart(name: str, version: str) -> Artifact:
    """A Helm chart: config of its own type, one archive that is not shipped."""
    config = document(
        HELM_CONFIG,
        {"apiVersion": "v2", "name": name, "version": version, "description": BUILT_FOR_THE_DEMO},
    )
    digest = _invented_digest(f"chart {name} {version}")
    archive = {"mediaType": HELM_CHART, "digest": digest, "size": _CHART_BYTES}
    manifest = _manifest(config.descriptor(), [archive], annotations=_LABEL)
    return Artifact(manifest, (config,), ((digest, _CHART_BYTES),))


def build_cache(image: ImageDocuments) -> Artifact:
    """A BuildKit cache export: an index that lists layers and a config, no manifests."""
    config = document(
        media_types.BUILDKIT_CACHE_CONFIG,
        {"layers": [{"blob": layer.digest.text} for layer in image.layers], "records": []},
    )
    layers = [
        {"mediaType": OCI_LAYER, "digest": layer.digest.text, "size": layer.size_bytes}
        for layer in image.layers
    ]
    index = document(
        media_types.OCI_INDEX,
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_INDEX,
            "manifests": [*layers, config.descriptor()],
            "annotations": _LABEL,
        },
    )
    return Artifact(
        index, (config,), tuple((layer.digest.text, layer.size_bytes) for layer in image.layers)
    )


def _manifest(config: Json, layers: list[Json], **more: object) -> Document:
    return document(
        media_types.OCI_MANIFEST,
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": config,
            "layers": layers,
            **more,
        },
    )


def _invented_digest(name: str) -> str:
    return f"sha256:{hashlib.sha256(f'registry-auditor sample {name}'.encode()).hexdigest()}"
