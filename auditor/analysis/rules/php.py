"""Composer: its cache, and packages for development."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import NOWHERE, CacheKind
from auditor.analysis.rules.cache_table import Amount, CacheRule, info, runs
from auditor.analysis.rules.caches import cache_rules
from auditor.analysis.rules.development import DevelopmentRule, Switch, development_rules
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import RuleInfo

_NAMES = frozenset({"composer", "composer.phar"})
_FILLS = frozenset({"install", "i", "require", "update", "create-project"})
_CLEARS = frozenset({"clear-cache", "clearcache", "cc"})


def _is_off(act: Act, environment: Mapping[str, str]) -> bool:
    is_told = environment.get("COMPOSER_NO_CACHE", "") not in ("", "0")
    is_nowhere = environment.get("COMPOSER_HOME", "") == NOWHERE
    return is_told or is_nowhere or "--no-cache" in act.arguments


_CACHES = (
    CacheRule(
        info(
            "composer-cache-kept",
            "Composer's cache stays in the layer",
            "`composer install` without `--no-cache`, or `composer clear-cache` after it in the"
            " same step",
            "; Composer run as `php` with a file of another name",
        ),
        CacheKind(
            _NAMES,
            runs(_NAMES, _FILLS),
            runs(_NAMES, _CLEARS),
            ("/root/.composer", "/root/.cache/composer"),
            _is_off,
            ("COMPOSER_CACHE_DIR", "COMPOSER_HOME"),
        ),
        _NAMES,
        "The archives that Composer fetched stay in its cache, beside what it unpacked of them.",
        "Install with `--no-cache`.",
        ("RUN composer install --no-dev --no-cache --prefer-dist",),
        # Zip and gzip compress alike, and npm's unpacked packages weigh 0.99 of their archives.
        Amount(0.47, 0.30, 0.55),
        "By the figures measured for npm, whose archives are alike; not measured for Composer.",
    ),
)
_DEVELOPMENT = DevelopmentRule(
    RuleInfo(
        identifier="composer-dev-dependencies",
        title="Composer installs development dependencies",
        sees="`composer install` without `--no-dev` or COMPOSER_NO_DEV, and no such one after it",
        misses="what composer.json names; whether there are any; mounts",
    ),
    _NAMES,
    frozenset({"install", "i"}),
    frozenset({"--no-dev"}),
    (Switch("COMPOSER_NO_DEV", "1"),),
    lambda _: False,
    Amount(0.30, 0.0, 0.70),
    "Install with `--no-dev`.",
    ("RUN composer install --no-dev --no-cache --prefer-dist --optimize-autoloader",),
    "The share is a guess: it was not measured.",
)
RULES: tuple[Rule, ...] = (*cache_rules(_CACHES), *development_rules((_DEVELOPMENT,)))
