"""What leads to what in a lock file of npm's world: walks that end in circles too."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Edge = tuple[str, bool]
"""What is needed, and whether it is optional."""


def reached(roots: Iterable[Edge], needs: Callable[[str], Iterable[Edge]]) -> dict[str, bool]:
    """All that these lead to, and whether only optional dependencies lead there.

    What is needed for certain is walked first, so everything is asked for twice at most.
    """
    found: dict[str, bool] = {}
    first = list(roots)
    waiting = [key for key, is_optional in first if not is_optional]
    optional = [key for key, is_optional in first if is_optional]
    for queue, is_optional in ((waiting, False), (optional, True)):
        while queue:
            key = queue.pop()
            if key in found:
                continue
            found[key] = is_optional
            for one, is_edge_optional in needs(key):
                (optional if is_edge_optional else queue).append(one)
    return found
