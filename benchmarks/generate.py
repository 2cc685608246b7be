"""A registry of many images, written straight into docker-registry's storage folder.

Layer blobs are left out: serving manifests and configs does not need them.
Layout: distribution, registry/storage/paths.go.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_BASES = 20
_WORDS = ("install", "configure", "copy", "build", "library", "service", "runtime", "assets")


@dataclass(frozen=True, slots=True)
class Plan:
    """How many repositories and tags; layers per manifest vary between the two bounds."""

    repositories: int = 200
    tags: int = 10
    layers_at_least: int = 8
    layers_at_most: int = 12
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Image:
    """Where one generated image is: a tag, and the digest of its config."""

    repository: str
    tag: str
    config_digest: str

    @property
    def document_paths(self) -> tuple[str, str]:
        """The two URLs a first crawl has to get: the manifest by tag, the config blob."""
        start = f"/v2/{self.repository}"
        return f"{start}/manifests/{self.tag}", f"{start}/blobs/{self.config_digest}"


def generate(storage: Path, plan: Plan) -> tuple[Image, ...]:
    """Fill an empty storage folder; the same plan gives the same bytes."""
    return tuple(_images(_Writer(storage / "docker" / "registry" / "v2"), plan))


def _images(writer: _Writer, plan: Plan) -> Iterator[Image]:
    chance = random.Random(plan.seed)  # noqa: S311 - contents, not a secret
    bases = [[_layer(chance) for _ in range(5)] for _ in range(_BASES)]
    for number in range(plan.repositories):
        repository = f"team-{number % 25:02d}/service-{number:03d}"
        base = bases[number % _BASES]
        for version in range(plan.tags):
            count = chance.randint(plan.layers_at_least, plan.layers_at_most)
            layers = [*base, *(_layer(chance) for _ in range(count - len(base)))]
            config = json.dumps(_config(chance, len(layers), version)).encode()
            config_digest = writer.config(repository, config)
            manifest = _manifest(config_digest, len(config), layers)
            tag = f"1.{version}"
            writer.manifest(repository, tag, json.dumps(manifest, indent=3).encode())
            yield Image(repository, tag, config_digest)


def _layer(chance: random.Random) -> dict[str, Any]:
    size, digest = chance.randint(10_000, 80_000_000), f"sha256:{chance.randbytes(32).hex()}"
    return {"mediaType": _LAYER, "size": size, "digest": digest}


def _manifest(digest: str, size: int, layers: list[dict[str, Any]]) -> dict[str, Any]:
    config = {"mediaType": _CONFIG, "size": size, "digest": digest}
    return {"schemaVersion": 2, "mediaType": _MANIFEST, "config": config, "layers": layers}


def _config(chance: random.Random, layers: int, version: int) -> dict[str, Any]:
    steps = [
        {
            "created": f"2025-{version + 1:02d}-01T10:00:00Z",
            "created_by": f"RUN /bin/sh -c {' '.join(chance.choices(_WORDS, k=8))}",
        }
        | ({} if number < layers else {"empty_layer": True})
        for number in range(layers + 4)
    ]
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": f"2025-{version + 1:02d}-01T10:00:00Z",
        "config": {"Env": ["PATH=/usr/bin"], "Labels": {"org.example.version": str(version)}},
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{chance.randbytes(32).hex()}" for _ in range(layers)],
        },
        "history": steps,
    }


@dataclass(frozen=True, slots=True)
class _Writer:
    root: Path

    def config(self, repository: str, body: bytes) -> str:
        digest = self._blob(body)
        layers = self.root / "repositories" / repository / "_layers"
        _write(layers / "sha256" / digest[7:] / "link", digest.encode())
        return digest

    def manifest(self, repository: str, tag: str, body: bytes) -> None:
        digest = self._blob(body)
        manifests = self.root / "repositories" / repository / "_manifests"
        for place in (
            manifests / "revisions" / "sha256" / digest[7:],
            manifests / "tags" / tag / "current",
            manifests / "tags" / tag / "index" / "sha256" / digest[7:],
        ):
            _write(place / "link", digest.encode())

    def _blob(self, body: bytes) -> str:
        hexadecimal = hashlib.sha256(body).hexdigest()
        _write(self.root / "blobs" / "sha256" / hexadecimal[:2] / hexadecimal / "data", body)
        return f"sha256:{hexadecimal}"


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
