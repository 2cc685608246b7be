"""What the rules tell of images that are built with care, each finding judged by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.analysis.judging import judge_image
from auditor.analysis.rules.book import IMAGE_RULES
from tests.analysis.rules.official import OFFICIAL, official_images

_JUDGED = Path(__file__).parents[2] / "data/official_findings.json"
_LEAST_BYTES = 1_000_000
_ANY = "*"


def judged() -> dict[tuple[str, str], bool]:
    """By image and rule, whether what it tells is true."""
    verdicts = json.loads(_JUDGED.read_text())["findings"]
    return {(one["image"], one["rule"]): one["verdict"] for one in verdicts}


def test_every_verdict_has_a_rule_and_a_reason() -> None:
    rules = {rule.info.identifier for rule in IMAGE_RULES}
    findings = json.loads(_JUDGED.read_text())["findings"]
    assert {one["rule"] for one in findings} <= rules
    assert all(isinstance(one["verdict"], bool) and one["reason"] for one in findings)
    assert len(judged()) == len(findings)


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the gathered file is not beside the checkout")
def test_at_most_two_in_a_hundred_official_images_are_blamed_without_reason() -> None:
    verdicts = judged()
    told: set[tuple[str, str]] = set()
    images = 0
    for name, image in official_images():
        images += 1
        told |= {
            (name if (_ANY, one.rule) not in verdicts else _ANY, one.rule)
            for one in judge_image(image, IMAGE_RULES)
            if not one.claims or one.pull_saving_bytes >= _LEAST_BYTES
        }
    assert images == 632
    assert told == set(verdicts), "look at the new ones, and strike out those that are gone"
    wrong = {image for image, rule in told if not verdicts[image, rule]}
    assert len(wrong) <= 0.02 * images, sorted(wrong)
