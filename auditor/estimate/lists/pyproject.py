"""pyproject.toml: PEP 621, dependency groups (PEP 735), Poetry's and uv's own tables, Pipfile."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.limits import (
    check_count,
    checked_constraint,
    checked_name,
    refused,
    shown,
    table,
    text,
    toml_of,
    words,
)
from auditor.estimate.lists.names import requirement
from auditor.estimate.lists.poetry_versions import to_pep440

_DEV = "dev"
_MOST_GROUPS = 1000


def read_pyproject(
    file: str, content: bytes, extras: Collection[str] = ()
) -> tuple[PackageList, ...]:
    """What the project needs, with the `extras` asked for; its groups are for development.

    Raises UsageError for what is no such file, and for an extra that it does not have.
    """
    document = toml_of(file, content)
    project = _table(file, document, "project")
    tool = _table(file, document, "tool")
    poetry, uv = _table(file, tool, "poetry"), _table(file, tool, "uv")
    optional = _table(file, project, "optional-dependencies")
    wanted = [
        *_requirements(file, project.get("dependencies"), is_dev=False),
        *_of_extras(file, optional, poetry, extras),
        *_of_groups(file, _table(file, document, "dependency-groups")),
        *_requirements(file, uv.get("dev-dependencies"), is_dev=True),
        *_of_poetry(file, poetry, extras),
    ]
    check_count(file, len(wanted))
    notes = []
    if left := sorted(set(optional) - set(extras)):
        notes.append(f"Extras of {shown(file)} left out: {', '.join(map(shown, left[:10]))}.")
    if "dependencies" in words(project.get("dynamic")):
        notes.append(f"{shown(file)} computes its dependencies when it is built: not known here.")
    return (PackageList(Ecosystem.PIP, file, tuple(dict.fromkeys(wanted)), (), tuple(notes)),)


def read_pipfile(file: str, content: bytes) -> tuple[PackageList, ...]:
    """A Pipfile: `packages`, and `dev-packages` for development. Raises UsageError."""
    document = toml_of(file, content)
    wanted = [
        *_poetry_table(file, _table(file, document, "packages"), (), is_dev=False),
        *_poetry_table(file, _table(file, document, "dev-packages"), (), is_dev=True),
    ]
    return (PackageList(Ecosystem.PIP, file, tuple(wanted)),)


def _table(file: str, document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return table(file, document.get(name, {}), f"[{name}]")


def _requirements(file: str, value: object, *, is_dev: bool) -> Iterator[Wanted]:
    for one in words(value):
        if "@" in one.partition(";")[0]:
            continue  # an address, in no index
        yield requirement(file, one, is_dev=is_dev)


def _of_extras(
    file: str, optional: Mapping[str, Any], poetry: Mapping[str, Any], extras: Collection[str]
) -> Iterator[Wanted]:
    known = {*optional, *_table(file, poetry, "extras")}
    for extra in extras:
        if extra not in known:
            named = ", ".join(sorted(map(shown, known))[:10]) or "none"
            raise refused(file, f"there is no extra {shown(extra)!r}", f"it has: {named}")
        yield from _requirements(file, optional.get(extra), is_dev=False)


def _of_groups(file: str, groups: Mapping[str, Any]) -> Iterator[Wanted]:
    """Every group, with those it includes; one that includes itself ends there."""
    if len(groups) > _MOST_GROUPS:
        raise refused(file, f"it has over {_MOST_GROUPS:,} groups", "give a shorter file")
    for group in groups.values():
        yield from _requirements(file, group if isinstance(group, list) else [], is_dev=True)


def _of_poetry(file: str, poetry: Mapping[str, Any], extras: Collection[str]) -> Iterator[Wanted]:
    named = _table(file, poetry, "extras")
    asked = {one for extra in extras for one in words(named.get(extra))}
    yield from _poetry_table(file, _table(file, poetry, "dependencies"), asked, is_dev=False)
    yield from _poetry_table(file, _table(file, poetry, "dev-dependencies"), (), is_dev=True)
    for group in _table(file, poetry, "group").values():
        inner = table(file, group, "a group")
        yield from _poetry_table(file, _table(file, inner, "dependencies"), (), is_dev=True)


def _poetry_table(
    file: str, dependencies: Mapping[str, Any], asked: Collection[str], *, is_dev: bool
) -> Iterator[Wanted]:
    for name, value in dependencies.items():
        if name.lower() == "python":
            continue
        if one := _poetry_entry(file, name, value, asked, is_dev=is_dev):
            yield one


def _poetry_entry(
    file: str, name: str, value: object, asked: Collection[str], *, is_dev: bool
) -> Wanted | None:
    if isinstance(value, list):
        value = value[0] if value else ""
    entry: Mapping[str, Any] = (
        {"version": value} if isinstance(value, str) else table(file, value, shown(name))
    )
    if any(key in entry for key in ("git", "path", "url", "file")):
        return None
    if entry.get("optional") is True and name not in asked:
        return None
    extras: Sequence[str] = words(entry.get("extras"))
    return Wanted(
        name=checked_name(file, Ecosystem.PIP, name),
        constraint=checked_constraint(file, to_pep440(text(entry.get("version")))),
        extras=tuple(sorted(extras)),
        marker=text(entry.get("markers"))[:1000],
        is_dev=is_dev,
    )
