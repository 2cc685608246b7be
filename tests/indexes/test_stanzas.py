from __future__ import annotations

import pytest

from auditor.domain.package_facts import SystemPackage
from auditor.indexes import stanzas
from auditor.indexes.debian import DEBIAN
from auditor.indexes.stanzas import Stanzas, size_in


def stanza(name: str, version: int, more: str = "") -> str:
    return f"Package: {name}\nVersion: {version}\nSize: 1\n{more}\n"


def versions(found: object) -> list[str]:
    return [one.version for one in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text, unit, size",
    [
        ("7", 1, 7),
        ("7", 1024, 7168),
        (str(2**40), 1, 2**40),
        (str(2**40), 2, None),
        ("", 1, None),
        ("-1", 1, None),
        ("1.5", 1, None),
        ("1" * 17, 1, None),
    ],
)
def test_a_size_is_a_number_within_reason(text: str, unit: int, size: int | None) -> None:
    assert size_in(text, unit) == size


def test_of_one_name_and_of_what_is_provided_so_many_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stanzas, "_MOST_OF_ONE_NAME", 3)
    monkeypatch.setattr(stanzas, "_MOST_PROVIDED", 2)
    content = "".join(stanza("a", n, "Provides: p, p, q\n") for n in range(9))
    content += stanza("b", 1, "Provides: r\n") + stanza("c", 1, "Provides: s\n")
    file = Stanzas(content.encode(), DEBIAN)
    assert versions(file.named("a")) == versions(file.providing("p")) == ["0", "1", "2"]
    assert list(file.providing("s")) == []


def test_an_endless_stanza_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stanzas, "_LONGEST_STANZA", 100)
    file = Stanzas((stanza("a", 1, "X: " + "y" * 100 + "\n") + stanza("b", 1)).encode(), DEBIAN)
    assert list(file.named("a")) == []
    found: list[SystemPackage] = list(file.named("b"))
    assert versions(found) == ["1"]


def test_a_file_is_not_taken_apart_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    form = stanzas.Form(
        DEBIAN.name, DEBIAN.provides, DEBIAN.provided, DEBIAN.required, parsed.append
    )
    file = Stanzas("".join(stanza(f"p{n}", 1) for n in range(100)).encode(), form)
    assert list(file.named("p7")) == []
    assert len(parsed) == 1
