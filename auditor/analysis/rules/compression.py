"""Layers as they are compressed and cut: gzip, nothing at all, or far too many.

Layers of the base are its own affair: a zstd copy of one is another blob, which no other
image shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.analysis.image_facts import ImageFacts, LayerFacts
from auditor.analysis.rules.rule import Rule
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

Placed = tuple[int, LayerFacts]

# Below this a layer gains next to nothing by another compression; the figures are of real
# layers, most of them far bigger.
_LEAST_LAYER_BYTES = 100_000

# OPTIMISATION section 5: 73 real layers, zstd -3 against gzip -6, weighted by bytes, with
# p10 and p90 of single layers.
_ZSTD_SAVING, _ZSTD_LOW, _ZSTD_HIGH = 0.085, 0.01, 0.24
# The same against the gzip of buildah, podman and skopeo, which is 6 % (3.6 to 7.8 %) bigger:
# 1 - 0.915 / 1.06, 1 - 0.99 / 1.036, 1 - 0.76 / 1.078.
_CONTAINERS_SAVING, _CONTAINERS_LOW, _CONTAINERS_HIGH = 0.137, 0.044, 0.295
_BUILDAH_LABEL = "io.buildah.version"

# Compressed to unpacked, 941 real images: median 0.414; an image's own part 0.28 to 0.89
# (facts about real images, "Compressed : unpacked").
_TAR_SAVING, _TAR_LOW, _TAR_HIGH = 0.586, 0.11, 0.72

# Real images have 8 layers at the median and 22 at most; a Dockerfile with more than 40
# small ones was written without a thought of layers. Images made of one layer per package
# (distroless, 35 and more) have no Dockerfile steps.
LEAST_SMALL_LAYERS = 40
_SMALL_LAYER_BYTES = 100_000
# What an empty layer takes: gzip of the end of a tar.
_EMPTY_LAYER_BYTES = 32
_DOCKERFILE_STEPS = frozenset({"RUN", "COPY", "ADD", "WORKDIR"})
_PARALLEL_DOWNLOADS = 3


GZIP = RuleInfo(
    identifier="gzip-layers",
    title="Layers in gzip that zstd would make smaller",
    sees="media types of the image's own layers",
    misses="how well these contents compress; which level of gzip was used",
)
UNCOMPRESSED = RuleInfo(
    identifier="uncompressed-layers",
    title="Layers stored without compression",
    sees="media types that say plain tar",
    misses="contents that are compressed already, such as archives and pictures",
)
FRAGMENTED = RuleInfo(
    identifier="over-fragmented-layers",
    title="Very many small layers",
    sees=f"{LEAST_SMALL_LAYERS} or more layers below 100 kB that Dockerfile steps made",
    misses="registries and nodes that keep connections open, where it costs less",
)


def _find_gzip(image: ImageFacts) -> Iterator[Finding]:
    layers = [(at, layer) for at, layer in _own_layers(image) if _is_gzip(layer.media_type)]
    if not layers:
        return
    is_buildah = _BUILDAH_LABEL in image.labels
    saving, low, high = (
        (_CONTAINERS_SAVING, _CONTAINERS_LOW, _CONTAINERS_HIGH)
        if is_buildah
        else (_ZSTD_SAVING, _ZSTD_LOW, _ZSTD_HIGH)
    )
    total_bytes = sum(layer.size_bytes for _, layer in layers)
    claims = _shares(layers, saving)
    by = "buildah, whose gzip is about 6 % bigger than others'" if is_buildah else "gzip"
    yield Finding(
        rule=GZIP.identifier,
        key="",
        what=(
            f"{_count(layers)} of its own, {format_bytes(total_bytes)}, compressed by {by}:"
            f" zstd at level 3 would save about {saving:.1%} of them."
        ),
        fix="Let the build compress with zstd; level 19 saves about 30 %, at about 1 MB/s.",
        evidence=_evidence(layers),
        claims=claims,
        first_layer=layers[0][0],
        confidence=Confidence.MEDIUM,
        basis=Basis.MODELLED,
        breadth=Breadth.IMAGE,
        low_bytes=int(total_bytes * low),
        high_bytes=int(total_bytes * high),
        dockerfile=(
            "# docker buildx build --output \\",
            "#   type=image,name=REGISTRY/APP:TAG,push=true,oci-mediatypes=true,compression=zstd .",
            "# buildah push --compression-format zstd IMAGE docker://REGISTRY/APP:TAG",
        ),
        caveats=(
            "Nodes need Docker 23.0, containerd 1.5, or a current Podman or CRI-O.",
            "A layer compressed anew is another blob: what shares it holds both for a while.",
            "With force-compression=true the base's layers are no longer shared either.",
        ),
    )


def _find_uncompressed(image: ImageFacts) -> Iterator[Finding]:
    layers = [(at, layer) for at, layer in _own_layers(image) if _is_plain(layer.media_type)]
    if not layers:
        return
    total_bytes = sum(layer.size_bytes for _, layer in layers)
    yield Finding(
        rule=UNCOMPRESSED.identifier,
        key="",
        what=(
            f"{_count(layers)} of its own, {format_bytes(total_bytes)}, stored and pulled"
            " without compression."
        ),
        fix="Let the build or the push compress layers.",
        evidence=_evidence(layers),
        claims=_shares(layers, _TAR_SAVING),
        first_layer=layers[0][0],
        confidence=Confidence.MEDIUM,
        basis=Basis.MODELLED,
        breadth=Breadth.IMAGE,
        low_bytes=int(total_bytes * _TAR_LOW),
        high_bytes=int(total_bytes * _TAR_HIGH),
        dockerfile=(
            "# docker buildx build --output \\",
            "#   type=image,name=REGISTRY/APP:TAG,push=true,oci-mediatypes=true,compression=zstd .",
            "# skopeo copy --dest-compress --dest-compress-format zstd SOURCE DESTINATION",
        ),
        caveats=(
            "The media type says so; the contents were not read.",
            "Archives, pictures and models that are compressed already hardly become smaller.",
        ),
    )


def _find_fragmented(image: ImageFacts) -> Iterator[Finding]:
    made = {
        step.layer
        for step in image.own_steps
        if step.layer is not None and step.instruction in _DOCKERFILE_STEPS
    }
    small = [
        (at, layer)
        for at, layer in _own_layers(image, least_bytes=1)
        if at in made and layer.size_bytes < _SMALL_LAYER_BYTES
    ]
    if len(small) < LEAST_SMALL_LAYERS:
        return
    total_bytes = sum(layer.size_bytes for _, layer in small)
    # Merged, they would be one layer: the first stays, the others' ends go.
    claims = tuple(Claim(at, min(_EMPTY_LAYER_BYTES, it.size_bytes)) for at, it in small[1:])
    rounds = len(small) // _PARALLEL_DOWNLOADS
    yield Finding(
        rule=FRAGMENTED.identifier,
        key="",
        what=(
            f"{len(small)} layers below 100 kB hold {format_bytes(total_bytes)} in all: a pull"
            f" asks for each, {rounds} round trips one after the other."
        ),
        fix="Join RUN steps that follow each other, and COPY folders instead of single files.",
        evidence=_evidence(small),
        claims=claims,
        first_layer=small[0][0],
        confidence=Confidence.HIGH,
        basis=Basis.MODELLED,
        breadth=Breadth.LAYER,
        dockerfile=(
            "COPY config/ /etc/app/",
            "RUN first-command \\",
            "    && second-command",
        ),
        caveats=("It saves requests and time, hardly a byte.",),
    )


def _own_layers(image: ImageFacts, least_bytes: int = _LEAST_LAYER_BYTES) -> Iterable[Placed]:
    own = enumerate(image.layers[image.base_layers :], image.base_layers)
    return ((at, it) for at, it in own if it.size_bytes >= least_bytes and not it.is_foreign)


def _is_gzip(media_type: str) -> bool:
    return media_type.endswith(("+gzip", ".tar.gzip"))


def _is_plain(media_type: str) -> bool:
    """Source: image-spec media-types.md; distribution's `rootfs.diff.tar`."""
    return media_type.endswith(".tar")


def _shares(layers: Iterable[Placed], saving: float) -> tuple[Claim, ...]:
    return tuple(Claim(at, int(layer.size_bytes * saving)) for at, layer in layers)


def _evidence(layers: Iterable[Placed]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(EvidenceKind.LAYER, layer.media_type, at, layer.digest, layer.size_bytes)
        for at, layer in layers
    )


def _count(layers: list[Placed]) -> str:
    return "1 layer" if len(layers) == 1 else f"{len(layers)} layers"


RULES: tuple[Rule, ...] = (
    Rule(GZIP, _find_gzip),
    Rule(UNCOMPRESSED, _find_uncompressed),
    Rule(FRAGMENTED, _find_fragmented),
)
