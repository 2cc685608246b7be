"""package-lock.json in its three versions, and npm-shrinkwrap.json, which is the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.domain.packages import Ecosystem, Locked, PackageList
from auditor.estimate.lists.limits import (
    check_count,
    checked_constraint,
    checked_name,
    json_of,
    refused,
    shown,
    table,
    text,
    words,
)

_FOLDER = "node_modules/"
_LONGEST_PLACE = 4_000


def read_package_lock(file: str, content: bytes) -> tuple[PackageList, ...]:
    """Every copy of every package, where npm puts it. Raises UsageError.

    Source: npm documentation, "package-lock.json": `packages` since version 2, else
    `dependencies` within each other.
    """
    document = json_of(file, content)
    notes: list[str] = []
    if "packages" in document:
        entries = table(file, document["packages"], "packages")
        check_count(file, len(entries))
        locked = [one for place, value in entries.items() for one in _entry(file, place, value)]
        if any(_FOLDER not in place for place in entries if place):
            notes.append(f"Workspaces of {shown(file)} are not counted themselves.")
    elif "dependencies" in document:
        locked = list(_nested(file, table(file, document["dependencies"], "dependencies")))
    else:
        raise refused(
            file, "it has neither packages nor dependencies", "write it anew with `npm install`"
        )
    return (PackageList(Ecosystem.NPM, file, (), tuple(locked), tuple(notes)),)


def _entry(file: str, place: str, value: object) -> Iterator[Locked]:
    entry = table(file, value, shown(place))
    version = text(entry.get("version"))
    if _FOLDER not in place or entry.get("link") is True or not version:
        return  # the project itself, or a folder of its own
    if len(place) > _LONGEST_PLACE:
        raise refused(file, f"{shown(place)} lies too deep", "give a file that npm wrote")
    name = text(entry.get("name")) or place.rpartition(_FOLDER)[2]
    yield Locked(
        name=checked_name(file, Ecosystem.NPM, name),
        version=checked_constraint(file, version),
        is_dev=entry.get("dev") is True,
        is_optional=entry.get("optional") is True or entry.get("devOptional") is True,
        place=place,
        systems=words(entry.get("os")),
        architectures=words(entry.get("cpu")),
        libcs=words(entry.get("libc")),
    )


def _nested(file: str, top: Mapping[str, Any]) -> Iterator[Locked]:
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", top)]
    count = 0
    while waiting:
        above, entries = waiting.pop()
        for name, value in entries.items():
            count += 1
            check_count(file, count)
            entry = table(file, value, shown(name))
            place = f"{above}{_FOLDER}{name}"
            yield from _old_entry(file, name, place, entry)
            inner = table(file, entry.get("dependencies", {}), "dependencies")
            if inner and len(place) < _LONGEST_PLACE:
                waiting.append((f"{place}/", inner))


def _old_entry(file: str, name: str, place: str, entry: Mapping[str, Any]) -> Iterator[Locked]:
    version = text(entry.get("version"))
    if version.startswith("npm:"):
        name, _, version = version.removeprefix("npm:").rpartition("@")
    if not version or ":" in version:
        return  # from an address or a folder
    yield Locked(
        name=checked_name(file, Ecosystem.NPM, name),
        version=checked_constraint(file, version),
        is_dev=entry.get("dev") is True,
        is_optional=entry.get("optional") is True,
        place=place,
    )
