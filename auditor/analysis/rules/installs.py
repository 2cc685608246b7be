"""Packages a step installs though the program does not need them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from auditor.analysis.effects.acts import Act, own_acts_of, programs_of
from auditor.analysis.effects.packages import (
    is_package_command,
    package_name,
    switches_recommended_off,
    takes_recommended,
)
from auditor.analysis.effects.recommended_weights import Recommended, recommended_with
from auditor.analysis.effects.seen import UNSEEN, caveats, claim, seen, step_key
from auditor.analysis.image_facts import BuildStep, ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

_APT = frozenset({"apt-get", "apt", "aptitude"})
_UPGRADES = frozenset({"upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"})
_REMOVALS = (("purge",), ("remove",), ("autoremove",))
_QUIET = frozenset({"", "rm", "set", "export", "true", "echo", ":"})
# Where a package is not known by name. 74 layers of official images of 2018 whose packages are
# listed: those that only a recommendation explains weigh, by Debian 12's index, 0.2 % (p10), 1.0 %
# (p25), 4.3 % (median), 10.3 % (p90). A hint claims what three in four of them exceed.
_RECOMMENDED_SHARE, _RECOMMENDED_LOW, _RECOMMENDED_HIGH = 0.010, 0.002, 0.103
# What packages by name bring was taken from Debian 12, and recommendations change; Debian 11 came
# out then. Times before there were images are made up, for builds that repeat.
_KNOWN_SINCE = datetime(2021, 8, 14, tzinfo=UTC)
_FIRST_IMAGES = datetime(2013, 1, 1, tzinfo=UTC)

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
    if programs_of(image).isdisjoint(_APT):
        return
    is_switched_off = False
    for one in own_acts_of(image):
        acts = one.acts
        is_switched_off = is_switched_off or any(switches_recommended_off(act) for act in acts)
        installs = [act for act in acts if act.name in _APT and "install" in act.operands[:2]]
        removed = _removed_by_apt(acts)
        installs = [act for act in installs if not removed.issuperset(_packages(act))]
        takers = [act for act in installs if takes_recommended(act)]
        if takers and not is_switched_off:
            yield from _recommends(image, one.step, takers)


def _recommends(image: ImageFacts, step: BuildStep, takers: list[Act]) -> Iterator[Finding]:
    names = [name for act in takers for name in sorted(_packages(act))]
    known = recommended_with(names) if _is_of_today(step) else None
    model = _weighed(known, step.size_bytes)
    claims = claim(step, model.estimate_bytes)
    if claims:
        yield Finding(
            rule=RECOMMENDS.identifier,
            key=step_key(takers[0].name, step),
            what="apt installs what packages only recommend, too.",
            fix="Install with `--no-install-recommends`, and name what is needed of the rest.",
            evidence=(seen(image, step),),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.MEDIUM if model is known else Confidence.LOW,
            basis=Basis.MODELLED,
            breadth=Breadth.PACKAGES,
            low_bytes=min(model.low_bytes, claims[0].size_bytes),
            high_bytes=min(model.high_bytes, step.size_bytes),
            dockerfile=("RUN apt-get update && apt-get install -y --no-install-recommends …",),
            caveats=caveats(image, _BY_NAME if model is known else _BY_SHARE, UNSEEN),
        )


_BY_NAME = "Weighed by Debian 12's packages, on a small root: a bigger base has some of them."
_BY_SHARE = "Some of these packages are not known; of such layers half had more than 4 % of it."


def _weighed(known: Recommended | None, layer_bytes: int) -> Recommended:
    """By name, and where names are not known not less than by share."""
    if known is not None and known.is_whole:
        return known
    share = Recommended(
        round(_RECOMMENDED_SHARE * layer_bytes),
        round(_RECOMMENDED_LOW * layer_bytes),
        round(_RECOMMENDED_HIGH * layer_bytes),
        is_whole=False,
    )
    return max(known or share, share, key=lambda one: one.estimate_bytes)


def _is_of_today(step: BuildStep) -> bool:
    built = step.created_at
    return built is None or built >= _KNOWN_SINCE or built < _FIRST_IMAGES


def _packages(act: Act) -> set[str]:
    return {package_name(word) for word in act.operands[1:]}


def _removed_by_apt(acts: tuple[Act, ...]) -> set[str]:
    """What the step removes again, with all that came along."""
    removals = [act for act in acts if act.name in _APT and act.operands[:1] in _REMOVALS]
    return {name for act in removals for name in _packages(act)}


def find_upgrades(image: ImageFacts) -> Iterator[Finding]:
    """Steps that bring packages of the base up to date and do nothing else."""
    if programs_of(image).isdisjoint(_APT):
        return
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


RULES: tuple[Rule, ...] = (
    Rule(RECOMMENDS, find_recommends),
    Rule(UPGRADE, find_upgrades),
)
