"""What to change in an image, why, and what it would really save.

Bytes are compressed bytes, as stored and pulled. A finding about one image claims bytes of its
layers; no byte of an image is claimed twice, so what findings of one image save adds up.
Source: DESIGN, "Savings".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from auditor.domain.digest import Digest


class Confidence(StrEnum):
    """How often findings of this kind are right: nine in ten, most of the time, or a hint."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Basis(StrEnum):
    """How a saving is known: these bytes measured, another image's, or by a model."""

    MEASURED = "measured"
    FROM_CATALOGUE = "from_catalogue"
    MODELLED = "modelled"


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    STEP = "step"
    LAYER = "layer"
    BASE = "base"
    TAG = "tag"
    LABEL = "label"
    REPOSITORY = "repository"


class Breadth(IntEnum):
    """How much a finding lays claim to; the narrow ones take their bytes first.

    So a broad change ("build in stages") counts what the narrow ones leave of a layer.
    """

    FILES = 0
    PACKAGES = 1
    LAYER = 2
    BASE = 3
    IMAGE = 4


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen: a build step, a layer, a base, a tag.

    `text` is as recorded and may be hostile: whoever prints it escapes it. `layer` is a
    position, 0 at the bottom.
    """

    kind: EvidenceKind
    text: str
    layer: int | None = None
    digest: Digest | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Bytes of the layer at a position that the change would take away."""

    layer: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One change that would make one image smaller.

    `rule`: identifier, `apt-lists-kept`. `key`: the same text for the same finding in
    another image of the repository (the step's text, the base's name). `what`: what is
    wrong, one sentence; `fix`: what to do, one sentence; `dockerfile`: lines to write, may
    be empty. `claims`: at most one per layer. `added_bytes`: what the change brings in
    (another base); `added_layers` those of them that are known by digest, with their bytes:
    a registry may hold them already. `low_bytes` to `high_bytes`: where eight in ten true savings lie.
    `first_layer`: the lowest layer that would be built anew, and all above it with it.
    `caveats`: what speaks against it or cannot be seen, a sentence each.
    """

    rule: str
    key: str
    what: str
    fix: str
    evidence: tuple[Evidence, ...]
    claims: tuple[Claim, ...]
    first_layer: int
    confidence: Confidence
    basis: Basis
    breadth: Breadth
    added_bytes: int = 0
    added_layers: tuple[tuple[Digest, int], ...] = ()
    low_bytes: int | None = None
    high_bytes: int | None = None
    dockerfile: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    @property
    def pull_saving_bytes(self) -> int:
        """How much smaller a cold pull would be; negative where it would be bigger."""
        return sum(claim.size_bytes for claim in self.claims) - self.added_bytes


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What a rule is, for its page, SARIF and the configuration.

    `identifier` in kebab case names the page `docs/reference/rules/IDENTIFIER.md`. `title`:
    a few words. `sees`: by what it is detected. `misses`: what it cannot see.
    """

    identifier: str
    title: str
    sees: str
    misses: str
