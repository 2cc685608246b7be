"""Hypothesis strategies: small registries with every habit of large ones.

Shared layers, layers listed twice, foreign layers, sizes that disagree, indexes within
indexes, build caches, attestations, artifacts with subjects, aliases, untagged leftovers,
empty repositories, and the changes from one crawl to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import DiffId, Digest
from auditor.domain.image_config import HistoryEntry, ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.platform import UNKNOWN, Platform
from tests.oracles.model import Registry, Repository

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
SIGNATURE_TYPE = "application/vnd.dev.cosign.artifact.sig.v1+json"
EMPTY_BLOB = Digest.of(b"{}")
# The order of names as bytes differs from most languages' (- before /, upper case first).
REPOSITORY_NAMES = (
    "alpha", "alpha/one", "alpha/one/deep", "alpha-2/one", "alpha_b/one", "beta/one", "beta/two",
    "b", "zeta",
)  # fmt: skip
TAG_NAMES = ("latest", "LATEST", "1.0", "1.0-slim", "1.10", "v2", "_x")
_PLATFORMS = (
    Platform("linux", "amd64"),
    Platform("linux", "arm64", "v8"),
    Platform("windows", "amd64", os_version="10.0.17763.1"),
    Platform(UNKNOWN, UNKNOWN),
)
_SIZES = st.one_of(st.integers(0, 9), st.integers(10, 5_000), st.sampled_from([32, 10**9, 10**12]))


@st.composite
def registries(draw: st.DrawFn, *, is_sparse: bool = False) -> Registry:
    """A registry; with `is_sparse`, children and subjects may be missing from repositories."""
    blobs = [Digest.of(f"blob {n}".encode()) for n in range(draw(st.integers(1, 7)))]
    true_sizes = {blob: draw(_SIZES) for blob in blobs}
    configs = _configs(draw)
    if draw(st.booleans()):
        # Nothing forbids a layer that is some image's config.
        digest = draw(st.sampled_from(sorted(configs)))
        true_sizes[digest] = configs[digest].size_bytes
    manifests: dict[Digest, Manifest] = {}
    for _ in range(draw(st.integers(1, 7))):
        _add(manifests, _image(draw, true_sizes, configs))
    for _ in range(draw(st.integers(0, 5))):
        pool = list(manifests.values())
        kind = draw(st.sampled_from(["index", "artifact", "cache"]))
        if kind == "index":
            _add(manifests, _index(draw, pool))
        elif kind == "artifact":
            _add(manifests, _artifact(draw, true_sizes, pool))
        else:
            _add(manifests, _build_cache(draw, true_sizes))
    names = draw(st.lists(st.sampled_from(REPOSITORY_NAMES), max_size=5, unique=True))
    repositories = {name: _repository(draw, manifests, is_sparse=is_sparse) for name in names}
    return Registry(repositories, manifests, configs)


@st.composite
def changes(draw: st.DrawFn, before: Registry) -> Registry:
    """The same registry later: tags moved, added and gone, manifests deleted, repositories too."""
    repositories: dict[str, Repository] = {}
    for name, repository in before.repositories.items():
        fate = draw(st.sampled_from(["same", "changed", "changed", "emptied", "removed"]))
        if fate == "same":
            repositories[name] = repository
        elif fate == "emptied":
            repositories[name] = Repository({}, frozenset())
        elif fate == "changed":
            repositories[name] = _changed(draw, repository, before.manifests)
    for name in draw(st.lists(st.sampled_from(REPOSITORY_NAMES), max_size=1)):
        repositories.setdefault(name, _repository(draw, before.manifests))
    return replace(before, repositories=repositories)


def closure(manifests: Mapping[Digest, Manifest], roots: Iterable[Digest]) -> frozenset[Digest]:
    """The roots with all their children and subjects, as a complete push leaves them."""
    queue, found = list(roots), set[Digest]()
    while queue:
        digest = queue.pop()
        if digest not in found:
            found.add(digest)
            manifest = manifests[digest]
            queue += [child.digest for child in manifest.children]
            queue += [manifest.subject.digest] if manifest.subject else []
    return frozenset(found)


def _add(manifests: dict[Digest, Manifest], draft: Manifest) -> None:
    """File a draft under the digest of what it says, as contents are."""
    digest = Digest.of(repr(draft).encode())
    manifests[digest] = replace(draft, digest=digest)


def _configs(draw: st.DrawFn) -> dict[Digest, ImageConfig]:
    configs: dict[Digest, ImageConfig] = {}
    for number in range(draw(st.integers(1, 4))):
        digest = Digest.of(f"config {number}".encode())
        configs[digest] = ImageConfig(
            digest=digest,
            size_bytes=draw(_SIZES),
            platform=draw(st.one_of(st.none(), st.sampled_from(_PLATFORMS))),
            created_at=datetime(2026, 1, 1 + number, tzinfo=UTC),
            diff_ids=tuple(
                DiffId(Digest.of(f"tar {n}".encode()).text) for n in range(draw(st.integers(0, 2)))
            ),
            history=(HistoryEntry(f"RUN step {number}"),),
        )
    return configs


def _descriptor(
    draw: st.DrawFn,
    digest: Digest,
    true_size: int,
    media_type: str = LAYER_TYPE,
    *,
    may_be_foreign: bool = False,
) -> Descriptor:
    """A reference that mostly tells the true size."""
    is_honest = draw(st.integers(0, 4)) > 0
    return Descriptor(
        media_type=media_type,
        digest=digest,
        size_bytes=true_size if is_honest else draw(_SIZES),
        is_foreign=may_be_foreign and draw(st.integers(0, 5)) == 0,
    )


def _layers(draw: st.DrawFn, true_sizes: Mapping[Digest, int]) -> tuple[Descriptor, ...]:
    chosen = draw(st.lists(st.sampled_from(sorted(true_sizes)), max_size=4))
    return tuple(_descriptor(draw, blob, true_sizes[blob], may_be_foreign=True) for blob in chosen)


def _image(
    draw: st.DrawFn, true_sizes: Mapping[Digest, int], configs: Mapping[Digest, ImageConfig]
) -> Manifest:
    config = configs[draw(st.sampled_from(sorted(configs)))]
    return Manifest(
        digest=EMPTY_BLOB,
        media_type=media_types.OCI_MANIFEST,
        size_bytes=draw(st.integers(100, 120)),
        kind=ManifestKind.IMAGE,
        config=_descriptor(draw, config.digest, config.size_bytes, media_types.OCI_CONFIG),
        layers=_layers(draw, true_sizes),
    )


def _index(draw: st.DrawFn, pool: Sequence[Manifest]) -> Manifest:
    children = draw(st.lists(st.sampled_from(pool), max_size=4))
    return Manifest(
        digest=EMPTY_BLOB,
        media_type=media_types.OCI_INDEX,
        size_bytes=draw(st.integers(200, 220)),
        kind=ManifestKind.INDEX,
        children=tuple(
            replace(
                _descriptor(draw, child.digest, child.size_bytes, child.media_type),
                platform=draw(st.one_of(st.none(), st.sampled_from(_PLATFORMS))),
            )
            for child in children
        ),
    )


def _build_cache(draw: st.DrawFn, true_sizes: Mapping[Digest, int]) -> Manifest:
    """An index that lists layers, as BuildKit's registry cache does."""
    return Manifest(
        digest=EMPTY_BLOB,
        media_type=media_types.OCI_INDEX,
        size_bytes=draw(st.integers(300, 320)),
        kind=ManifestKind.ARTIFACT,
        blobs=_layers(draw, true_sizes),
        artifact_type=media_types.BUILDKIT_CACHE_CONFIG,
    )


def _artifact(
    draw: st.DrawFn, true_sizes: Mapping[Digest, int], pool: Sequence[Manifest]
) -> Manifest:
    subject = draw(st.one_of(st.none(), st.sampled_from(pool)))
    return Manifest(
        digest=EMPTY_BLOB,
        media_type=media_types.OCI_MANIFEST,
        size_bytes=draw(st.integers(400, 420)),
        kind=ManifestKind.ARTIFACT,
        config=Descriptor(media_types.OCI_EMPTY, EMPTY_BLOB, 2),
        layers=_layers(draw, true_sizes),
        subject=_descriptor(draw, subject.digest, subject.size_bytes, subject.media_type)
        if subject
        else None,
        artifact_type=SIGNATURE_TYPE,
    )


def _repository(
    draw: st.DrawFn, manifests: Mapping[Digest, Manifest], *, is_sparse: bool = False
) -> Repository:
    digests = st.sampled_from(sorted(manifests))
    tags = draw(st.dictionaries(st.sampled_from(TAG_NAMES), digests, max_size=4))
    untagged = draw(st.sets(digests, max_size=2))
    held = closure(manifests, [*tags.values(), *untagged]) | _referrers(draw, manifests, tags)
    if is_sparse:
        held -= draw(st.sets(digests, max_size=3)) - set(tags.values())
    return Repository(tags, held)


def _referrers(
    draw: st.DrawFn, manifests: Mapping[Digest, Manifest], tags: Mapping[str, Digest]
) -> frozenset[Digest]:
    """Some of the artifacts about what is tagged, and about those artifacts in turn."""
    found = closure(manifests, tags.values())
    for _ in range(2):
        about = [
            digest
            for digest in sorted(manifests)
            if (subject := manifests[digest].subject) is not None and subject.digest in found
        ]
        found |= closure(manifests, [digest for digest in about if draw(st.booleans())])
    return found


def _changed(
    draw: st.DrawFn, before: Repository, manifests: Mapping[Digest, Manifest]
) -> Repository:
    digests = st.sampled_from(sorted(manifests))
    tags = {name: digest for name, digest in before.tags.items() if draw(st.booleans())}
    tags |= draw(st.dictionaries(st.sampled_from(TAG_NAMES), digests, max_size=2))
    kept = [digest for digest in sorted(before.held) if draw(st.booleans())]
    return Repository(tags, closure(manifests, [*tags.values(), *kept]))
