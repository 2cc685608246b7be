"""pnpm-lock.yaml in its versions 5 to 9: a walk from what its importers ask for.

Source: pnpm/spec, lockfile/5.md, 5.2.md, 6.0.md, 9.0.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.domain.packages import Ecosystem, Locked, PackageList
from auditor.estimate.lists.documents import is_true, table, table_at, text, words
from auditor.estimate.lists.grammar import checked_name, checked_version, platforms
from auditor.estimate.lists.limits import ELSEWHERE, Notes, check_count, quoted, refused
from auditor.estimate.lists.npm_graph import Edge, reached
from auditor.estimate.lists.npm_sources import is_elsewhere
from auditor.estimate.lists.yaml_events import yaml_of

_KINDS = (("dependencies", False), ("optionalDependencies", True))
_DEV = (("devDependencies", False),)
_OLD_KEY = re.compile(r"/((?:@[^/]{1,214}/)?[^/]{1,214})/([^_(]{1,256})(?:_.*)?")
_KEY = re.compile(r"/?((?:@[^/@]{1,214}/)?[^/@]{1,214})@([^(]{1,256})")
_WORKSPACE = "all parts of its workspace are counted"
_PATCHED = "these are patched, and counted as they are in the index"


def read_pnpm_lock(file: str, content: bytes) -> tuple[PackageList, ...]:
    """Every package once, as pnpm stores it once. Raises UsageError."""
    document = yaml_of(file, content)
    if "lockfileVersion" not in document:
        raise refused(file, "it has no lockfileVersion", "write it anew with `pnpm install`")
    lock = _Lock(file, document)
    kept = reached(lock.roots(_KINDS), lock.needs)
    dev = reached(lock.roots(_DEV), lock.needs)
    found: dict[tuple[str, str], Locked] = {}
    for key in (*kept, *(one for one in dev if one not in kept)):
        is_optional = kept.get(key, dev.get(key, False))
        for one in lock.locked(key, is_dev=key not in kept, is_optional=is_optional):
            found.setdefault((one.name, one.version), one)
    return (PackageList(Ecosystem.NPM, file, (), tuple(found.values()), lock.notes.told()),)


@dataclass(slots=True)
class _Lock:
    file: str
    document: Mapping[str, Any]
    packages: Mapping[str, Any] = field(init=False)
    # What packages need: with them until version 9, which has copies by their peers.
    snapshots: Mapping[str, Any] = field(init=False)
    notes: Notes = field(init=False)

    def __post_init__(self) -> None:
        self.notes = Notes(self.file)
        self.packages = table_at(self.file, self.document, "packages")
        self.snapshots = table_at(self.file, self.document, "snapshots") or self.packages
        check_count(self.file, max(len(self.packages), len(self.snapshots)))

    def roots(self, kinds: tuple[tuple[str, bool], ...]) -> Iterator[Edge]:
        """What the project, or every part of a workspace, asks for."""
        importers = table_at(self.file, self.document, "importers") or {".": self.document}
        if len(importers) > 1:
            self.notes.add(_WORKSPACE)
        for name, importer in importers.items():
            yield from self._edges(table(self.file, importer, name), kinds)

    def needs(self, key: str) -> Iterator[Edge]:
        """What a package asks for."""
        entry = self.snapshots.get(key) or {}
        return self._edges(table(self.file, entry, key), _KINDS)

    def _edges(
        self, entry: Mapping[str, Any], kinds: tuple[tuple[str, bool], ...]
    ) -> Iterator[Edge]:
        for kind, is_optional in kinds:
            for name, value in table_at(self.file, entry, kind).items():
                version = text(value.get("version")) if isinstance(value, dict) else text(value)
                if key := self._key(name, version):
                    yield key, is_optional

    def _key(self, name: str, version: str) -> str:
        """The key that a dependency means, empty for a folder of the workspace.

        A version is one of this name, or a whole key where an alias stands for it.
        """
        if version.startswith("link:"):
            return ""
        for key in (f"{name}@{version}", f"/{name}@{version}", f"/{name}/{version}", version):
            if key in self.snapshots:
                return key
        if is_elsewhere(version):
            self.notes.add(ELSEWHERE, name)
            return ""
        raise refused(
            self.file, f"it has no entry for {quoted(name)}", "write it anew with `pnpm install`"
        )

    def locked(self, key: str, *, is_dev: bool, is_optional: bool) -> Iterator[Locked]:
        """The package behind a key; nothing, with a note, for one from elsewhere."""
        bare = key.partition("(")[0]
        entry = table(self.file, self.packages.get(key) or self.packages.get(bare) or {}, key)
        match = _KEY.match(key) or _OLD_KEY.fullmatch(key)
        name, version = (match[1], match[2]) if match else (text(entry.get("name")) or key, "")
        if not match or is_elsewhere(version) or not _is_of_registry(self.file, entry):
            self.notes.add(ELSEWHERE, text(entry.get("name")) or name)
            return
        if is_true(entry.get("patched")) or "patch_hash=" in key:
            self.notes.add(_PATCHED, name)
        yield Locked(
            name=checked_name(self.file, Ecosystem.NPM, name),
            version=checked_version(self.file, Ecosystem.NPM, version, name),
            is_dev=is_dev,
            is_optional=is_optional,
            systems=platforms(words(entry.get("os"))),
            architectures=platforms(words(entry.get("cpu"))),
            libcs=platforms(words(entry.get("libc"))),
        )


def _is_of_registry(file: str, entry: Mapping[str, Any]) -> bool:
    """Whether it is fetched as an archive of a registry, and not from a repository."""
    resolution = table_at(file, entry, "resolution")
    return not {"repo", "commit", "directory"} & set(resolution)
