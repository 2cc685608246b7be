"""Rules of the user's own: a pattern, and what it means where a build step has it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial

from auditor.analysis.image_facts import BuildStep, ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.analysis_settings import UserRule
from auditor.domain.findings import (
    Basis,
    Breadth,
    Claim,
    Evidence,
    EvidenceKind,
    Finding,
    RuleInfo,
)
from auditor.settings_patterns import matcher

_KEY_LETTERS = 32


def rule_of(one: UserRule) -> Rule:
    """The rule that a user wrote. Raises ValueError for a pattern that is none."""
    steps = f"{one.instruction} steps" if one.instruction else "build steps"
    info = RuleInfo(
        identifier=one.identifier,
        title=one.what,
        sees=f"{steps} of the image's own that match {one.pattern}",
        misses="what the build history does not record: --mount, COPY --from, earlier stages",
    )
    return Rule(info, partial(_find, one, matcher(one.pattern)))


def _find(one: UserRule, matches: Callable[[str], bool], image: ImageFacts) -> Iterator[Finding]:
    """One finding per text of a step, whichever layers it made."""
    found: dict[str, list[BuildStep]] = {}
    for step in image.own_steps:
        is_meant = one.instruction in ("", step.instruction)
        if is_meant and step.layer is not None and step.size_bytes and matches(step.text):
            found.setdefault(step.text, []).append(step)
    return (_finding(one, text, steps) for text, steps in found.items())


def _finding(one: UserRule, text: str, steps: list[BuildStep]) -> Finding:
    share = Fraction(one.share).limit_denominator(10**6)
    layers = {step.layer: step.size_bytes for step in steps if step.layer is not None}
    return Finding(
        rule=one.identifier,
        # The text itself may hold what nobody should read in an address or a log.
        key=hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_KEY_LETTERS],
        what=one.what,
        fix=one.fix,
        evidence=tuple(
            Evidence(EvidenceKind.STEP, text, layer, size_bytes=size_bytes)
            for layer, size_bytes in layers.items()
        ),
        claims=tuple(Claim(layer, int(size_bytes * share)) for layer, size_bytes in layers.items()),
        first_layer=min(layers),
        confidence=one.confidence,
        basis=Basis.MODELLED,
        breadth=Breadth.LAYER,
        caveats=("the share of the layer is the one configured for this rule",),
    )
