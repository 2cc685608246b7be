"""What a rule is: a description, and a function from an image to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from auditor.analysis.image_facts import ImageFacts
from auditor.domain.findings import Finding, RuleInfo


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about single images. `find` is pure, and yields findings in the order of layers.

    It claims no more bytes of a layer than that has, and leaves layers of the base alone
    unless the finding is about the base.
    """

    info: RuleInfo
    find: Callable[[ImageFacts], Iterable[Finding]]
