"""The base as a part of an estimate."""

from __future__ import annotations

from auditor.domain.estimates import BaseUsed, Interval, Part, PartKind

# Compressed to unpacked: 0.36 to 0.37 of four official images of 2026; of 941 of 2018, eight of
# ten lay from 0.34 to 0.68, those on Debian from 0.36 to 0.49 (this project's measurements, decision 35).
_RATIO, _LEAST_RATIO, _MOST_RATIO = 0.37, 0.33, 0.49


def base_part(base: BaseUsed) -> Part:
    """The base's bytes: compressed as it is stored, unpacked by what is usual."""
    unpacked = Interval(
        round(base.size.estimate_bytes / _RATIO),
        round(base.size.low_bytes / _MOST_RATIO),
        round(base.size.high_bytes / _LEAST_RATIO),
    )
    return Part(PartKind.BASE, base.name, base.size, unpacked, (), _explanation(base))


def _explanation(base: BaseUsed) -> str:
    if base.stand_in:
        return f"Not known itself; {base.stand_in} stands in, give or take a fifth."
    dated = f", as of {base.as_of}" if base.as_of else ""
    if base.layers:
        count = len(base.layers)
        layers = "1 layer" if count == 1 else f"{count} layers"
        return f"{layers}, {base.source}{dated}."
    return f"{base.source}{dated}."
