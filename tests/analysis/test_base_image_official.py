"""Bases of Docker's official images, held against what their Dockerfiles name."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auditor.analysis.base_image import KnownImage, Prefixes, find_bases, known_images
from auditor.catalogue.known_bases import load_catalogue
from auditor.domain.chain import chain_ids
from auditor.domain.digest import ChainId, Digest
from auditor.sample.facts import ImageFact, load_history, load_sample

_PARENTS = Path(__file__).parents[1] / "data/official_parents.json"
_SHARED = Path(__file__).parents[2].parent / "shared/data/official-sample.json.gz"
_NOT_JUDGED = "?"


@dataclass(frozen=True)
class Official:
    names: frozenset[str]
    layers: tuple[str, ...]
    platform: str
    digest: str


Index = Mapping[tuple[str, ChainId], list[KnownImage]]


def parent_of(names: frozenset[str], rules: Mapping[str, list[tuple[str, str | None]]]) -> str:
    """What the Dockerfile names; empty for scratch."""
    repository = min(name.partition(":")[0] for name in names)
    tags = sorted(name.partition(":")[2] for name in names if name.startswith(f"{repository}:"))
    for expression, parent in rules[repository]:
        for tag in tags:
            if match := re.fullmatch(expression, tag):
                return match.expand(parent) if parent else ""
    return _NOT_JUDGED


def shipped() -> tuple[list[Official], list[Official]]:
    """Images of the sample, and those of its history."""

    def official(image: ImageFact, names: set[str]) -> Official:
        layers = tuple(layer.digest.text for layer in image.layers)
        digest = image.source_digest or Digest.of("".join(layers).encode()).text
        return Official(frozenset(names), layers, str(image.platform), digest)

    names: dict[int, set[str]] = defaultdict(set)
    images = {id(image): image for image in load_sample().images}
    for tag in load_sample().tags:
        for image in tag.images:
            names[id(image)].add(f"{tag.repository}:{tag.tag}")
    now = [official(images[key], named) for key, named in names.items()]
    past: dict[int, set[str]] = defaultdict(set)
    old: dict[int, ImageFact] = {}
    for history in load_history().tags:
        for _, before in history.changes:
            if before is not None:
                old[id(before)] = before
                past[id(before)].add(f"{history.repository}:{history.tag}")
    return now, [official(old[key], named) for key, named in past.items()]


def gathered() -> tuple[list[Official], list[Official]]:
    """The same from the gathered file, with every push."""
    source: dict[str, Any] = json.loads(gzip.decompress(_SHARED.read_bytes()))
    snapshot, pushes = source["snapshot"], source["pushes"]
    names: dict[int, set[str]] = defaultdict(set)
    for tag in snapshot["tags"]:
        for at in tag["manifests"]:
            names[at].add(f"{tag['image']}:{tag['tag']}")
    layers = [layer[0] for layer in snapshot["layers"]]
    now = [
        Official(
            frozenset(names[at]),
            tuple(layers[one] for one in image["layers"]),
            image["platform"],
            image["digest"],
        )
        for at, image in enumerate(snapshot["manifests"])
        if names[at]
    ]
    past: dict[int, set[str]] = defaultdict(set)
    for name, timeline in pushes["timeline"].items():
        for _, pushed in timeline:
            if pushed is not None:
                past[pushed].add(name)
    stored = [layer[0] for layer in pushes["layers"]]
    return now, [
        Official(
            frozenset(past[at]),
            tuple(stored[one] for one in image["layers"]),
            "linux/amd64",
            image["digest"],
        )
        for at, image in enumerate(pushes["manifests"])
    ]


def prefixes_of(image: Official) -> tuple[ChainId, ...]:
    return chain_ids([Digest(layer) for layer in image.layers])


def index_of(images: list[Official]) -> Index:
    index: dict[tuple[str, ChainId], list[KnownImage]] = defaultdict(list)
    for image in images:
        if image.layers:
            chain = prefixes_of(image)[-1]
            known = KnownImage(
                Digest(image.digest), tuple(image.names), len(image.layers), 0, chain
            )
            index[image.platform, chain].append(known)
    return index


def verdicts(now: list[Official], past: list[Official]) -> Iterator[tuple[str, Official]]:
    families = json.loads(_PARENTS.read_text())["families"]
    rules = {family["repository"]: family["parents"] for family in families}
    index, catalogue = index_of(now + past), load_catalogue()
    for image in now:
        parent = parent_of(image.names, rules)
        chains = prefixes_of(image)
        candidates = [
            known
            for chain in chains
            for known in index.get((image.platform, chain), ())
            if known.digest is None or known.digest.text != image.digest
        ]
        candidates += [
            known
            for base in catalogue.find(chains)
            if str(base.platform) == image.platform and base.digest != Digest(image.digest)
            for known in known_images(base)
        ]
        bases = find_bases(Prefixes(by_digests=chains), candidates)
        if parent == _NOT_JUDGED:
            continue
        if not bases:
            yield ("missed" if parent else "no base, rightly"), image
        else:
            yield ("right" if parent in bases[0].names else "wrong"), image


@pytest.mark.parametrize("where", ["shipped", "gathered"])
def test_bases_of_official_images_are_those_their_dockerfiles_name(where: str) -> None:
    if where == "gathered" and not _SHARED.exists():
        pytest.skip("the gathered file is not beside the checkout")
    now, past = shipped() if where == "shipped" else gathered()
    counts: dict[str, int] = defaultdict(int)
    for verdict, _ in verdicts(now, past):
        counts[verdict] += 1
    judged = counts["right"] + counts["wrong"] + counts["missed"]
    assert judged > 800
    assert counts["no base, rightly"] > 100
    assert counts["right"] / (counts["right"] + counts["wrong"]) >= 0.98, dict(counts)
    assert counts["right"] / judged >= 0.95, dict(counts)
