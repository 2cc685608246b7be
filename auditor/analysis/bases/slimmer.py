"""A slimmer variant of the base an image has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.analysis.base_image import HIGH
from auditor.analysis.bases.hints import distribution_of
from auditor.analysis.bases.names import BaseKind, Variant, variant_of
from auditor.analysis.bases.own_layers import OwnLayers, own_layers
from auditor.analysis.bases.swap_model import SPREADS, Prediction, moved_bytes, predict_swap
from auditor.analysis.bases.variants import Change, Choice, VariantIndex
from auditor.analysis.bases.words import LEANER_ROLES
from auditor.analysis.image_facts import ImageFacts
from auditor.domain.digest import Digest
from auditor.domain.findings import (
    Basis,
    Breadth,
    Claim,
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
    RuleInfo,
)
from auditor.domain.units import format_bytes

SLIMMER_BASE = RuleInfo(
    identifier="slimmer-base",
    title="A slimmer variant of the base",
    sees="the base's whole chain of layers, and other variants of the same version by name",
    misses="what the program needs of the bigger base; bases nobody has crawled or shipped",
)
_BUILDS = ("javac", "mvn", "maven", "gradle", "sbt", "dotnet build", "dotnet publish")
_LONGEST_KEY = 200
_MOST_OPTIONS = 3
_WORDS_OF: dict[Change, str] = {
    Change.SAME_RELEASE: (
        "A slim image has no compilers and few libraries: what the build or the program takes"
        " from the full one must be installed."
    ),
    Change.OTHER_RELEASE: "It is another release of the system: versions of libraries differ.",
    Change.MUSL: (
        "Alpine has musl instead of glibc: programs and wheels built for glibc do not run on it,"
        " and what is built anew must be tested."
    ),
    Change.DISTROLESS: (
        "It has no shell and no package manager: build in an earlier stage and copy the result;"
        " RUN does not work in it."
    ),
}
_CONFIDENCE: dict[tuple[BaseKind, bool], Confidence] = {
    (BaseKind.RUNTIME, True): Confidence.HIGH,
    (BaseKind.RUNTIME, False): Confidence.MEDIUM,
    (BaseKind.SYSTEM, True): Confidence.MEDIUM,
    (BaseKind.SYSTEM, False): Confidence.LOW,
}
"""By kind of base, and whether the C library stays; OPTIMISATION, "Bases", and decision 24."""


@dataclass(frozen=True, slots=True)
class _Swap:
    """One choice, worked out for one image. `claims` is what goes, `added_bytes` what comes."""

    choice: Choice
    claims: tuple[Claim, ...]
    added_bytes: int
    added_layers: tuple[tuple[Digest, int], ...]
    prediction: Prediction

    @property
    def saving_bytes(self) -> int:
        return sum(claim.size_bytes for claim in self.claims) - self.added_bytes


def find_slimmer_base(image: ImageFacts, index: VariantIndex) -> Finding | None:
    """The finding `slimmer-base`, or None: no verified base, or nothing slimmer known of it.

    Recommended is the smallest of those that change least besides: same release, then another
    release, then musl, then distroless; the rest is told as further options.
    """
    base = image.base
    if base is None or base.confidence != HIGH or not 0 < base.layer_count <= len(image.layers):
        return None
    variant = variant_of(base.names, distribution_of(image.steps))
    if variant is None or variant.kind == BaseKind.OTHER:
        return None
    has_leaner = variant.role in LEANER_ROLES
    choices = index.slimmer(variant, image.platform, may_be_leaner=has_leaner and not builds(image))
    if not choices:
        return None
    own = own_layers(image.steps, [layer.size_bytes for layer in image.layers], base.layer_count)
    swaps = [swap for one in choices if (swap := _swap(image, variant, one, own)).saving_bytes > 0]
    if not swaps:
        return None
    chosen = min(swaps, key=lambda swap: (swap.choice.change, -swap.saving_bytes))
    return _finding(image, variant, chosen, [swap for swap in swaps if swap is not chosen])


def builds(image: ImageFacts) -> bool:
    """Whether the image's own steps compile: then it needs the tools it has."""
    texts = (image.repository, *(step.text for step in image.own_steps))
    return any(word in text for text in texts for word in _BUILDS)


def _swap(image: ImageFacts, variant: Variant, choice: Choice, own: OwnLayers) -> _Swap:
    to_musl = choice.change == Change.MUSL
    new = {layer.digest: layer.size_bytes for layer in choice.base.layers}
    stays = {layer.digest for layer in image.layers[image.base_layers :]}
    old = {layer.digest for layer in image.layers[: image.base_layers]}
    claims: dict[object, Claim] = {}
    for position, layer in enumerate(image.layers[: image.base_layers]):
        if layer.digest not in new and layer.digest not in stays:
            claims.setdefault(layer.digest, Claim(position, layer.size_bytes))
    added = {digest: size for digest, size in new.items() if digest not in old | stays}
    comes = sum(added.values())
    grows = moved_bytes(own, variant.kind, to_musl=to_musl) - own.size_bytes
    return _Swap(
        choice,
        tuple(claims.values()),
        (comes if new else choice.base.size_bytes) + max(0, grows),
        tuple(added.items()),
        predict_swap(own, choice.base.size_bytes, variant.kind, to_musl=to_musl),
    )


def _finding(image: ImageFacts, variant: Variant, swap: _Swap, others: Sequence[_Swap]) -> Finding:
    choice, base = swap.choice, image.layers[: image.base_layers]
    old_bytes = sum({layer.digest: layer.size_bytes for layer in base}.values())
    whole = sum({layer.digest: layer.size_bytes for layer in image.layers}.values())
    saving = swap.saving_bytes
    same_libc = choice.change <= Change.OTHER_RELEASE
    is_tried = not (choice.is_stand_in or choice.base.is_estimate)
    is_sure = is_tried and (same_libc or not variant.is_slim)
    return Finding(
        rule=SLIMMER_BASE.identifier,
        key=variant.name[:_LONGEST_KEY],
        what=(
            f"It is built on {variant.name} ({format_bytes(old_bytes)}); {choice.name} runs the"
            f" same programs in {format_bytes(choice.base.size_bytes)}."
        ),
        fix=f"Build on {choice.name}, and install what the program misses there.",
        evidence=(
            Evidence(
                EvidenceKind.BASE,
                variant.name,
                digest=image.base.digest if image.base else None,
                size_bytes=old_bytes,
            ),
            Evidence(
                EvidenceKind.BASE,
                choice.name,
                digest=None if choice.is_stand_in else choice.base.digest,
                size_bytes=choice.base.size_bytes,
            ),
        ),
        claims=swap.claims,
        first_layer=swap.claims[0].layer,
        confidence=_CONFIDENCE[variant.kind, same_libc] if is_sure else Confidence.LOW,
        basis=Basis.FROM_CATALOGUE if is_tried and same_libc else Basis.MODELLED,
        breadth=Breadth.BASE,
        added_bytes=swap.added_bytes,
        added_layers=swap.added_layers,
        low_bytes=min(saving, whole - swap.prediction.high_bytes),
        high_bytes=max(saving, whole - swap.prediction.low_bytes),
        dockerfile=(f"FROM {choice.name}",),
        caveats=tuple(_caveats(variant, swap, others)),
    )


def swap_words(variant: Variant, choice: Choice) -> Iterator[str]:
    """What else changes with the base, a sentence each: the C library, the shell, the tools."""
    if choice.variant.is_slim or choice.change != Change.SAME_RELEASE:
        yield _WORDS_OF[choice.change]
    if choice.variant.role != variant.role:
        yield f"It is a {choice.variant.role}: it runs programs and cannot compile them."


def _caveats(variant: Variant, swap: _Swap, others: Sequence[_Swap]) -> Iterator[str]:
    choice = swap.choice
    yield from swap_words(variant, choice)
    if choice.change == Change.DISTROLESS:
        yield "No real pair of images with and without a distribution was at hand to measure."
    elif not choice.is_stand_in:
        spread = SPREADS[variant.kind, choice.change == Change.MUSL]
        yield (
            f"Of {spread.pairs} real pairs of images on a {variant.kind} base,"
            f" {spread.within_ten_percent_ratio:.0%} were predicted within 10 %."
        )
    if choice.is_stand_in:
        yield (
            f"{choice.name} was not seen: the size is that of {choice.base.names[0]}, and"
            " whether the tag exists is not known."
        )
    yield f"Its size is as of {choice.base.as_of.isoformat()} ({choice.base.source})."
    if not choice.base.layers:
        yield "Only its size is known, not its layers: some may be shared."
    told = sorted(others, key=lambda one: (one.choice.change, -one.saving_bytes))
    options = [
        f"{one.choice.name} ({format_bytes(one.choice.base.size_bytes)}, the image about"
        f" {format_bytes(one.prediction.size_bytes)}{_SHORT[one.choice.change]})"
        for one in _one_of_each(told)
    ]
    if options:
        yield f"Further options: {'; '.join(options)}."


_SHORT: dict[Change, str] = {
    Change.SAME_RELEASE: "",
    Change.OTHER_RELEASE: ", another release of the system",
    Change.MUSL: ", musl instead of glibc",
    Change.DISTROLESS: ", no shell and no package manager",
}


def _one_of_each(swaps: Sequence[_Swap]) -> Sequence[_Swap]:
    """The best of each kind of change, so that a list of releases does not hide the rest."""
    best: dict[Change, _Swap] = {}
    for swap in swaps:
        best.setdefault(swap.choice.change, swap)
    return list(best.values())[:_MOST_OPTIONS]
