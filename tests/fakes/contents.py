"""Builds the contents of a registry in memory, one line per image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import DiffId, Digest
from auditor.domain.image_config import HistoryEntry, ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from tests.oracles.model import Registry, Repository

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
SIGNATURE_TYPE = "application/vnd.dev.cosign.artifact.sig.v1+json"
CREATED = datetime(2026, 1, 1, tzinfo=UTC)
MANIFEST_BYTES, INDEX_BYTES, CONFIG_BYTES = 500, 300, 70


def layer(size_bytes: int, name: str = "", *, is_foreign: bool = False) -> Descriptor:
    """A layer of this size; equal names, or equal sizes without one, are the same blob."""
    digest = Digest.of(f"layer {name or size_bytes}".encode())
    return Descriptor(LAYER_TYPE, digest, size_bytes, is_foreign=is_foreign)


def diff_ids(layers: Iterable[Descriptor]) -> tuple[DiffId, ...]:
    """What these layers are called unpacked."""
    return tuple(DiffId(Digest.of(f"tar of {one.digest}".encode()).text) for one in layers)


def config_of(
    name: str,
    layers: Iterable[Descriptor] = (),
    *,
    platform: Platform | None = DEFAULT_PLATFORM,
    created_at: datetime = CREATED,
    history: tuple[HistoryEntry, ...] = (),
    labels: Mapping[str, str] | None = None,
) -> ImageConfig:
    return ImageConfig(
        digest=Digest.of(f"config {name}".encode()),
        size_bytes=CONFIG_BYTES,
        platform=platform,
        created_at=created_at,
        diff_ids=diff_ids(layers),
        history=history,
        labels=labels or {},
    )


@dataclass(slots=True)
class Contents:
    """A registry being filled; what makes something returns its digest.

    `manifests` and `configs` are there for good, repositories may change between crawls.
    """

    manifests: dict[Digest, Manifest] = field(default_factory=dict)
    configs: dict[Digest, ImageConfig] = field(default_factory=dict)
    tags: dict[str, dict[str, Digest]] = field(default_factory=dict)
    held: dict[str, set[Digest]] = field(default_factory=dict)

    def image(
        self,
        name: str,
        *layers: Descriptor,
        config: ImageConfig | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> Digest:
        """An image of these layers, of one of its own when none are given."""
        stack = layers or (layer(1_000, name),)
        about = config or config_of(name, stack)
        self.configs[about.digest] = about
        reference = Descriptor(media_types.OCI_CONFIG, about.digest, about.size_bytes)
        return self.add(
            Manifest(
                digest=Digest.of(f"image {name}".encode()),
                media_type=media_types.OCI_MANIFEST,
                size_bytes=MANIFEST_BYTES,
                kind=ManifestKind.IMAGE,
                config=reference,
                layers=stack,
                annotations=annotations or {},
            )
        )

    def index(self, name: str, *children: Digest, strangers: Iterable[Descriptor] = ()) -> Digest:
        """An index of these manifests, and of descriptors that lead to nothing here."""
        listed = tuple(self.describe(child) for child in children)
        return self.add(
            Manifest(
                digest=Digest.of(f"index {name}".encode()),
                media_type=media_types.OCI_INDEX,
                size_bytes=INDEX_BYTES,
                kind=ManifestKind.INDEX,
                children=(*listed, *strangers),
            )
        )

    def artifact(self, name: str, subject: Digest | None = None) -> Digest:
        """A signature, of `subject` where one is given; the subject need not exist."""
        about = None if subject is None else Descriptor(media_types.OCI_MANIFEST, subject, 500)
        return self.add(
            Manifest(
                digest=Digest.of(f"artifact {name}".encode()),
                media_type=media_types.OCI_MANIFEST,
                size_bytes=MANIFEST_BYTES,
                kind=ManifestKind.ARTIFACT,
                config=Descriptor(media_types.OCI_EMPTY, Digest.of(b"{}"), 2),
                layers=(layer(200, name),),
                subject=about,
                artifact_type=SIGNATURE_TYPE,
            )
        )

    def add(self, manifest: Manifest) -> Digest:
        self.manifests[manifest.digest] = manifest
        return manifest.digest

    def describe(self, digest: Digest) -> Descriptor:
        """How an index refers to this manifest."""
        manifest = self.manifests[digest]
        config = manifest.config and self.configs.get(manifest.config.digest)
        return Descriptor(
            manifest.media_type,
            digest,
            manifest.size_bytes,
            platform=config.platform if config else None,
        )

    def change(self, digest: Digest, **parts: object) -> None:
        """Have a manifest say something else under the same digest."""
        self.manifests[digest] = replace(self.manifests[digest], **parts)  # type: ignore[arg-type]

    def tag(self, repository: str, tag: str, digest: Digest) -> Digest:
        """Point a tag at a manifest; the repository then holds all that it lists."""
        self.hold(repository, digest)
        self.tags[repository][tag] = digest
        return digest

    def hold(self, repository: str, *digests: Digest) -> None:
        """Have the repository hand out these manifests and all they list, tagged or not."""
        self.tags.setdefault(repository, {})
        held = self.held.setdefault(repository, set())
        waiting = list(digests)
        while waiting:
            digest = waiting.pop()
            if digest in self.manifests and digest not in held:
                held.add(digest)
                waiting += [child.digest for child in self.manifests[digest].children]

    def lose(self, repository: str, digest: Digest) -> None:
        """Have the repository no longer hand out a manifest, whatever points at it."""
        self.held[repository].discard(digest)

    def untag(self, repository: str, tag: str) -> Digest:
        return self.tags[repository].pop(tag)

    def remove(self, repository: str) -> None:
        del self.tags[repository], self.held[repository]

    def registry(self) -> Registry:
        """The registry as it is now; later changes show in the next one."""
        repositories = {
            name: Repository(dict(tags), frozenset(self.held[name]))
            for name, tags in self.tags.items()
        }
        return Registry(repositories, dict(self.manifests), dict(self.configs))


def many_tags(contents: Contents, repository: str, count: int) -> list[Digest]:
    """Tags t000, t001 and so on, an image each."""
    return [
        contents.tag(repository, f"t{number:03}", contents.image(f"{repository} {number}"))
        for number in range(count)
    ]
