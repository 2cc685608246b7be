"""Pipfile.lock: `default`, and `develop` for development."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.domain.packages import Ecosystem, Locked, PackageList
from auditor.estimate.lists.documents import json_of, table, table_at
from auditor.estimate.lists.grammar import checked_name, checked_version
from auditor.estimate.lists.limits import ELSEWHERE, Notes, check_count
from auditor.estimate.lists.markers import checked_marker

_NOT_FIXED = "no version is fixed, since pipenv found none that fits, and they are not counted"
_CATEGORIES = "categories beside default and develop are left out"


def read_pipfile_lock(file: str, content: bytes) -> tuple[PackageList, ...]:
    """All packages of both; in both they are not for development alone. Raises UsageError."""
    document = json_of(file, content)
    notes = Notes(file)
    default = table_at(file, document, "default")
    develop = table_at(file, document, "develop")
    check_count(file, len(default) + len(develop))
    only_dev = {name: one for name, one in develop.items() if name not in default}
    locked = [
        *_entries(file, default, notes, is_dev=False),
        *_entries(file, only_dev, notes, is_dev=True),
    ]
    if others := [one for one in document if one not in ("_meta", "default", "develop")]:
        notes.add(_CATEGORIES, *others)
    return (PackageList(Ecosystem.PIP, file, (), tuple(locked), notes.told()),)


def _entries(
    file: str, entries: Mapping[str, Any], notes: Notes, *, is_dev: bool
) -> Iterator[Locked]:
    for key, value in entries.items():
        entry = table(file, value, key)
        name = checked_name(file, Ecosystem.PIP, key)
        version = entry.get("version")
        if version is None:
            notes.add(ELSEWHERE, name)
        elif version == "*":
            notes.add(_NOT_FIXED, name)
        else:
            plain = version.lstrip("=") if isinstance(version, str) else version
            yield Locked(
                name=name,
                version=checked_version(file, Ecosystem.PIP, plain, name),
                is_dev=is_dev,
                marker=checked_marker(file, entry.get("markers"), name),
            )
