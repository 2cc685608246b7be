"""Whose a repository is: the rules that say so, and their answer."""

from __future__ import annotations

from dataclasses import dataclass

UNOWNED = ""
"""The team of what nobody owns: a team of its own, first in every list."""
UNOWNED_LABEL = "unowned"


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """Gives what it matches to `team`; each part that is empty matches everything.

    `repositories` and `registries` are patterns of which one must match, `labels` pairs of
    label key and pattern that must all match. In a pattern `*` stands for any characters
    but `/`, `**` for any at all, slashes too; everything else for itself. `source` says
    where the rule is written: `owners.rules.payments`, `owners.csv line 3`.
    """

    team: str
    repositories: tuple[str, ...] = ()
    registries: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """A team, or `UNOWNED`, and in words what made it the owner."""

    team: str
    because: str

    @property
    def label(self) -> str:
        """The team as people read it."""
        return self.team or UNOWNED_LABEL
