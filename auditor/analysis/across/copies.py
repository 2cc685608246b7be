"""The same content held by a registry more than once, counted by storage scope and digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from auditor.analysis.across.images import PushedImage, RepositoryImages
from auditor.domain.digest import Digest

Blob = tuple[str, Digest]
"""Storage scope and digest: what is stored once."""

Held = tuple[RepositoryImages, PushedImage]
"""An image in the repository that holds it."""

# What a finding lists; there may be thousands.
MOST_EVIDENCE = 20


def retained(repositories: Iterable[RepositoryImages]) -> Iterator[Held]:
    """Every image that a registry holds now, repository by repository."""
    for repository in repositories:
        yield from ((repository, image) for image in repository.images if image.is_retained)


def blobs_of(held: Held) -> dict[Blob, int]:
    """The image's layers, manifest and config in its scope, with their bytes."""
    repository, image = held
    sizes = {(repository.scope, layer.digest): layer.size_bytes for layer in image.layers}
    return sizes | {(repository.scope, image.digest): image.other_bytes}


def count_holders(images: Iterable[Held]) -> Mapping[Blob, int]:
    """How many images hold each blob; an image in two repositories of a scope counts twice."""
    return Counter(blob for held in images for blob in blobs_of(held))
