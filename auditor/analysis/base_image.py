"""Which image another one was built on, which that one was built on, and so on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.domain.bases import KnownBase
from auditor.domain.digest import ChainId, Digest
from auditor.domain.views import BaseView

ANNOTATION, LAYER_CHAIN, HISTORY = "annotation", "layer_chain", "history"
HIGH, LOW = "high", "low"


@dataclass(frozen=True, slots=True)
class KnownImage:
    """A whole image seen in some registry, as a possible base.

    `chain` names all its layers, over diff IDs or over layer digests as the image it is
    compared with. `names` are its references, `size_bytes` what a pull of it downloads.
    `digest` is None for a base of which only the layers are known.
    """

    digest: Digest | None
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


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Chain IDs of every prefix of an image's layers, bottom first, in both identities.

    `by_diff_ids` is empty where the config does not fit the layers. `chains` is what to look
    up: a base is found by its chain, never by comparing with all.
    """

    by_diff_ids: tuple[ChainId, ...] = ()
    by_digests: tuple[ChainId, ...] = ()

    @property
    def chains(self) -> frozenset[ChainId]:
        """All chain IDs, for one look-up."""
        return frozenset(self.by_diff_ids) | frozenset(self.by_digests)

    @property
    def layer_count(self) -> int:
        """How many layers the image has."""
        return max(len(self.by_diff_ids), len(self.by_digests))

    def begin_with(self, image: KnownImage) -> bool:
        """Whether the image's layers are the lowest of ours."""
        height = image.layer_count
        return height > 0 and any(
            height <= len(chains) and chains[height - 1] == image.chain
            for chains in (self.by_diff_ids, self.by_digests)
        )


@dataclass(frozen=True, slots=True)
class Hint:
    """Where the build history looks as if a base ends: after `layer_count` layers.

    `names` is empty where history does not tell which image it is.
    """

    layer_count: int
    size_bytes: int
    names: tuple[str, ...] = ()


NO_CLAIM = BaseClaim()


def is_verified(base: BaseView | None) -> bool:
    """Whether the image's layers prove the base."""
    return base is not None and base.confidence == HIGH and base.layer_count > 0


def known_images(base: KnownBase) -> tuple[KnownImage, ...]:
    """A base of the catalogue as candidates: once for each identity that is known of it."""
    chains = ((base.diff_chain, len(base.diff_ids)), (base.layer_chain, len(base.layers)))
    return tuple(
        KnownImage(base.digest, base.names, count, base.size_bytes, chain)
        for chain, count in chains
        if chain is not None
    )


def find_bases(
    prefixes: Prefixes,
    candidates: Iterable[KnownImage],
    claim: BaseClaim = NO_CLAIM,
    hints: Iterable[Hint] = (),
) -> tuple[BaseView, ...]:
    """The base, the base of that, and so on, nearest first; empty where nothing is known.

    The nearest, in this order: the claimed base when its layers are a prefix of the image's
    (high confidence; it may have all of them, as a child of metadata only does); the known
    image with the longest prefix shorter than the whole, over diff IDs or layer digests
    (high); the claim about an image nobody saw (low, no layers counted); the highest of
    `hints` (low). A claim the layers contradict counts for nothing. Below it follow known
    images, and below those hints, each with fewer layers than the one before.

    Of several images with the same layers all names are given; the digest is that of the
    one with the most names, ties by smallest digest: a tagged release before what it left
    behind. Depends neither on the order of `candidates` nor on repetitions. Linear in
    layers and candidates.
    """
    pool = list(candidates)
    heights = _by_height(prefixes, pool)
    known = claim.known or _first(pool, claim.digest)
    chain: list[BaseView] = []
    if known is not None and prefixes.begin_with(known):
        twins = [known, *heights.get(known.layer_count, ())]
        chain.append(_view(known, twins, (claim.name,), basis=ANNOTATION))
    ceiling = chain[0].layer_count if chain else prefixes.layer_count
    for height in sorted((one for one in heights if one < ceiling), reverse=True):
        same = heights[height]
        chain.append(_view(min(same, key=_preference), same, (), basis=LAYER_CHAIN))
    floor = chain[-1].layer_count if chain else prefixes.layer_count
    if not chain and known is None and (claim.name or claim.digest):
        chain.append(_unverified(claim))
    lower = {hint.layer_count: hint for hint in hints if 0 < hint.layer_count < floor}
    return (*chain, *(_hinted(lower[height]) for height in sorted(lower, reverse=True)))


def _by_height(
    prefixes: Prefixes, pool: Iterable[KnownImage]
) -> Mapping[int, Sequence[KnownImage]]:
    """Those that are a prefix of ours, by their number of layers."""
    heights: dict[int, list[KnownImage]] = defaultdict(list)
    for image in pool:
        if prefixes.begin_with(image):
            heights[image.layer_count].append(image)
    return heights


def _preference(image: KnownImage) -> tuple[int, str]:
    return -len(set(image.names)), image.digest.text if image.digest else "~"


def _first(images: Sequence[KnownImage], digest: Digest | None) -> KnownImage | None:
    wanted = (image for image in images if digest is not None and image.digest == digest)
    return next(wanted, None)


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


def _hinted(hint: Hint) -> BaseView:
    return BaseView(
        names=hint.names,
        digest=None,
        basis=HISTORY,
        confidence=LOW,
        layer_count=hint.layer_count,
        size_bytes=hint.size_bytes,
    )
