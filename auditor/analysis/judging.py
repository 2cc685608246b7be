"""One image in front of all rules."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.analysis.savings import settle
from auditor.domain.findings import Finding


def judge_image(
    image: ImageFacts, rules: Iterable[Rule], others: Iterable[Finding] = ()
) -> tuple[Finding, ...]:
    """What the rules find in one image, with `others` found elsewhere, settled.

    The biggest saving of a pull first.
    """
    return settle([*find_in_image(image, rules), *others], image.layers)


def find_in_image(image: ImageFacts, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """What the rules find, each by itself: claims may overlap."""
    return tuple(finding for rule in rules for finding in rule.find(image))
