"""Make the catalogue of known bases from a gathered file about official images.

    .venv/bin/python -m scripts.make_base_catalogue official-sample.json.gz auditor/catalogue/data

Writes `bases.json.gz`, the same bytes for the same input: names, platforms, digests, sizes and
dates, no texts. Which images are bases: those that other images start with, their siblings in
the same repository, the system roots of the months before (one layer each), twelve images of
2025-2026 and what their layers prove of their parents, and a few sizes without digests.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.analysis.bases.names import BaseKind, kind_of, variant_of

Json = dict[str, Any]
_SNAPSHOT, _PUSHES, _PARTS = 0, 1, 2
_COMPUTED = "computed from the packages in distroless's own lists (Debian 12, gzip -6); no manifest was read"
# Names of modern images, how many of their layers, whose whole image those are (their
# Dockerfiles' FROM lines in docker-library/{buildpack-deps,node,python,golang},
# nodejs/docker-node and adoptium/containers), and the month in which they were so.
_MODERN: Mapping[str, tuple[str, Mapping[int, str]]] = {
    "debian:bookworm": ("2026-08-03", {}),
    "node:22": (
        "2026-09-18",
        {
            1: "debian:bookworm",
            2: "buildpack-deps:bookworm-curl",
            3: "buildpack-deps:bookworm-scm",
            4: "buildpack-deps:bookworm",
        },
    ),
    "node:22-slim": ("2026-09-18", {1: "debian:bookworm-slim"}),
    "node:22-alpine": ("2026-09-18", {1: "alpine:3.24"}),
    "node:20": (
        "2025-01-13",
        {
            1: "debian:bookworm",
            2: "buildpack-deps:bookworm-curl",
            3: "buildpack-deps:bookworm-scm",
            4: "buildpack-deps:bookworm",
        },
    ),
    "python:3.12": (
        "2026-08-03",
        {
            1: "debian:trixie",
            2: "buildpack-deps:trixie-curl",
            3: "buildpack-deps:trixie-scm",
            4: "buildpack-deps:trixie",
        },
    ),
    "python:3.12-slim": ("2026-08-03", {1: "debian:trixie-slim"}),
    "python:3.12-alpine": ("2026-08-03", {1: "alpine:3.24"}),
    "golang:latest": (
        "2026-07-13",
        {1: "debian:trixie", 2: "buildpack-deps:trixie-curl", 3: "buildpack-deps:trixie-scm"},
    ),
    "golang:alpine": ("2026-08-01", {1: "alpine:3.24"}),
    "eclipse-temurin:21-jdk": ("2026-08-01", {1: "ubuntu:26.04"}),
    "eclipse-temurin:21-jre": ("2026-08-01", {}),
}
_FIGURES = (
    ("gcr.io/distroless/static-debian12:latest", 700_000),
    ("gcr.io/distroless/base-debian12:latest", 8_200_000),
    ("gcr.io/distroless/cc-debian12:latest", 9_200_000),
    ("gcr.io/distroless/python3-debian12:latest", 19_600_000),
    ("gcr.io/distroless/nodejs20-debian12:latest", 43_700_000),
)
_FIGURES_AS_OF = "2026-01-01"
_ROOT_FAMILIES = frozenset({"debian", "ubuntu", "alpine", "centos", "amazonlinux"})


def main(source_path: str, target_folder: str) -> None:
    """Write the file into the folder and print its size."""
    source: Json = json.loads(gzip.decompress(Path(source_path).read_bytes()))
    made = make_catalogue(source)
    text = json.dumps(made, separators=(",", ":"), sort_keys=True).encode()
    packed = gzip.compress(text, compresslevel=9, mtime=0)
    (Path(target_folder) / "bases.json.gz").write_bytes(packed)
    print(f"bases.json.gz: {len(packed)} bytes, {len(made['bases'])} bases")


def make_catalogue(source: Json) -> Json:
    """The catalogue's one JSON object."""
    layers = _Layers()
    commit, day = source["source"]["commit"][:12], source["source"]["date"][:10]
    bases = [*_snapshot(source, layers, day), *_roots(source, layers), *_modern(source, layers)]
    bases += [
        {
            "names": [name],
            "platform": "linux/amd64",
            "size": size,
            "as_of": _FIGURES_AS_OF,
            "source": _PARTS,
            "estimate": True,
            "distribution": "debian:bookworm",
        }
        for name, size in _FIGURES
    ]
    sources = [f"docker-library/repo-info@{commit} of {day}", "docker-library/repo-info", _COMPUTED]
    return {"sources": sources, "layers": layers.all, "bases": bases}


class _Layers:
    """Layers, each once; `number` gives a layer's place."""

    def __init__(self) -> None:
        self.all: list[tuple[str, int]] = []
        self._numbers: dict[str, int] = {}

    def number(self, digest: str, size: int) -> int:
        if digest not in self._numbers:
            self._numbers[digest] = len(self.all)
            self.all.append((digest.removeprefix("sha256:"), size))
        return self._numbers[digest]


def _snapshot(source: Json, layers: _Layers, day: str) -> Iterator[Json]:
    snapshot = source["snapshot"]
    names: dict[int, set[str]] = defaultdict(set)
    for tag in snapshot["tags"]:
        for at in tag["manifests"]:
            names[at].add(f"{tag['image']}:{tag['tag']}")
    images = snapshot["manifests"]
    chains = [(image["platform"], *image["layers"]) for image in images]
    used = _used_below(chains)
    parents = {
        name.partition(":")[0]
        for at, chain in enumerate(chains)
        if chain in used
        for name in names[at]
    }
    systems = {
        image["layers"][0]: f"{told.distribution}:{told.release}"
        for at, image in enumerate(images)
        if len(image["layers"]) == 1
        and (told := variant_of(names[at]))
        and told.kind == BaseKind.SYSTEM
        and told.release
    }
    for at, (image, chain) in enumerate(zip(images, chains, strict=True)):
        named = sorted(names[at])
        is_sibling = kind_of(named) != BaseKind.OTHER and any(
            name.partition(":")[0] in parents for name in named
        )
        is_onbuild = any("onbuild" in name for name in named)
        if named and not is_onbuild and (chain in used or is_sibling):
            pairs = [snapshot["layers"][layer][:2] for layer in image["layers"]]
            yield {
                "names": named,
                "platform": image["platform"],
                "as_of": day,
                "source": _SNAPSHOT,
                "digest": image["digest"].removeprefix("sha256:"),
                "layers": [layers.number(digest, size) for digest, size in pairs],
                "distribution": systems.get(image["layers"][0], ""),
            }


def _used_below(chains: Iterable[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Chains that begin another, longer one."""
    whole = set(chains)
    return {
        chain[:height]
        for chain in whole
        for height in range(2, len(chain))
        if chain[:height] in whole
    }


def _roots(source: Json, layers: _Layers) -> Iterator[Json]:
    """System images of one layer that were replaced before the snapshot."""
    pushes = source["pushes"]
    seen: dict[int, tuple[int, set[str]]] = {}
    for name, timeline in pushes["timeline"].items():
        if name.partition(":")[0] not in _ROOT_FAMILIES:
            continue
        for seconds, at in timeline:
            if at is not None and len(pushes["manifests"][at]["layers"]) == 1:
                first, names = seen.get(at, (seconds, set()))
                seen[at] = (min(first, seconds), names | {name})
    current = {image["digest"] for image in source["snapshot"]["manifests"]}
    for at, (seconds, named) in sorted(seen.items()):
        image = pushes["manifests"][at]
        if image["digest"] not in current:
            digest, size = pushes["layers"][image["layers"][0]]
            yield {
                "names": sorted(named),
                "platform": "linux/amd64",
                "source": _PUSHES,
                "as_of": datetime.fromtimestamp(seconds, UTC).date().isoformat(),
                "digest": image["digest"].removeprefix("sha256:"),
                "layers": [layers.number(digest, size)],
            }


def _modern(source: Json, layers: _Layers) -> Iterator[Json]:
    """Images of 2025-2026, and the parents of which their lowest layers are the whole."""
    made: dict[tuple[str, tuple[int, ...]], Json] = {}
    for image in source["modern"]:
        name = f"{image['image']}:{image['tag']}"
        day, parents = _MODERN[name]
        numbers = [layers.number(digest, size) for digest, size in image["layers"]]
        facts = {"platform": image["platform"], "as_of": day, "source": _PUSHES}
        roots = [parent for parent in parents.values() if not parent.startswith("buildpack")]
        root = (roots[0] if roots else "").removesuffix("-slim")
        root = root or {"eclipse-temurin": "ubuntu:26.04"}.get(image["image"], name)
        for height, parent in parents.items():
            key = parent, tuple(numbers[:height])
            made.setdefault(
                key, {**facts, "names": [parent], "layers": list(key[1]), "distribution": root}
            )
        made[name, tuple(numbers)] = {
            **facts,
            "names": [name],
            "layers": numbers,
            "distribution": root,
            "digest": image["digest"].removeprefix("sha256:"),
        }
    yield from made.values()


if __name__ == "__main__":
    main(*sys.argv[1:])
