"""What findings save together: every byte of an image is claimed once.

Source: DESIGN, "Savings": findings on the same bytes are not added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.analysis.image_facts import LayerFacts
from auditor.domain.digest import Digest
from auditor.domain.findings import Breadth, Claim, Confidence, Finding

_SURE = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}


def settle(findings: Iterable[Finding], layers: Sequence[LayerFacts]) -> tuple[Finding, ...]:
    """The findings with claims that do not overlap, from the biggest saving of a pull down.

    Narrow changes take their bytes first, then sure ones, then big ones; a change of the
    base and one of the whole image want the same bytes, so the bigger of them goes first.
    A finding that claimed bytes and got none of them is left out, named by the finding it
    lost to as the smaller alternative. A layer listed twice is pulled, and claimed, once.
    The sum of what is saved is never more than the distinct layers hold.
    Neither order nor repetition of `findings` matters.
    """
    left = _capacity(layers)
    kept: list[Finding] = []
    lost: list[Finding] = []
    for finding in _in_turn(findings):
        claims = _granted(finding.claims, left)
        if finding.claims and sum(claim.size_bytes for claim in claims) <= finding.added_bytes:
            lost.append(finding)
            continue
        for claim in claims:
            left[claim.layer] -= claim.size_bytes
        kept.append(_with_claims(finding, claims))
    named = (_naming_alternatives(finding, lost) for finding in kept)
    return tuple(sorted(named, key=_biggest))


def _capacity(layers: Sequence[LayerFacts]) -> dict[int, int]:
    seen: set[Digest] = set()
    capacity: dict[int, int] = {}
    for position, layer in enumerate(layers):
        capacity[position] = 0 if layer.digest in seen else layer.size_bytes
        seen.add(layer.digest)
    return capacity


def _in_turn(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Each finding once. Only where turns are equal does the whole finding decide: it is long."""
    turns: dict[tuple[int, int, int, str, str], list[Finding]] = {}
    for finding in findings:
        turns.setdefault(_turn(finding), []).append(finding)
    for turn in sorted(turns):
        same = turns[turn]
        yield from same if len(same) == 1 else sorted(set(same), key=repr)


def _turn(finding: Finding) -> tuple[int, int, int, str, str]:
    is_whole = finding.breadth in (Breadth.BASE, Breadth.IMAGE)
    breadth = int(Breadth.BASE) if is_whole else int(finding.breadth)
    sure = 0 if is_whole else _SURE[finding.confidence]
    size = -finding.pull_saving_bytes
    return breadth, sure, size, finding.rule, finding.key


def _biggest(finding: Finding) -> tuple[int, str, str]:
    return -finding.pull_saving_bytes, finding.rule, finding.key


def _granted(claims: Iterable[Claim], left: dict[int, int]) -> tuple[Claim, ...]:
    granted = [
        Claim(claim.layer, min(claim.size_bytes, left.get(claim.layer, 0))) for claim in claims
    ]
    return tuple(claim for claim in granted if claim.size_bytes > 0)


def _with_claims(finding: Finding, claims: tuple[Claim, ...]) -> Finding:
    """The interval shrinks with the claim: bytes that others took are not saved again."""
    taken = sum(claim.size_bytes for claim in finding.claims) - sum(
        claim.size_bytes for claim in claims
    )
    if not taken:
        return finding
    return replace(
        finding,
        claims=claims,
        low_bytes=None if finding.low_bytes is None else finding.low_bytes - taken,
        high_bytes=None if finding.high_bytes is None else finding.high_bytes - taken,
    )


def _naming_alternatives(finding: Finding, lost: Sequence[Finding]) -> Finding:
    """A change of base or image, with the changes that it makes needless."""
    if finding.breadth not in (Breadth.BASE, Breadth.IMAGE):
        return finding
    instead = [
        f"or, saving {other.pull_saving_bytes} bytes: {other.fix}"
        for other in lost
        if other.breadth in (Breadth.BASE, Breadth.IMAGE) and other.pull_saving_bytes > 0
    ]
    return replace(finding, caveats=(*finding.caveats, *instead))


@dataclass(frozen=True, slots=True)
class HeldLayer:
    """A layer of one image as the storage scope holds it.

    `blob` names it within the scope; `manifests` is how many manifests of this repository
    reach it, `repositories` how many repositories of the scope.
    """

    blob: int
    size_bytes: int
    manifests: int
    repositories: int


@dataclass(frozen=True, slots=True)
class ChangedImage:
    """An image of the repository that a change would build anew.

    `layers` bottom first. `claims` as in the finding, or in several, by position. Foreign
    layers are stored elsewhere: `None`.
    """

    layers: tuple[HeldLayer | None, ...]
    claims: tuple[Claim, ...]
    first_layer: int


def stored_saving_bytes(images: Iterable[ChangedImage], added_bytes: int = 0) -> int:
    """Bytes that leave the registry when all these images of one repository are built anew.

    Layers from the first changed one up get new digests. One that only these images hold
    is replaced by what is left of it: its claim leaves. One that others hold stays, and
    what is left of it is stored a second time: it costs. `added_bytes` (of a base that the
    scope does not hold yet) are stored once. So the result can be below zero, and is never
    more than the bytes which only these images hold.

    Where images claim differently of one layer, the smallest claim counts. New layers of
    the same old one are one: builds are expected to share them as before.
    """
    touched: dict[int, _Touched] = {}
    for image in images:
        claimed = {claim.layer: claim.size_bytes for claim in image.claims}
        seen: set[int] = set()
        for position, layer in enumerate(image.layers):
            if layer is None or position < image.first_layer:
                continue
            claim = claimed.get(position, 0)
            entry = touched.setdefault(layer.blob, _Touched(layer, claim))
            entry.claim_bytes = min(entry.claim_bytes, claim)
            entry.images += layer.blob not in seen
            seen.add(layer.blob)
    return sum(entry.saving_bytes for entry in touched.values()) - added_bytes


@dataclass(slots=True)
class _Touched:
    layer: HeldLayer
    claim_bytes: int
    images: int = 0

    @property
    def saving_bytes(self) -> int:
        only_here = self.layer.repositories <= 1 and self.images >= self.layer.manifests
        return self.claim_bytes if only_here else self.claim_bytes - self.layer.size_bytes
