"""A base whose tag names another image by now, or that nobody maintains any more.

Neither finding claims bytes: a rebuild on the newer base may save some or cost some. They say
which, and what else is gained.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from auditor.analysis.base_image import HIGH
from auditor.analysis.bases.hints import distribution_of
from auditor.analysis.bases.names import Variant, best_name, split_name, variant_of
from auditor.analysis.bases.words import VERSION_PARTS
from auditor.analysis.image_facts import ImageFacts
from auditor.domain.bases import EndOfLife, KnownBase
from auditor.domain.digest import Digest
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
from auditor.domain.views import BaseView

OUTDATED_BASE = RuleInfo(
    identifier="outdated-base",
    title="The base's tag has moved on",
    sees="the base's chain of layers, and what the base's tags name today",
    misses="tags that no crawl has looked at since they moved",
)
END_OF_LIFE_BASE = RuleInfo(
    identifier="end-of-life-base",
    title="The base is not maintained any more",
    sees="version and release in the base's names or its root layer, and announced ends of life",
    misses="paid maintenance; dates that were announced after the list was made",
)
_LONGEST_KEY = 200
_LATEST = ("", "latest")

Ends = Mapping[tuple[str, str], EndOfLife]


def find_outdated_base(image: ImageFacts, current: Mapping[str, KnownBase]) -> Finding | None:
    """The finding `outdated-base`, or None where no tag of the base names other layers today.

    `current`: what names of the base mean now, for the image's platform; names that are not in
    it are not known. `latest` counts only where the base has no other name: it moves to other
    versions by design. An image rebuilt with the same layers is not another base.
    """
    base = image.base
    if base is None or base.confidence != HIGH or not base.layer_count:
        return None
    old = [layer.digest for layer in image.layers[: base.layer_count]]
    name = moved_name(base.names, old, current)
    if name is None:
        return None
    new = current[name]
    old_bytes = sum({one.digest: one.size_bytes for one in image.layers[: len(old)]}.values())
    return Finding(
        rule=OUTDATED_BASE.identifier,
        key=name[:_LONGEST_KEY],
        what=f"It is built on an earlier {name}: the tag has named another image since.",
        fix="Build again with a fresh pull of the base (`docker build --pull`).",
        evidence=(
            Evidence(EvidenceKind.BASE, name, digest=base.digest, size_bytes=old_bytes),
            Evidence(EvidenceKind.TAG, name, digest=new.digest, size_bytes=new.size_bytes),
        ),
        claims=(),
        first_layer=0,
        confidence=Confidence.HIGH,
        basis=Basis.FROM_CATALOGUE,
        breadth=Breadth.BASE,
        caveats=(
            _difference(new.size_bytes - old_bytes),
            f"What {name} names is as of {new.as_of.isoformat()}.",
        ),
    )


def moved_name(
    names: Sequence[str], layers: Sequence[Digest], current: Mapping[str, KnownBase]
) -> str | None:
    """The name of a base that names other layers today; None where none is known to."""
    named = [name for name in names if split_name(name)[1] not in _LATEST] or names
    known = [
        name
        for name in named
        if name in current
        and current[name].layers
        and [layer.digest for layer in current[name].layers] != list(layers)
    ]
    return best_name(known) if known else None


def _difference(more_bytes: int) -> str:
    if not more_bytes:
        return "It saves nothing: the new base is as big as the old one. It brings fixes."
    word = "bigger" if more_bytes > 0 else "smaller"
    reason = "It saves no bytes, it brings fixes" if more_bytes > 0 else "It brings fixes as well"
    return f"The new base is {format_bytes(abs(more_bytes))} {word}. {reason}."


def ends_by_line(ends: Iterable[EndOfLife]) -> Ends:
    """Ends of life by product and cycle or codename, for look-up."""
    return {(end.product, line): end for end in ends for line in (end.cycle, end.codename) if line}


def find_end_of_life_base(
    image: ImageFacts, ends: Ends, today: date, below: Iterable[BaseView] = ()
) -> Finding | None:
    """The finding `end-of-life-base`, or None: still maintained, or nothing is known.

    Looks at the runtime and the system of the base, of those `below` it (what `find_bases` told
    behind the first), and of the root layer's step. Names the one that ended first.
    """
    bases = [view for view in (image.base, *below) if view is not None]
    system = distribution_of(image.steps)
    product, _, release = system.partition(":")
    told: dict[EndOfLife, tuple[str, BaseView | None]] = {}
    pairs = ((variant_of(view.names, system), view) for view in bases)
    for variant, view in ((variant, view) for variant, view in pairs if variant):
        for line in _lines(variant):
            if line in ends:
                told.setdefault(ends[line], (variant.name, view))
    if (product, release) in ends:
        told.setdefault(ends[product, release], (system, None))
    over = sorted((end for end in told if end.ends_on < today), key=lambda end: end.ends_on)
    if not over:
        return None
    end = over[0]
    shown, by = told[end]
    line_text = f"{end.product} {end.cycle}"
    is_verified = by is not None and by.confidence == HIGH
    return Finding(
        rule=END_OF_LIFE_BASE.identifier,
        key=f"{end.product}:{end.cycle}",
        what=f"{line_text} in its base {shown} has not been maintained since {end.ends_on.isoformat()}.",
        fix=f"Move to a {end.product} that is maintained.",
        evidence=(Evidence(EvidenceKind.BASE, shown, digest=by.digest if by else None),),
        claims=(),
        first_layer=0,
        confidence=Confidence.HIGH if is_verified else Confidence.MEDIUM,
        basis=Basis.FROM_CATALOGUE,
        breadth=Breadth.BASE,
        caveats=tuple(_said_of(end, over[1:])),
    )


def _lines(variant: Variant) -> Iterator[tuple[str, str]]:
    """The runtime's line and the system's, as the list of ends has them."""
    parts = VERSION_PARTS.get(variant.family, 1)
    if len(variant.version) >= parts:
        yield variant.family, ".".join(map(str, variant.version[:parts]))
    yield variant.distribution, variant.release


def _said_of(end: EndOfLife, others: Iterable[EndOfLife]) -> Iterator[str]:
    if end.security_ends_on < end.ends_on:
        yield (
            f"Its own security team stopped on {end.security_ends_on.isoformat()};"
            " the date is that of free long-term support."
        )
    yield f"The date was announced by {end.as_of.isoformat()} ({end.source}); it may have moved."
    yield "It saves no bytes by itself: it is about fixes that do not come any more."
    for other in others:
        yield f"{other.product} {other.cycle} ended too, on {other.ends_on.isoformat()}."
