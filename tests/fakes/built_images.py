"""Images as rules see them, told by the history texts that builders record."""

from __future__ import annotations

from auditor.analysis.build_step import take_apart
from auditor.analysis.image_facts import ImageFacts, LayerFacts
from auditor.domain.digest import Digest
from auditor.domain.image_config import HistoryEntry
from auditor.domain.views import BaseView

KB, MB = 1_000, 1_000_000
_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"


def built(*steps: tuple[str, int | None], base_layers: int = 0, base: str = "") -> ImageFacts:
    """An image of these steps: the recorded text, and its layer's bytes or None for none."""
    history = [HistoryEntry(text, is_empty_layer=size is None) for text, size in steps]
    sizes = [size for _, size in steps if size is not None]
    layers = tuple(
        LayerFacts(Digest(f"sha256:{index:064x}"), size, _GZIP) for index, size in enumerate(sizes)
    )
    view = None
    if base_layers:
        names = (base,) if base else ()
        below = sum(sizes[:base_layers])
        view = BaseView(names, layers[0].digest, "layer_chain", "high", base_layers, below)
    taken = take_apart(history, sizes, base_layers)
    return ImageFacts(Digest("sha256:" + "f" * 64), layers, taken, view)


def ran(command: str) -> str:
    """A RUN as BuildKit records it."""
    return f"RUN /bin/sh -c {command} # buildkit"


DEBIAN = ("RUN # debian.sh --arch 'amd64' out/ 'bookworm'", 28 * MB)
