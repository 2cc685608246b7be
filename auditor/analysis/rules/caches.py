"""Lists and caches of package managers that a step leaves in its layer.

Cleaning counts when it comes after the last filling, in the same step: what a later step
removes is still pulled. A cache mount looks the same in history as none, so no finding
here is of high confidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from auditor.analysis.bases.hints import distribution_of
from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import CacheKind, Leftover, find_leftovers, is_true
from auditor.analysis.effects.seen import UNSEEN, caveats, claim, seen, step_key
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

_APT = frozenset({"apt-get", "apt", "aptitude"})
_RPM = frozenset({"dnf", "yum", "microdnf"})
_MANAGERS = frozenset(
    {
        *(*_APT, *_RPM, "zypper", "apk", "pip", "pip3", "npm", "yarn", "pnpm", "gem", "bundle"),
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


def _has_flag(*flags: str) -> Callable[[Act, Mapping[str, str]], bool]:
    return lambda act, _: any(flag in act.arguments for flag in flags)


def _is_pip(act: Act) -> bool:
    words = act.arguments
    is_module = act.name.startswith("python") and words[:2] == ("-m", "pip")
    is_pip = act.name == "pip" or (act.name.startswith("pip") and act.name[3:4].isdigit())
    return (is_pip or is_module) and "install" in words


def _pip_is_off(act: Act, environment: Mapping[str, str]) -> bool:
    return "--no-cache-dir" in act.arguments or is_true(environment.get("PIP_NO_CACHE_DIR", ""))


def _cleans_pip(act: Act) -> bool:
    return (
        act.name.startswith(("pip", "python"))
        and "cache" in act.operands
        and ("purge" in act.operands)
    )


def _keeps_no_lists(act: Act) -> bool:
    return act.name in _APT and any(verb in act.operands for verb in ("dist-clean", "distclean"))


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
        CacheKind(_runs(_APT, frozenset({"update"})), _keeps_no_lists, ("/var/lib/apt/lists",)),
        _APT,
        "The package lists that `apt-get update` fetched stay in the layer.",
        "Remove the lists at the end of the same step.",
        ("RUN apt-get update && apt-get install -y … \\", "    && rm -rf /var/lib/apt/lists/*"),
        Amount(16_181_512, 9_000_000, 22_000_000),
        "Debian 12's lists as buildah compresses them, measured: 16.2 MB.",
        Confidence.MEDIUM,
    ),
    CacheRule(
        _info(
            "apk-cache-kept",
            "apk's index stays in the layer",
            "`apk add` or `apk update` without `--no-cache`, and /var/cache/apk not removed after",
        ),
        CacheKind(
            _runs(frozenset({"apk"}), frozenset({"add", "update", "upgrade"})),
            _runs(frozenset({"apk"}), frozenset({"cache"})),
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
        CacheKind(_is_pip, _cleans_pip, (f"{_HOME}/.cache/pip",), _pip_is_off),
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
            _runs(frozenset({"npm"}), frozenset({"install", "ci", "i", "add"})),
            _runs(frozenset({"npm"}), frozenset({"cache"})),
            (f"{_HOME}/.npm",),
        ),
        frozenset({"npm"}),
        "The archives that npm fetched stay in its cache, beside what it unpacked of them.",
        "Clean the cache at the end of the same step.",
        ("RUN npm ci --omit=dev && npm cache clean --force",),
        Amount(0.45, 0.30, 0.50),
        "Measured: unpacked and compressed again, packages weigh 0.99 of their archives.",
        Confidence.MEDIUM,
    ),
    CacheRule(
        _info(
            "yarn-cache-kept",
            "yarn's cache stays in the layer",
            "`yarn install` without `yarn cache clean` after it in the same step",
        ),
        CacheKind(
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
        Amount(0.45, 0.20, 0.60),
        "By npm's measured figures; yarn's own were not measured.",
    ),
    CacheRule(
        _info(
            "pnpm-store-kept",
            "pnpm's store stays in the layer",
            "`pnpm install` without `pnpm store prune` or removal of the store after it",
        ),
        CacheKind(
            _runs(frozenset({"pnpm"}), frozenset({"install", "i", "add"})),
            _runs(frozenset({"pnpm"}), frozenset({"store"})),
            (f"{_HOME}/.local/share/pnpm", f"{_HOME}/.pnpm-store"),
        ),
        frozenset({"pnpm"}),
        "pnpm's store stays in the layer; files linked from it weigh nothing twice.",
        "Install in a build stage and copy node_modules, or prune the store in the same step.",
        ("RUN pnpm install --prod --frozen-lockfile && pnpm store prune",),
        Amount(0.10, 0.0, 0.40),
        "Assumed: most files are hard links into the store; it was not measured here.",
    ),
    CacheRule(
        _info(
            "gem-cache-kept",
            "Downloaded gems stay in the layer",
            "`gem install` or `bundle install` without removing the cache after it",
        ),
        CacheKind(
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
            lambda act: (
                (act.name == "go" and act.operands[:1] in (("build",), ("install",)))
                or (act.name == "cargo" and act.operands[:1] in (("build",), ("install",)))
                or act.name in ("mvn", "mvnw", "gradle", "gradlew")
            ),
            lambda act: act.name == "go" and act.operands[:1] == ("clean",),
            (
                *(f"{_HOME}/.cache/go-build", "/go/pkg", f"{_HOME}/go/pkg"),
                *("/usr/local/cargo/registry", f"{_HOME}/.cargo/registry"),
                *(f"{_HOME}/.m2", f"{_HOME}/.gradle"),
            ),
        ),
        frozenset({"go", "cargo", "mvn", "mvnw", "gradle", "gradlew"}),
        "Modules and intermediate results of the build stay in the layer.",
        "Build in a stage of its own and copy the result.",
        ("FROM base AS build", "RUN … build …", "FROM runtime", "COPY --from=build /app /app"),
        Amount(0.50, 0.20, 0.90),
        "Assumed; it was not measured here.",
    ),
)


def _find(rule: CacheRule, image: ImageFacts) -> Iterator[Finding]:
    for left in find_leftovers(image, rule.kind):
        found = _finding(rule, image, left)
        if found is not None:
            yield found


def _finding(rule: CacheRule, image: ImageFacts, left: Leftover) -> Finding | None:
    step = left.acts.step
    is_share = rule.amount.estimate <= 1
    is_alone = left.is_alone(rule.names, _MANAGERS)
    estimate, low, high = rule.amount.bytes_of(step.size_bytes)
    if is_share and not is_alone:
        # What the other package managers brought to the layer is not known: half of it.
        estimate, low = estimate // 2, low // 4
    claims = claim(step, estimate)
    if not claims:
        return None
    is_usual = rule.names is not _APT or distribution_of(image.steps).startswith("debian:")
    is_sure = is_usual and (is_alone or not is_share)
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


RULES: tuple[Rule, ...] = tuple(Rule(one.info, partial(_find, one)) for one in CACHE_RULES)
