"""What a rule shows as evidence, and by what it names a finding from release to release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from auditor.analysis.image_facts import BuildStep, ImageFacts
from auditor.domain.findings import Claim, Evidence, EvidenceKind

_LONGEST_KEY = 200
_MOST_NAMED = 6
IF_A_BASE = (
    "The base of this image is not known. If a base brought this step, the fix belongs there."
)
UNSEEN = "History records neither mounts nor copies from other stages."


def seen(image: ImageFacts, step: BuildStep) -> Evidence:
    """A build step, with the layer it made."""
    digest = None if step.layer is None else image.layers[step.layer].digest
    return Evidence(EvidenceKind.STEP, step.text, step.layer, digest, step.size_bytes)


def caveats(image: ImageFacts, *more: str) -> tuple[str, ...]:
    """Caveats of a finding about own steps, with a word where the base is unknown."""
    return more if image.base else (*more, IF_A_BASE)


def claim(step: BuildStep, size_bytes: float) -> tuple[Claim, ...]:
    """At most the step's layer; nothing where the step made none, or nothing is left."""
    most = min(round(size_bytes), step.size_bytes)
    return (Claim(step.layer, most),) if step.layer is not None and most > 0 else ()


def key(*parts: str) -> str:
    """A finding's key, cut to a length that a database likes."""
    return " ".join(parts)[:_LONGEST_KEY]


def named(names: Iterable[str]) -> str:
    """`gcc, make and 4 more`: the first few of the names, in their order."""
    words = list(dict.fromkeys(name[:80] for name in names))
    if len(words) > _MOST_NAMED:
        return f"{', '.join(words[:_MOST_NAMED])} and {len(words) - _MOST_NAMED} more"
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def step_key(name: str, step: BuildStep) -> str:
    """A key for what one command of a step does; the step's text is hashed, it may hold secrets."""
    return f"{name} {hashlib.sha256(step.text.encode(errors='replace')).hexdigest()[:16]}"
