"""One image in front of all rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.analysis.savings import settle
from auditor.domain.findings import Finding


def judge_image(
    image: ImageFacts,
    rules: Iterable[Rule],
    others: Iterable[Finding] = (),
    minimum_bytes: Callable[[str], int] = lambda _: 0,
) -> tuple[Finding, ...]:
    """What the rules find in one image, with `others` found elsewhere, settled.

    The biggest saving of a pull first. What claims bytes and saves fewer than
    `minimum_bytes(rule)` is left out; what never claimed any stays.
    """
    found = [finding for rule in rules for finding in rule.find(image)]
    return tuple(
        finding
        for finding in settle([*found, *others], image.layers)
        if not finding.claims or finding.pull_saving_bytes >= minimum_bytes(finding.rule)
    )
