"""Lists and caches of system package managers, and pip's, that a step leaves in its layer."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.analysis.bases.hints import distribution_of
from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import CacheKind, is_true
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.cache_rule import (
    Amount,
    CacheRule,
    cache_rules,
    has_flag,
    info,
    runs,
)
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Confidence

_APT = frozenset({"apt-get", "apt", "aptitude"})
_RPM = frozenset({"dnf", "yum", "microdnf"})


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


def _is_debian(image: ImageFacts) -> bool:
    return distribution_of(image.steps).startswith("debian:")


_HOME = "/root"
CACHE_RULES: tuple[CacheRule, ...] = (
    CacheRule(
        info(
            "apt-lists-kept",
            "apt's package lists stay in the layer",
            "`apt-get update` without removing /var/lib/apt/lists after it in the same step",
        ),
        CacheKind(runs(_APT, frozenset({"update"})), _keeps_no_lists, ("/var/lib/apt/lists",)),
        _APT,
        "The package lists that `apt-get update` fetched stay in the layer.",
        "Remove the lists at the end of the same step.",
        ("RUN apt-get update && apt-get install -y … \\", "    && rm -rf /var/lib/apt/lists/*"),
        Amount(16_181_512, 9_000_000, 22_000_000),
        "Debian 12's lists as buildah compresses them, measured: 16.2 MB.",
        Confidence.MEDIUM,
        is_usual=_is_debian,
    ),
    CacheRule(
        info(
            "apk-cache-kept",
            "apk's index stays in the layer",
            "`apk add` or `apk update` without `--no-cache`, and /var/cache/apk not removed after",
        ),
        CacheKind(
            runs(frozenset({"apk"}), frozenset({"add", "update", "upgrade"})),
            runs(frozenset({"apk"}), frozenset({"cache"})),
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
        CacheKind(_is_pip, _cleans_pip, (f"{_HOME}/.cache/pip",), _pip_is_off),
        frozenset({"pip", "pip3", "python", "python3"}),
        "The wheels that pip fetched stay in its cache, beside what it installed of them.",
        "Install with `--no-cache-dir`.",
        ("RUN pip install --no-cache-dir -r requirements.txt",),
        Amount(0.43, 0.30, 0.50),
        "Measured: the cache holds 0.986 of the wheels, on top of 1.29 that the layer holds.",
        Confidence.MEDIUM,
    ),
)


RULES: tuple[Rule, ...] = cache_rules(CACHE_RULES)
