"""The caches of package managers: how they are seen, what they weigh, how to leave them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import CacheKind
from auditor.domain.findings import Confidence, RuleInfo

APT = frozenset({"apt-get", "apt", "aptitude"})
_RPM = frozenset({"dnf", "yum", "microdnf"})
_BUILDERS = frozenset({"go", "cargo", "mvn", "mvnw", "gradle", "gradlew"})

MANAGERS = frozenset(
    {
        *(
            *APT,
            "dnf",
            "yum",
            "microdnf",
            "zypper",
            "apk",
            "pip",
            "pip3",
            "npm",
            "yarn",
            "pnpm",
            "gem",
            "bundle",
        ),
        *("composer", "conda", "mamba", "micromamba", "go", "cargo", "mvn", "gradle"),
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
    """A kind of cache with its words, its model, and how sure it is when alone in a step."""

    info: RuleInfo
    kind: CacheKind
    names: frozenset[str]
    what: str
    fix: str
    dockerfile: tuple[str, ...]
    amount: Amount
    origin: str
    confidence: Confidence = Confidence.LOW


def _runs(names: frozenset[str], verbs: frozenset[str]) -> Callable[[Act], bool]:
    return lambda act: act.name in names and not verbs.isdisjoint(act.operands[:2])


def _never(_: Act) -> bool:
    return False


def _has_flag(*flags: str) -> Callable[[Act, Mapping[str, str]], bool]:
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


def _info(identifier: str, title: str, sees: str, more: str = "") -> RuleInfo:
    misses = f"a cache mount, which history does not record{more}"
    return RuleInfo(identifier=identifier, title=title, sees=sees, misses=misses)


_HOME = "/root"
CACHE_RULES: tuple[CacheRule, ...] = (
    CacheRule(
        _info(
            "apt-lists-kept",
            "apt's package lists stay in the layer",
            "`apt-get update` without removing /var/lib/apt/lists after it in the same step",
        ),
        CacheKind(APT, _runs(APT, frozenset({"update"})), _keeps_no_lists, ("/var/lib/apt/lists",)),
        APT,
        "The package lists that `apt-get update` fetched stay in the layer.",
        "Remove the lists at the end of the same step.",
        ("RUN apt-get update && apt-get install -y … \\", "    && rm -rf /var/lib/apt/lists/*"),
        Amount(16_181_512, 9_000_000, 22_000_000),
        "Measured: 15.1 MB for Debian 11, 16.2 MB for Debian 12, 17.7 MB for Debian 13.",
        Confidence.MEDIUM,
    ),
    CacheRule(
        _info(
            "apk-cache-kept",
            "apk's index stays in the layer",
            "`apk add` or `apk update` without `--no-cache`, and /var/cache/apk not removed after",
        ),
        CacheKind(
            frozenset({"apk"}),
            _runs(frozenset({"apk"}), frozenset({"add", "update", "upgrade"})),
            # `apk cache clean` and `purge` keep the index of every repository in use.
            # Source: apk-tools src/app_cache.c, `cache_clean_item`.
            _never,
            ("/var/cache/apk", "/etc/apk/cache"),
            _has_flag("--no-cache"),
        ),
        frozenset({"apk"}),
        "apk's index of packages stays in the layer.",
        "Add packages with `apk add --no-cache`.",
        ("RUN apk add --no-cache …",),
        Amount(2_300_000, 800_000, 3_000_000),
        "Assumed: the indexes of main and community; not measured here.",
    ),
    CacheRule(
        _info(
            "rpm-cache-kept",
            "dnf's, yum's or microdnf's cache stays in the layer",
            "an install without `clean all`, or removal of /var/cache, after it in the same step",
        ),
        CacheKind(
            _RPM,
            _runs(_RPM, frozenset({"install", "update", "upgrade", "reinstall", "localinstall"})),
            _runs(_RPM, frozenset({"clean"})),
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
        _info(
            "zypper-cache-kept",
            "zypper's cache stays in the layer",
            "an install without `zypper clean` after it in the same step",
        ),
        CacheKind(
            frozenset({"zypper"}),
            _runs(
                frozenset({"zypper"}),
                frozenset({"install", "in", "update", "up", "dup", "refresh", "ref", "patch"}),
            ),
            _runs(frozenset({"zypper"}), frozenset({"clean", "cc"})),
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
        _info(
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
        _info(
            "npm-cache-kept",
            "npm's cache stays in the layer",
            "`npm install` or `npm ci` without `npm cache clean` or removal of ~/.npm after it",
        ),
        CacheKind(
            frozenset({"npm"}),
            _runs(frozenset({"npm"}), frozenset({"install", "ci", "i", "add"})),
            _runs(frozenset({"npm"}), frozenset({"cache"})),
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
        _info(
            "yarn-cache-kept",
            "yarn's cache stays in the layer",
            "`yarn install` without `yarn cache clean` after it in the same step",
        ),
        CacheKind(
            frozenset({"yarn"}),
            lambda act: (
                act.name == "yarn" and (not act.operands or act.operands[0] in ("install", "add"))
            ),
            _runs(frozenset({"yarn"}), frozenset({"cache"})),
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
        _info(
            "pnpm-store-kept",
            "pnpm's store stays in the layer",
            "`pnpm install` without removal of the store after it in the same step",
        ),
        CacheKind(
            frozenset({"pnpm"}),
            _runs(frozenset({"pnpm"}), frozenset({"install", "i", "add"})),
            _runs(frozenset({"pnpm"}), frozenset({"store"})),
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
    CacheRule(
        _info(
            "gem-cache-kept",
            "Downloaded gems stay in the layer",
            "`gem install` or `bundle install` without removing the cache after it",
        ),
        CacheKind(
            frozenset({"gem", "bundle"}),
            _runs(frozenset({"gem", "bundle"}), frozenset({"install"})),
            lambda act: act.name in ("gem", "bundle") and "cleanup" in act.operands,
            ("/usr/local/bundle/cache", f"{_HOME}/.bundle", f"{_HOME}/.gem"),
        ),
        frozenset({"gem", "bundle"}),
        "The gems that were fetched stay beside what was installed of them.",
        "Remove the cache at the end of the same step.",
        ("RUN bundle install && rm -rf /usr/local/bundle/cache ~/.bundle/cache",),
        Amount(0.30, 0.10, 0.50),
        "Assumed; it was not measured here.",
    ),
    CacheRule(
        _info(
            "composer-cache-kept",
            "Composer's cache stays in the layer",
            "`composer install` without `--no-cache` or `composer clear-cache` after it",
        ),
        CacheKind(
            frozenset({"composer"}),
            _runs(frozenset({"composer"}), frozenset({"install", "require", "update"})),
            _runs(frozenset({"composer"}), frozenset({"clear-cache", "clearcache", "cc"})),
            (f"{_HOME}/.composer", f"{_HOME}/.cache/composer"),
            _has_flag("--no-cache"),
        ),
        frozenset({"composer"}),
        "The archives that Composer fetched stay in its cache.",
        "Install with `--no-cache`.",
        ("RUN composer install --no-dev --no-cache --prefer-dist",),
        Amount(0.40, 0.20, 0.50),
        "By npm's measured figures; Composer's own were not measured.",
    ),
    CacheRule(
        _info(
            "conda-cache-kept",
            "conda's packages stay in the layer twice",
            "`conda install` or `create` without `conda clean` after it in the same step",
        ),
        CacheKind(
            frozenset({"conda", "mamba", "micromamba"}),
            _runs(
                frozenset({"conda", "mamba", "micromamba"}),
                frozenset({"install", "create", "update"}),
            ),
            _runs(frozenset({"conda", "mamba", "micromamba"}), frozenset({"clean"})),
            ("/opt/conda/pkgs",),
        ),
        frozenset({"conda", "mamba", "micromamba"}),
        "The archives that conda fetched stay beside the environment.",
        "Clean at the end of the same step.",
        ("RUN conda install -y … && conda clean --all --yes",),
        Amount(0.30, 0.10, 0.50),
        "Assumed: archives stay, unpacked files are hard links; it was not measured here.",
    ),
    CacheRule(
        _info(
            "build-cache-kept",
            "Caches of a build stay in the layer",
            "go, cargo, maven or gradle building in the final image without removing their caches",
        ),
        CacheKind(
            _BUILDERS,
            lambda act: (
                (act.name == "go" and act.operands[:1] in (("build",), ("install",)))
                or (act.name == "cargo" and act.operands[:1] in (("build",), ("install",)))
                or (act.name in ("mvn", "mvnw", "gradle", "gradlew") and bool(act.operands))
            ),
            lambda act: act.name == "go" and act.operands[:1] == ("clean",),
            (
                *(f"{_HOME}/.cache/go-build", "/go/pkg", f"{_HOME}/go/pkg"),
                *("/usr/local/cargo/registry", f"{_HOME}/.cargo/registry"),
                *(f"{_HOME}/.m2", f"{_HOME}/.gradle"),
            ),
        ),
        _BUILDERS,
        "Modules and intermediate results of the build stay in the layer.",
        "Build in a stage of its own and copy the result.",
        ("FROM base AS build", "RUN … build …", "FROM runtime", "COPY --from=build /app /app"),
        Amount(0.50, 0.20, 0.90),
        "Assumed; it was not measured here.",
    ),
)
