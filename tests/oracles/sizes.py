"""Sizes of a registry, written straight from the definitions and for clarity alone.

An independent reference: no SQL, nothing incremental, and nothing shared with the
program but the types of its vocabulary. What it says is what every database must say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.observation import StorageScope


@dataclass(frozen=True, slots=True)
class Roots:
    """What one repository's contents hang on.

    `tags`: every listed tag, to None where nobody could read it. `held`: all manifests
    that can be had by digest from this repository; a child or subject outside it does
    not count. `others`: untagged manifests that were listed, or seen by earlier crawls;
    they count for as long as they are held.
    """

    tags: Mapping[str, Digest | None]
    held: frozenset[Digest]
    others: frozenset[Digest] = frozenset()


@dataclass(frozen=True, slots=True)
class RepositorySizes:
    """The figures of one repository, in bytes."""

    tags: int
    images: int
    logical_bytes: int
    stored_bytes: int
    exclusive_bytes: int
    fair_share_bytes: int


@dataclass(frozen=True, slots=True)
class ScopeSizes:
    """The figures of one storage scope. `shared_by`: who reaches each stored blob."""

    stored_bytes: int
    images: int
    shared_by: Mapping[Digest, frozenset[str]]


@dataclass(frozen=True, slots=True)
class RegistrySizes:
    """Everything at once. `reached`: the manifests of each repository that count."""

    repositories: Mapping[str, RepositorySizes]
    scopes: Mapping[str, ScopeSizes]
    size_of: Mapping[Digest, int]
    reached: Mapping[str, frozenset[Digest]] = field(default_factory=dict)

    @property
    def tags(self) -> int:
        return sum(sizes.tags for sizes in self.repositories.values())

    @property
    def images(self) -> int:
        return sum(sizes.images for sizes in self.scopes.values())

    @property
    def logical_bytes(self) -> int:
        return sum(sizes.logical_bytes for sizes in self.repositories.values())

    @property
    def stored_bytes(self) -> int:
        return sum(sizes.stored_bytes for sizes in self.scopes.values())


def measure(
    repositories: Mapping[str, Roots],
    manifests: Mapping[Digest, Manifest],
    configs: Mapping[Digest, ImageConfig],
    scope: StorageScope,
    *,
    lists_referrers: bool = True,
    seen_before: Iterable[Digest] = (),
) -> RegistrySizes:
    """Every figure of a registry whose contents are known completely.

    `seen_before`: manifests of earlier crawls, which count nowhere by themselves, but
    whose statements about sizes were heard.
    """
    reached = {
        name: reach(roots, manifests, lists_referrers=lists_referrers)
        for name, roots in repositories.items()
    }
    heard = set(seen_before).union(*reached.values())
    size_of = settle_sizes([manifests[digest] for digest in heard], configs)
    blobs = {
        name: {blob for digest in digests for blob in stored_digests(manifests[digest])}
        for name, digests in reached.items()
    }
    images = {
        name: {digest for digest in digests if is_image(manifests[digest], configs)}
        for name, digests in reached.items()
    }
    members: dict[str, list[str]] = defaultdict(list)
    for name in repositories:
        members[scope_name(scope, name)].append(name)

    figures: dict[str, RepositorySizes] = {}
    scopes: dict[str, ScopeSizes] = {}
    for scope_key, names in members.items():
        shared_by: dict[Digest, set[str]] = defaultdict(set)
        for name in names:
            for blob in blobs[name]:
                shared_by[blob].add(name)
        shares = fair_shares(shared_by, size_of)
        scopes[scope_key] = ScopeSizes(
            stored_bytes=sum(size_of[blob] for blob in shared_by),
            images=len(set().union(*(images[name] for name in names))),
            shared_by={blob: frozenset(holders) for blob, holders in shared_by.items()},
        )
        for name in names:
            figures[name] = RepositorySizes(
                tags=len(repositories[name].tags),
                images=len(images[name]),
                logical_bytes=sum(
                    size_of[blob]
                    for digest in reached[name]
                    for blob in stored_digests(manifests[digest])
                ),
                stored_bytes=sum(size_of[blob] for blob in blobs[name]),
                exclusive_bytes=sum(
                    size_of[blob] for blob in blobs[name] if shared_by[blob] == {name}
                ),
                fair_share_bytes=shares[name],
            )
    return RegistrySizes(figures, scopes, size_of, reached)


def reach(
    roots: Roots, manifests: Mapping[Digest, Manifest], *, lists_referrers: bool = True
) -> frozenset[Digest]:
    """Manifests reachable from the roots through indexes, subjects and referrers."""
    queue = [digest for digest in roots.tags.values() if digest is not None]
    queue += roots.others
    reached: set[Digest] = set()
    while queue:
        digest = queue.pop()
        if digest in reached or digest not in roots.held:
            continue
        reached.add(digest)
        manifest = manifests[digest]
        queue += [child.digest for child in manifest.children]
        if manifest.subject is not None:
            queue.append(manifest.subject.digest)
        if lists_referrers:
            queue += [
                other
                for other in roots.held
                if (subject := manifests[other].subject) is not None and subject.digest == digest
            ]
    return frozenset(reached)


def is_image(manifest: Manifest, configs: Mapping[Digest, ImageConfig]) -> bool:
    """Whether this is one platform's image: attestations (unknown/unknown) are none."""
    if manifest.kind is not ManifestKind.IMAGE:
        return False
    config = configs.get(manifest.config.digest) if manifest.config else None
    platform = config.platform if config else None
    return platform is None or (platform.os, platform.architecture) != ("unknown", "unknown")


def stored_digests(manifest: Manifest) -> set[Digest]:
    """The manifest's body and every blob it has the registry keep, each once."""
    references = [
        *([manifest.config] if manifest.config else []),
        *manifest.layers,
        *manifest.blobs,
    ]
    return {manifest.digest} | {one.digest for one in references if not one.is_foreign}


def settle_sizes(
    heard: Iterable[Manifest], configs: Mapping[Digest, ImageConfig]
) -> dict[Digest, int]:
    """One size per digest: measured, else the largest that any manifest declares.

    Measured are the manifests themselves and the configs of images, which were fetched.
    """
    declared: dict[Digest, int] = {}
    measured: dict[Digest, int] = {}
    for manifest in heard:
        for reference in statements(manifest):
            largest = max(reference.size_bytes, declared.get(reference.digest, 0))
            declared[reference.digest] = largest
        measured[manifest.digest] = manifest.size_bytes
        if manifest.kind is ManifestKind.IMAGE and manifest.config is not None:
            config = configs.get(manifest.config.digest)
            if config is not None:
                measured[config.digest] = config.size_bytes
    return declared | measured


def statements(manifest: Manifest) -> list[Descriptor]:
    """Every descriptor in a manifest: each says a size, foreign ones too."""
    single = [one for one in (manifest.config, manifest.subject) if one is not None]
    return [*single, *manifest.layers, *manifest.blobs, *manifest.children]


def fair_shares(
    shared_by: Mapping[Digest, set[str]], size_of: Mapping[Digest, int]
) -> dict[str, int]:
    """Every blob's bytes split equally, the odd ones by repository name as bytes."""
    shares: dict[str, int] = defaultdict(int)
    for blob, names in shared_by.items():
        each, left_over = divmod(size_of[blob], len(names))
        for position, name in enumerate(sorted(names, key=lambda name: name.encode())):
            shares[name] += each + (1 if position < left_over else 0)
    return shares


def scope_name(scope: StorageScope, repository: str) -> str:
    """Repositories of one name here store a blob once between them."""
    return {
        StorageScope.REGISTRY: "",
        StorageScope.NAMESPACE: repository.partition("/")[0],
        StorageScope.REPOSITORY: repository,
    }[scope]
