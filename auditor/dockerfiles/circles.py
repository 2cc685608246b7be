"""Stages that need one another in a circle, which no builder can build."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.dockerfiles.faults import fault, quoted
from auditor.domain.build_plan import Stage


def needed_by(stage: Stage) -> Iterator[tuple[int, int]]:
    """Stages that one is built on, copies from or mounts, each with the line that says so."""
    if stage.base.stage is not None:
        yield stage.base.stage, stage.line
    yield from stage.sources


def refuse_circles(stages: Sequence[Stage]) -> None:
    """Raise UsageError where stages need one another; every need is looked at once."""
    done: set[int] = set()
    for start in range(len(stages)):
        open_ones: dict[int, Iterator[tuple[int, int]]] = {}
        if start not in done:
            open_ones[start] = needed_by(stages[start])
        while open_ones:
            number, needs = next(reversed(open_ones.items()))
            need, line = next(needs, (None, 0))
            if need is None:
                done.add(number)
                del open_ones[number]
            elif need in open_ones:
                raise _circle(stages[number], stages[need], line)
            elif need not in done:
                open_ones[need] = needed_by(stages[need])


def _circle(stage: Stage, needed: Stage, line: int) -> Exception:
    one, other = quoted(stage.label), quoted(needed.label)
    if stage is needed:
        return fault(line, f"stage {one} copies from itself", "name another stage, or use RUN cp")
    message = f"stage {one} needs {other}, which needs {one} itself"
    return fault(line, message, "take what both need into a stage above them")
