"""Answers that are kept are the same answers, and take no more memory than they may."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.remembered import Remembered, remembered


def lengths(most_characters: int) -> tuple[Remembered[list[str]], list[str]]:
    asked: list[str] = []

    def answer(text: str) -> list[str]:
        asked.append(text)
        return [text]

    return Remembered(answer, most_characters), asked


def test_the_same_text_is_answered_once() -> None:
    known, asked = lengths(10_000)
    assert known("a") is known("a")
    assert asked == ["a"]


def test_a_text_that_is_too_long_is_answered_and_not_kept() -> None:
    known, asked = lengths(1_000)
    first = known("a")
    assert known("b" * 1_000) == ["b" * 1_000]
    assert known("b" * 1_000) == ["b" * 1_000]
    assert known("a") is first
    assert len(asked) == 3


@given(st.lists(st.text(max_size=40), max_size=60))
def test_however_much_is_asked_answers_are_right_and_memory_is_bounded(texts: list[str]) -> None:
    known, _ = lengths(1_000)
    for text in texts:
        assert known(text) == [text]
        assert len(known._known) <= 1_000 // 200


def test_a_function_that_remembers_is_called_as_before() -> None:
    @remembered(1_000)
    def doubled(text: str) -> str:
        """Twice."""
        return text * 2

    assert doubled("ab") == doubled("ab") == "abab"
    assert doubled.__doc__ == "Twice."
