"""Weeks of stored bytes as a small picture: a line that steps, on no background."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import resvg_py

from auditor.domain.units import format_bytes
from auditor.domain.views import HistoryPoint

_WIDTH, _HEIGHT, _EDGE = 552, 72, 6
# Readable on white and on black: a mail does not tell a picture which of them it is on.
_LINE = "#4a8fe0"
_ZOOM = 2


def spark_png(points: Sequence[HistoryPoint], end: datetime) -> bytes:
    """A PNG of twice 552 x 72 pixels; b"" for fewer than two points, which are no line.

    Each state holds until the next. The picture begins at zero bytes, so that a small change
    looks small.
    """
    most_bytes = max((point.stored_bytes for point in points), default=0)
    if len(points) <= 1 or not most_bytes:
        return b""
    svg = _svg(_steps(points, end, most_bytes))
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=_ZOOM))


def spark_words(points: Sequence[HistoryPoint]) -> str:
    """What the picture shows, for those who do not see it."""
    if not points:
        return ""
    first, last = points[0], points[-1]
    begin = f"{format_bytes(first.stored_bytes)} on {first.at:%Y-%m-%d}"
    return f"Stored bytes: {begin}, {format_bytes(last.stored_bytes)} on {last.at:%Y-%m-%d}"


def _steps(
    points: Sequence[HistoryPoint], end: datetime, most_bytes: int
) -> list[tuple[float, float]]:
    start = points[0].at
    length = (max(end, points[-1].at) - start).total_seconds() or 1.0

    def place(at: datetime, size_bytes: int) -> tuple[float, float]:
        x = _EDGE + (_WIDTH - 2 * _EDGE) * (at - start).total_seconds() / length
        return x, _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * size_bytes / most_bytes

    found: list[tuple[float, float]] = []
    for point in points:
        here = place(point.at, point.stored_bytes)
        if found:
            found.append((here[0], found[-1][1]))
        found.append(here)
    return [*found, (place(max(end, points[-1].at), 0)[0], found[-1][1])]


def _svg(steps: Sequence[tuple[float, float]]) -> str:
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in steps)
    floor = _HEIGHT - _EDGE
    area = f"{steps[0][0]:.1f},{floor} {line} {steps[-1][0]:.1f},{floor}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<polygon points="{area}" fill="{_LINE}" fill-opacity="0.18"/>'
        f'<polyline points="{line}" fill="none" stroke="{_LINE}" stroke-width="2.5"/></svg>'
    )
