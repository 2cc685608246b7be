"""The caches of package managers: how they are seen, what they weigh, how to leave them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import CacheKind
from auditor.domain.findings import Confidence, RuleInfo

APT = frozenset({"apt-get", "apt", "aptitude"})
_RPM = frozenset({"dnf", "yum", "microdnf"})

MANAGERS = frozenset(
    {
        *(*APT, "dnf", "yum", "microdnf", "zypper", "apk", "pip", "pip3", "npm", "yarn", "pnpm"),
        *("gem", "bundle", "composer", "conda", "mamba", "micromamba", "go", "cargo", "mvn"),
        *("gradle", "make", "cmake"),
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

    `amount` is of what most commands leave; `other_amounts` of commands that a predicate
    tells, the first that fits.
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

    def amount_of(self, act: Act) -> Amount:
        """The model for what this command leaves."""
        others = (amount for fits, amount in self.other_amounts if fits(act))
        return next(others, self.amount)


def runs(names: frozenset[str], verbs: frozenset[str]) -> Callable[[Act], bool]:
    """Tells commands of these names with one of the verbs, be it behind another word."""
    return lambda act: act.name in names and not verbs.isdisjoint(act.operands[:2])


def never(_: Act) -> bool:
    """For a cache that no command empties."""
    return False


def has_flag(*flags: str) -> Callable[[Act, Mapping[str, str]], bool]:
    """Tells commands with one of the options."""
    return lambda act, _: any(flag in act.arguments for flag in flags)


def _is_pip(act: Act) -> bool:
    words = act.arguments
    is_module = act.name.startswith("python") and words[:2] == ("-m", "pip")
    is_pip = act.name == "pip" or (act.name.startswith("pip") and act.name[3:4].isdigit())
    return (is_pip or is_module) and "install" in words


def _pip_is_off(act: Act, environment: Mapping[str, str]) -> bool:
    """By the flag or the variable, which switches the cache off by `off` and `0`, too.

    Source: pip/_internal/cli/cmdoptions.py, `_handle_no_cache_dir`.
    """
    return "--no-cache-dir" in act.arguments or bool(environment.get("PIP_NO_CACHE_DIR", ""))


def _cleans_pip(act: Act) -> bool:
    return (
        act.name.startswith(("pip", "python"))
        and "cache" in act.operands
        and ("purge" in act.operands)
    )


def _keeps_no_lists(act: Act) -> bool:
    return act.name in APT and any(verb in act.operands for verb in ("dist-clean", "distclean"))


def info(identifier: str, title: str, sees: str, more: str = "") -> RuleInfo:
    """A description; `more` is what it misses beside cache mounts."""
    misses = f"a cache mount, which history does not record{more}"
    return RuleInfo(identifier=identifier, title=title, sees=sees, misses=misses)


_HOME = "/root"
CACHE_RULES: tuple[CacheRule, ...] = (
    CacheRule(
        info(
            "apt-lists-kept",
            "apt's package lists stay in the layer",
            "`apt-get update` without removing /var/lib/apt/lists after it in the same step",
        ),
        CacheKind(APT, runs(APT, frozenset({"update"})), _keeps_no_lists, ("/var/lib/apt/lists",)),
        APT,
        "The package lists that `apt-get update` fetched stay in the layer.",
        "Remove the lists at the end of the same step.",
        ("RUN apt-get update && apt-get install -y … \\", "    && rm -rf /var/lib/apt/lists/*"),
        Amount(16_181_512, 9_000_000, 22_000_000),
        "Measured: 15.1 MB for Debian 11, 16.2 MB for Debian 12, 17.7 MB for Debian 13.",
        Confidence.MEDIUM,
    ),
    CacheRule(
        info(
            "apk-cache-kept",
            "apk's index stays in the layer",
            "`apk add` or `apk update` without `--no-cache`, and /var/cache/apk not removed after",
        ),
        CacheKind(
            frozenset({"apk"}),
            runs(frozenset({"apk"}), frozenset({"add", "update", "upgrade"})),
            # `apk cache clean` and `purge` keep the index of every repository in use.
            # Source: apk-tools src/app_cache.c, `cache_clean_item`.
            never,
            ("/var/cache/apk", "/etc/apk/cache"),
            has_flag("--no-cache"),
        ),
        frozenset({"apk"}),
        "apk's index of packages stays in the layer.",
        "Add packages with `apk add --no-cache`.",
        ("RUN apk add --no-cache …",),
        Amount(2_300_000, 800_000, 3_000_000),
        "Assumed: the indexes of main and community; not measured here.",
    ),
    CacheRule(
        info(
            "rpm-cache-kept",
            "dnf's, yum's or microdnf's cache stays in the layer",
            "an install without `clean all`, or removal of /var/cache, after it in the same step",
        ),
        CacheKind(
            _RPM,
            runs(_RPM, frozenset({"install", "update", "upgrade", "reinstall", "localinstall"})),
            runs(_RPM, frozenset({"clean"})),
            ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"),
        ),
        _RPM,
        "Metadata and packages that the package manager fetched stay in the layer.",
        "Clean at the end of the same step.",
        ("RUN dnf install -y … && dnf clean all",),
        Amount(20_000_000, 5_000_000, 60_000_000),
        "Assumed; distributions differ widely, and it was not measured here.",
    ),
    CacheRule(
        info(
            "zypper-cache-kept",
            "zypper's cache stays in the layer",
            "an install without `zypper clean` after it in the same step",
        ),
        CacheKind(
            frozenset({"zypper"}),
            runs(
                frozenset({"zypper"}),
                frozenset({"install", "in", "update", "up", "dup", "refresh", "ref", "patch"}),
            ),
            runs(frozenset({"zypper"}), frozenset({"clean", "cc"})),
            ("/var/cache/zypp",),
        ),
        frozenset({"zypper"}),
        "Metadata and packages that zypper fetched stay in the layer.",
        "Clean at the end of the same step.",
        ("RUN zypper --non-interactive install … && zypper clean --all",),
        Amount(20_000_000, 5_000_000, 60_000_000),
        "Assumed; it was not measured here.",
    ),
    CacheRule(
        info(
            "pip-cache-kept",
            "pip's cache stays in the layer",
            "`pip install` without `--no-cache-dir`, PIP_NO_CACHE_DIR or removal of ~/.cache",
            "; a mirror that forbids caching",
        ),
        CacheKind(
            frozenset({"pip", "python"}),
            _is_pip,
            _cleans_pip,
            (f"{_HOME}/.cache/pip",),
            _pip_is_off,
        ),
        frozenset({"pip", "pip3", "python", "python3"}),
        "The wheels that pip fetched stay in its cache, beside what it installed of them.",
        "Install with `--no-cache-dir`.",
        ("RUN pip install --no-cache-dir -r requirements.txt",),
        Amount(0.43, 0.30, 0.50),
        "Measured: the cache holds 0.986 of the wheels, on top of 1.29 that the layer holds.",
        Confidence.MEDIUM,
    ),
    CacheRule(
        info(
            "npm-cache-kept",
            "npm's cache stays in the layer",
            "`npm install` or `npm ci` without `npm cache clean` or removal of ~/.npm after it",
        ),
        CacheKind(
            frozenset({"npm"}),
            runs(frozenset({"npm"}), frozenset({"install", "ci", "i", "add"})),
            runs(frozenset({"npm"}), frozenset({"cache"})),
            (f"{_HOME}/.npm",),
        ),
        frozenset({"npm"}),
        "The archives that npm fetched stay in its cache, beside what it unpacked of them.",
        "Clean the cache at the end of the same step.",
        ("RUN npm ci --omit=dev && npm cache clean --force",),
        Amount(0.57, 0.50, 0.63),
        "Measured on eight projects: the cache is 50 to 63 % of the layer, 48 to 53 % for `npm ci`.",
        Confidence.MEDIUM,
    ),
    CacheRule(
        info(
            "yarn-cache-kept",
            "yarn's cache stays in the layer",
            "`yarn install` without `yarn cache clean` after it in the same step",
        ),
        CacheKind(
            frozenset({"yarn"}),
            lambda act: (
                act.name == "yarn" and (not act.operands or act.operands[0] in ("install", "add"))
            ),
            runs(frozenset({"yarn"}), frozenset({"cache"})),
            ("/usr/local/share/.cache/yarn", f"{_HOME}/.cache/yarn", f"{_HOME}/.yarn"),
        ),
        frozenset({"yarn"}),
        "The packages that yarn fetched stay in its cache, beside node_modules.",
        "Clean the cache at the end of the same step.",
        ("RUN yarn install --frozen-lockfile --production && yarn cache clean",),
        Amount(0.67, 0.65, 0.90),
        "Measured with yarn 1 on eight projects: the cache is 65 to 95 % of the layer.",
    ),
    CacheRule(
        info(
            "pnpm-store-kept",
            "pnpm's store stays in the layer",
            "`pnpm install` without removal of the store after it in the same step",
        ),
        CacheKind(
            frozenset({"pnpm"}),
            runs(frozenset({"pnpm"}), frozenset({"install", "i", "add"})),
            runs(frozenset({"pnpm"}), frozenset({"store"})),
            (f"{_HOME}/.local/share/pnpm", f"{_HOME}/.pnpm-store"),
        ),
        frozenset({"pnpm"}),
        "pnpm's store stays in the layer; files linked from it weigh nothing twice, its lists do.",
        "Remove the store at the end of the same step; node_modules keeps its files.",
        (
            "RUN pnpm install --prod --frozen-lockfile \\",
            '    && rm -rf "$(pnpm store path)" ~/.cache/pnpm',
        ),
        Amount(0.26, 0.08, 0.45),
        "Measured on eight projects: files are hard links, but the store's lists of them weigh.",
    ),
)
