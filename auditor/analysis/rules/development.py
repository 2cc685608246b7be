"""A rule about a project's dependencies for development, which a step installs and leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from auditor.analysis.effects.acts import Act, StepActs
from auditor.analysis.effects.leftovers import is_true, own_steps_running
from auditor.analysis.effects.seen import UNSEEN, caveats, claim, seen, step_key
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.cache_table import Amount
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

_GLOBAL = frozenset({"-g", "--global", "--location=global", "--version", "-v", "--help"})
_PAIRED = frozenset({"--omit", "--only"})
# Options whose value stands behind them. Sources: npm-install(1), `yarn help install`,
# `pnpm help install`, `composer help install`, bundle-install(1).
_VALUED = _PAIRED | frozenset(
    {
        *("--cache", "--prefix", "--loglevel", "--registry", "--network-timeout", "--cwd"),
        *("--cache-folder", "--modules-folder", "--filter", "--store-dir", "--dir", "-C"),
        *("-d", "--working-dir", "--prefer-install", "-j", "--jobs", "--retry", "--path"),
        *("--gemfile", "--with", "--without", "--mutex", "--network-concurrency", "--mode"),
    }
)


@dataclass(frozen=True, slots=True)
class Switch:
    """A variable that means production where it holds the value; empty: whatever it holds."""

    name: str
    value: str = ""

    def is_on(self, environment: Mapping[str, str]) -> bool:
        """Whether the environment says so, the name in any letters."""
        told = environment.get(self.name) or environment.get(self.name.lower(), "")
        if not self.value:
            return bool(told)
        return told == self.value or (is_true(self.value) and is_true(told))


@dataclass(frozen=True, slots=True)
class DevelopmentRule:
    """How one package manager tells development from production.

    `verbs` install all that a project names (`""` for none); with `flags` or `switches` only
    what it runs on. `prunes`: a command that takes the rest away again. `asks`: one after which
    installs are for production, those of later steps too.
    """

    info: RuleInfo
    names: frozenset[str]
    verbs: frozenset[str]
    flags: frozenset[str]
    switches: tuple[Switch, ...]
    prunes: Callable[[Act], bool]
    amount: Amount
    fix: str
    dockerfile: tuple[str, ...]
    origin: str
    asks: Callable[[Act], bool] = lambda _: False

    def installs_all(self, act: Act) -> bool:
        """Whether the command installs all dependencies, named ones and global ones apart."""
        return self._installs(act) and self.flags.isdisjoint(_flags(act))

    def installs_for_production(self, act: Act) -> bool:
        """Whether it leaves what production needs, and takes the rest away."""
        return self._installs(act) and not self.flags.isdisjoint(_flags(act))

    def _installs(self, act: Act) -> bool:
        words = _operands(act)
        is_project = (words[0] if words else "") in self.verbs and not words[1:]
        return act.name in self.names and is_project and _GLOBAL.isdisjoint(act.arguments)


def _operands(act: Act) -> list[str]:
    """Words that are neither options nor values of the options known here."""
    pairs = pairwise(("", *act.arguments))
    return [word for last, word in pairs if not word.startswith("-") and last not in _VALUED]


def _flags(act: Act) -> set[str]:
    pairs = pairwise((*act.arguments, ""))
    joined = {f"{flag}={value}" for flag, value in pairs if flag in _PAIRED}
    named = {word.partition("=")[0] for word in act.arguments if word.startswith("--without=")}
    return joined | named | {word.removesuffix("=true") for word in act.arguments}


def development_rules(rules: Iterable[DevelopmentRule]) -> tuple[Rule, ...]:
    """Rules about single images of these package managers."""
    return tuple(Rule(one.info, partial(_find, one)) for one in rules)


def _find(rule: DevelopmentRule, image: ImageFacts) -> Iterator[Finding]:
    for one, environment in own_steps_running(image, rule.names):
        if any(rule.asks(act) for act in one.acts):
            return
        act = _left_by(rule, one)
        if act is not None and not any(switch.is_on(environment) for switch in rule.switches):
            yield from _finding(rule, image, one, act)


def _left_by(rule: DevelopmentRule, one: StepActs) -> Act | None:
    """The last command that installs everything, unless what follows prunes it."""
    left: Act | None = None
    for act in one.acts:
        if rule.installs_all(act):
            left = act
        elif rule.installs_for_production(act) or rule.prunes(act):
            left = None
    return left


def _finding(
    rule: DevelopmentRule, image: ImageFacts, one: StepActs, act: Act
) -> Iterator[Finding]:
    step = one.step
    estimate, low, high = rule.amount.bytes_of(step.size_bytes)
    claims = claim(step, estimate)
    if claims:
        yield Finding(
            rule=rule.info.identifier,
            key=step_key(act.name, step),
            what=f"{act.name} installs what only development needs, too.",
            fix=rule.fix,
            evidence=(seen(image, step),),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.LOW,
            basis=Basis.MODELLED,
            breadth=Breadth.PACKAGES,
            low_bytes=low,
            high_bytes=high,
            dockerfile=rule.dockerfile,
            caveats=caveats(image, rule.origin, UNSEEN),
        )
