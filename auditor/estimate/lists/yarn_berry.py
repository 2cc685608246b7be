"""yarn.lock as yarn 2 and later write it: YAML, one entry per resolution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from auditor.estimate.lists.documents import is_true, table, table_at, text
from auditor.estimate.lists.limits import quoted, refused
from auditor.estimate.lists.yaml_events import yaml_of
from auditor.estimate.lists.yarn_entries import YarnEntry

_METADATA = "__metadata"
_NPM, _PATCH, _VIRTUAL, _WORKSPACE = "npm:", "patch:", "virtual:", "workspace:"


def berry_entries(file: str, content: bytes) -> Iterator[YarnEntry]:
    """Entries in the order of the file. Raises UsageError."""
    for key, value in yaml_of(file, content).items():
        if key == _METADATA:
            continue
        entry = table(file, value, key)
        keys = tuple(one for part in key.split(",") if (one := part.strip()))
        resolution = text(entry.get("resolution"))
        name, at, reference = resolution[1:].partition("@")
        if not keys or not at:
            raise refused(file, f"{quoted(key)} has no resolution", "write it anew with yarn")
        yield _entry(file, keys, resolution[:1] + name, reference, entry)


def _entry(
    file: str, keys: tuple[str, ...], name: str, reference: str, entry: Mapping[str, Any]
) -> YarnEntry:
    reference = _patched(reference)
    conditions = text(entry.get("conditions"))
    is_own = reference.startswith(_WORKSPACE)
    return YarnEntry(
        keys=keys,
        name=name,
        version=text(entry.get("version")),
        needs=list(_needs(file, entry)),
        systems=_condition(conditions, "os"),
        architectures=_condition(conditions, "cpu"),
        libcs=_condition(conditions, "libc"),
        is_own=is_own,
        is_root=reference == f"{_WORKSPACE}.",
        is_elsewhere=not is_own and not reference.startswith(_NPM),
    )


def _patched(reference: str) -> str:
    """What a patch is for: `npm:5.0.0` of `patch:a@npm%3A5.0.0#…`; other references as they are."""
    if not reference.startswith(_PATCH):
        return reference
    inner = unquote(reference.removeprefix(_PATCH).partition("#")[0])
    return inner[1:].partition("@")[2]


def _needs(file: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    meta = table_at(file, entry, "dependenciesMeta")
    for name, spec in table_at(file, entry, "dependencies").items():
        about = table_at(file, meta, name) if name in meta else {}
        yield name, text(spec), is_true(about.get("optional"))
    for name, spec in table_at(file, entry, "optionalDependencies").items():
        yield name, text(spec), True


def _condition(conditions: str, key: str) -> tuple[str, ...]:
    """The values of `os=linux & (cpu=x64 | cpu=arm64)`."""
    plain = conditions.replace("(", " ").replace(")", " ").replace("|", "&")
    parts = (one.strip().partition("=") for one in plain.split("&"))
    return tuple(value for name, _, value in parts if name == key and value)
