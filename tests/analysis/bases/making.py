"""Known bases and images on them, made small."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from auditor.analysis.image_facts import BuildStep, ImageFacts, LayerFacts
from auditor.domain.bases import BaseLayer, KnownBase
from auditor.domain.digest import Digest
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.domain.views import BaseView

MB = 1_000_000
DAY = date(2026, 8, 3)


def layer(name: str, megabytes: int) -> BaseLayer:
    return BaseLayer(Digest.of(name.encode()), megabytes * MB)


def base(
    *names: str,
    layers: Sequence[BaseLayer] = (),
    megabytes: int = 0,
    as_of: date = DAY,
    platform: Platform = DEFAULT_PLATFORM,
    distribution: str = "",
    is_estimate: bool = False,
) -> KnownBase:
    return KnownBase(
        names=names,
        platform=platform,
        size_bytes=sum(one.size_bytes for one in layers) or megabytes * MB,
        as_of=as_of,
        source="a test",
        digest=Digest.of(repr(names).encode()),
        layers=tuple(layers),
        distribution=distribution,
        is_estimate=is_estimate,
    )


def image_on(
    known: KnownBase,
    *own: tuple[str, int],
    confidence: str = "high",
    root: str = "ADD file:cafe in /",
    repository: str = "team/app",
) -> ImageFacts:
    """An image on a base, with own layers of these steps and megabytes."""
    height = len(known.layers)
    made = [layer(f"own {at} {text}", megabytes) for at, (text, megabytes) in enumerate(own)]
    steps = [BuildStep("ADD", root, layer=0, is_from_base=True)]
    steps += [BuildStep("RUN", text, layer=height + at) for at, (text, _) in enumerate(own)]
    return ImageFacts(
        digest=Digest.of(b"image"),
        layers=tuple(LayerFacts(one.digest, one.size_bytes, "") for one in (*known.layers, *made)),
        steps=tuple(steps),
        base=BaseView(
            known.names, known.digest, "layer_chain", confidence, height, known.size_bytes
        ),
        repository=repository,
    )
