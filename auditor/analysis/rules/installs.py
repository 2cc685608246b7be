"""Packages a step installs though the program does not need them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.analysis.effects.acts import Act, own_acts_of
from auditor.analysis.effects.leftovers import environment_before, is_true
from auditor.analysis.effects.packages import is_package_command
from auditor.analysis.effects.seen import UNSEEN, caveats, claim, seen, step_key
from auditor.analysis.image_facts import BuildStep, ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

_APT = frozenset({"apt-get", "apt", "aptitude"})
_UPGRADES = frozenset({"upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"})
_QUIET = frozenset({"", "rm", "set", "export", "true", "echo", ":"})
_PRODUCTION = frozenset({"--production", "--prod", "--omit=dev", "--only=prod", "-P"})
_NO_RECOMMENDS = ("--no-install-recommends", "--without-recommends", "-R")
# Quartiles over 25 packages that have any: 5 to 32 % of the layer, median 19 %; 13 of 38 had
# none (OPTIMISATION.md section 4). So the median of all is about a tenth.
_RECOMMENDED_SHARE, _RECOMMENDED_MOST = 0.10, 0.32
# No share of real applications was measured: the 16 projects of OPTIMISATION.md section 4 are
# libraries. A third is a guess, and the range says so.
_DEVELOPMENT_SHARE, _DEVELOPMENT_MOST = 0.33, 0.80

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
DEVELOPMENT = RuleInfo(
    identifier="dev-dependencies",
    title="Development dependencies are installed",
    sees="npm, yarn, pnpm, Composer or Bundler installing without their production switch",
    misses="NODE_ENV and settings that history does not record; whether there are any",
)


def find_recommends(image: ImageFacts) -> Iterator[Finding]:
    """Steps that install by apt with what is recommended."""
    is_switched_off = False
    for one in own_acts_of(image):
        acts = one.acts
        is_switched_off = is_switched_off or any(_switches_off(act) for act in acts)
        installs = [act for act in acts if act.name in _APT and "install" in act.operands[:1]]
        if is_switched_off or not any(_takes_recommended(act) for act in installs):
            continue
        what = "apt installs what packages only recommend, too."
        yield from _share_of_layer(image, one.step, installs[0].name, _RECOMMENDED, what, _LEAN_APT)


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
_FOR_DEVELOPMENT = _Words(
    DEVELOPMENT,
    "Install for production, or in a build stage, and copy the result.",
    _DEVELOPMENT_SHARE,
    _DEVELOPMENT_MOST,
    "The share is a guess: it was not measured on applications.",
)
_LEAN_APT = "RUN apt-get update && apt-get install -y --no-install-recommends …"


@dataclass(frozen=True, slots=True)
class _Manager:
    names: frozenset[str]
    verbs: frozenset[str]
    switches: frozenset[str]
    line: str
    variables: Mapping[str, str]


_MANAGERS = (
    _Manager(
        frozenset({"npm"}),
        frozenset({"install", "ci", "i"}),
        _PRODUCTION,
        "RUN npm ci --omit=dev",
        {"NODE_ENV": "production", "NPM_CONFIG_PRODUCTION": "true", "NPM_CONFIG_OMIT": "dev"},
    ),
    _Manager(
        frozenset({"yarn"}),
        frozenset({"", "install"}),
        _PRODUCTION,
        "RUN yarn install --frozen-lockfile --production",
        {"NODE_ENV": "production"},
    ),
    _Manager(
        frozenset({"pnpm"}),
        frozenset({"install", "i"}),
        _PRODUCTION,
        "RUN pnpm install --prod --frozen-lockfile",
        {"NODE_ENV": "production"},
    ),
    _Manager(
        frozenset({"composer"}),
        frozenset({"install"}),
        frozenset({"--no-dev"}),
        "RUN composer install --no-dev",
        {"COMPOSER_NO_DEV": "1"},
    ),
    _Manager(
        frozenset({"bundle"}),
        frozenset({"install"}),
        frozenset({"--without", "--deployment"}),
        "RUN bundle config set without 'development test' && bundle install",
        {"BUNDLE_WITHOUT": ""},
    ),
)


def find_development(image: ImageFacts) -> Iterator[Finding]:
    """Steps that install a project's dependencies with those for development."""
    for one in own_acts_of(image):
        for manager in _MANAGERS:
            act = _development_of(one.acts, manager, environment_before(image, one))
            if act is None:
                continue
            what = f"{act.name} installs what only development needs, too."
            yield from _share_of_layer(
                image, one.step, act.name, _FOR_DEVELOPMENT, what, manager.line
            )


def _development_of(
    acts: tuple[Act, ...], manager: _Manager, environment: Mapping[str, str]
) -> Act | None:
    """The command that installs all of a project's dependencies, and no later one prunes."""
    for name, value in manager.variables.items():
        told = environment.get(name, "").lower()
        if told and (told == value or not value or (is_true(value) and is_true(told))):
            return None
    found: Act | None = None
    for act in acts:
        if act.name not in manager.names:
            continue
        verb = next(iter(act.operands), "")
        if verb in ("prune", "config"):
            return None
        is_project = verb in manager.verbs and not act.operands[1:] and not _is_global(act)
        if is_project and manager.switches.isdisjoint(_flags(act)):
            found = act
    return found


def _flags(act: Act) -> set[str]:
    omits = zip(act.arguments, (*act.arguments[1:], ""), strict=False)
    joined = {f"{flag}={value}" for flag, value in omits if flag in ("--omit", "--only")}
    return joined | {word.removesuffix("=true") for word in act.arguments}


def _is_global(act: Act) -> bool:
    return not {"-g", "--global", "--location=global"}.isdisjoint(act.arguments)


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
    Rule(DEVELOPMENT, find_development),
)
