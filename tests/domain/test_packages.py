from __future__ import annotations

from auditor.domain.packages import Closure, Ecosystem, SizedPackage, sum_known


def test_archives_of_unknown_size_are_named_and_count_nothing() -> None:
    closure = Closure(
        Ecosystem.PIP,
        (SizedPackage("a", "1", 100), SizedPackage("b", "1", None), SizedPackage("c", "2", 11)),
    )
    assert closure.archive_bytes == 111
    assert closure.unsized == ("b",)


def test_nothing_known_is_nothing() -> None:
    assert sum_known([]) == 0
    assert sum_known([None, 4, None]) == 4
