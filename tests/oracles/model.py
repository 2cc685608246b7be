"""A registry as plain values: what it holds, and what a crawl can know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.domain.digest import Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.observation import StorageScope
from tests.oracles.sizes import RegistrySizes, Roots, measure


@dataclass(frozen=True, slots=True)
class Repository:
    """Tags, and every manifest the registry would hand out by digest."""

    tags: Mapping[str, Digest]
    held: frozenset[Digest]

    def top_level(self, manifests: Mapping[Digest, Manifest]) -> frozenset[Digest]:
        """Untagged manifests that no index of the repository lists."""
        children = {child.digest for digest in self.held for child in manifests[digest].children}
        return self.held - children - set(self.tags.values())


@dataclass(frozen=True, slots=True)
class Registry:
    """Contents by digest are facts for ever; repositories are the state of one moment."""

    repositories: Mapping[str, Repository]
    manifests: Mapping[Digest, Manifest]
    configs: Mapping[Digest, ImageConfig]


@dataclass(slots=True)
class Memory:
    """What crawls know of a registry by now.

    `held`: by repository, what the next crawl asks for, tagged or not. What is confirmed to
    be gone is never asked for again, so that it counts only if a tag leads back to it; of a
    repository that is gone as a whole, what it held until then is asked for should it come
    back. `heard`: every manifest that was ever read, whose statements are facts for ever.
    """

    held: dict[str, frozenset[Digest]] = field(default_factory=dict)
    heard: frozenset[Digest] = frozenset()

    def crawl(
        self, registry: Registry, scope: StorageScope, *, lists_untagged: bool = False
    ) -> RegistrySizes:
        """The figures once a crawl of `registry` is confirmed, remembering what it saw."""
        roots = {
            name: Roots(
                tags=repository.tags,
                held=repository.held,
                others=self._others(name, repository, registry, lists_untagged=lists_untagged),
            )
            for name, repository in registry.repositories.items()
        }
        figures = measure(
            roots, registry.manifests, registry.configs, scope, seen_before=self.heard
        )
        self.held.update(figures.reached)
        self.heard = self.heard.union(*figures.reached.values())
        return figures

    def _others(
        self, name: str, repository: Repository, registry: Registry, *, lists_untagged: bool
    ) -> frozenset[Digest]:
        listed = repository.top_level(registry.manifests) if lists_untagged else frozenset()
        return (self.held.get(name, frozenset()) & repository.held) | listed
