"""The base an estimate stands on: database -> catalogue -> what it holds."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from auditor.analysis.bases.hints import distribution_of
from auditor.analysis.bases.names import BaseKind, Variant, split_name, variant_of
from auditor.analysis.bases.variants import Change, Choice, VariantIndex
from auditor.analysis.build_step import on_base, take_apart
from auditor.analysis.effects.acts import acts_of, own_acts_of
from auditor.analysis.effects.packages import package_change
from auditor.analysis.image_facts import ImageFacts
from auditor.dockerfiles.python import pip_words
from auditor.domain.bases import BaseLayer, KnownBase
from auditor.domain.digest import Digest
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.estimates import BaseLayerHeld, BaseUsed, Interval
from auditor.domain.packages import Ecosystem
from auditor.domain.platform import Platform
from auditor.domain.reference import ImageReference
from auditor.domain.text import clean_line
from auditor.domain.views import BaseView
from auditor.estimate.base_contents import BaseContents, contents_of
from auditor.store.analysis_reads import load_images
from auditor.store.counted import list_reference_names
from auditor.store.engine import Connection
from auditor.store.image_reads import find_manifest_id
from auditor.store.registry_reads import list_registry_names, load_as_of, registries_holding
from auditor.usecases.base_relatives import relatives_of
from auditor.usecases.explain_image import explain_image
from auditor.usecases.image_bases import BaseLookup

SCRATCH = "scratch"
_HUB = ("docker.io/library/", "index.docker.io/library/", "docker.io/", "library/")
_COMPUTED_SPREAD = 0.1
_STAND_IN_SPREAD = 0.2
_NEAR = 3
_ALL_LAYERS = sys.maxsize


@dataclass(frozen=True, slots=True)
class EstimateBase:
    """A base, and what it holds. `registry` is where the database has it, else empty."""

    used: BaseUsed
    contents: BaseContents = field(default_factory=BaseContents)
    variant: Variant | None = None
    registry: str = ""


@dataclass(frozen=True, slots=True)
class BaseFinder:
    """Finds bases by name, as one moment of the database knows them; `now` dates what it read."""

    connection: Connection
    platform: Platform
    now: datetime

    def find(self, name: str) -> EstimateBase | None:
        """The image of this name, None for `scratch`.

        From the database, else the shipped catalogue, else another version of the same
        variant stands in. Raises InvalidReferenceError, and UnknownReferenceError with near
        names where nothing is like it.
        """
        if name == SCRATCH:
            return None
        return self._stored(name) or self._shipped(name) or self._stand_in(name)

    def slimmer(self, base: EstimateBase) -> tuple[tuple[EstimateBase, Change], ...]:
        """The same program on slimmer images, with what else changes."""
        if base.variant is None or base.variant.kind is BaseKind.OTHER:
            return ()
        index = VariantIndex(self._relatives(base.variant))
        return tuple(_of_choice(one) for one in index.slimmer(base.variant, self.platform))

    def _relatives(self, variant: Variant) -> tuple[KnownBase, ...]:
        last = variant.repository.rpartition("/")[2]
        return relatives_of(self.connection, {last, variant.family}, self.platform, self.now)

    def _stored(self, name: str) -> EstimateBase | None:
        references = (*list_registry_names(self.connection), *list_reference_names(self.connection))
        asked = ImageReference.parse(name, references)
        found: dict[Digest, EstimateBase] = {}
        for reference in self._candidates(asked):
            try:
                base = self._explained(reference)
            except UnknownReferenceError:
                if asked.registry:
                    raise
                continue
            if base is not None:
                found.setdefault(base[0], base[1])
        if len(found) > 1:
            names = tuple(f"{one.registry}/{one.used.name}" for one in found.values())
            raise UnknownReferenceError(
                f"{clean_line(name)} is another image in each of {len(found)} registries",
                next_step="write it with its registry",
                candidates=names,
            )
        return next(iter(found.values()), None)

    def _candidates(self, asked: ImageReference) -> Iterator[ImageReference]:
        if asked.registry:
            yield asked
            return
        for repository in (asked.repository, f"library/{asked.repository}"):
            for registry in registries_holding(self.connection, repository):
                yield replace(asked, registry=registry, repository=repository)

    def _explained(self, reference: ImageReference) -> tuple[Digest, EstimateBase] | None:
        view = explain_image(self.connection, reference, self.platform, self.platform)
        if view is None:
            return None
        manifest_id = find_manifest_id(self.connection, view.digest)
        read = load_images(self.connection, [] if manifest_id is None else [manifest_id])
        name = str(replace(reference, registry=""))
        contents, variant = BaseContents(), variant_of([name])
        if read:
            steps = take_apart(read[0].history, [layer.size_bytes for layer in read[0].layers])
            lookup = BaseLookup(self.connection)
            lookup.prepare(read)
            below = lookup.trace(read[0])[0].views
            names = ([name], *(list(one.names) for one in below))
            told = distribution_of(steps)
            contents = _contents(names, told)
            facts = ImageFacts(digest=view.digest, layers=(), steps=steps)
            variant = variant_of([name], told)
            above = on_base(steps, _height_of_known(variant, below))
            contents = replace(
                contents,
                packages=(*contents.packages, *_installed(facts)),
                uncompiled=contents.uncompiled - _run_by(replace(facts, steps=above)),
            )
        layers = tuple(
            BaseLayerHeld(layer.digest, layer.size_bytes, is_held=False)
            for layer in {one.digest: one for one in view.layers}.values()
        )
        used = BaseUsed(
            name=name,
            platform=view.platform or self.platform,
            size=Interval.exactly(sum(layer.size_bytes for layer in layers)),
            source=f"crawled from {reference.registry}",
            as_of=(load_as_of(self.connection, reference.registry) or self.now).date(),
            distribution=_system(contents),
            layers=layers,
        )
        return view.digest, EstimateBase(used, contents, variant, reference.registry)

    def _shipped(self, name: str) -> EstimateBase | None:
        wanted = _without_hub(name)
        repository, tag = split_name(wanted)
        wanted = wanted if tag or "@" in wanted else f"{repository}:latest"
        fitting = [
            base
            for base in relatives_of(None, {repository.rpartition("/")[2]}, self.platform, self.now)
            if wanted in base.names and base.platform.satisfies(self.platform)
        ]
        if not fitting:
            return None
        return _of_known(max(fitting, key=lambda base: base.as_of), wanted)

    def _stand_in(self, name: str) -> EstimateBase:
        wanted = _without_hub(name)
        asked = variant_of([wanted])
        known = self._relatives(asked) if asked else ()
        alike = [
            (variant, base)
            for base in known
            if (variant := variant_of(base.names, base.distribution))
            and asked
            and _is_alike(asked, variant)
        ]
        if asked is None or not alike:
            raise self._unknown(name, known)
        variant, base = max(alike, key=lambda one: (one[1].as_of, _nearness(asked, one[0])))
        contents = _contents([[wanted]], base.distribution)
        used = replace(
            _of_known(base, wanted).used,
            size=_spread(base.size_bytes, _STAND_IN_SPREAD),
            platform=self.platform,
            layers=(),
            stand_in=f"{variant.name} for {base.platform}",
        )
        return EstimateBase(used, contents, asked)

    def _unknown(self, name: str, known: Iterable[KnownBase]) -> UnknownReferenceError:
        names = sorted({one for base in known for one in base.names})
        near = difflib.get_close_matches(_without_hub(name), names, n=_NEAR, cutoff=0.3)
        return UnknownReferenceError(
            f"no base image {clean_line(name)} is known",
            next_step="crawl the registry that has it (`auditor audit REGISTRY`), list it as a "
            "reference registry, or take one that is known",
            candidates=tuple(near),
        )


def of_distribution(base: EstimateBase, distribution: str, python: str) -> EstimateBase:
    """The base with what the user says of it, where names tell nothing or too little."""
    contents = base.contents
    if distribution:
        system, _, release = distribution.partition(":")
        contents = replace(contents, distribution=system, release=release)
    if python:
        contents = replace(contents, python=python)
    return replace(base, contents=contents)


def _of_choice(choice: Choice) -> tuple[EstimateBase, Change]:
    base = _of_known(choice.base, choice.name)
    if choice.is_stand_in:
        spread = _spread(choice.base.size_bytes, _STAND_IN_SPREAD)
        used = replace(base.used, size=spread, stand_in=choice.base.names[0], layers=())
        base = replace(base, used=used)
    return base, choice.change


def _of_known(base: KnownBase, name: str) -> EstimateBase:
    spread = _COMPUTED_SPREAD if base.is_estimate else 0.0
    layers = {layer.digest: layer for layer in base.layers}
    used = BaseUsed(
        name=name,
        platform=base.platform,
        size=_spread(base.size_bytes, spread),
        source=base.source,
        as_of=base.as_of,
        distribution=base.distribution,
        layers=tuple(_unheld(layer) for layer in layers.values()),
    )
    return EstimateBase(used, _contents([[name]], base.distribution), variant_of([name]))


def _unheld(layer: BaseLayer) -> BaseLayerHeld:
    return BaseLayerHeld(layer.digest, layer.size_bytes, is_held=False)


def _spread(size_bytes: int, ratio: float) -> Interval:
    return Interval(size_bytes, round(size_bytes * (1 - ratio)), round(size_bytes * (1 + ratio)))


def _contents(names: Sequence[Sequence[str]], distribution: str) -> BaseContents:
    """What the nearest image of a known family holds, of these and what they are built on."""
    variants = [variant for one in names if (variant := variant_of(one, distribution))]
    known = next((one for one in variants if one.kind is not BaseKind.OTHER), None)
    if known is None:
        system, _, release = distribution.partition(":")
        return BaseContents(distribution=system, release=release)
    return contents_of(
        known.family,
        known.version,
        role=known.role,
        is_slim=known.is_slim,
        distribution=known.distribution,
        release=known.release or _release_below(known.distribution, variants),
    )


def _release_below(distribution: str, variants: Sequence[Variant]) -> str:
    """The release of that distribution which one of the images below is; empty for none."""
    same = (one.release for one in variants if one.distribution == distribution and one.release)
    return next(same, "")


def _installed(image: ImageFacts) -> Iterator[str]:
    """Names of system packages that the steps of the image install and leave."""
    for acts in acts_of(image):
        for package in package_change(acts).left:
            yield package.name


def _height_of_known(own: Variant | None, below: Sequence[BaseView]) -> int:
    """How many layers are those of a published image, as which nothing has run in it."""
    if own is not None and own.kind is not BaseKind.OTHER:
        return _ALL_LAYERS
    published = (view for view in below if _is_published(view))
    return next((view.layer_count for view in published), 0)


def _is_published(view: BaseView) -> bool:
    variant = variant_of(view.names)
    return variant is not None and variant.kind is not BaseKind.OTHER


def _run_by(image: ImageFacts) -> frozenset[Ecosystem]:
    """Package managers that the image's own steps ran."""
    acts = [act for step in own_acts_of(image) for act in step.acts]
    ran = {
        Ecosystem.PIP: any(act.name != "uv" and pip_words(act) is not None for act in acts),
        Ecosystem.NPM: any(act.name == "npm" for act in acts),
    }
    return frozenset(kind for kind, has_run in ran.items() if has_run)


def _system(contents: BaseContents) -> str:
    return f"{contents.distribution}:{contents.release}" if contents.distribution else ""


def _without_hub(name: str) -> str:
    for prefix in _HUB:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def _is_alike(one: Variant, other: Variant) -> bool:
    """Whether only the version differs, and neither is of a family nobody publishes."""
    return one.kind is not BaseKind.OTHER and (
        one.family,
        one.role,
        one.is_slim,
        one.is_musl,
        one.flavour,
    ) == (other.family, other.role, other.is_slim, other.is_musl, other.flavour)


def _nearness(asked: Variant, other: Variant) -> float:
    pairs = zip(asked.version, other.version, strict=False)
    return -sum((abs(a - b) / 100**place for place, (a, b) in enumerate(pairs)), 0.0)
