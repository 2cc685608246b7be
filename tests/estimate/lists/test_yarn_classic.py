from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists.yarn_classic import classic_entries

TEXT = b"""# yarn lockfile v1

"@s/a@^1", "@s/a@>=1 <3":
  version "1.0.0"
  resolved "https://example.invalid/a.tgz"
  dependencies:
    "@s/b" ">=1, <2"
    c "npm:d@^1"
  optionalDependencies:
    e ""
"odd\\"name@^1":
  version "1.0.0"
f@^2.0.0:
  version "2.0.0"
  resolved "git+ssh://git@example.invalid/f.git#1"
g@https://example.invalid/g.tgz:
  version "1.0.0"
  bin:
    g "x"
"open:
"""


def test_entries_have_keys_versions_and_needs() -> None:
    first, odd, from_git, from_address = classic_entries("yarn.lock", TEXT[: TEXT.rindex(b'"open')])
    assert first.keys == ("@s/a@^1", "@s/a@>=1 <3")
    assert first.name == "@s/a"
    assert first.version == "1.0.0"
    assert first.needs == [
        ("@s/b", ">=1, <2", False),
        ("c", "npm:d@^1", False),
        ("e", "", True),
    ]
    assert odd.name == 'odd"name'
    assert from_git.is_elsewhere
    assert from_address.is_elsewhere


@pytest.mark.parametrize(
    "content, why",
    [
        (TEXT, "line 20: '\"open:' is not yarn's"),
        (b"a\n", "line 1: 'a' is not yarn's"),
        (b"a:\n", "line 1: 'a:' is not yarn's"),
        (b"  version 1\n", "line 1: 'version 1' is not yarn's"),
        (b'"\\ud8zz"@x\n', "line 1"),
        (b"a@1:\n  dependencies:\n    b\n", "line 3: 'b' is not yarn's"),
        (b"a@1:\n" * 100_001, "over 100,000 entries"),
    ],
)
def test_what_is_none_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        classic_entries("yarn.lock", content)
    assert why in caught.value.message
