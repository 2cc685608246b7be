from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists.yarn_berry import berry_entries

TEXT = b"""
__metadata: {version: 8}
"a@npm:^1, a@npm:^1.2":
  version: 1.2.0
  resolution: "a@npm:1.2.0"
  dependencies: {b: "npm:^1", c: "npm:^1"}
  dependenciesMeta: {c: {optional: true}}
  optionalDependencies: {d: "npm:^1"}
  conditions: (os=darwin | os=linux) & cpu=x64 & libc=glibc
"e@https://example.invalid/e.tgz":
  version: 1.0.0
  resolution: "e@https://example.invalid/e.tgz"
"""


def test_entries_have_conditions_and_optional_needs() -> None:
    first, other = berry_entries("yarn.lock", TEXT)
    assert first.keys == ("a@npm:^1", "a@npm:^1.2")
    assert first.version == "1.2.0"
    assert first.needs == [
        *(("b", "npm:^1", False), ("c", "npm:^1", True), ("d", "npm:^1", True)),
    ]
    assert (first.systems, first.architectures, first.libcs) == (
        *(("darwin", "linux"), ("x64",), ("glibc",)),
    )
    assert other.is_elsewhere


@pytest.mark.parametrize("entry", ["a@1: {}", "',': {resolution: 'a@npm:1'}", "a@1: [x]"])
def test_what_is_none_is_refused(entry: str) -> None:
    with pytest.raises(UsageError, match=r"yarn\.lock: "):
        list(berry_entries("yarn.lock", entry.encode()))
