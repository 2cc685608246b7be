"""The registry every figure is checked on: real images, and every awkward thing beside them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.images.contents import (
    IN_TOTO,
    OCI_INDEX,
    Stored,
    config_for,
    index_of,
    json_of,
    layer,
    manifest_of,
)
from tests.end_to_end.images.pushing import RawRegistry, Workshop

SIGNATURE_CONFIG = "application/vnd.example.signature.config.v1+json"
SIGNATURE_LAYER = "application/vnd.example.signature.v1+json"


def fill(address: str, folder: Path) -> None:
    """Push the whole fleet to an empty registry at `address`; `folder` is for work files."""
    workshop, raw = Workshop(folder / "workshop"), RawRegistry(f"http://{address}")
    workshop.start()
    push_shared_bases(workshop, address)
    push_every_format(workshop, address)
    push_platforms(workshop, address)
    push_attested_index(raw)
    push_signature(raw)
    push_artifact_of_an_untagged_image(raw)
    push_odd_manifests(raw)
    push_and_delete(raw)
    retag(raw)


def push_shared_bases(workshop: Workshop, address: str) -> None:
    """A base of two layers, images built on it, aliases, one image in two repositories."""
    workshop.new("runtime")
    workshop.add_layer("runtime", "ADD rootfs.tar /", "base-system", 60_000)
    workshop.add_layer("runtime", "RUN install runtime", "base-runtime", 41_003)
    workshop.add_setting("runtime", 'CMD ["runtime"]', "org.example.role", "base")
    workshop.branch("runtime", "app")
    workshop.add_setting("app", "ENV MODE=production", "org.example.mode", "production")
    workshop.add_layer("app", "COPY . /app", "app-sources", 17_001)
    workshop.branch("app", "app-next")
    workshop.add_layer("app-next", "RUN compile assets", "app-assets", 9_002)
    workshop.branch("runtime", "worker")
    workshop.add_layer("worker", "COPY worker /usr/bin/", "worker-program", 12_345)
    for image, name in (
        ("runtime", "base/runtime:1"),
        ("runtime", "base/runtime:latest"),
        ("runtime", "mirror/runtime:1"),
        ("runtime", "mirror-2/runtime:1"),  # as bytes before the other, in a dictionary after
        ("app", "team/app:1.0"),
        ("app-next", "team/app:1.1"),
        ("app-next", "team/app:latest"),
        ("worker", "team/worker:2"),
    ):
        workshop.push(image, address, name)


def push_every_format(workshop: Workshop, address: str) -> None:
    """One image as Docker schema 2, with the blobs of its OCI twin."""
    workshop.push("app", address, "team/as-docker:1.0", "--format", "v2s2")


def push_platforms(workshop: Workshop, address: str) -> None:
    """An index over two platforms that umoci built, joined by hand and pushed by skopeo."""
    workshop.new("tool-arm64", "arm64")
    workshop.add_layer("tool-arm64", "COPY tool /", "tool-arm64", 8_123)
    workshop.new("tool-amd64")
    workshop.add_layer("tool-amd64", "COPY tool /", "tool-amd64", 8_456)
    layout_index = workshop.layout / "index.json"
    listed = json.loads(layout_index.read_bytes())
    children = [
        _child(each, each["annotations"]["org.opencontainers.image.ref.name"])
        for each in listed["manifests"]
        if each["annotations"]["org.opencontainers.image.ref.name"].startswith("tool-")
    ]
    index = index_of(children)
    _, _, hexadecimal = index.digest.partition(":")
    (workshop.layout / "blobs" / "sha256" / hexadecimal).write_bytes(index.body)
    name = {"org.opencontainers.image.ref.name": "tool"}
    listed["manifests"].append(index.descriptor(annotations=name))
    layout_index.write_text(json.dumps(listed))
    workshop.push("tool", address, "multi/tool:1", "--all")


def _child(listed: dict[str, object], name: str) -> dict[str, object]:
    platform = {"os": "linux", "architecture": name.removeprefix("tool-")}
    keys = ("mediaType", "digest", "size")
    return {key: listed[key] for key in keys} | {"platform": platform}


def push_attested_index(raw: RawRegistry) -> None:
    """An index as BuildKit makes it: two platforms and an attestation for one of them."""
    children, repository = [], "multi/attested"
    shared = layer("shared-by-platforms", 5_000)
    for architecture in ("amd64", "arm64"):
        layers = (shared, layer(f"attested-{architecture}", 7_000 + len(architecture)))
        steps = ("ARG VERSION", "COPY data /", "RUN build")
        config = config_for(layers, architecture, steps)
        manifest = manifest_of(config, layers)
        raw.put_image(repository, manifest.digest, (manifest, (config, *layers)))
        platform = {"os": "linux", "architecture": architecture}
        children.append(manifest.descriptor(platform=platform))
    attestation, blobs = _attestation()
    raw.put_image(repository, attestation.digest, (attestation, blobs))
    children.append(
        attestation.descriptor(
            platform={"os": "unknown", "architecture": "unknown"},
            annotations={
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": children[0]["digest"],
            },
        )
    )
    raw.put_manifest(repository, "3", index_of(children))


def _attestation() -> tuple[Stored, tuple[Stored, ...]]:
    statement = json_of({"_type": "https://in-toto.io/Statement/v0.1", "subject": []}, IN_TOTO)
    config = config_for((), "unknown", ())
    return manifest_of(config, (statement,)), (config, statement)


def push_signature(raw: RawRegistry) -> None:
    """A signature found by the fallback tag: an index whose child names its subject.

    Source: distribution-spec, "Referrers Tag Schema".
    """
    repository = "multi/attested"
    subject = raw.digest_of(repository, "3")
    if subject is None:
        raise LookupError("the attested index comes first")
    config = json_of({}, SIGNATURE_CONFIG)
    signature = json_of({"signed": subject}, SIGNATURE_LAYER)
    described = {"mediaType": OCI_INDEX, "digest": subject, "size": 0}
    manifest = manifest_of(config, (signature,), subject=described)
    raw.put_image(repository, manifest.digest, (manifest, (config, signature)))
    fallback = index_of([manifest.descriptor(artifactType=SIGNATURE_CONFIG)])
    raw.put_manifest(repository, subject.replace(":", "-"), fallback)


def push_artifact_of_an_untagged_image(raw: RawRegistry) -> None:
    """A tagged artifact whose subject no tag points at: the subject stays because of it."""
    repository = "odd/subject"
    image, blobs = simple_image("only-a-subject", 2_222)
    raw.put_image(repository, image.digest, (image, blobs))
    config = json_of({}, SIGNATURE_CONFIG)
    report = json_of({"findings": []}, SIGNATURE_LAYER)
    artifact = manifest_of(config, (report,), subject=image.descriptor())
    raw.put_image(repository, "report", (artifact, (config, report)))


def push_odd_manifests(raw: RawRegistry) -> None:
    """An image without layers, and one that lists the same layer twice."""
    nothing = config_for((), "amd64", ("ENV ONLY=settings",))
    raw.put_image("odd/without-layers", "1", (manifest_of(nothing, ()), (nothing,)))
    twice = layer("listed-twice", 3_333)
    config = config_for((twice, twice), "amd64", ("COPY a /", "COPY a /"))
    raw.put_image("odd/twice", "1", (manifest_of(config, (twice, twice)), (config, twice)))


def simple_image(name: str, size_bytes: int) -> tuple[Stored, tuple[Stored, ...]]:
    """A manifest and its blobs: one layer of its own."""
    only = layer(name, size_bytes)
    config = config_for((only,), "amd64", (f"COPY {name} /",))
    return manifest_of(config, (only,)), (config, only)


def push_and_delete(raw: RawRegistry) -> None:
    """A repository that lost a tag, one that lost all, and one that only ever got a blob."""
    raw.put_image("gone/some", "kept", simple_image("gone-kept", 4_001))
    raw.put_image("gone/some", "deleted", simple_image("gone-deleted", 4_002))
    raw.delete_manifest("gone/some", "deleted")
    raw.put_image("gone/all", "1", simple_image("gone-all", 4_003))
    raw.delete_manifest("gone/all", "1")
    raw.put_blobs("gone/only-a-blob", [layer("gone-only-a-blob", 4_004)])


def retag(raw: RawRegistry) -> None:
    """A tag that moved on: its first manifest is still stored, and no tag leads to it."""
    raw.put_image("moving/edge", "edge", simple_image("edge-first", 6_001))
    raw.put_image("moving/edge", "edge", simple_image("edge-second", 6_002))
