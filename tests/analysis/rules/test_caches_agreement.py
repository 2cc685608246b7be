"""Against an independent judge: hadolint's recorded verdicts on Dockerfiles of our own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from auditor.analysis.build_step import take_apart
from auditor.analysis.image_facts import ImageFacts, LayerFacts
from auditor.analysis.rules.book import IMAGE_RULES
from auditor.domain.digest import Digest
from auditor.domain.image_config import HistoryEntry
from tests.oracles.dockerfiles import DIALECTS, Sample, samples

VERDICTS = json.loads((Path(__file__).parents[2] / "data" / "hadolint.json").read_text())
RULE_OF = {
    "DL3009": "apt-lists-kept",
    "DL3015": "apt-recommends",
    "DL3019": "apk-cache-kept",
    "DL3032": "rpm-cache-kept",
    "DL3036": "zypper-cache-kept",
    "DL3040": "rpm-cache-kept",
    "DL3042": "pip-cache-kept",
    "DL3060": "yarn-cache-kept",
}
ROOT_BYTES, LAYER_BYTES = 48_500_000, 90_000_000
# Where we differ on purpose: what the step does, by rule. Listed with the reasons in
# docs/reference/rules/agreement.md.
EXPLAINED = {
    "apk-cache-kept": "rm -rf /var/cache/apk",
    "apt-recommends": "apt install",
    "pip-cache-kept": "PIP_NO_CACHE_DIR=off",
}


def found_in(sample: Sample) -> set[str]:
    """Identifiers of what we find in the image that the Dockerfile makes."""
    history = [HistoryEntry("/bin/sh -c #(nop) ADD file:0123 in / ")]
    history += [
        HistoryEntry(text, is_empty_layer="ENV" in text.partition("=")[0].split()[:4])
        for text in sample.history
    ]
    sizes = [ROOT_BYTES, LAYER_BYTES]
    layers = tuple(
        LayerFacts(Digest(f"sha256:{at:064x}"), size, "") for at, size in enumerate(sizes)
    )
    steps = take_apart(history, sizes, 1)
    assert steps, sample
    image = ImageFacts(Digest("sha256:" + "f" * 64), layers, steps)
    return {one.rule for rule in IMAGE_RULES for one in rule.find(image)}


@pytest.fixture(scope="module")
def compared() -> dict[str, Counter[str]]:
    """By rule: how often both say so, only we, only hadolint, or differ on purpose."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in set(RULE_OF.values())}
    for sample in samples():
        ours = found_in(sample)
        theirs = {RULE_OF[code] for code in VERDICTS["verdicts"][sample.name] if code in RULE_OF}
        for name, count in counts.items():
            match = (name in ours, name in theirs)
            kind = {(True, True): "both", (True, False): "ours", (False, True): "theirs"}
            if match in kind:
                is_meant = EXPLAINED.get(name, "\0") in sample.dockerfile
                is_explained = is_meant and match != (True, True)
                count["explained" if is_explained else kind[match]] += 1
    return counts


def test_there_are_enough_dockerfiles_in_every_dialect() -> None:
    made = samples()
    assert len(made) >= 200
    assert {sample.dialect for sample in made} == set(DIALECTS)
    assert set(VERDICTS["verdicts"]) == {sample.name for sample in made}


@pytest.mark.parametrize("name", sorted(set(RULE_OF.values())))
def test_we_agree_with_hadolint(name: str, compared: dict[str, Counter[str]]) -> None:
    count = compared[name]
    assert count["both"] >= 5, count
    precision = count["both"] / (count["both"] + count["ours"])
    recall = count["both"] / (count["both"] + count["theirs"])
    assert (precision >= 0.95, recall >= 0.95) == (True, True), count


def test_every_disagreement_is_listed_with_its_reason(compared: dict[str, Counter[str]]) -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "rules" / "agreement.md"
    text = page.read_text()
    differing = {name: count["explained"] for name, count in compared.items() if count["explained"]}
    assert differing == {
        "apk-cache-kept": 11,
        "apt-recommends": 5,
        "pip-cache-kept": 6,
    }
    assert all(f"`{name}` ({count})" in text for name, count in differing.items())
