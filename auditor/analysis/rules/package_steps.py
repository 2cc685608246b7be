"""Packages installed by several steps: each stores the package database again."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analysis.effects.acts import StepActs, own_acts_of
from auditor.analysis.effects.packages import package_change
from auditor.analysis.effects.seen import caveats, key, seen
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Claim, Confidence, Finding, RuleInfo

SPLIT = RuleInfo(
    identifier="package-steps-split",
    title="Packages are installed by several steps",
    sees="two or more steps of the image that install Debian packages",
    misses="other package managers, whose databases are smaller",
)
# dpkg rewrites its status file whenever a package comes or goes. Constant of the two formulas
# fitted to 253 real installs: 0.20 and 0.28 MB, compressed.
_STATUS_BYTES = 200_000
_STATUS_HIGH_BYTES = 280_000


def find_split(image: ImageFacts) -> Iterator[Finding]:
    """One finding about all steps behind the first that install packages with apt."""
    steps = [acts for acts in own_acts_of(image) if _installs(acts)]
    claims = tuple(
        Claim(acts.step.layer, min(_STATUS_BYTES, acts.step.size_bytes))
        for acts in steps[1:]
        if acts.step.layer is not None and acts.step.size_bytes
    )
    if claims:
        high = (min(_STATUS_HIGH_BYTES, acts.step.size_bytes) for acts in steps[1:])
        yield Finding(
            rule=SPLIT.identifier,
            key=key("apt", str(len(steps))),
            what=f"{len(steps)} steps install packages; each stores dpkg's list of packages again.",
            fix="Install what the image needs in one step.",
            evidence=tuple(seen(image, acts.step) for acts in steps[:8]),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.HIGH,
            basis=Basis.MODELLED,
            breadth=Breadth.FILES,
            low_bytes=sum(claim.size_bytes for claim in claims) // 2,
            high_bytes=sum(high),
            dockerfile=(
                "RUN apt-get update \\",
                "    && apt-get install -y --no-install-recommends first second third \\",
                "    && rm -rf /var/lib/apt/lists/*",
            ),
            caveats=caveats(image, "Steps may be apart on purpose, for the build cache."),
        )


def _installs(acts: StepActs) -> bool:
    if acts.step.layer is None:
        return False
    change = package_change(acts)
    return change.manager == "apt-get" and bool(change.left)


RULES = (Rule(SPLIT, find_split),)
