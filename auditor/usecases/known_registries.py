"""What to say of a registry that no figure can be given for."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.domain.errors import UnknownReferenceError
from auditor.store.counted import list_reference_names
from auditor.store.engine import Connection

_CANDIDATES = 5


def not_counted(
    connection: Connection, name: str, counted: Sequence[str], next_step: str = ""
) -> UnknownReferenceError:
    """The error for a registry that is not among those `counted`.

    It is a reference, or was never crawled; `next_step` is for the latter, the counted ones
    where empty.
    """
    if name in list_reference_names(connection):
        return UnknownReferenceError(
            f"{name} is a reference: its images serve as bases, and it is not counted",
            next_step="ask for one of its images with `auditor show`, or take "
            "`reference` out of its settings and crawl it",
            candidates=tuple(counted),
        )
    known = f"known are: {', '.join(counted[:_CANDIDATES])}" if counted else ""
    return UnknownReferenceError(
        f"the registry {name} was never crawled",
        next_step=next_step or known or "run `auditor audit` first",
        candidates=tuple(counted),
    )


def only_of(names: tuple[str, ...]) -> str:
    """The only registry there is; raises UnknownReferenceError where there are others or none."""
    if len(names) == 1:
        return names[0]
    step = f"say which: {', '.join(names[:_CANDIDATES])}" if names else "run `auditor audit` first"
    raise UnknownReferenceError(
        f"there are {len(names)} registries" if names else "nothing was crawled yet",
        next_step=step,
        candidates=names,
    )
