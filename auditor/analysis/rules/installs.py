"""Packages a step installs though the program does not need them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.analysis.effects.acts import Act, own_acts_of
from auditor.analysis.effects.packages import is_package_command, package_name
from auditor.analysis.effects.seen import UNSEEN, caveats, claim, seen, step_key
from auditor.analysis.image_facts import BuildStep, ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

_APT = frozenset({"apt-get", "apt", "aptitude"})
_UPGRADES = frozenset({"upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"})
_REMOVALS = (("purge",), ("remove",), ("autoremove",))
_QUIET = frozenset({"", "rm", "set", "export", "true", "echo", ":"})
_NO_RECOMMENDS = ("--no-install-recommends", "--without-recommends", "-R")
# Quartiles over 25 packages that have any: 5 to 32 % of the layer, median 19 %; 13 of 38 had
# none (OPTIMISATION.md section 4). So the median of all is about a tenth.
_RECOMMENDED_SHARE, _RECOMMENDED_MOST = 0.10, 0.32

RECOMMENDS = RuleInfo(
    identifier="apt-recommends",
    title="apt installs packages that are only recommended",
    sees="`apt-get install` without `--no-install-recommends` or its setting",
    misses="settings in apt.conf; how much is recommended, which is often nothing",
)
UPGRADE = RuleInfo(
    identifier="apt-upgrade",
    title="Packages of the base are stored a second time",
    sees="`apt-get upgrade` or `dist-upgrade` in a step that does nothing else",
    misses="upgrades beside installs, of which the share is unknown",
)


def find_recommends(image: ImageFacts) -> Iterator[Finding]:
    """Steps that install by apt with what is recommended."""
    is_switched_off = False
    for one in own_acts_of(image):
        acts = one.acts
        is_switched_off = is_switched_off or any(_switches_off(act) for act in acts)
        installs = [act for act in acts if act.name in _APT and "install" in act.operands[:2]]
        removed = _removed_by_apt(acts)
        installs = [act for act in installs if not removed.issuperset(_packages(act))]
        if is_switched_off or not any(_takes_recommended(act) for act in installs):
            continue
        what = "apt installs what packages only recommend, too."
        yield from _share_of_layer(image, one.step, installs[0].name, _RECOMMENDED, what, _LEAN_APT)


def _packages(act: Act) -> set[str]:
    return {package_name(word) for word in act.operands[1:]}


def _removed_by_apt(acts: tuple[Act, ...]) -> set[str]:
    """What the step removes again, with all that came along."""
    removals = [act for act in acts if act.name in _APT and act.operands[:1] in _REMOVALS]
    return {name for act in removals for name in _packages(act)}


def _takes_recommended(act: Act) -> bool:
    if any(flag in act.arguments for flag in _NO_RECOMMENDS):
        return False
    settings = (word.strip("\"'").lower() for word in act.arguments)
    return not any("install-recommends=" in word and word[-1:] in "0eo" for word in settings)


def _switches_off(act: Act) -> bool:
    """Whether a setting is written to apt's configuration: a file there, and the words."""
    writes = any("/apt/apt.conf" in target for _, target in act.redirects)
    return writes and any("install-recommends" in word.lower() for word in act.arguments)


def find_upgrades(image: ImageFacts) -> Iterator[Finding]:
    """Steps that bring packages of the base up to date and do nothing else."""
    for one in own_acts_of(image):
        verbs = {verb for act in one.acts if act.name in _APT for verb in act.operands[:1]}
        others = [act for act in one.acts if not (is_package_command(act) or act.name in _QUIET)]
        claims = claim(one.step, one.step.size_bytes)
        if not verbs & _UPGRADES or "install" in verbs or others or not claims:
            continue
        yield Finding(
            rule=UPGRADE.identifier,
            key="apt-get upgrade",
            what="It upgrades packages of the base: the old ones stay below, and are pulled too.",
            fix="Build on a fresh base instead (`docker build --pull`), which has the upgrades.",
            evidence=(seen(image, one.step),),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.MEDIUM,
            basis=Basis.MEASURED,
            breadth=Breadth.LAYER,
            low_bytes=0,
            high_bytes=one.step.size_bytes,
            dockerfile=("FROM base:tag  # pulled anew with every build",),
            caveats=caveats(image, "A base that is not rebuilt in time may need it."),
        )


@dataclass(frozen=True, slots=True)
class _Words:
    """What a finding about a share of a layer says, and the share: likely, and at most."""

    info: RuleInfo
    fix: str
    share: float
    most: float
    origin: str


_RECOMMENDED = _Words(
    RECOMMENDS,
    "Install with `--no-install-recommends`, and name what is needed of the rest.",
    _RECOMMENDED_SHARE,
    _RECOMMENDED_MOST,
    "Of 38 packages 25 recommended any; half of those brought 5 to 32 % of the layer.",
)
_LEAN_APT = "RUN apt-get update && apt-get install -y --no-install-recommends …"


def _share_of_layer(
    image: ImageFacts, step: BuildStep, name: str, words: _Words, what: str, line: str
) -> Iterator[Finding]:
    claims = claim(step, words.share * step.size_bytes)
    if claims:
        yield Finding(
            rule=words.info.identifier,
            key=step_key(name, step),
            what=what,
            fix=words.fix,
            evidence=(seen(image, step),),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.LOW,
            basis=Basis.MODELLED,
            breadth=Breadth.PACKAGES,
            low_bytes=0,
            high_bytes=round(words.most * step.size_bytes),
            dockerfile=(line,),
            caveats=caveats(image, words.origin, UNSEEN),
        )


RULES: tuple[Rule, ...] = (
    Rule(RECOMMENDS, find_recommends),
    Rule(UPGRADE, find_upgrades),
)
