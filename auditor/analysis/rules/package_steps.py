"""Packages installed by several steps: each stores the package database again."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analysis.effects.acts import StepActs
from auditor.analysis.effects.packages import (
    PackageChange,
    does_nothing_else,
    own_changes_of,
)
from auditor.analysis.effects.seen import caveats, claim, key, seen
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

SPLIT = RuleInfo(
    identifier="package-steps-split",
    title="Packages are installed by several steps",
    sees="four or more steps, one right behind the other, that install Debian packages and do nothing else",
    misses="steps with others between them, and other package managers, whose databases are smaller",
)
# dpkg rewrites its status file whenever a package comes or goes. Constant of the two formulas
# fitted to 253 real installs: 0.20 and 0.28 MB, compressed.
_STATUS_BYTES = 200_000
_STATUS_HIGH_BYTES = 280_000
# Two or three steps are worth 0.2 to 0.4 MB, and are often apart for a reason.
_FEWEST_STEPS = 4


def find_split(image: ImageFacts) -> Iterator[Finding]:
    """Runs of steps that install packages with apt, one right behind the other."""
    run: list[tuple[StepActs, PackageChange]] = []
    for acts, change in own_changes_of(image):
        if acts.step.layer is None:
            continue
        if _only_installs(acts, change):
            run.append((acts, change))
            continue
        yield from _split(image, run)
        run = []
    yield from _split(image, run)


def _split(image: ImageFacts, run: list[tuple[StepActs, PackageChange]]) -> Iterator[Finding]:
    """What all steps of the run but the first write anew."""
    claims = tuple(one for acts, _ in run[1:] for one in claim(acts.step, _STATUS_BYTES))
    if len(run) >= _FEWEST_STEPS and claims:
        high = (min(_STATUS_HIGH_BYTES, acts.step.size_bytes) for acts, _ in run[1:])
        yield Finding(
            rule=SPLIT.identifier,
            key=key("apt", *(one.name for _, change in run for one in change.left)),
            what=f"{len(run)} steps, one behind the other, install packages; each stores dpkg's"
            " list of packages again.",
            fix="Install what the image needs in one step.",
            evidence=tuple(seen(image, acts.step) for acts, _ in run[:8]),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.HIGH,
            basis=Basis.MODELLED,
            breadth=Breadth.FILES,
            low_bytes=sum(one.size_bytes for one in claims) // 2,
            high_bytes=sum(high),
            dockerfile=(
                "RUN apt-get update \\",
                "    && apt-get install -y --no-install-recommends first second third \\",
                "    && rm -rf /var/lib/apt/lists/*",
            ),
            caveats=caveats(image, "Steps may be apart on purpose, for the build cache."),
        )


def _only_installs(acts: StepActs, change: PackageChange) -> bool:
    """A step that made a layer and does nothing but install packages with apt."""
    return does_nothing_else(acts) and change.manager == "apt-get" and bool(change.left)


RULES = (Rule(SPLIT, find_split),)
