"""package.json: what is asked for, not yet which versions. Source: npm documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.documents import json_of, table, table_at, text, words
from auditor.estimate.lists.grammar import checked_name, is_constraint
from auditor.estimate.lists.limits import ELSEWHERE, Notes, check_count, quoted, refused, shown
from auditor.estimate.lists.npm_sources import is_elsewhere, is_own

_DEPENDENCIES, _OPTIONAL, _DEV = "dependencies", "optionalDependencies", "devDependencies"
_PEERS = "peerDependencies"
_WORKSPACES = "its workspaces have lists of their own, which are to be given too"
_OWN = "these are your own, to be counted with your files"
_CATALOG = "their versions stand in a pnpm-workspace.yaml: the newest are taken"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A package.json, as far as a lock file needs it: ranges by name."""

    dependencies: Mapping[str, str]
    optional: Mapping[str, str]
    dev: Mapping[str, str]


def read_package_json(file: str, content: bytes) -> tuple[PackageList, ...]:
    """Dependencies of all kinds; those for development are marked. Raises UsageError.

    Optional ones are among them, since npm installs them where it can, and so are peers that
    are not optional.
    """
    document = json_of(file, content)
    notes = Notes(file)
    optional = table_at(file, document, _OPTIONAL)
    plain = {**_ranges(file, document, _DEPENDENCIES), **_ranges(file, document, _OPTIONAL)}
    meta = table_at(file, document, "peerDependenciesMeta")
    peers = {
        name: spec
        for name, spec in _ranges(file, document, _PEERS).items()
        if not _is_optional(file, meta, name) and name not in plain
    }
    dev = {
        name: spec
        for name, spec in _ranges(file, document, _DEV).items()
        if name not in plain and name not in peers
    }
    check_count(file, len(plain) + len(peers) + len(dev) + len(optional))
    wanted = [*_wanted(file, {**plain, **peers}, notes), *_wanted(file, dev, notes, is_dev=True)]
    if document.get("workspaces"):
        notes.add(_WORKSPACES, *_folders(document["workspaces"]))
    return (PackageList(Ecosystem.NPM, file, tuple(wanted), (), notes.told()),)


def read_manifest(file: str, content: bytes) -> Manifest:
    """A package.json that lies beside a lock file. Raises UsageError."""
    document = json_of(file, content)
    return Manifest(
        _ranges(file, document, _DEPENDENCIES),
        _ranges(file, document, _OPTIONAL),
        _ranges(file, document, _DEV),
    )


def _ranges(file: str, document: Mapping[str, Any], kind: str) -> Mapping[str, str]:
    found = {}
    for name, value in table_at(file, document, kind).items():
        if not isinstance(value, str):
            raise refused(
                file, f"{kind}: {shown(name)} has {quoted(value)} for a version", "write a text"
            )
        found[name] = value.strip()
    return found


def _wanted(
    file: str, ranges: Mapping[str, str], notes: Notes, *, is_dev: bool = False
) -> Iterator[Wanted]:
    for name, spec in ranges.items():
        checked_name(file, Ecosystem.NPM, name)
        if spec.startswith("catalog:"):
            notes.add(_CATALOG, name)
            yield Wanted(name, is_dev=is_dev)
        elif is_own(spec):
            notes.add(_OWN, name)
        elif is_elsewhere(spec):
            notes.add(ELSEWHERE, name)
        elif is_constraint(spec):
            yield Wanted(name, spec, is_dev=is_dev)
        else:
            raise refused(
                file, f"{quoted(spec)} is no version of {shown(name)}", "write it as npm does"
            )


def _is_optional(file: str, meta: Mapping[str, Any], name: str) -> bool:
    return name in meta and table(file, meta[name], name).get("optional") is True


def _folders(workspaces: object) -> tuple[str, ...]:
    listed = workspaces.get("packages") if isinstance(workspaces, dict) else workspaces
    return words(listed) if not isinstance(listed, str) else (text(listed),)
