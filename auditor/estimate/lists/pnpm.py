"""pnpm-lock.yaml: versions 5 and 6 with a mark at each package, 9 with snapshots to walk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.domain.packages import Ecosystem, Locked, PackageList
from auditor.estimate.lists.limits import (
    check_count,
    checked_constraint,
    checked_name,
    refused,
    shown,
    table,
    text,
    words,
    yaml_of,
)
from auditor.estimate.lists.npm_graph import reached

_KINDS = ("dependencies", "optionalDependencies")
_DEV = "devDependencies"
_FIRST_WITH_SNAPSHOTS = 9
_KEY = re.compile(r"/?(?P<name>(?:@[^/@()]{1,214}/)?[^/@()]{1,214})[@/](?P<version>[^()_]{1,256})")


def read_pnpm_lock(file: str, content: bytes) -> tuple[PackageList, ...]:
    """Every package once, as pnpm stores it once. Raises UsageError."""
    document = yaml_of(file, content)
    packages = table(file, document.get("packages") or {}, "packages")
    check_count(file, len(packages))
    if "lockfileVersion" not in document:
        raise refused(file, "it has no lockfileVersion", "write it anew with `pnpm install`")
    snapshots = document.get("snapshots")
    kept = None
    if snapshots is not None:
        kept = _kept(file, document, table(file, snapshots, "snapshots"))
    locked = []
    for key, value in packages.items():
        entry = table(file, value, shown(key))
        match = _KEY.match(key)
        if match is None:
            continue  # from an address or a folder
        is_dev = entry.get("dev") is True if kept is None else _bare(key) not in kept
        locked.append(_locked(file, match, entry, is_dev=is_dev))
    return (PackageList(Ecosystem.NPM, file, (), tuple(dict.fromkeys(locked))),)


def _locked(file: str, match: re.Match[str], entry: Mapping[str, Any], *, is_dev: bool) -> Locked:
    return Locked(
        name=checked_name(file, Ecosystem.NPM, match["name"]),
        version=checked_constraint(file, match["version"]),
        is_dev=is_dev,
        is_optional=entry.get("optional") is True,
        systems=words(entry.get("os")),
        architectures=words(entry.get("cpu")),
        libcs=words(entry.get("libc")),
    )


def _kept(file: str, document: Mapping[str, Any], snapshots: Mapping[str, Any]) -> frozenset[str]:
    """Keys, without peers, of what the importers need for more than development."""
    check_count(file, len(snapshots))
    importers = table(file, document.get("importers") or {}, "importers")
    roots = {
        key
        for importer in importers.values()
        for key in _needs(file, table(file, importer, "an importer"))
        if key in snapshots
    }

    def needs(key: str) -> list[str]:
        entry = table(file, snapshots[key] or {}, shown(key))
        return [one for one in _needs(file, entry) if one in snapshots]

    return frozenset(_bare(key) for key in reached(roots, needs))


def _needs(file: str, entry: Mapping[str, Any]) -> Iterator[str]:
    """Keys of snapshots: `a@1.0.0(peer@2)`, or the alias's own where one is meant."""
    for kind in _KINDS:
        for name, value in table(file, entry.get(kind) or {}, kind).items():
            version = text(value.get("version")) if isinstance(value, dict) else text(value)
            is_whole = "@" in version.partition("(")[0][1:]
            yield version if is_whole else f"{name}@{version}"


def _bare(key: str) -> str:
    return key.partition("(")[0]
