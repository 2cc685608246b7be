"""uv.lock, poetry.lock and Pipfile.lock: packages at fixed versions, with the files they may be."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.domain.packages import Ecosystem, Locked, LockedFile, PackageList
from auditor.estimate.lists.limits import (
    check_count,
    checked_constraint,
    checked_name,
    json_of,
    refused,
    shown,
    table,
    tables,
    text,
    toml_of,
    words,
)

_LONGEST_MARKER = 1000
_OWN_SOURCES = ("virtual", "editable", "directory")
_MAIN = "main"


def read_uv_lock(
    file: str, content: bytes, extras: Collection[str] = ()
) -> tuple[PackageList, ...]:
    """Packages that the project's own entry leads to; those only its groups lead to are dev.

    Where a package is reached under markers alone, it keeps them. Raises UsageError.
    """
    document = toml_of(file, content)
    packages = tables(file, document.get("package"), "[[package]]")
    walk = _UvWalk(file, packages)
    for own in walk.own:
        walk.follow(tables(file, own.get("dependencies"), "dependencies"), is_dev=False)
        optional = table(file, own.get("optional-dependencies", {}), "optional-dependencies")
        for extra in extras:
            if extra not in optional:
                named = ", ".join(map(shown, optional)) or "none"
                raise refused(file, f"there is no extra {shown(extra)!r}", f"it has: {named}")
            walk.follow(tables(file, optional[extra], extra), is_dev=False)
    for own in walk.own:
        groups = table(file, own.get("dev-dependencies", {}), "dev-dependencies")
        for group in groups.values():
            walk.follow(tables(file, group, "a group"), is_dev=True)
    if not walk.own:
        walk.take_all()
    return (PackageList(Ecosystem.PIP, file, (), tuple(walk.locked())),)


@dataclass(slots=True)
class _UvWalk:
    file: str
    packages: Iterable[Mapping[str, Any]]
    by_name: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    own: list[Mapping[str, Any]] = field(default_factory=list)
    # By name and version: whether only development needs it, and the markers it is reached by.
    found: dict[tuple[str, str], tuple[bool, set[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.packages:
            self.by_name.setdefault(text(one.get("name")), []).append(one)
            source = table(self.file, one.get("source", {}), "source")
            if any(key in source for key in _OWN_SOURCES):
                self.own.append(one)

    def follow(self, dependencies: Iterable[Mapping[str, Any]], *, is_dev: bool) -> None:
        waiting = deque((one, "") for one in dependencies)
        while waiting:
            wanted, outer = waiting.popleft()
            marker = text(wanted.get("marker"))[:_LONGEST_MARKER] or outer
            for one in self._meant(wanted):
                key = text(one.get("name")), text(one.get("version"))
                was_dev, markers = self.found.get(key, (is_dev, set()))
                is_new = key not in self.found or (was_dev and not is_dev)
                if not is_new and (marker in markers or "" in markers):
                    continue
                self.found[key] = (was_dev and is_dev, markers | {marker})
                waiting.extend((inner, marker) for inner in self._needs(one, wanted))

    def take_all(self) -> None:
        for one in self.packages:
            self.found[text(one.get("name")), text(one.get("version"))] = (False, {""})

    def locked(self) -> Iterator[Locked]:
        for (name, version), (is_dev, markers) in sorted(self.found.items()):
            one = self._entry(name, version)
            if one in self.own:
                continue
            yield Locked(
                name=checked_name(self.file, Ecosystem.PIP, name),
                version=checked_constraint(self.file, version),
                is_dev=is_dev,
                marker="" if "" in markers else " or ".join(f"({m})" for m in sorted(markers)),
                files=tuple(self._files(one)),
            )

    def _entry(self, name: str, version: str) -> Mapping[str, Any]:
        entries = self.by_name.get(name, [])
        return next((one for one in entries if text(one.get("version")) == version), {})

    def _meant(self, wanted: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        entries = self.by_name.get(text(wanted.get("name")), [])
        version = text(wanted.get("version"))
        return [one for one in entries if not version or text(one.get("version")) == version]

    def _needs(
        self, one: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> Iterator[Mapping[str, Any]]:
        yield from tables(self.file, one.get("dependencies"), "dependencies")
        optional = table(self.file, one.get("optional-dependencies", {}), "optional-dependencies")
        for extra in words(wanted.get("extra")):
            yield from tables(self.file, optional.get(extra), "an extra")

    def _files(self, one: Mapping[str, Any]) -> Iterator[LockedFile]:
        wheels = tables(self.file, one.get("wheels"), "wheels")
        source = one.get("sdist")
        for each in (*wheels, *([source] if isinstance(source, dict) else [])):
            name = text(each.get("url")).partition("#")[0].rpartition("/")[2] or text(
                each.get("filename")
            )
            size = each.get("size")
            known = size if isinstance(size, int) and 0 <= size < 1 << 50 else None
            if name:
                yield LockedFile(name[:300], known)


def read_poetry_lock(file: str, content: bytes) -> tuple[PackageList, ...]:
    """All packages but optional ones; dev where no main group has them. Raises UsageError."""
    document = toml_of(file, content)
    locked = []
    for one in tables(file, document.get("package"), "[[package]]"):
        if one.get("optional") is True:
            continue
        groups = words(one.get("groups")) or words(one.get("category"))
        marker = one.get("markers")
        if isinstance(marker, dict):
            marker = marker.get(_MAIN) or ""
        locked.append(
            Locked(
                name=checked_name(file, Ecosystem.PIP, one.get("name")),
                version=checked_constraint(file, one.get("version")),
                is_dev=bool(groups) and _MAIN not in groups,
                marker=text(marker)[:_LONGEST_MARKER],
                files=tuple(
                    LockedFile(text(each.get("file"))[:300])
                    for each in tables(file, one.get("files"), "files")
                ),
            )
        )
    return (PackageList(Ecosystem.PIP, file, (), tuple(locked)),)


def read_pipfile_lock(file: str, content: bytes) -> tuple[PackageList, ...]:
    """`default`, and `develop` for development. Raises UsageError."""
    document = json_of(file, content)
    default = table(file, document.get("default", {}), "default")
    develop = table(file, document.get("develop", {}), "develop")
    check_count(file, len(default) + len(develop))
    only_dev = {name: one for name, one in develop.items() if name not in default}
    locked = [
        *_of_pipfile(file, default, is_dev=False),
        *_of_pipfile(file, only_dev, is_dev=True),
    ]
    return (PackageList(Ecosystem.PIP, file, (), tuple(locked)),)


def _of_pipfile(file: str, entries: Mapping[str, Any], *, is_dev: bool) -> Iterator[Locked]:
    for name, value in entries.items():
        entry = table(file, value, shown(name))
        version = text(entry.get("version")).removeprefix("==")
        if not version:
            continue  # from an address, in no index
        yield Locked(
            name=checked_name(file, Ecosystem.PIP, name),
            version=checked_constraint(file, version),
            is_dev=is_dev,
            marker=text(entry.get("markers"))[:_LONGEST_MARKER],
        )
