"""For machines that watch: `/metrics`, `/healthz` and `/readyz`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from auditor.domain.errors import AuditorError
from auditor.domain.metrics import Metric
from auditor.reports.metrics import registry_metrics
from auditor.reports.service_metrics import database_metrics
from web.bounded import Bounded
from web.browse_like import Site
from web.metrics import ReadMetrics, Requests

WAIT_SECONDS = 2.0
_TEXT = "text/plain; charset=utf-8"
_SLOW = "the database does not answer"
_UNREACHABLE = "the database cannot be read; the log says why"
_log = logging.getLogger(__name__)


def blueprint(site: Site, read_metrics: ReadMetrics | None = None) -> Blueprint:
    """Return the routes; none of them is in a browser's way or in the menu.

    Without `read_metrics` the figures are those of the registries only.
    """
    pages = Blueprint("monitoring", __name__)
    requests = Requests()
    pages.before_app_request(requests.begin)
    pages.after_app_request(requests.end)
    readiness = Readiness(site.browse.why_not_ready, WAIT_SECONDS)

    def of_registries() -> tuple[Metric, ...]:
        return registry_metrics(site.browse.all_registries(), site.version)

    scrape = Scrape(read_metrics or of_registries, WAIT_SECONDS)

    @pages.get("/metrics")
    def metrics() -> Response:
        return Response(requests.render(scrape.read), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    @pages.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", content_type=_TEXT)

    @pages.get("/readyz")
    def readyz() -> Response:
        why = readiness.why_not()
        status = HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK
        return Response(f"{why or 'ok'}\n", status, content_type=_TEXT)

    return pages


class Readiness:
    """Whether requests can be answered, in words and in time."""

    def __init__(self, why_not_ready: Callable[[], str], wait_seconds: float) -> None:
        self._answer = Bounded(why_not_ready, wait_seconds)

    def why_not(self) -> str:
        """Why requests cannot be answered; empty where they can."""
        try:
            return self._answer.get()
        except TimeoutError:
            return _SLOW
        except AuditorError as error:
            _log.warning("not ready", extra={"error": str(error)})
        except Exception:  # noqa: BLE001 - what failed is in the log
            _log.exception("not ready")
        return _UNREACHABLE


class Scrape:
    """The metrics of the database, with one that says whether it answered in time."""

    def __init__(self, read: ReadMetrics, wait_seconds: float) -> None:
        self._answer = Bounded(lambda: tuple(read()), wait_seconds)

    def read(self) -> tuple[Metric, ...]:
        """What there is: without the database, that it does not answer."""
        try:
            return (*database_metrics(is_up=True), *self._answer.get())
        except TimeoutError:
            _log.warning("metrics not read", extra={"error": _SLOW})
        except AuditorError as error:
            _log.warning("metrics not read", extra={"error": str(error)})
        except Exception:  # noqa: BLE001 - what failed is in the log
            _log.exception("metrics not read")
        return database_metrics(is_up=False)
