"""Lists and caches of package managers that a step leaves in its layer.

Cleaning counts when it comes after the last filling, in the same step: what a later step
removes is still pulled. A cache mount looks the same in history as none, so no finding
here is of high confidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

from auditor.analysis.bases.hints import distribution_of
from auditor.analysis.effects.acts import Act, programs_of
from auditor.analysis.effects.leftovers import Leftover, find_leftovers
from auditor.analysis.effects.seen import UNSEEN, caveats, claim, seen, step_key
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.cache_table import APT, CACHE_RULES, MANAGERS, Amount, CacheRule
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding

# Lists of main with updates and security, fetched on 2026-11-26 and compressed by gzip -6;
# those of Debian 12 weigh 16,181,512 in a layer that buildah compresses (OPTIMISATION.md
# section 4), which is 1.058 times as much.
_LISTS_BYTES = {
    "debian:bullseye": 14_244_033,
    "debian:bookworm": 15_296_472,
    "debian:trixie": 16_715_277,
}
_BUILDERS_GZIP = 1.058
_MOST_OF_A_LAYER = 0.8
_HALF = 0.5
_LISTS = frozenset({"-r", "--requirement", "-e", "--editable"})
_INSTALLS = frozenset({"install", "in", "add", "upgrade", "dist-upgrade", "build-dep"})
# With a lock file npm fetches no descriptions of packages. Eight projects of 0.7 to 19 MB
# (express, react, nest, webpack, jest, vue, …), npm 11, gzip -6: 0.48 to 0.53 of the layer.
_BY_LOCK_FILE = ("npm", "ci")
# `apk add` keeps an index unasked since Alpine 3.8, released on 2018-06-26; before, `apk
# update` and `-U` alone did. Source: docker-library/python, pull request 330. Times before
# there were images are made up, for builds that repeat.
_APK_KEEPS_SINCE = datetime(2018, 6, 26, tzinfo=UTC)
_FIRST_IMAGES = datetime(2013, 1, 1, tzinfo=UTC)
_ASKS_FOR_AN_INDEX = frozenset({"update", "-U", "--update", "--update-cache"})


def _find(rule: CacheRule, image: ImageFacts) -> Iterator[Finding]:
    if programs_of(image).isdisjoint(rule.kind.programs):
        return
    for left in find_leftovers(image, rule.kind):
        if _keeps_no_index(left):
            continue
        found = _finding(rule, image, left)
        if found is not None:
            yield found


def _keeps_no_index(left: Leftover) -> bool:
    """Whether it is an `apk add` of a time when that kept none; unknown times are today's."""
    built = left.acts.step.created_at
    if left.act.name != "apk" or built is None or not _FIRST_IMAGES <= built < _APK_KEEPS_SINCE:
        return False
    return not any(
        act.name == "apk"
        and "--no-cache" not in act.arguments
        and not _ASKS_FOR_AN_INDEX.isdisjoint(act.arguments)
        for act in left.acts.acts
    )


def _finding(rule: CacheRule, image: ImageFacts, left: Leftover) -> Finding | None:
    step = left.acts.step
    is_share = rule.amount.estimate <= 1
    is_alone = left.is_alone(rule.names, MANAGERS)
    distribution = distribution_of(image.steps)
    estimate, low, high = _amount(rule, left.act, distribution).bytes_of(step.size_bytes)
    if is_share and not is_alone:
        share = _share_of_packages(rule, left)
        estimate, low = round(estimate * share), round(low * share / 2)
    is_capped = not is_share and estimate >= step.size_bytes and _installs(left)
    if is_capped:
        # What was installed is in the layer too, so the cache is smaller than the model says.
        estimate, low = round(_MOST_OF_A_LAYER * step.size_bytes), 0
    claims = claim(step, estimate)
    if not claims:
        return None
    is_usual = rule.names is not APT or distribution in _LISTS_BYTES
    is_sure = is_usual and not is_capped and (is_alone or not is_share)
    return Finding(
        rule=rule.info.identifier,
        key=step_key(left.act.name, step),
        what=rule.what,
        fix=rule.fix,
        evidence=(seen(image, step),),
        claims=claims,
        first_layer=claims[0].layer,
        confidence=rule.confidence if is_sure else Confidence.LOW,
        basis=Basis.MODELLED,
        breadth=Breadth.FILES,
        low_bytes=min(low, estimate),
        high_bytes=max(high, estimate),
        dockerfile=rule.dockerfile,
        caveats=caveats(image, rule.origin, UNSEEN),
    )


def _share_of_packages(rule: CacheRule, left: Leftover) -> float:
    """How much of the layer is this manager's, by the packages each is told to install.

    Half at most, and half where the number is not told: with a list or a lock file.
    """
    mine, others = 0, 0
    for act in left.acts.acts:
        named = sum(not word.startswith((".", "/")) for word in act.operands[1:])
        if act.name in rule.names and not _LISTS.isdisjoint(act.arguments):
            return _HALF
        if act.name in rule.names:
            mine += named
        elif act.name in MANAGERS and not _INSTALLS.isdisjoint(act.operands[:1]):
            others += named
    return min(_HALF, mine / (mine + others)) if mine and others else _HALF


def _installs(left: Leftover) -> bool:
    return any(not _INSTALLS.isdisjoint(act.operands[:2]) for act in left.acts.acts)


def _amount(rule: CacheRule, act: Act, distribution: str) -> Amount:
    """The rule's model; of apt's lists what that release's weigh, a tenth more or less."""
    if (act.name, *act.operands[:1]) == _BY_LOCK_FILE:
        return Amount(0.50, 0.48, 0.53)
    if rule.names is APT and distribution in _LISTS_BYTES:
        estimate = _BUILDERS_GZIP * _LISTS_BYTES[distribution]
        return Amount(estimate, 0.9 * estimate, 1.1 * estimate)
    return rule.amount_of(act)


def cache_rules(rules: Iterable[CacheRule]) -> tuple[Rule, ...]:
    """Rules about single images of these kinds of caches."""
    return tuple(Rule(one.info, partial(_find, one)) for one in rules)


RULES: tuple[Rule, ...] = cache_rules(CACHE_RULES)
