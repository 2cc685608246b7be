"""Images for tests of rules: written as steps with the bytes their layers have."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.analysis.build_step import take_apart
from auditor.analysis.image_facts import ImageFacts, LayerFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.digest import Digest
from auditor.domain.findings import Finding
from auditor.domain.image_config import HistoryEntry
from auditor.domain.views import BaseView

MB = 1_000_000
EMPTY = -1
"""For a step whose layer holds no bytes."""
DEBIAN = ("/bin/sh -c #(nop) ADD file:0123456789ab in / ", 48 * MB)
GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"


def image_of(
    *steps: tuple[str, int],
    base: str | Sequence[str] = (),
    base_layers: int = 1,
    root: tuple[str, int] = DEBIAN,
) -> ImageFacts:
    """An image of a root layer with these steps; 0 bytes make no layer.

    A step is written as a Dockerfile has it. `base` names the image that the lowest
    `base_layers` are; without it the base is not known.
    """
    entries = [
        HistoryEntry(_recorded(text), is_empty_layer=not size) for text, size in (root, *steps)
    ]
    sizes = [max(size, 0) for _, size in (root, *steps) if size]
    layers = tuple(
        LayerFacts(Digest(f"sha256:{at:064x}"), size, GZIP) for at, size in enumerate(sizes)
    )
    names = (base,) if isinstance(base, str) else tuple(base)
    height = base_layers if names else 0
    taken = take_apart(entries, sizes, height)
    assert taken
    view = BaseView(names, None, "layer_chain", "high", height, sum(sizes[:height]))
    return ImageFacts(
        Digest("sha256:" + "f" * 64), layers, taken, base=view if names else None, repository="app"
    )


def _recorded(text: str) -> str:
    if text.startswith("RUN "):
        return f"RUN /bin/sh -c {text.removeprefix('RUN ')} # buildkit"
    return text if text.startswith("/bin/sh") else f"{text} # buildkit"


def found(rules: Sequence[Rule], image: ImageFacts) -> list[Finding]:
    """What these rules find, each claim within its layer."""
    findings = [one for rule in rules for one in rule.find(image)]
    for one in findings:
        for claim in one.claims:
            assert 0 < claim.size_bytes <= image.layers[claim.layer].size_bytes, one
        assert one.key
        assert len(one.key) <= 200
    return findings


def saved(rules: Sequence[Rule], image: ImageFacts) -> list[tuple[str, int]]:
    """Rule and saving of each finding."""
    return [(one.rule, one.pull_saving_bytes) for one in found(rules, image)]
