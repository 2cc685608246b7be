"""Which image another one was built on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.domain.digest import ChainId, Digest
from auditor.domain.views import BaseView

ANNOTATION, LAYER_CHAIN = "annotation", "layer_chain"
HIGH, LOW = "high", "low"


@dataclass(frozen=True, slots=True)
class KnownImage:
    """A whole image seen in some registry, as a possible base.

    `chain` names all its layers, over diff IDs or over layer digests as the image it is
    compared with. `names` are its references, `size_bytes` what a pull of it downloads.
    """

    digest: Digest
    names: tuple[str, ...]
    layer_count: int
    size_bytes: int
    chain: ChainId


@dataclass(frozen=True, slots=True)
class BaseClaim:
    """What the image says of its base: `org.opencontainers.image.base.name` and `.digest`.

    `known` is the image with that digest, of the same platform where the digest is an
    index's; None where nobody saw it. Pass the manifest's own annotations: config labels
    are inherited, so they may speak of the base's base.
    Source: image-spec annotations.md.
    """

    name: str = ""
    digest: Digest | None = None
    known: KnownImage | None = None


NO_CLAIM = BaseClaim()


def choose_base(
    prefixes: Sequence[ChainId], candidates: Iterable[KnownImage], claim: BaseClaim = NO_CLAIM
) -> BaseView | None:
    """The base of the image whose layer prefixes are `prefixes`, bottom first, or None.

    In this order: the claimed base when its layers are a prefix of the image's (high
    confidence; it may have all of them, as a child of metadata only does); the known
    image with the longest prefix shorter than the whole (high); the claim about an image
    nobody saw (low, no layers counted). A claim the layers contradict counts for nothing.

    Of several images with the same layers all names are given; the digest is that of the
    one with the most names, ties by smallest digest: a tagged release before what it left
    behind. Depends neither on the order of `candidates` nor on repetitions.
    """
    pool = list(candidates)
    known = claim.known or _first(pool, claim.digest)
    if known is not None and _is_prefix(known, prefixes):
        extra = (claim.name, *known.names)
        return _view(known, _twins(pool, known), extra, basis=ANNOTATION)
    shorter = [image for image in pool if _is_prefix(image, prefixes[:-1])]
    if shorter:
        best = min(shorter, key=_preference)
        return _view(best, _twins(pool, best), (), basis=LAYER_CHAIN)
    claims_something = bool(claim.name or claim.digest)
    return _unverified(claim) if known is None and claims_something else None


def _is_prefix(image: KnownImage, prefixes: Sequence[ChainId]) -> bool:
    fits = 0 < image.layer_count <= len(prefixes)
    return fits and prefixes[image.layer_count - 1] == image.chain


def _preference(image: KnownImage) -> tuple[int, int, str]:
    return -image.layer_count, -len(set(image.names)), image.digest.text


def _first(images: Sequence[KnownImage], digest: Digest | None) -> KnownImage | None:
    return next((image for image in images if image.digest == digest), None)


def _twins(images: Sequence[KnownImage], of: KnownImage) -> list[KnownImage]:
    return [
        image for image in images if (image.chain, image.layer_count) == (of.chain, of.layer_count)
    ]


def _view(
    image: KnownImage, twins: Iterable[KnownImage], extra: tuple[str, ...], *, basis: str
) -> BaseView:
    names = {name for twin in twins for name in twin.names} | set(extra)
    return BaseView(
        names=tuple(sorted(names - {""})),
        digest=image.digest,
        basis=basis,
        confidence=HIGH,
        layer_count=image.layer_count,
        size_bytes=image.size_bytes,
    )


def _unverified(claim: BaseClaim) -> BaseView:
    return BaseView(
        names=(claim.name,) if claim.name else (),
        digest=claim.digest,
        basis=ANNOTATION,
        confidence=LOW,
        layer_count=0,
        size_bytes=0,
    )
