"""On official images, which are built with care: what is found there was looked at by hand."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.analysis.build_step import take_apart
from auditor.analysis.image_facts import ImageFacts, LayerFacts
from auditor.analysis.rules import build_caches, caches, conda, installs, node, php, ruby
from auditor.analysis.rules.cache_table import MANAGERS
from auditor.domain.digest import Digest
from auditor.domain.image_config import HistoryEntry

OFFICIAL = Path(__file__).parents[4] / "shared/data/official-sample.json.gz"
# Different steps that are found, of the 632 images for linux/amd64. All of them leave what the
# rule says, but for those below. A change here: look at the steps, then at the page.
FOUND = {
    "apt-recommends": 64,
    "apt-lists-kept": 4,
    "pip-cache-kept": 3,
    "npm-cache-kept": 2,
    "gem-cache-kept": 1,
}
FALSE: dict[str, int] = {}


def images() -> list[ImageFacts]:
    with gzip.open(OFFICIAL) as file:
        snapshot = json.load(file)["snapshot"]
    return [
        _image(snapshot, one) for one in snapshot["manifests"] if one["platform"] == "linux/amd64"
    ]


def _image(snapshot: dict[str, Any], manifest: dict[str, Any]) -> ImageFacts:
    layers = [snapshot["layers"][at] for at in manifest["layers"]]
    history = [
        HistoryEntry(
            snapshot["commands"][text],
            datetime.fromtimestamp(built, UTC),
            is_empty_layer=layer < 0,
        )
        for built, text, layer in manifest["history"]
    ]
    return ImageFacts(
        Digest(manifest["digest"]),
        tuple(LayerFacts(Digest(digest), size, "") for digest, size, *_ in layers),
        take_apart(history, [size for _, size, *_ in layers], 1),
    )


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official images' steps are not here")
def test_at_most_two_in_a_hundred_steps_are_found_without_reason() -> None:
    found: set[tuple[str, str]] = set()
    steps: set[str] = set()
    for image in images():
        modules = (build_caches, caches, conda, installs, node, php, ruby)
        rules = [rule for module in modules for rule in module.RULES]
        found |= {(rule.info.identifier, one.evidence[0].text) for rule in rules
                  for one in rule.find(image)}  # fmt: skip
        steps |= {
            step.text
            for step in image.steps
            if step.script and any(one.name in MANAGERS for one in step.script.commands)
        }
    assert len(steps) >= 300
    assert dict(Counter(rule for rule, _ in found)) == FOUND
    assert sum(FALSE.values()) <= 0.02 * len(steps)
