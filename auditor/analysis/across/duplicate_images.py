"""One image under several names or digests, and the bytes that are stored twice for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from auditor.analysis.across.copies import (
    MOST_EVIDENCE,
    Blob,
    Held,
    blobs_of,
    count_holders,
    retained,
)
from auditor.analysis.across.found import AcrossFinding, FreedBlob, key_of
from auditor.analysis.across.images import PushedImage, RepositoryImages
from auditor.domain.chain import chain_ids
from auditor.domain.findings import (
    Basis,
    Breadth,
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
    RuleInfo,
)
from auditor.domain.units import format_bytes

INFO = RuleInfo(
    identifier="duplicate-images",
    title="One image stored more than once",
    sees="images with the same diff IDs in the same order, or the same config",
    misses="images whose config cannot be read; whether a copy is wanted (a mirror, a stage)",
)


def find_duplicate_images(
    repositories: Sequence[RepositoryImages], holders: Mapping[Blob, int] | None = None
) -> Iterator[AcrossFinding]:
    """One finding per image and repository whose copies could go.

    The copy to keep is a tagged one, of those the oldest, ties by name. `holders`: how many
    images hold a blob of a scope, needed where not all repositories of it are given. Where
    all copies share their blobs nothing is stored twice, and nothing is yielded.
    """
    counts = holders if holders is not None else count_holders(retained(repositories))
    for identity, copies in _groups(repositories).items():
        yield from _of_group(identity, copies, counts)


def blobs_of_copies(repositories: Sequence[RepositoryImages]) -> set[Blob]:
    """What images hold that are there more than once: the blobs whose holders count."""
    groups = _groups(repositories).values()
    return {blob for copies in groups for held in copies for blob in blobs_of(held)}


def _groups(repositories: Sequence[RepositoryImages]) -> dict[str, list[Held]]:
    """Images that are there more than once, by what they are known by."""
    groups: dict[str, list[Held]] = {}
    for held in retained(repositories):
        identity = _identity(held[1])
        if identity:
            groups.setdefault(identity, []).append(held)
    return {identity: copies for identity, copies in groups.items() if len(copies) > 1}


def _identity(image: PushedImage) -> str:
    """The chain ID of all its layers, else its config; empty where neither is known."""
    diff_ids = [layer.diff_id for layer in image.layers if layer.diff_id is not None]
    if diff_ids and len(diff_ids) == len(image.layers):
        return chain_ids(diff_ids)[-1].text
    return image.config.text if image.config is not None and image.layers else ""


def _of_group(
    identity: str, copies: list[Held], counts: Mapping[Blob, int]
) -> Iterator[AcrossFinding]:
    kept, *others = sorted(copies, key=_age_order)
    kept_blobs = blobs_of(kept)
    in_group = count_holders(copies)
    sizes = {blob: size for held in others for blob, size in blobs_of(held).items()}
    twice = {
        blob: size
        for blob, size in sizes.items()
        if blob not in kept_blobs and counts.get(blob, 0) <= in_group[blob]
    }
    by_repository: dict[str, list[Held]] = {}
    for held in others:
        by_repository.setdefault(held[0].repository, []).append(held)
    taken: set[Blob] = set()
    for going in by_repository.values():
        mine = {blob for held in going for blob in blobs_of(held)}
        freed = {blob: size for blob, size in twice.items() if blob in mine and blob not in taken}
        taken.update(freed)
        if sum(freed.values()) > 0:
            yield _finding(identity, kept, going, freed)


def _age_order(held: Held) -> tuple[bool, float, str, str]:
    repository, image = held
    is_untagged = not image.current_tags
    return (is_untagged, image.moment.timestamp(), repository.repository, image.digest.text)


def _finding(
    identity: str, kept: Held, going: Sequence[Held], freed: Mapping[Blob, int]
) -> AcrossFinding:
    repository, newest = max(going, key=lambda held: held[1].moment)
    name = f"{repository.repository}:{newest.name}"
    original = f"{kept[0].repository}:{kept[1].name}"
    return AcrossFinding(
        repository=repository.repository,
        digest=newest.digest,
        images=len(going),
        freed=tuple(FreedBlob(digest, size, scope) for (scope, digest), size in freed.items()),
        finding=Finding(
            rule=INFO.identifier,
            key=key_of(identity),
            what=(
                f"{name} holds the same files as {original};"
                f" {format_bytes(sum(freed.values()))} are stored a second time for it."
            ),
            fix=f"Copy {original} by digest instead of building or pushing it again, or use it.",
            evidence=tuple(_evidence([kept, *going])),
            claims=(),
            first_layer=0,
            confidence=Confidence.HIGH if kept[0].scope == repository.scope else Confidence.MEDIUM,
            basis=Basis.MEASURED,
            breadth=Breadth.IMAGE,
            dockerfile=(
                f"# skopeo copy --all docker://REGISTRY/{original} docker://REGISTRY/{name}",
            ),
            caveats=(
                "A copy may be wanted: a mirror, a release that must outlive another.",
                "The settings of the images (environment, command) may differ.",
            ),
        ),
    )


def _evidence(images: Iterable[Held]) -> Iterator[Evidence]:
    for repository, image in list(images)[:MOST_EVIDENCE]:
        text = f"{repository.repository}:{image.name}"
        yield Evidence(EvidenceKind.REPOSITORY, text, None, image.digest, image.size_bytes)
