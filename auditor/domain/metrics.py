"""Figures that monitoring collects, without the form in which it reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Labels = tuple[tuple[str, str], ...]


class MetricKind(StrEnum):
    """What a value does over time. Source: Prometheus, "Metric types"."""

    GAUGE = "gauge"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a metric; labels in the order of their names' first use."""

    value: float
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with its values, in base units (bytes, seconds).

    Source of the rules for names: Prometheus, "Metric and label naming". A counter's name
    is without `_total`.
    """

    name: str
    help: str
    samples: tuple[Sample, ...]
    kind: MetricKind = MetricKind.GAUGE


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """The open findings of one rule, added up over repositories."""

    rule: str
    findings: int
    pull_saving_bytes: int
    stored_saving_bytes: int


@dataclass(frozen=True, slots=True)
class RunFigures:
    """How many runs of one kind are in one state, and when the last of them ended."""

    kind: str
    state: str
    runs: int
    ended_at: datetime | None
