"""package.json: what is asked for, not yet which versions. Source: npm documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.limits import check_count, checked_name, json_of, shown, table, text

_ELSEWHERE = ("file:", "link:", "workspace:", "portal:", "git", "http:", "https:", "github:")
_LONGEST_RANGE = 256


def read_package_json(file: str, content: bytes) -> tuple[PackageList, ...]:
    """Dependencies of all kinds; those for development are marked. Raises UsageError.

    Optional ones are among them, since npm installs them where it can.
    """
    document = json_of(file, content)
    notes: list[str] = []
    wanted = [
        *_of(file, document, "dependencies", notes),
        *_of(file, document, "optionalDependencies", notes),
        *_of(file, document, "peerDependencies", notes),
        *_of(file, document, "devDependencies", notes, is_dev=True),
    ]
    check_count(file, len(wanted))
    if document.get("workspaces"):
        notes.append(f"Workspaces of {shown(file)} have lists of their own: give those too.")
    return (PackageList(Ecosystem.NPM, file, tuple(dict.fromkeys(wanted)), (), tuple(notes)),)


def dev_roots(content: bytes, file: str = "package.json") -> tuple[frozenset[str], frozenset[str]]:
    """Names as `name@range` for the image, and those for development alone. Raises UsageError."""
    document = json_of(file, content)
    plain = {
        f"{name}@{text(constraint)}"
        for kind in ("dependencies", "optionalDependencies")
        for name, constraint in _entries(file, document, kind).items()
    }
    dev = {
        f"{name}@{text(constraint)}"
        for name, constraint in _entries(file, document, "devDependencies").items()
    }
    return frozenset(plain), frozenset(dev)


def _of(
    file: str, document: Mapping[str, Any], kind: str, notes: list[str], *, is_dev: bool = False
) -> Iterator[Wanted]:
    for name, value in _entries(file, document, kind).items():
        constraint = text(value).strip()
        if len(constraint) > _LONGEST_RANGE or constraint.startswith(_ELSEWHERE):
            notes.append(f"{shown(name)} comes from {shown(constraint)}: not counted.")
            continue
        yield Wanted(checked_name(file, Ecosystem.NPM, name), constraint, is_dev=is_dev)


def _entries(file: str, document: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return table(file, document.get(kind) or {}, kind)
