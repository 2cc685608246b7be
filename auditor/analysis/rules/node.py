"""npm, yarn and pnpm: dependencies for development that a step installs and leaves.

The share was measured on seven projects (an Express, a Nest, a Next, a Fastify, a Vite and two
small ones), installed and pruned, packed by tar and gzip -6. What stays in caches is in
`cache_table`.
"""

from __future__ import annotations

from auditor.analysis.effects.acts import Act
from auditor.analysis.rules.cache_table import Amount
from auditor.analysis.rules.development import DevelopmentRule, Switch, development_rules
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import RuleInfo

_NPM, _YARN, _PNPM = (frozenset({name}) for name in ("npm", "yarn", "pnpm"))
_NPM_INSTALLS = frozenset({"install", "i", "add", "ci", "clean-install", "install-ci-test"})
_OF_PRODUCTION = frozenset({"--production", "--prod", "-P", "--omit=dev"})
_OF_PRODUCTION |= frozenset({"--only=production", "--only=prod"})
_MISSES = "what .npmrc and package.json say; whether there are any; settings given by mounts"


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

RULES: tuple[Rule, ...] = development_rules(_DEVELOPMENT)
