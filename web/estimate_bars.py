"""An estimate as bars: its parts one after the other, and the same image built otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from auditor.domain.estimates import Alternative, Estimate, Interval, Part, PartKind
from auditor.domain.packages import SizedPackage
from auditor.reports.as_text.estimate import choice_change
from web.waterfall import Owner, span

MOST_PACKAGES = 40


@dataclass(frozen=True, slots=True)
class Measure:
    """A bar, and the spread of what it may turn out to be; percentages of the whole drawing.

    `spread_width` is 0 for what is known.
    """

    owner: Owner
    x: float
    width: float
    spread_x: float
    spread_width: float


@dataclass(frozen=True, slots=True)
class PartBar:
    """A part in build order. `packages` are the biggest; `further` come after them."""

    part: Part
    bar: Measure
    percent: float
    packages: tuple[SizedPackage, ...]
    further: int
    further_bytes: int


@dataclass(frozen=True, slots=True)
class ChoiceBar:
    """One way to build it; `address` leads to an estimate of it, empty where none can.

    `alternative` is None for the way that was asked about.
    """

    alternative: Alternative | None
    compressed: Interval
    change_bytes: int
    bar: Measure
    address: str = ""


def part_bars(estimate: Estimate) -> tuple[PartBar, ...]:
    """One bar per part, each beginning where the one before ends."""
    sizes = [part.compressed for part in estimate.parts]
    before = [0, *accumulate(size.estimate_bytes for size in sizes)]
    whole = max(
        (begin + size.high_bytes for begin, size in zip(before, sizes, strict=False)), default=0
    )
    return tuple(
        _part_bar(estimate, part, begin, whole)
        for part, begin in zip(estimate.parts, before, strict=False)
    )


def choice_bars(
    estimate: Estimate, address: Callable[[Alternative], str] = lambda _: ""
) -> tuple[ChoiceBar, ...]:
    """The image as asked and every alternative, the smallest first; empty without any."""
    if not estimate.alternatives:
        return ()
    ways: list[tuple[Alternative | None, Interval]] = [(None, estimate.compressed)]
    ways += [(one, one.compressed) for one in estimate.alternatives]
    whole = max(size.high_bytes for _, size in ways)
    made = [
        ChoiceBar(
            alternative=one,
            compressed=size,
            change_bytes=choice_change(estimate, one) if one else 0,
            bar=_measure(Owner.OWN, 0, size, whole),
            address=address(one) if one else "",
        )
        for one, size in ways
    ]
    return tuple(sorted(made, key=lambda bar: bar.compressed.estimate_bytes))


def unpacked_known(estimate: Estimate) -> Interval:
    """What is known of the unpacked bytes: all of them, or those of some parts."""
    if estimate.unpacked is not None:
        return estimate.unpacked
    return Interval.sum(part.unpacked for part in estimate.parts if part.unpacked is not None)


def _part_bar(estimate: Estimate, part: Part, begin: int, whole: int) -> PartBar:
    owner = Owner.BASE if part.kind is PartKind.BASE else Owner.OWN
    total = estimate.compressed.estimate_bytes
    rest = part.packages[MOST_PACKAGES:]
    return PartBar(
        part=part,
        bar=_measure(owner, begin, part.compressed, whole),
        percent=100 * part.compressed.estimate_bytes / total if total else 0.0,
        packages=part.packages[:MOST_PACKAGES],
        further=len(rest),
        further_bytes=sum(one.archive_bytes or 0 for one in rest),
    )


def _measure(owner: Owner, begin: int, size: Interval, whole: int) -> Measure:
    x, width = span(begin, size.estimate_bytes, whole) if size.estimate_bytes else (0.0, 0.0)
    if size.is_exact:
        return Measure(owner, x, width, x, 0.0)
    spread_x, spread_width = span(begin + size.low_bytes, size.high_bytes - size.low_bytes, whole)
    return Measure(owner, x, width, spread_x, spread_width)
