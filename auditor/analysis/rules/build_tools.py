"""Compilers and headers that stay in the image, though only the build needed them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.analysis.effects.acts import StepActs
from auditor.analysis.effects.application import has_application, is_above
from auditor.analysis.effects.package_weights import (
    SPREAD,
    holds_a_runtime,
    is_build_tool,
    library_bytes,
    other_bytes,
    tool_bytes,
)
from auditor.analysis.effects.packages import (
    Package,
    PackageChange,
    does_nothing_else,
    own_changes_of,
)
from auditor.analysis.effects.seen import UNSEEN, caveats, claim, key, named, seen
from auditor.analysis.effects.toolchains import find_toolchain
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

LEFT = RuleInfo(
    identifier="build-tools-left",
    title="Compilers and headers are left in the final image",
    sees="a step that installs compilers, build systems or headers and does not remove them, in"
    " an image that holds a program",
    misses="tools from archives, and tools that the program calls when it runs",
)
REMOVED_LATER = RuleInfo(
    identifier="packages-removed-later",
    title="Packages are removed in a later step, which saves nothing",
    sees="packages that one step installs and a later one removes",
    misses="packages of unknown size beside others, and removal by patterns",
)
# What is installed with the tools and has to come back, beyond known libraries.
_RUNTIME_LIBRARIES_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class _Change:
    acts: StepActs
    change: PackageChange
    removed_later: frozenset[Package]

    def later(self, packages: Sequence[Package]) -> bool:
        return self.removed_later.issuperset(packages)


def _changes(image: ImageFacts) -> Iterator[_Change]:
    """Own steps that left packages in a layer, with those that later own steps remove."""
    own = own_changes_of(image)
    last = {name: at for at, (_, change) in enumerate(own) for name in change.removed}
    for at, (acts, change) in enumerate(own):
        if acts.step.layer is not None and change.left:
            yield _Change(
                acts,
                change,
                frozenset(
                    one
                    for one in change.left
                    if max(last.get(one.name, -1), last.get(one.group, -1)) > at
                ),
            )


def find_left(image: ImageFacts) -> Iterator[Finding]:
    """Steps that leave build tools, where the image holds a program."""
    if not has_application(image):
        return
    kit = find_toolchain(image)
    for one in _changes(image):
        tools = [package for package in one.change.left if is_build_tool(package.name)]
        if tools and (kit is None or is_above(one.acts, kit.last_layer)):
            yield from _left(image, one, tools)


def _left(image: ImageFacts, one: _Change, tools: list[Package]) -> Iterator[Finding]:
    names = [package.name for package in tools]
    step = one.acts.step
    is_whole = len(tools) == len(one.change.left) and does_nothing_else(one.acts)
    is_whole = is_whole and not any(map(holds_a_runtime, names))
    whole_bytes = step.size_bytes - library_bytes(names)
    claims = claim(step, whole_bytes if is_whole else tool_bytes(names))
    saved = sum(one.size_bytes for one in claims)
    removal = ""
    if one.later(tools):
        removal = " A later step removes them, which saves nothing: the layer is still pulled."
    if claims:
        yield Finding(
            rule=LEFT.identifier,
            key=key(*names),
            what=f"{named(names)}: needed to build, not to run, and left in the image.{removal}",
            fix="Build in a stage of its own and copy only the results into the final image.",
            evidence=(seen(image, step),),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.MEDIUM,
            basis=Basis.MODELLED,
            breadth=Breadth.PACKAGES,
            low_bytes=round(saved * (1 - (_RUNTIME_LIBRARIES_SHARE if is_whole else 2 * SPREAD))),
            high_bytes=min(step.size_bytes, round(saved * (1 if is_whole else 1 + SPREAD))),
            dockerfile=_stage_lines(one.change.manager, names),
            caveats=caveats(
                image,
                "A program that compiles when it runs needs its compiler.",
                "Libraries whose headers go may have to be installed in their runtime form.",
            ),
        )


def _stage_lines(manager: str, names: Sequence[str]) -> tuple[str, ...]:
    install = {
        "apk": "apk add --no-cache",
        "apt-get": "apt-get update && apt-get install -y --no-install-recommends",
        "zypper": "zypper --non-interactive install",
    }.get(manager, f"{manager} install -y")
    return (
        "FROM base AS build",
        f"RUN {install} {' '.join(names[:12])}",
        "# build here",
        "FROM base",
        "COPY --from=build /result /result",
    )


def find_removed_later(image: ImageFacts) -> Iterator[Finding]:
    """Steps whose packages, build tools left out, a later step removes."""
    for one in _changes(image):
        rest = [package for package in one.change.left if not is_build_tool(package.name)]
        gone = [package for package in rest if one.later([package])]
        if gone:
            yield from _removed_later(image, one, gone)


def _removed_later(image: ImageFacts, one: _Change, gone: list[Package]) -> Iterator[Finding]:
    step, names = one.acts.step, [package.name for package in gone]
    is_whole = len(gone) == len(one.change.left) and does_nothing_else(one.acts)
    claims = claim(step, step.size_bytes if is_whole else other_bytes(names))
    saved = sum(one.size_bytes for one in claims)
    if claims:
        yield Finding(
            rule=REMOVED_LATER.identifier,
            key=key(*names),
            what=f"{named(names)}: installed in one step and removed in a later one, which saves"
            " nothing, as the first step's layer is still pulled.",
            fix="Install, use and remove them in one step, or use them in a stage of its own.",
            evidence=(seen(image, step),),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.HIGH if is_whole else Confidence.MEDIUM,
            basis=Basis.MEASURED if is_whole else Basis.MODELLED,
            breadth=Breadth.PACKAGES,
            low_bytes=saved if is_whole else round(saved * (1 - SPREAD)),
            high_bytes=saved if is_whole else min(step.size_bytes, round(saved * (1 + SPREAD))),
            dockerfile=("RUN install … \\", "    && use … \\", "    && remove …"),
            caveats=caveats(image, UNSEEN),
        )


RULES = (Rule(LEFT, find_left), Rule(REMOVED_LATER, find_removed_later))
