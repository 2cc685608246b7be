"""A rule about a cache that a step leaves in its layer: its words, its model, its finding.

Cleaning counts when it comes after the last filling, in the same step: what a later step
removes is still pulled. A cache mount looks the same in history as none, unless buildah
recorded it, so no finding here is of high confidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import CacheKind, Leftover, find_leftovers
from auditor.analysis.effects.seen import UNSEEN, caveats, claim, seen, step_key
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

# Whatever else brings much to a layer, so that a share of it says less.
_MANAGERS = frozenset(
    {
        *("apt-get", "apt", "aptitude", "dnf", "yum", "microdnf", "zypper", "apk"),
        *("pip", "pip3", "npm", "yarn", "pnpm", "gem", "bundle", "composer"),
        *("conda", "mamba", "micromamba", "go", "cargo", "mvn", "gradle"),
        *("make", "cmake", "tar", "unzip"),
    }
)


@dataclass(frozen=True, slots=True)
class Amount:
    """How much a cache weighs: a constant, or a share of the layer; with its 80 % range."""

    estimate: float
    low: float
    high: float

    def bytes_of(self, layer_bytes: int) -> tuple[int, int, int]:
        """Estimate, low and high in a layer of this size; above 1 they are bytes."""
        return tuple(  # type: ignore[return-value]
            min(layer_bytes, round(one if one > 1 else one * layer_bytes))
            for one in (self.estimate, self.low, self.high)
        )


@dataclass(frozen=True, slots=True)
class CacheRule:
    """A kind of cache with its words, its model, and how sure it is when alone in a step.

    `names`: commands of this package manager. `amount` is of what most commands leave;
    `other_amounts` of commands that a predicate tells, the first that fits. `is_usual`: an
    image whose cache the model fits.
    """

    info: RuleInfo
    kind: CacheKind
    names: frozenset[str]
    what: str
    fix: str
    dockerfile: tuple[str, ...]
    amount: Amount
    origin: str
    confidence: Confidence = Confidence.LOW
    other_amounts: tuple[tuple[Callable[[Act], bool], Amount], ...] = ()
    is_usual: Callable[[ImageFacts], bool] = lambda _: True

    def amount_of(self, act: Act) -> Amount:
        """The model for what this command leaves."""
        others = (amount for fits, amount in self.other_amounts if fits(act))
        return next(others, self.amount)


def runs(names: frozenset[str], verbs: frozenset[str]) -> Callable[[Act], bool]:
    """Tells commands of these names with one of the verbs, be it behind a value or another."""
    return lambda act: act.name in names and not verbs.isdisjoint(act.operands[:2])


def has_flag(*flags: str) -> Callable[[Act, Mapping[str, str]], bool]:
    """Tells commands with one of the options."""
    return lambda act, _: any(flag in act.arguments for flag in flags)


def info(identifier: str, title: str, sees: str, more: str = "") -> RuleInfo:
    """A description; `more` is what it misses beside cache mounts."""
    misses = f"a cache mount, which history does not record{more}"
    return RuleInfo(identifier=identifier, title=title, sees=sees, misses=misses)


def cache_rules(rules: Iterable[CacheRule]) -> tuple[Rule, ...]:
    """Rules about single images of these kinds of caches."""
    return tuple(Rule(one.info, partial(_find, one)) for one in rules)


def _find(rule: CacheRule, image: ImageFacts) -> Iterator[Finding]:
    for left in find_leftovers(image, rule.kind):
        found = _finding(rule, image, left)
        if found is not None:
            yield found


def _finding(rule: CacheRule, image: ImageFacts, left: Leftover) -> Finding | None:
    step = left.acts.step
    amount = rule.amount_of(left.act)
    is_share = amount.estimate <= 1
    is_alone = left.is_alone(rule.names, _MANAGERS)
    estimate, low, high = amount.bytes_of(step.size_bytes)
    if is_share and not is_alone:
        # What the other package managers brought to the layer is not known: half of it.
        estimate, low = estimate // 2, low // 4
    claims = claim(step, estimate)
    if not claims:
        return None
    is_sure = rule.is_usual(image) and (is_alone or not is_share)
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
