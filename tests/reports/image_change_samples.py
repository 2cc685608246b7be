"""Two images of one repository, an update with every kind of change, hostile where it may be."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from auditor.analysis.image_change import compare_images
from auditor.domain.digest import DiffId, Digest
from auditor.domain.image_change import ImageChange, ImageSide, SideLayer
from auditor.domain.platform import Platform
from auditor.domain.views import BaseView

AMD64 = Platform("linux", "amd64")
OVERHEAD = 4_321


def digest(seed: str) -> Digest:
    return Digest.of(seed.encode())


def diff_id(seed: str) -> DiffId:
    return DiffId(f"sha256:{hashlib.sha256(seed.encode()).hexdigest()}")


def side_layer(
    seed: str,
    size_bytes: int,
    step: str = "",
    *,
    files: str = "",
    from_base: bool | None = False,
    is_estimated: bool = False,
) -> SideLayer:
    content = diff_id(files or seed)
    return SideLayer(digest(seed), size_bytes, step, content, from_base, is_estimated)


def side(name: str, *layers: SideLayer, base: str = "", overhead: int = OVERHEAD) -> ImageSide:
    sizes: dict[Digest, int] = {}
    for layer in layers:
        sizes[layer.digest] = max(sizes.get(layer.digest, 0), layer.size_bytes)
    height = sum(bool(layer.from_base) for layer in layers)
    view = BaseView((base,), digest(base), "layer_chain", "high", height, 30_000_000)
    return ImageSide(
        name=name,
        digest=digest(name),
        platform=AMD64,
        pull_bytes=sum(sizes.values()) + overhead,
        layers=layers,
        base=view if base else None,
    )


def image_change(registry: str = "registry.example/team/app") -> ImageChange:
    """Base moved, a step rebuilt, one recompressed, one new, one gone, one kept."""
    before = side(
        f"{registry}:1.4",
        side_layer("debian-1", 28_000_000, "ADD file:1f in /", from_base=True),
        side_layer("certificates", 1_200_000, "RUN apt-get install -y ca-certificates"),
        side_layer("packages-1", 40_000_000, "RUN pip install -r requirements.txt"),
        side_layer("tools", 9_000_000, "RUN apt-get install -y gcc"),
        side_layer("assets-gzip", 5_000_000, "COPY assets /app/assets", files="assets"),
        side_layer("code-1", 300_000, "COPY . /app"),
        base="debian:12.4",
    )
    after = side(
        f"{registry}:1.5",
        side_layer("debian-2", 28_500_000, "ADD file:2f in /", from_base=True),
        side_layer("certificates", 1_200_000, "RUN apt-get install -y ca-certificates"),
        side_layer("packages-2", 88_000_000, "RUN pip install -r requirements.txt"),
        side_layer("assets-zstd", 4_400_000, "COPY assets /app/assets", files="assets"),
        side_layer("code-2", 310_000, "COPY . /app"),
        side_layer("evil", 2_000_000, "RUN echo '<script>|\x1b[31m`@all`' =1+1 %0A::error::x"),
        base="debian:12.5",
        overhead=OVERHEAD + 12,
    )
    return compare_images(before, after)


def no_change() -> ImageChange:
    """The same image under two names."""
    change = image_change()
    return compare_images(change.after, replace(change.after, name="registry.example/team/app:2"))


def bare_change() -> ImageChange:
    """Nothing known of base, steps or platform, and nothing before."""
    nothing = replace(side("a:1", overhead=0), platform=None)
    return compare_images(nothing, side("b:1", side_layer("one", 5, from_base=None)))
