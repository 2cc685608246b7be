"""poetry.lock in its versions 1 and 2."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from auditor.domain.packages import Ecosystem, Locked, LockedFile, PackageList
from auditor.estimate.lists.choices import Choices
from auditor.estimate.lists.documents import table, table_at, tables_at, text, toml_of, words
from auditor.estimate.lists.grammar import checked_name, checked_version, is_file_name
from auditor.estimate.lists.limits import ELSEWHERE, Notes
from auditor.estimate.lists.markers import any_of, checked_marker, decide_extras

_MAIN = "main"
_LONGEST_MARKER = 5_000
_OF_AN_INDEX = ("", "legacy")
_GROUPS = "groups beside the main one are taken for development; optional ones are among them"

_Entry = Mapping[str, Any]


def read_poetry_lock(file: str, content: bytes, choices: Choices) -> tuple[PackageList, ...]:
    """All packages, those of extras where asked for; dev where the main group has them not.

    The file does not say which groups are optional, nor what the project asks for itself.
    Raises UsageError.
    """
    document = toml_of(file, content)
    packages = tables_at(file, document, "package")
    extras = table_at(file, document, "extras")
    groups = {group for one in packages for group in _groups(one)}
    choices = choices.settle(file, extras, groups, knows_groups=False)
    notes = Notes(file)
    choices.note(notes, extras)
    asked = _of_extras(file, packages, extras, choices)
    old_files = table_at(file, table_at(file, document, "metadata"), "files")
    locked = []
    for one in packages:
        name = checked_name(file, Ecosystem.PIP, one.get("name"))
        if one.get("optional") is True and canonicalize_name(name) not in asked:
            continue
        if text(table_at(file, one, "source").get("type")) not in _OF_AN_INDEX:
            notes.add(ELSEWHERE, name)
            continue
        files = one.get("files", old_files.get(name))
        locked.append(_locked(file, name, {**one, "files": files}, choices))
    if others := sorted(one for one in groups - {_MAIN, "dev"} if not choices.has_group(one)):
        notes.add(_GROUPS, *others)
    return (PackageList(Ecosystem.PIP, file, (), tuple(locked), notes.told()),)


def _locked(file: str, name: str, entry: _Entry, choices: Choices) -> Locked:
    groups = _groups(entry)
    marker = entry.get("markers")
    if isinstance(marker, dict):
        marker = _of_groups(marker, choices)
    if isinstance(marker, str):
        marker = decide_extras(marker[:_LONGEST_MARKER], choices.extras)
    return Locked(
        name=name,
        version=checked_version(file, Ecosystem.PIP, entry.get("version"), name),
        is_dev=bool(groups) and not any(one == _MAIN or choices.has_group(one) for one in groups),
        marker=checked_marker(file, marker, name),
        files=tuple(_files(file, entry)),
    )


def _groups(entry: _Entry) -> tuple[str, ...]:
    return words(entry.get("groups")) or words(entry.get("category"))


def _of_groups(markers: Mapping[str, Any], choices: Choices) -> str:
    """Markers by group: that of the main group, or any of those that are installed."""
    if _MAIN in markers and not any(choices.has_group(one) for one in markers):
        return text(markers[_MAIN])
    return any_of([text(one) for one in markers.values()])


def _of_extras(
    file: str, packages: Sequence[_Entry], extras: _Entry, choices: Choices
) -> frozenset[str]:
    """Canonical names of optional packages that the extras asked for lead to."""
    named = (words(value) for name, value in extras.items() if choices.has_extra(name))
    waiting = deque(canonicalize_name(_bare(one)) for names in named for one in names)
    needs: dict[str, set[NormalizedName]] = {}
    for one in packages:
        dependencies = table_at(file, one, "dependencies")
        name = canonicalize_name(text(one.get("name")))
        needs.setdefault(name, set()).update(map(canonicalize_name, dependencies))
    seen = set(waiting)
    while waiting:
        more = needs.get(waiting.popleft(), set()) - seen
        seen |= more
        waiting.extend(more)
    return frozenset(seen)


def _bare(requirement: str) -> str:
    """Poetry 1 wrote `name (>=1,<2)` where it writes names now."""
    return requirement.partition(" ")[0].partition("[")[0]


def _files(file: str, entry: _Entry) -> Iterator[LockedFile]:
    for each in tables_at(file, entry, "files"):
        name = text(table(file, each, "files").get("file"))
        if is_file_name(name):
            yield LockedFile(name)
