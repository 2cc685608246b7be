"""Facts about built images, as they are shipped: the registry's own documents, by name.

Manifests and configs are kept as the registry served them, to the byte, so their digests,
the layers' digests, diff IDs and sizes and the build history are the real ones. The bytes of
the layers are not kept.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from scripts.pairs.reading import Recipe, Variant
from scripts.pairs.stored import Stored

Json = dict[str, Any]


def image_record(recipe: Recipe, variant: Variant, name: tuple[str, str], stored: Stored) -> Json:
    """One image under one name."""
    repository, tag = name
    return {
        "repository": repository,
        "tag": tag,
        "role": variant.role,
        "pair": recipe.name,
        "base": variant.base,
        "dockerfile": variant.dockerfile,
        "ignore": list(variant.ignore),
        "manifest": stored.manifest,
        "config": stored.config,
    }


def pair_record(recipe: Recipe, images: Iterable[Json]) -> Json:
    """What a pair shows, and by how much its newest images differ; images in order of release."""
    by_name = {_name(image): image for image in images}
    wasteful, lean = (
        [by_name[f"{variant.repository}:{tag}"] for tag in variant.tags]
        for variant in recipe.variants
    )
    return {
        "name": recipe.name,
        "shows": list(recipe.shows),
        "differs": recipe.differs,
        "wasteful": [_name(image) for image in wasteful],
        "lean": [_name(image) for image in lean],
        "measures": recipe.measures,
        "saved_bytes": pull_bytes(wasteful[-1]) - pull_bytes(lean[-1]),
        "wasteful_release_bytes": _release_bytes(wasteful),
        "lean_release_bytes": _release_bytes(lean),
    }


def restate(facts: Json, recipes: Iterable[Recipe]) -> None:
    """Pairs anew from today's recipes; images whose recipe is gone, or names others, go."""
    pairs, kept = [], []
    for recipe in recipes:
        images = [image for image in facts["images"] if image["pair"] == recipe.name]
        if {_name(image) for image in images} != set(recipe.image_names):
            continue
        kept += images
        if len(recipe.variants) > 1:
            pairs.append(pair_record(recipe, images))
    facts |= {"images": kept, "pairs": pairs}


def pull_bytes(image: Json) -> int:
    """Manifest, config and each distinct layer once: what a cold node downloads."""
    return len(image["manifest"].encode()) + sum(_blobs(image).values())


def _blobs(image: Json) -> dict[str, int]:
    manifest = json.loads(image["manifest"])
    return {blob["digest"]: blob["size"] for blob in (manifest["config"], *manifest["layers"])}


def _release_bytes(images: list[Json]) -> list[int]:
    """Per release after the first, the bytes of layers and configs that the one before lacks."""
    return [
        sum(size for digest, size in _blobs(new).items() if digest not in _blobs(old))
        for old, new in pairwise(images)
    ]


def _name(image: Json) -> str:
    return f"{image['repository']}:{image['tag']}"


def load(path: Path) -> Json:
    """What was recorded before; nothing where there is no file."""
    if not path.exists():
        return {"images": [], "pairs": []}
    facts: Json = json.loads(gzip.decompress(path.read_bytes()))
    return facts


def save(path: Path, facts: Json) -> None:
    """The same bytes for the same facts."""
    facts["images"].sort(key=lambda image: (image["repository"], image["tag"]))
    facts["pairs"].sort(key=lambda pair: pair["name"])
    text = json.dumps(facts, separators=(",", ":"), sort_keys=True).encode()
    path.write_bytes(gzip.compress(text, compresslevel=9, mtime=0))
