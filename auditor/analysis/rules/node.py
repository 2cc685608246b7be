"""npm, yarn and pnpm: caches that a step leaves, and dependencies for development.

Shares were measured on seven projects (an Express, a Nest, a Next, a Fastify, a Vite and two
small ones), installed here, packed by tar and gzip -6. Commands and figures are in
docs/reference/rules/npm-cache-kept.md and its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import CacheKind
from auditor.analysis.rules.cache_rule import Amount, CacheRule, cache_rules, info, runs
from auditor.analysis.rules.development import DevelopmentRule, Switch, development_rules
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Confidence, RuleInfo

_NPM, _YARN, _PNPM = (frozenset({name}) for name in ("npm", "yarn", "pnpm"))
_NPM_INSTALLS = frozenset({"install", "i", "add", "ci", "clean-install", "install-ci-test"})
_CLEANS = frozenset({"clean", "clear", "rm"})
_OF_PRODUCTION = frozenset({"--production", "--prod", "-P", "--omit=dev"})
_OF_PRODUCTION |= frozenset({"--only=production", "--only=prod"})
_MISSES = "what .npmrc and package.json say; whether there are any; settings given by mounts"


def _fills(names: frozenset[str], verbs: frozenset[str]) -> Callable[[Act], bool]:
    """Tells installs, not a script that is called so; a folder may stand before the verb."""
    return lambda act: act.name in names and _verb(act) in verbs and not _asks(act)


def _verb(act: Act) -> str:
    words = (word for word in act.operands[:2] if not word.startswith(("/", ".")))
    return next(words, "")


def _cleans_npm(act: Act) -> bool:
    return (
        act.name == "npm" and "cache" in act.operands[:1] and not _CLEANS.isdisjoint(act.operands)
    )


def _installs_with_yarn(act: Act) -> bool:
    words = act.operands
    verb = words[1:2] if words[:1] == ("global",) else words[:1]
    return act.name == "yarn" and (not words or verb in (("install",), ("add",)))


def _asks(act: Act) -> bool:
    return not {"--version", "-v", "--help", "-h"}.isdisjoint(act.arguments)


def _yarn_fills(act: Act) -> bool:
    return _installs_with_yarn(act) and not _asks(act)


def _reads_lock(act: Act) -> bool:
    return _verb(act) in ("ci", "clean-install")


_CACHES = (
    CacheRule(
        info(
            "npm-cache-kept",
            "npm's cache stays in the layer",
            "`npm install` or `npm ci` without `npm cache clean` or removal of ~/.npm after it"
            " in the same step",
            "; a cache that .npmrc moves",
        ),
        CacheKind(
            _fills(_NPM, _NPM_INSTALLS),
            _cleans_npm,
            ("/root/.npm",),
            parts=frozenset({".npm", "_cacache"}),
            variables=("npm_config_cache", "NPM_CONFIG_CACHE"),
            options=("--cache",),
        ),
        _NPM,
        "The archives that npm fetched stay in its cache, beside what it unpacked of them.",
        "Clean the cache at the end of the same step.",
        ("RUN npm ci --omit=dev && npm cache clean --force",),
        # Seven installs: 0.519 to 0.595 of the layer, median 0.549.
        Amount(0.55, 0.50, 0.60),
        "Measured on ten installs: 49 to 60 % of a layer that an install alone made.",
        Confidence.MEDIUM,
        # With a lock file no descriptions of packages are fetched: 0.492, 0.501 and 0.513.
        other_amounts=((_reads_lock, Amount(0.50, 0.46, 0.53)),),
    ),
    CacheRule(
        info(
            "yarn-cache-kept",
            "yarn's cache stays in the layer",
            "`yarn install` or `yarn add` without `yarn cache clean` or removal of its folder"
            " after it in the same step",
            "; which generation of yarn it is",
        ),
        CacheKind(
            _yarn_fills,
            runs(_YARN, frozenset({"cache"})),
            ("/usr/local/share/.cache/yarn", "/root/.cache/yarn", "/root/.yarn"),
            parts=frozenset({".yarn", ".yarn-cache", "yarn-cache", ".cache"}),
            variables=("YARN_CACHE_FOLDER",),
            options=("--cache-folder",),
        ),
        _YARN,
        "The packages that yarn fetched stay in its cache, beside node_modules.",
        "Clean the cache at the end of the same step.",
        ("RUN yarn install --frozen-lockfile --production && yarn cache clean",),
        # yarn 1.22: 0.67, 0.67 and 0.93, as archives stay unpacked too, and those of other
        # platforms. Later generations keep archives alone, and were not measured.
        Amount(0.67, 0.45, 0.93),
        "Measured with yarn 1.22 on three projects: 67, 67 and 93 % of the layer.",
        Confidence.MEDIUM,
    ),
    CacheRule(
        info(
            "pnpm-store-kept",
            "pnpm's store stays in the layer",
            "`pnpm install` without `pnpm store prune` or removal of the store after it in the"
            " same step",
            "; whether store and node_modules are in one file system",
        ),
        CacheKind(
            _fills(_PNPM, frozenset({"install", "i", "add"})),
            runs(_PNPM, frozenset({"store"})),
            ("/root/.local/share/pnpm", "/root/.cache/pnpm"),
            parts=frozenset({".pnpm-store", "pnpm", ".cache"}),
            variables=("PNPM_HOME", "npm_config_store_dir", "NPM_CONFIG_STORE_DIR"),
            options=("--store-dir",),
        ),
        _PNPM,
        "Descriptions of packages, and files that no program uses, stay in pnpm's folders.",
        "Install in a build stage and copy the result, or prune the store in the same step.",
        ("RUN pnpm install --prod --frozen-lockfile && pnpm store prune",),
        # pnpm 9, before and after `pnpm store prune`: 0.23, 0.16 and 0.23 without a lock file.
        Amount(0.22, 0.10, 0.30),
        "Measured with pnpm 9 on three projects without lock file: 16 to 23 % of the layer.",
    ),
)
# Of node_modules: 0, 0.19, 0.29, 0.66, 0.86, 0.89 and 0.92 in the seven projects; mean 0.54.
_SHARE = Amount(0.54, 0.0, 0.90)
_ORIGIN = (
    "In seven projects measured, 0 to 92 % of what was installed was for development, on average"
    " 54 %: compare `npm ls --omit=dev` with `npm ls`."
)
_FIX = "Install for production; where a build needs the rest, build in a stage and copy."


def _about(manager: str, sees: str) -> RuleInfo:
    return RuleInfo(
        identifier=f"{manager}-dev-dependencies",
        title=f"{manager} installs development dependencies",
        sees=sees,
        misses=_MISSES,
    )


def _prunes_npm(act: Act) -> bool:
    return (act.name == "npm" and act.operands[:1] == ("prune",)) or _clears(act)


def _prunes_yarn(act: Act) -> bool:
    return (act.name == "yarn" and "focus" in act.operands) or _clears(act)


def _prunes_pnpm(act: Act) -> bool:
    return (act.name == "pnpm" and act.operands[:1] in (("prune",), ("deploy",))) or _clears(act)


def _clears(act: Act) -> bool:
    """Whether it takes all of node_modules away again."""
    return act.name == "rm" and any(
        word.rstrip("/*").rpartition("/")[2] == "node_modules" for word in act.operands
    )


_DEVELOPMENT = (
    DevelopmentRule(
        _about("npm", "`npm install` or `npm ci` without `--omit=dev`, and no prune after it"),
        _NPM,
        _NPM_INSTALLS - {"add"},
        _OF_PRODUCTION,
        (
            Switch("NODE_ENV", "production"),
            Switch("NPM_CONFIG_PRODUCTION", "true"),
            Switch("NPM_CONFIG_OMIT", "dev"),
            Switch("NPM_CONFIG_ONLY", "production"),
        ),
        _prunes_npm,
        _SHARE,
        _FIX,
        ("RUN npm ci --omit=dev",),
        _ORIGIN,
    ),
    DevelopmentRule(
        _about("yarn", "`yarn install` without `--production`, and no such install after it"),
        _YARN,
        frozenset({"", "install"}),
        _OF_PRODUCTION,
        (Switch("NODE_ENV", "production"), Switch("YARN_PRODUCTION", "true")),
        _prunes_yarn,
        _SHARE,
        _FIX,
        ("RUN yarn install --frozen-lockfile --production",),
        _ORIGIN,
    ),
    DevelopmentRule(
        _about("pnpm", "`pnpm install` without `--prod`, and no prune after it"),
        _PNPM,
        frozenset({"install", "i"}),
        _OF_PRODUCTION,
        (Switch("NODE_ENV", "production"), Switch("NPM_CONFIG_PRODUCTION", "true")),
        _prunes_pnpm,
        _SHARE,
        _FIX,
        ("RUN pnpm install --prod --frozen-lockfile",),
        _ORIGIN,
    ),
)

RULES: tuple[Rule, ...] = (*cache_rules(_CACHES), *development_rules(_DEVELOPMENT))
