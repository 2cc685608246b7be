"""pyproject.toml: PEP 621, dependency groups (PEP 735), uv's table; Poetry's beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from packaging.utils import canonicalize_name

from auditor.domain.packages import Ecosystem, PackageList, Wanted
from auditor.estimate.lists.choices import Choices
from auditor.estimate.lists.documents import table_at, text, toml_of, words
from auditor.estimate.lists.limits import Notes, check_count, quoted, refused
from auditor.estimate.lists.pep508 import requirement
from auditor.estimate.lists.poetry_project import PoetryProject

DEV = "dev"
_DYNAMIC = "its dependencies are computed when it is built, and not known here"


def read_pyproject(file: str, content: bytes, choices: Choices) -> tuple[PackageList, ...]:
    """What the project needs, with the extras and groups asked for.

    The group "dev", uv's default groups and all of Poetry's that are not optional are for
    development. Raises UsageError for what is no such file, and for an extra or a group that
    it does not have.
    """
    project = _Project(file, toml_of(file, content), choices)
    wanted = dict.fromkeys(project.wanted())
    check_count(file, len(wanted))
    return (PackageList(Ecosystem.PIP, file, tuple(wanted), (), project.notes.told()),)


@dataclass(slots=True)
class _Project:
    file: str
    document: Mapping[str, Any]
    choices: Choices
    notes: Notes = field(init=False)

    def __post_init__(self) -> None:
        self.notes = Notes(self.file)

    def wanted(self) -> Iterator[Wanted]:
        project = table_at(self.file, self.document, "project")
        tool = table_at(self.file, self.document, "tool")
        uv = table_at(self.file, tool, "uv")
        groups = table_at(self.file, self.document, "dependency-groups")
        extras = table_at(self.file, project, "optional-dependencies")
        poetry = PoetryProject(self.file, table_at(self.file, tool, "poetry"), self.choices)
        self.choices = self.choices.settle(
            self.file, (*extras, *poetry.extras), (*groups, *poetry.groups, *self._old_dev(uv))
        )
        poetry = replace(poetry, choices=self.choices)
        default = {*words(uv.get("default-groups", DEV))}
        yield from self._requirements(project.get("dependencies"))
        yield from self._extras(extras, text(project.get("name")))
        yield from self._groups(groups, default)
        is_dev = not self.choices.has_group(DEV)
        yield from self._requirements(uv.get("dev-dependencies"), is_dev=is_dev)
        yield from poetry.wanted(self.notes)
        unused = [one for one in groups if one not in default and "all" not in default]
        self.choices.note(self.notes, (*extras, *poetry.extras), (*unused, *poetry.optional_groups))
        if "dependencies" in words(project.get("dynamic")) and not poetry.has_dependencies:
            self.notes.add(_DYNAMIC)

    def _old_dev(self, uv: Mapping[str, Any]) -> tuple[str, ...]:
        return (DEV,) if "dev-dependencies" in uv else ()

    def _requirements(self, value: object, *, is_dev: bool = False) -> Iterator[Wanted]:
        if value is not None and not isinstance(value, list):
            raise refused(self.file, "dependencies are no list", "write them as PEP 621 has it")
        for one in words(value):
            if found := requirement(self.file, one, self.notes, is_dev=is_dev):
                yield found

    def _extras(self, extras: Mapping[str, Any], own_name: str) -> Iterator[Wanted]:
        """Requirements of the extras asked for; one may name others of its own: me[a,b]."""
        waiting = [name for name in extras if self.choices.has_extra(name)]
        seen = set(waiting)
        while waiting:
            for one in self._requirements(extras[waiting.pop()]):
                if not own_name or canonicalize_name(one.name) != canonicalize_name(own_name):
                    yield one
                    continue
                more = [name for name in one.extras if name in extras and name not in seen]
                seen.update(more)
                waiting.extend(more)

    def _groups(self, groups: Mapping[str, Any], default: set[str]) -> Iterator[Wanted]:
        for name in groups:
            is_asked = self.choices.has_group(name)
            if is_asked or name in default or "all" in default:
                for one in self._group(groups, name):
                    yield from self._requirements([one], is_dev=not is_asked)

    def _group(self, groups: Mapping[str, Any], name: str) -> Iterator[str]:
        """Requirements of a group and of those it includes, each once. Raises UsageError."""
        waiting, seen = [name], {name}
        while waiting:
            group = groups[waiting.pop()]
            for one in group if isinstance(group, list) else ():
                if isinstance(one, str):
                    yield one
                    continue
                included = text(one.get("include-group")) if isinstance(one, dict) else ""
                if included not in groups:
                    raise refused(
                        self.file, f"there is no group {quoted(included)} to include", "mend it"
                    )
                if included not in seen:
                    seen.add(included)
                    waiting.append(included)
