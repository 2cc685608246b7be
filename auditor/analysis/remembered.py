"""Functions of a text that keep their answers: the same texts come with every tag and child."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
# What an entry takes beside its text and the answer, roughly, on a 64-bit Python.
_CHARACTERS_OF_AN_ENTRY = 200


class Remembered(Generic[Answer]):
    """The answers of a pure function, those to texts of `most_characters` in all.

    `weigh` is what an answer takes beside its text, in characters. A text that is too heavy is
    answered and not kept; where there are too many, it starts anew: what is met again soon
    is soon there again, and nobody's registry fills the memory.
    """

    def __init__(
        self,
        answer: Callable[[str], Answer],
        most_characters: int,
        weigh: Callable[[str, Answer], int] = lambda text, _: len(text),
    ) -> None:
        self._answer = answer
        self._most_characters = most_characters
        self._weigh = weigh
        self._characters = 0
        self._known: dict[str, Answer] = {}

    def __call__(self, text: str) -> Answer:
        """What the function answers."""
        try:
            return self._known[text]
        except KeyError:
            pass
        answer = self._answer(text)
        weight = _CHARACTERS_OF_AN_ENTRY + len(text) + self._weigh(text, answer)
        if weight <= self._most_characters:
            if self._characters + weight > self._most_characters:
                self._known, self._characters = {}, 0
            self._known[text] = answer
            self._characters += weight
        return answer


def remembered(
    most_characters: int,
) -> Callable[[Callable[[str], Answer]], Callable[[str], Answer]]:
    """Have a function of one text remember; its answers must be as small as the text."""

    def decorate(function: Callable[[str], Answer]) -> Callable[[str], Answer]:
        known = Remembered(function, most_characters)

        @wraps(function)
        def answer(text: str) -> Answer:
            return known(text)

        return answer

    return decorate
