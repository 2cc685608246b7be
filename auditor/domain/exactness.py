"""How far a figure can be trusted, carried beside the figure everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Exactness(StrEnum):
    """What a figure is with respect to the truth in the registry."""

    EXACT = "exact"
    LOWER_BOUND = "lower_bound"
    UPPER_BOUND = "upper_bound"
    ESTIMATED = "estimated"

    @property
    def mark(self) -> str:
        """The sign that goes before a printed figure: nothing, ≥, ≤ or ~."""
        return _MARKS[self]


_MARKS = {
    Exactness.EXACT: "",
    Exactness.LOWER_BOUND: "≥ ",
    Exactness.UPPER_BOUND: "≤ ",
    Exactness.ESTIMATED: "~ ",
}


def combine(exactnesses: Iterable[Exactness]) -> Exactness:
    """Exactness of a sum of figures: EXACT for none, ESTIMATED where bounds disagree."""
    kinds = set(exactnesses) - {Exactness.EXACT}
    if not kinds:
        return Exactness.EXACT
    return kinds.pop() if len(kinds) == 1 else Exactness.ESTIMATED


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a crawl could and did see, from which exactness follows.

    `lists_untagged`: the registry can list manifests that no tag points at.
    `lists_repositories`: the whole catalogue was read, not a list given by hand.
    `incomplete_here`: something in this repository could not be read.
    `incomplete_elsewhere`: the same for another repository of its storage scope.
    """

    lists_untagged: bool
    lists_repositories: bool
    incomplete_here: bool = False
    incomplete_elsewhere: bool = False

    @property
    def of_presence(self) -> Exactness:
        """Exactness of stored and logical bytes: more may exist that nobody can list."""
        whole = self.lists_untagged and not self.incomplete_here
        return Exactness.EXACT if whole else Exactness.LOWER_BOUND

    @property
    def of_sharing(self) -> Exactness:
        """Exactness of exclusive and fair-share bytes.

        Unseen manifests elsewhere can only lower them, unseen ones here only raise them.
        """
        unseen_elsewhere = (
            not self.lists_untagged or not self.lists_repositories or self.incomplete_elsewhere
        )
        if self.of_presence is not Exactness.EXACT:
            return Exactness.ESTIMATED if unseen_elsewhere else Exactness.LOWER_BOUND
        return Exactness.UPPER_BOUND if unseen_elsewhere else Exactness.EXACT
