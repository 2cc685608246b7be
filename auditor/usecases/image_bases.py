"""On what images are built: known chains of the database and the catalogue -> analysis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from auditor.analysis.base_image import (
    NO_CLAIM,
    BaseClaim,
    Hint,
    KnownImage,
    Prefixes,
    find_bases,
    known_images,
)
from auditor.analysis.bases.hints import find_hints
from auditor.analysis.build_step import on_base, take_apart
from auditor.analysis.image_facts import BuildStep
from auditor.catalogue.known_bases import Catalogue, load_catalogue
from auditor.domain.chain import chain_ids
from auditor.domain.digest import ChainId, Digest
from auditor.domain.errors import InvalidDigestError
from auditor.domain.views import BaseView
from auditor.store.analysis_reads import ImageRead, load_images
from auditor.store.engine import Connection
from auditor.store.image_reads import StoredBase, find_base_by_digest, find_bases_by_chain

_BASE_NAME = "org.opencontainers.image.base.name"
_BASE_DIGEST = "org.opencontainers.image.base.digest"
_MOST_REMEMBERED = 200_000


@dataclass(frozen=True, slots=True)
class FoundBases:
    """The base, and what that is built on, nearest first; empty where nothing is known.

    `base_id` is the nearest's manifest, None where it is not in the database.
    """

    views: tuple[BaseView, ...] = ()
    base_id: int | None = None

    @property
    def base(self) -> BaseView | None:
        """The nearest."""
        return self.views[0] if self.views else None


@dataclass(slots=True)
class BaseLookup:
    """Finds bases for many images of one moment; chains met before are not asked for again.

    Without a `connection` those of the catalogue alone.
    """

    connection: Connection | None
    catalogue: Catalogue = field(default_factory=load_catalogue)
    known: dict[ChainId, tuple[StoredBase, ...]] = field(default_factory=dict)
    prefixes: dict[int, Prefixes] = field(default_factory=dict)

    def on(self, connection: Connection) -> BaseLookup:
        """The same look-up over another connection; what it has found stays."""
        return replace(self, connection=connection)

    def prepare(self, images: Iterable[ImageRead]) -> None:
        """Look up the chains of all these images at once."""
        if len(self.known) > _MOST_REMEMBERED:
            self.known.clear()
        self.prefixes = {image.manifest_id: prefixes_of(image) for image in images}
        if self.connection is None:
            return
        wanted = {
            chain
            for prefixes in self.prefixes.values()
            for chain in _below(prefixes)
            if chain not in self.known
        }
        self.known.update(dict.fromkeys(wanted, ()))
        for over_diff_ids in (True, False):
            for base in find_bases_by_chain(self.connection, wanted, over_diff_ids=over_diff_ids):
                chain = base.diff_chain if over_diff_ids else base.layer_chain
                if chain is not None:
                    self.known[chain] = (*self.known[chain], base)

    def trace(self, image: ImageRead) -> tuple[FoundBases, tuple[BuildStep, ...]]:
        """The bases of an image that was prepared, and its steps, those of the base marked."""
        sizes = [layer.size_bytes for layer in image.layers]
        steps = take_apart(image.history, sizes)
        found = self._find(image, find_hints(steps, sizes))
        height = found.base.layer_count if found.base else 0
        return found, on_base(steps, height)

    def trace_one(self, manifest_id: int) -> FoundBases:
        """The bases of one image; none where there is no such image."""
        images = load_images(self.connection, [manifest_id]) if self.connection else ()
        self.prepare(images)
        return self.trace(images[0])[0] if images else FoundBases()

    def _find(self, image: ImageRead, hints: Sequence[Hint]) -> FoundBases:
        prefixes = self.prefixes[image.manifest_id]
        stored = {
            base.digest: base
            for chain in _below(prefixes)
            for base in self.known.get(chain, ())
            if base.digest != image.digest
        }
        claim, claimed = self._claim(image, prefixes)
        if claimed is not None:
            stored.setdefault(claimed.digest, claimed)
        candidates = [one for base in stored.values() for one in _identities(base)]
        for base in self.catalogue.find(_below(prefixes)):
            if image.platform is None or base.platform.satisfies(image.platform):
                candidates += known_images(base)
        views = find_bases(prefixes, candidates, claim, hints)
        digest = views[0].digest if views else None
        base_id = stored[digest].manifest_id if digest in stored else None
        return FoundBases(views, base_id)

    def _claim(self, image: ImageRead, prefixes: Prefixes) -> tuple[BaseClaim, StoredBase | None]:
        name = image.annotations.get(_BASE_NAME, "")
        digest = _digest_or_none(image.annotations.get(_BASE_DIGEST, ""))
        if not name and digest is None:
            return NO_CLAIM, None
        stored = None
        if digest and self.connection is not None:
            stored = find_base_by_digest(self.connection, digest, image.platform)
        identities = _identities(stored) if stored else ()
        known = next((one for one in identities if prefixes.begin_with(one)), None)
        return BaseClaim(name, digest, known or next(iter(identities), None)), stored


def prefixes_of(image: ImageRead) -> Prefixes:
    """Both identities of the image's stack of layers."""
    fits = bool(image.diff_ids) and len(image.diff_ids) == len(image.layers)
    return Prefixes(
        by_diff_ids=chain_ids(image.diff_ids) if fits else (),
        by_digests=chain_ids([layer.digest for layer in image.layers]),
    )


def _below(prefixes: Prefixes) -> Mapping[ChainId, None]:
    """Chains shorter than the image's own, each once, in order."""
    both = (*prefixes.by_diff_ids[:-1], *prefixes.by_digests[:-1])
    return dict.fromkeys(both)


def _identities(base: StoredBase) -> tuple[KnownImage, ...]:
    return tuple(
        KnownImage(base.digest, base.names, base.layer_count, base.size_bytes, chain)
        for chain in (base.diff_chain, base.layer_chain)
        if chain is not None
    )


def _digest_or_none(text: str) -> Digest | None:
    try:
        return Digest.parse(text)
    except InvalidDigestError:
        return None
