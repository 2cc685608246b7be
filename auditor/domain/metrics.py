"""Figures that monitoring collects, without the form in which it reads them."""

from __future__ import annotations

from dataclasses import dataclass
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
