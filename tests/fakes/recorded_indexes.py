"""Indexes that answer with recorded facts (scripts/record_closures.py), and what real tools chose."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.domain.package_facts import (
    NpmPackage,
    PythonFile,
    PythonMetadata,
    Relation,
    SystemPackage,
)
from tests.fakes.package_indexes import FakeNpmIndex, FakePythonIndex, npm_release

FOLDER = Path(__file__).parent.parent / "data" / "closures"


def recorded(ecosystem: str) -> dict[str, Any]:
    """The recorded facts of one ecosystem."""
    facts: dict[str, Any] = json.loads(
        gzip.decompress((FOLDER / f"{ecosystem}.json.gz").read_bytes())
    )
    return facts


@dataclass
class RecordedSystemIndex:
    """A Debian release, as far as it was asked for."""

    facts: Mapping[str, Any]

    def __post_init__(self) -> None:
        self._packages = [_system_package(one) for one in self.facts["packages"]]

    def named(self, name: str) -> tuple[SystemPackage, ...]:
        return tuple(self._packages[place] for place in self.facts["named"].get(name, ()))

    def providing(self, name: str) -> tuple[SystemPackage, ...]:
        return tuple(self._packages[place] for place in self.facts["providing"].get(name, ()))

    def required(self) -> tuple[SystemPackage, ...]:
        return tuple(
            one for one in self._packages if one.is_essential or one.priority == "required"
        )

    def completed_by(self, name: str) -> tuple[SystemPackage, ...]:
        return ()

    def alike(self, name: str) -> tuple[str, ...]:
        return ()


def _system_package(facts: Mapping[str, Any]) -> SystemPackage:
    def relations(found: list[Any]) -> tuple[Relation, ...]:
        return tuple(Relation(**one) for one in found)

    lists = {
        "depends": tuple(map(relations, facts["depends"])),
        "recommends": tuple(map(relations, facts["recommends"])),
        "provides": relations(facts["provides"]),
        "conflicts": relations(facts["conflicts"]),
        "install_if": relations(facts["install_if"]),
    }
    return SystemPackage(**{**facts, **lists})


def python_index(facts: Mapping[str, Any]) -> FakePythonIndex:
    """Projects with the files and the metadata that were recorded."""
    return FakePythonIndex(
        projects={
            name: [
                PythonFile(file, file, size, requires_python, is_yanked)
                for file, size, requires_python, is_yanked in files
            ]
            for name, files in facts["files"].items()
        },
        needs={
            name: PythonMetadata(tuple(one["requires"]), one["requires_python"])
            for name, one in facts["needs"].items()
            if one is not None
        },
    )


def npm_index(facts: Mapping[str, Any]) -> FakeNpmIndex:
    """Packages with the releases that were recorded."""
    packages = {}
    for name, package in facts["packages"].items():
        releases = {
            version: npm_release(name, version, **_as_tuples(release))
            for version, release in package["releases"].items()
        }
        packages[name] = NpmPackage(name, releases, package["tags"])
    return FakeNpmIndex(packages)


def _as_tuples(release: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in release.items()
    }
