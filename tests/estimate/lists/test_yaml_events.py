from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists import yaml_events
from auditor.estimate.lists.yaml_events import yaml_of


def test_everything_is_text() -> None:
    text = b"a: 1.10\nb: [yes, 2020-01-01, '', ~]\nc: {d: 0x10}\n? e\n: 1_0\n"
    assert yaml_of("f.yaml", text) == {
        "a": "1.10",
        "b": ["yes", "2020-01-01", "", "~"],
        "c": {"d": "0x10"},
        "e": "1_0",
    }


@pytest.mark.parametrize(
    "content, why",
    [
        (b"a: &a [x]\nb: *a\n", "line 1: an anchor or a tag"),
        (b"a: *b\n", "line 1: an alias"),
        (b"\na: !!int 7\n", "line 2: an anchor or a tag"),
        (b"a: !!python/object/apply:os.system ['x']\n", "line 1: an anchor or a tag"),
        (b"a: " + b"[" * 65, "line 1: it is nested too deep"),
        (b"a: 1\na: 2\n", "line 2: the key 'a' is no text or stands twice"),
        (b"[a]: 1\n", "line 1: the key"),
        (b"{a: 1}: 1\n", "line 1: the key"),
        (b"a: b: c\n", "it is no YAML"),
        (b"a: \x01\n", "it is no YAML"),
        (b"a\n", "the document is not what it should be"),
        (b"", "the document is not what it should be"),
    ],
)
def test_what_lock_files_have_not_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        yaml_of("f.yaml", content)
    assert why in caught.value.message


def test_too_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_events, "MOST_EVENTS", 10)
    with pytest.raises(UsageError, match="too many entries"):
        yaml_of("f.yaml", b"[a, a, a, a, a, a, a, a, a, a]")
