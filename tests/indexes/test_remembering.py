from __future__ import annotations

import threading

from auditor.domain.errors import IndexFailureError
from auditor.indexes.options import AT_ONCE
from auditor.indexes.remembering import Memory, side_by_side


def test_the_longest_unused_is_forgotten_first() -> None:
    memory = Memory[str](100)
    found: list[str] = []

    def get(name: str, size: int = 40) -> str:
        def find() -> tuple[str, int]:
            found.append(name)
            return name.upper(), size

        return memory.get(name, find)

    assert get("a") == "A"
    for name in ("b", "a", "c", "a", "b"):  # b makes room for c, then c for b
        get(name)
    assert found == ["a", "b", "c", "b"]
    assert get("huge", 1000) == "HUGE"
    get("huge")
    get("a")
    assert found == ["a", "b", "c", "b", "huge", "a"]


def test_things_are_done_a_few_at_a_time_each_once_and_failures_are_left_for_later() -> None:
    together = threading.Barrier(AT_ONCE)
    done: list[int] = []

    def do(number: int) -> None:
        done.append(number)
        together.wait(5)
        raise IndexFailureError("later")

    side_by_side(do, [1, 2, 3, 4, 1, 2])
    assert sorted(done) == [1, 2, 3, 4]
