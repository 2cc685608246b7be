"""Which packages of a lock only development leads to: a walk that ends in circles too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence


def reached(roots: Iterable[str], needs: Callable[[str], Sequence[str]]) -> frozenset[str]:
    """All that these lead to, themselves among them, each asked for once."""
    found = set(roots)
    waiting = list(found)
    while waiting:
        for one in needs(waiting.pop()):
            if one not in found:
                found.add(one)
                waiting.append(one)
    return frozenset(found)
