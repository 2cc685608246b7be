"""Docker's official images of January 2018 for linux/amd64, with their bases."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.analysis.base_image import Prefixes, find_bases, known_images
from auditor.analysis.build_step import take_apart
from auditor.analysis.image_facts import ImageFacts, LayerFacts
from auditor.catalogue.known_bases import Catalogue, load_catalogue
from auditor.domain.chain import chain_ids
from auditor.domain.digest import Digest
from auditor.domain.image_config import HistoryEntry
from auditor.domain.views import BaseView

OFFICIAL = Path(__file__).parents[4] / "shared/data/official-sample.json.gz"
_PLATFORM = "linux/amd64"


def official_images() -> Iterator[tuple[str, ImageFacts]]:
    """Each image with the first of its names."""
    with gzip.open(OFFICIAL) as file:
        snapshot = json.load(file)["snapshot"]
    names: dict[int, list[str]] = defaultdict(list)
    for tag in snapshot["tags"]:
        for at in tag["manifests"]:
            names[at].append(f"{tag['image']}:{tag['tag']}")
    catalogue = load_catalogue()
    for at, manifest in enumerate(snapshot["manifests"]):
        if manifest["platform"] == _PLATFORM:
            yield min(names[at]), _image(snapshot, manifest, catalogue)


def _image(snapshot: dict[str, Any], manifest: dict[str, Any], catalogue: Catalogue) -> ImageFacts:
    layers = [snapshot["layers"][at] for at in manifest["layers"]]
    history = [
        HistoryEntry(
            snapshot["commands"][text],
            datetime.fromtimestamp(built, UTC),
            is_empty_layer=layer < 0,
        )
        for built, text, layer in manifest["history"]
    ]
    digest = Digest(manifest["digest"])
    base = _base(digest, [Digest(layer) for layer, *_ in layers], catalogue)
    return ImageFacts(
        digest,
        tuple(LayerFacts(Digest(layer), size, media_type) for layer, size, _, media_type in layers),
        take_apart(history, [size for _, size, *_ in layers], base.layer_count if base else 0),
        base=base,
    )


def _base(digest: Digest, layers: list[Digest], catalogue: Catalogue) -> BaseView | None:
    chains = chain_ids(layers)
    candidates = [
        known
        for base in catalogue.find(chains)
        if str(base.platform) == _PLATFORM and base.digest != digest
        for known in known_images(base)
    ]
    return next(iter(find_bases(Prefixes(by_digests=chains), candidates)), None)
