"""Rows of a large organisation's registries: facts and places as many crawls would leave them.

Deterministic by seed. Three registries, one per storage scope. Repositories stand on bases
of Zipf's popularity, whose first layers belong to an operating system that many bases
share; half-way through its life a repository moves to the next version of its base. Every
manifest keeps most of the own layers of the one before. Every third was retagged and is
untagged now; every fifth repository ends in an index, every twentieth holds its
neighbour's newest image too. Configs list no build steps: nothing measured here reads them.
"""

from __future__ import annotations

import hashlib
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from auditor.domain import media_types
from auditor.domain.observation import StorageScope
from auditor.store.tables.facts import BODY, CONFIG, LAYER

START = datetime(2026, 4, 1, 6, tzinfo=UTC)
END = datetime(2026, 7, 1, 6, tzinfo=UTC)
REGISTRIES = (
    ("registry.example", StorageScope.REGISTRY),
    ("namespaces.example", StorageScope.NAMESPACE),
    ("projects.example", StorageScope.REPOSITORY),
)
MEDIA_TYPES = (
    media_types.OCI_MANIFEST,
    media_types.OCI_INDEX,
    media_types.OCI_CONFIG,
    "application/vnd.oci.image.layer.v1.tar+gzip",
)
_MANIFEST, _INDEX, _CONFIG, _LAYER = range(1, 5)
TEAMS = 200
FULL = 50_000
_BATCH = 500
_PACKED_SHA256 = b"\x01"
_HOURS = int((END - START) / timedelta(hours=1))

Rows = dict[str, list[tuple[Any, ...]]]

COLUMNS: dict[str, tuple[str, ...]] = {
    "storage_scope": ("id", "registry_id", "name"),
    "repository": (
        *("id", "registry_id", "scope_id", "name", "since", "last_crawl_id", "is_incomplete"),
    ),
    "blob": ("id", "digest", "size_bytes", "is_measured"),
    "manifest": (
        *("id", "kind", "media_type_id", "config_id", "config_media_type_id"),
        *("artifact_type", "annotations"),
    ),
    "manifest_blob": (
        *("manifest_id", "role", "position", "blob_id", "media_type_id", "is_foreign"),
    ),
    "manifest_child": (
        *("manifest_id", "position", "child_id", "media_type_id"),
        *("os", "architecture", "variant", "os_version"),
    ),
    "image_config": (
        *("id", "created_at", "os", "architecture", "variant", "os_version"),
        *("diff_ids", "history", "labels"),
    ),
    "image": (
        *("manifest_id", "os", "architecture", "variant", "created_at", "layer_count"),
        *("layer_chain", "diff_chain"),
    ),
    "tag": ("repository_id", "name", "manifest_id", "since", "until"),
    "presence": ("repository_id", "manifest_id", "since", "checked_at", "is_rooted"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much there is; images have 9 to 12 layers, five of them the base's."""

    repositories: int = FULL
    manifests: int = 10
    seed: int = 1


@dataclass(slots=True)
class Base:
    """A base image in two versions; the operating system's layers stay."""

    versions: tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(slots=True)
class Generator:
    """Hands out rows in batches; ids count up as if crawls had written them."""

    plan: Plan
    chance: random.Random = field(init=False)
    rows: Rows = field(init=False)
    blobs: int = 0
    scopes: dict[tuple[int, str], int] = field(default_factory=dict)

    def batches(self) -> Iterator[Rows]:
        """Every row of every table once, parents before or beside their children."""
        self.chance = random.Random(self.plan.seed)  # noqa: S311 - contents, not a secret
        self._begin()
        bases = self._bases()
        weights = list(accumulate(1 / (rank + 1) for rank in range(len(bases))))
        neighbour = (0, START)
        for number in range(1, self.plan.repositories + 1):
            base = bases[bisect(weights, self.chance.random() * weights[-1])]
            neighbour = self._repository(number, base, neighbour)
            if number % _BATCH == 0:
                yield self.rows
                self._begin()
        yield self.rows

    def _begin(self) -> None:
        self.rows = {table: [] for table in COLUMNS}

    def _bases(self) -> list[Base]:
        count = max(4, self.plan.repositories // 250)
        systems = [self._layers(2) for _ in range(max(2, count // 10))]
        made = []
        for number in range(count):
            system = systems[number % len(systems)]
            first = (*system, *self._layers(3))
            made.append(Base((first, (*first[:3], *self._layers(2)))))
        return made

    def _layers(self, count: int) -> tuple[int, ...]:
        return tuple(self._blob(int(10 ** self.chance.uniform(3.5, 8))) for _ in range(count))

    def _blob(self, size_bytes: int, *, is_measured: bool = False) -> int:
        self.blobs += 1
        digest = _PACKED_SHA256 + self.chance.randbytes(32)
        self.rows["blob"].append((self.blobs, digest, size_bytes, is_measured))
        return self.blobs

    def _repository(
        self, number: int, base: Base, neighbour: tuple[int, datetime]
    ) -> tuple[int, datetime]:
        registry = _registry_of(number)
        name = f"team-{number % TEAMS:03d}/service-{number:05d}"
        self._named(number, registry, name)
        made = self._manifests(number, base)
        self._places(number, made)
        if number % 20 == 0 and neighbour[0]:
            manifest, since = neighbour
            self.rows["tag"].append((number, "promoted", manifest, since, None))
            self.rows["presence"].append((number, manifest, since, None, True))
        return made[-1] if number % 5 else (0, START)

    def _named(self, number: int, registry: int, name: str) -> None:
        scope = self._scope(registry, REGISTRIES[registry - 1][1].name_for(name))
        self.rows["repository"].append((number, registry, scope, name, START, registry, False))

    def _scope(self, registry: int, name: str) -> int:
        known = self.scopes.get((registry, name))
        if known is None:
            known = self.scopes[registry, name] = len(self.scopes) + 1
            self.rows["storage_scope"].append((known, registry, name))
        return known

    def _manifests(self, number: int, base: Base) -> list[tuple[int, datetime]]:
        """Ids of a repository's manifests and when they were first seen, oldest first."""
        own = list(self._layers(self.chance.randint(4, 7)))
        hours = sorted(self.chance.randrange(_HOURS) for _ in range(self.plan.manifests))
        with_index = number % 5 == 0 and self.plan.manifests > 2
        made: list[tuple[int, datetime]] = []
        for place, hour in enumerate(hours):
            since = START if place == 0 else START + timedelta(hours=hour)
            if with_index and place == self.plan.manifests - 1:
                made.append((self._index([key for key, _ in made[-2:]]), since))
                continue
            changed = self.chance.randrange(len(own))
            own[changed:] = self._layers(min(2, len(own) - changed)) + tuple(own[changed + 2 :])
            version = base.versions[2 * place >= self.plan.manifests]
            is_arm = with_index and place == self.plan.manifests - 2
            made.append((self._image((*version, *own), since, is_arm=is_arm), since))
        return made

    def _image(self, layers: Sequence[int], since: datetime, *, is_arm: bool) -> int:
        config = self._blob(self.chance.randint(2_000, 9_000), is_measured=True)
        manifest = self._blob(self.chance.randint(1_200, 2_800), is_measured=True)
        os = ("linux", "arm64", "v8") if is_arm else ("linux", "amd64", "")
        rows = self.rows
        rows["image_config"].append((config, since, *os, "", "[]", "[]", "{}"))
        rows["manifest"].append((manifest, "image", _MANIFEST, config, _CONFIG, "", "{}"))
        rows["manifest_blob"] += [
            (manifest, BODY, 0, manifest, _MANIFEST, False),
            (manifest, CONFIG, 0, config, _CONFIG, False),
            *((manifest, LAYER, place, blob, _LAYER, False) for place, blob in enumerate(layers)),
        ]
        chain = _PACKED_SHA256 + hashlib.sha256(repr(layers).encode()).digest()
        rows["image"].append((manifest, *os, since, len(layers), chain, None))
        return manifest

    def _index(self, children: Sequence[int]) -> int:
        index = self._blob(self.chance.randint(400, 900), is_measured=True)
        self.rows["manifest"].append((index, "index", _INDEX, None, None, "", "{}"))
        self.rows["manifest_blob"].append((index, BODY, 0, index, _INDEX, False))
        self.rows["manifest_child"] += [
            (index, place, child, _MANIFEST, "linux", architecture, variant, "")
            for place, (child, architecture, variant) in enumerate(
                zip(children, ("amd64", "arm64"), ("", "v8"), strict=False)
            )
        ]
        return index

    def _places(self, number: int, made: Sequence[tuple[int, datetime]]) -> None:
        last = len(made) - 1
        until = [since for _, since in made[1:]]
        for place, (manifest, since) in enumerate(made):
            is_untagged = place % 3 == 1 and place != last
            name, end = ("edge", until[place]) if is_untagged else (f"1.{place}", None)
            self.rows["tag"].append((number, name, manifest, since, end))
            checked = END if is_untagged else None
            self.rows["presence"].append((number, manifest, since, checked, not is_untagged))
        self.rows["tag"].append((number, "latest", made[last][0], made[last][1], None))


def _registry_of(number: int) -> int:
    """Of ten repositories eight are in the first registry, one in each of the others."""
    return {0: 2, 1: 3}.get(number // 10 % 10, 1)
