"""yarn.lock: the classic form, which is yarn's own, and berry's, which is YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.domain.packages import Ecosystem, Locked, PackageList
from auditor.estimate.lists.limits import (
    check_count,
    checked_constraint,
    checked_name,
    lines_of,
    refused,
    shown,
    table,
    text,
    text_of,
    yaml_of,
)
from auditor.estimate.lists.npm_graph import reached
from auditor.estimate.lists.npm_manifest import dev_roots

_NPM = "npm:"
_FIELD_DEPTH = 2  # spaces in front of an entry's fields
_NO_MARKS = "{} does not say what is for development only: give package.json too."


@dataclass(slots=True)
class _Entry:
    keys: tuple[str, ...]
    name: str
    version: str = ""
    needs: list[str] = field(default_factory=list)
    conditions: str = ""


def read_yarn_lock(
    file: str, content: bytes, manifest: bytes | None = None
) -> tuple[PackageList, ...]:
    """Every package; what only development leads to is marked where a package.json tells.

    Raises UsageError.
    """
    whole = text_of(file, content)
    entries = list(_berry(file, content) if "__metadata:" in whole else _classic(file, content))
    check_count(file, len(entries))
    by_key = {key: entry for entry in entries for key in entry.keys}
    notes: tuple[str, ...] = ()
    kept: frozenset[str] | None = None
    if manifest is None:
        notes = (_NO_MARKS.format(shown(file)),)
    else:
        plain, _ = dev_roots(manifest)
        roots = {
            key for one in plain for key in (one, one.replace("@", "@npm:", 1)) if key in by_key
        }
        roots |= {key for key in by_key if _plain(key) in plain}
        kept = reached(roots, lambda key: [one for one in by_key[key].needs if one in by_key])
    locked = tuple(_locked(file, entry, kept) for entry in entries if entry.version)
    return (PackageList(Ecosystem.NPM, file, (), locked, notes),)


def _locked(file: str, entry: _Entry, kept: frozenset[str] | None) -> Locked:
    return Locked(
        name=checked_name(file, Ecosystem.NPM, entry.name),
        version=checked_constraint(file, entry.version),
        is_dev=kept is not None and not kept.intersection(entry.keys),
        place=entry.keys[0][:500],
        systems=_condition(entry.conditions, "os"),
        architectures=_condition(entry.conditions, "cpu"),
        libcs=_condition(entry.conditions, "libc"),
    )


def _plain(key: str) -> str:
    """`a@npm:^1` as package.json has it: `a@^1`; an alias stays as it is."""
    name, at, rest = key[1:].partition("@")
    constraint = rest.removeprefix(_NPM)
    return key if "@" in constraint else f"{key[0]}{name}{at}{constraint}"


def _classic(file: str, content: bytes) -> Iterator[_Entry]:
    entry: _Entry | None = None
    in_needs = False
    for number, line, depth in _indented(file, content):
        if depth == 0:
            if entry:
                yield entry
            entry, in_needs = _begun(file, line, number), False
        elif entry and depth == _FIELD_DEPTH:
            in_needs = line in ("dependencies:", "optionalDependencies:")
            if line.startswith("version "):
                entry.version = _unquoted(line.removeprefix("version "))[:256]
        elif entry and in_needs:
            name, _, constraint = line.partition(" ")
            entry.needs.append(f"{_unquoted(name)}@{_unquoted(constraint)}")
    if entry:
        yield entry


def _begun(file: str, line: str, number: int) -> _Entry:
    keys = tuple(_keys(line))
    if not line.endswith(":") or not keys:
        raise refused(file, f"line {number} is not yarn's", "write it anew with yarn")
    return _Entry(keys, _name_of(keys[0]))


def _indented(file: str, content: bytes) -> Iterator[tuple[int, str, int]]:
    raw = text_of(file, content).split("\n")
    for number, line in lines_of(file, content):
        if line and not line.startswith("#"):
            written = raw[number - 1]
            yield number, line, len(written) - len(written.lstrip(" "))


def _keys(line: str) -> Iterator[str]:
    for one in line.rstrip(":").split(","):
        if key := _unquoted(one.strip()):
            yield key


def _unquoted(word: str) -> str:
    word = word.strip()
    if word.startswith('"'):
        try:
            return str(json.loads(word))
        except ValueError:
            return word.strip('"')
    return word


def _name_of(key: str) -> str:
    """The package behind a key: `a@^1`, `@s/a@^1`, or `alias@npm:a@^1`."""
    name, _, rest = key[1:].partition("@")
    if rest.startswith(_NPM) and "@" in rest.removeprefix(_NPM)[1:]:
        return _name_of(rest.removeprefix(_NPM))
    return key[0] + name


def _berry(file: str, content: bytes) -> Iterator[_Entry]:
    for key, value in yaml_of(file, content).items():
        if key == "__metadata":
            continue
        entry = table(file, value, shown(key))
        resolution = text(entry.get("resolution"))
        keys = tuple(one.strip() for one in key.split(",") if one.strip())
        name, _, reference = resolution[1:].partition("@")
        if not keys or not reference.startswith(_NPM):
            yield _Entry(keys or (key,), "workspace", needs=list(_needs(file, entry)))
            continue
        yield _Entry(
            keys,
            resolution[0] + name,
            reference.removeprefix(_NPM).partition("::")[0][:256],
            list(_needs(file, entry)),
            text(entry.get("conditions"))[:256],
        )


def _needs(file: str, entry: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("dependencies", "optionalDependencies"):
        for name, constraint in table(file, entry.get(kind) or {}, kind).items():
            yield f"{name}@{text(constraint)}"


def _condition(conditions: str, key: str) -> tuple[str, ...]:
    """The values of `os=linux & cpu=x64`."""
    parts = (one.strip().partition("=") for one in conditions.split("&"))
    return tuple(value for name, _, value in parts if name == key and value)
