"""What an image will weigh as tables: its parts, then the same built otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.domain.estimates import (
    Alternative,
    Choice,
    Estimate,
    Interval,
    MonthlyCost,
    Part,
    PartKind,
    PullTimes,
)
from auditor.domain.packages import SizedPackage
from auditor.domain.units import format_bytes
from auditor.reports.phrases import growth_text, money_text
from auditor.reports.safe_text import visible
from auditor.reports.table import Align, Column, Cut, Table

KIND_NAMES = {
    PartKind.BASE: "base image",
    PartKind.APT: "Debian packages",
    PartKind.APK: "Alpine packages",
    PartKind.PIP: "Python packages",
    PartKind.NPM: "npm packages",
    PartKind.CACHE: "cache",
    PartKind.FILES: "files",
    PartKind.DOWNLOAD: "download",
    PartKind.UNKNOWN: "unknown",
}
CHOICE_NAMES = {
    Choice.BASE: "another base",
    Choice.PRODUCTION: "without development dependencies",
    Choice.DEVELOPMENT: "with development dependencies",
    Choice.RECOMMENDS: "recommended packages",
    Choice.CACHES: "caches of package managers",
    Choice.ZSTD: "zstd",
    Choice.BYTE_CODE: "without byte code",
    Choice.ONE_STAGE: "everything in one stage",
    Choice.STAGE: "a stage as the image",
}
_NAMED_PACKAGES = 3
_PART_COLUMNS = (
    Column("part"),
    Column("size", Align.RIGHT),
    Column("from", Align.RIGHT, drop_order=2),
    Column("to", Align.RIGHT, drop_order=2),
    Column("share", Align.RIGHT, drop_order=3),
    Column("what", cut=Cut.END, least_width=20, drop_order=1),
)
_CHOICE_COLUMNS = (
    Column("otherwise"),
    Column("size", Align.RIGHT),
    Column("change", Align.RIGHT),
    Column("mind", cut=Cut.END, least_width=24, drop_order=1),
)


def estimate_tables(estimate: Estimate) -> tuple[Table, ...]:
    """The image part by part, then what it would weigh built otherwise, smallest first."""
    tables = [_parts(estimate)]
    if estimate.alternatives:
        tables.append(_choices(estimate))
    return tuple(tables)


def interval_text(interval: Interval, *, is_lower_bound: bool = False) -> str:
    """`≈ 60.1 MB (55.2 MB to 66 MB)`, or the size alone where it is known."""
    mark = "≥ " if is_lower_bound else ""
    if interval.is_exact:
        return f"{mark}{format_bytes(interval.estimate_bytes)}"
    low, high = format_bytes(interval.low_bytes), format_bytes(interval.high_bytes)
    return f"{mark or '≈ '}{format_bytes(interval.estimate_bytes)} ({low} to {high})"


def seconds_text(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`."""
    if seconds < 10:  # noqa: PLR2004 - below it, tenths are worth telling
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def base_words(estimate: Estimate) -> str:
    """Which base, of when, known from where, and how much of it the registry holds."""
    base = estimate.base
    if base is None:
        return "none (scratch)"
    dated = f" of {base.as_of}" if base.as_of else ""
    name = f"{visible(base.name)}{dated}, {visible(base.source)}"
    if base.stand_in:
        name += f"; not known itself, {visible(base.stand_in)} stands in"
    return name


def marginal_words(estimate: Estimate) -> str:
    """What the registry would hold more."""
    more = interval_text(estimate.marginal, is_lower_bound=estimate.is_lower_bound)
    if not estimate.registry:
        return f"{more}: no registry is known to hold any of it"
    held = estimate.base.held_bytes if estimate.base else 0
    have = f"it has {format_bytes(held)} of the base" if held else "it has nothing of the base"
    return f"{more} in {visible(estimate.registry)}: {have}"


def packages_words(part: Part) -> str:
    """The biggest packages of a part, and how many there are."""
    if not part.packages:
        return visible(part.explanation)
    named = ", ".join(_package(one) for one in part.packages[:_NAMED_PACKAGES])
    more = len(part.packages) - _NAMED_PACKAGES
    return f"{named} and {more:,} more" if more > 0 else named


def unpacked_words(estimate: Estimate) -> str:
    """What it takes on a node's disk; of what is known of it where a part's is unknown."""
    if estimate.unpacked is not None:
        return interval_text(estimate.unpacked)
    known = [part.unpacked for part in estimate.parts if part.unpacked is not None]
    return interval_text(Interval.sum(known), is_lower_bound=True)


def _in_use(cost: MonthlyCost) -> Iterator[tuple[str, str]]:
    """What growth and pulls come to, where there are any."""
    if cost.in_a_year != cost.estimate:
        yield "in a year", f"{money_text(cost.in_a_year, cost.currency)} a month"
    if cost.transfer_bytes:
        yield "pulls download", f"{format_bytes(cost.transfer_bytes)} a month, not charged here"


def times_words(times: PullTimes) -> str:
    """How long a node that has nothing needs, and how much of that is the link."""
    link = seconds_text(times.download_seconds)
    return f"{seconds_text(times.cold_start_seconds)}, {link} of it the link"


def choice_change(estimate: Estimate, one: Alternative) -> int:
    """Bytes more than as asked for, below zero for less."""
    return one.compressed.estimate_bytes - estimate.compressed.estimate_bytes


def _package(package: SizedPackage) -> str:
    size = "?" if package.archive_bytes is None else format_bytes(package.archive_bytes)
    return f"{visible(package.name)} {size}"


def _parts(estimate: Estimate) -> Table:
    whole = interval_text(estimate.compressed, is_lower_bound=estimate.is_lower_bound)
    cost = estimate.cost
    money = money_text(cost.estimate, cost.currency)
    return Table(
        title=f"The image will have {whole}",
        facts=(
            ("base", base_words(estimate)),
            ("platform", visible(str(estimate.platform))),
            ("unpacked", unpacked_words(estimate)),
            ("the registry grows by", marginal_words(estimate)),
            (
                "a cold pull",
                times_words(estimate.times),
            ),
            ("a month costs", f"{money} ({visible(cost.formula)}; {visible(cost.price_note)})"),
            *_in_use(cost),
        ),
        columns=_PART_COLUMNS,
        rows=tuple(_part_cells(estimate, part) for part in estimate.parts),
        totals=(
            "the image",
            format_bytes(estimate.compressed.estimate_bytes),
            format_bytes(estimate.compressed.low_bytes),
            format_bytes(estimate.compressed.high_bytes),
            "100 %",
            "four times in five the built image lies between the two",
        ),
        notes=tuple(visible(note) for note in estimate.notes),
    )


def _part_cells(estimate: Estimate, part: Part) -> tuple[str, ...]:
    whole = estimate.compressed.estimate_bytes
    share = 100 * part.compressed.estimate_bytes / whole if whole else 0.0
    return (
        f"{KIND_NAMES[part.kind]}: {visible(part.name)}" if part.name else KIND_NAMES[part.kind],
        format_bytes(part.compressed.estimate_bytes),
        format_bytes(part.compressed.low_bytes),
        format_bytes(part.compressed.high_bytes),
        f"{share:.0f} %",
        packages_words(part),
    )


def _choices(estimate: Estimate) -> Table:
    ordered = sorted(estimate.alternatives, key=lambda one: one.compressed.estimate_bytes)
    return Table(
        title="The same, built otherwise",
        columns=_CHOICE_COLUMNS,
        rows=tuple(
            (
                visible(one.name),
                format_bytes(one.compressed.estimate_bytes),
                growth_text(choice_change(estimate, one)),
                " ".join(visible(caveat) for caveat in one.caveats),
            )
            for one in ordered
        ),
    )
