"""What monitoring reads: the registries' figures, and how requests are answered.

Where several processes answer (`auditor serve --workers`), their counts are added up
through files in the folder that PROMETHEUS_MULTIPROC_DIR names.
Source: prometheus_client, "Multiprocess Mode (E.g. Gunicorn)".
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator

from flask import Response, g, request
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from auditor.domain.metrics import Metric, MetricKind

_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_NO_ROUTE = "none"
_FAMILIES = {MetricKind.GAUGE: GaugeMetricFamily, MetricKind.COUNTER: CounterMetricFamily}
ReadMetrics = Callable[[], Iterable[Metric]]


class _Read(Collector):
    """Metrics that are read when they are asked for."""

    def __init__(self, read: ReadMetrics) -> None:
        self._read = read

    def collect(self) -> Iterator[Family]:
        for metric in self._read():
            names = list(dict(metric.samples[0].labels)) if metric.samples else []
            family = _FAMILIES[metric.kind](metric.name, metric.help, labels=names)
            for sample in metric.samples:
                family.add_metric([value for _, value in sample.labels], sample.value)
            yield family


class Requests:
    """Counts and times the requests an application answers, by route and not by address."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._count = Counter(
            "auditor_http_requests",
            "Requests that were answered, by route, method and status.",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "auditor_http_request_duration_seconds",
            "How long answers took, by route and method.",
            ["route", "method"],
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)

    def begin(self) -> None:
        """Before a request is answered."""
        g.began = time.perf_counter()

    def end(self, response: Response) -> Response:
        """After it was answered."""
        route = request.url_rule.rule if request.url_rule else _NO_ROUTE
        # Others than these come from scanners, in any number.
        method = request.method if request.method in ("GET", "HEAD", "POST") else _NO_ROUTE
        self._count.labels(route, method, str(response.status_code)).inc()
        self._seconds.labels(route, method).observe(time.perf_counter() - g.began)
        return response

    def render(self, read: ReadMetrics) -> bytes:
        """Everything in Prometheus' text format 0.0.4: the same metrics in the same order."""
        registry = CollectorRegistry()
        if os.environ.get(_MULTIPROCESS):
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        counted = b"" if os.environ.get(_MULTIPROCESS) else generate_latest(self._registry)
        registry.register(_Read(read))
        return generate_latest(registry) + counted
