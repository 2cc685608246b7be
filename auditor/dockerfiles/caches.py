"""Which caches of package managers a RUN leaves in its layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace

from auditor.analysis.effects.acts import Act, StepActs
from auditor.analysis.effects.leftovers import CacheKind, is_true, left_in
from auditor.analysis.rules.cache_table import APT, CACHE_RULES, has_flag, never
from auditor.dockerfiles.python import pip_words
from auditor.domain.build_plan import IndexKept
from auditor.domain.packages import Ecosystem

DOCKER_CLEAN_GONE = "apt keeps the archives"
_HOME = "/root/.cache"
_LONGEST_SWITCH = 16
_KINDS = {rule.info.identifier: rule.kind for rule in CACHE_RULES}
_LISTS, _APK = _KINDS["apt-lists-kept"], _KINDS["apk-cache-kept"]
_INSTALLS = frozenset({"install", "sync", "add"})


def _runs(name: str) -> CacheKind:
    """The cache of a tool for Python projects, below ~/.cache."""
    folder = {"poetry": "pypoetry"}.get(name, name)
    upper = name.upper()

    def is_off(act: Act, told: Mapping[str, str]) -> bool:
        flags = ("--no-cache", "-n") if name == "uv" else ("--no-cache",)
        return any(flag in act.arguments for flag in flags) or is_true(
            told.get(f"{upper}_NO_CACHE", "")[:_LONGEST_SWITCH]
        )

    return CacheKind(
        frozenset({name}),
        lambda act: act.name == name and not _INSTALLS.isdisjoint(act.operands[:2]),
        lambda act: act.name == name and act.operands[:1] == ("cache",),
        (f"{_HOME}/{folder}",),
        is_off,
        variables=(f"{upper}_CACHE_DIR",),
    )


def _is_install(act: Act) -> bool:
    words = pip_words(act)
    return words is not None and act.name != "uv" and not _FETCHES.isdisjoint(words)


_FETCHES = frozenset({"install", "wheel", "download"})
_PIP = _KINDS["pip-cache-kept"]
_ARCHIVES = {
    "pip": CacheKind(_PIP.programs, _is_install, _PIP.cleans, _PIP.folders, _PIP.is_off),
    "pipenv": CacheKind(
        frozenset({"pipenv"}),
        lambda act: act.name == "pipenv" and not _INSTALLS.isdisjoint(act.operands[:1]),
        never,
        (f"{_HOME}/pip", f"{_HOME}/pipenv"),
        lambda _, told: bool(told.get("PIP_NO_CACHE_DIR", "")),
        variables=("PIPENV_CACHE_DIR",),
    ),
    "npm": _KINDS["npm-cache-kept"],
    "yarn": _KINDS["yarn-cache-kept"],
    "pnpm": replace(_KINDS["pnpm-store-kept"], variables=("PNPM_HOME",)),
    "bun": CacheKind(
        frozenset({"bun"}),
        lambda act: act.name == "bun" and not _INSTALLS.isdisjoint(act.operands[:1]),
        lambda act: act.name == "bun" and act.operands[:2] == ("pm", "cache"),
        ("/root/.bun/install/cache",),
        has_flag("--no-cache"),
    ),
    **{name: _runs(name) for name in ("uv", "poetry", "pdm")},
}
# Debian's official images remove archives after every install, by a hook in this file.
_APT_ARCHIVES = CacheKind(
    APT,
    lambda act: act.name in APT and "install" in act.operands[:2],
    lambda act: act.name in APT and act.operands[:1] in (("clean",), ("dist-clean",)),
    ("/var/cache/apt",),
)


def acts_that_keep(
    one: StepActs, told: MutableMapping[str, str], settings: frozenset[str]
) -> list[Act]:
    """The commands whose fetched archives stay in the layer."""
    names = {name for name in _ARCHIVES if name in one.programs}
    names |= {"pip"} if not _PIP.programs.isdisjoint(one.programs) else set()
    kept = [act for name in sorted(names) for act in left_in(one, _ARCHIVES[name], told)]
    if DOCKER_CLEAN_GONE in settings:
        kept += left_in(one, _APT_ARCHIVES, told)
    return kept


def indexes_kept(one: StepActs, told: MutableMapping[str, str]) -> Iterator[IndexKept]:
    """Apt's lists and apk's index, where the RUN leaves them."""
    for ecosystem, kind in ((Ecosystem.APT, _LISTS), (Ecosystem.APK, _APK)):
        if not kind.programs.isdisjoint(one.names) and left_in(one, kind, told):
            yield IndexKept(ecosystem, kind.folders[0])


def removes_docker_clean(act: Act) -> bool:
    """Whether the hook goes that removes the archives which apt fetched."""
    return act.name == "rm" and any(word.endswith("/docker-clean") for word in act.operands)
