"""For machines that watch: `/metrics`, `/healthz` and `/readyz`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from http import HTTPStatus

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from auditor.domain.errors import AuditorError
from auditor.domain.metrics import Metric
from auditor.reports.metrics import registry_metrics
from web.browse_like import Site
from web.metrics import Requests

WAIT_SECONDS = 2.0
_TEXT = "text/plain; charset=utf-8"
_SLOW = "the database does not answer"
_UNREACHABLE = "the database cannot be read; the log says why"
_log = logging.getLogger(__name__)


def blueprint(site: Site) -> Blueprint:
    """Return the routes; none of them is in a browser's way or in the menu."""
    pages = Blueprint("monitoring", __name__)
    requests = Requests()
    pages.before_app_request(requests.begin)
    pages.after_app_request(requests.end)
    readiness = Readiness(site.browse.why_not_ready, WAIT_SECONDS)

    def read() -> tuple[Metric, ...]:
        return registry_metrics(site.browse.all_registries(), site.version)

    @pages.get("/metrics")
    def metrics() -> Response:
        return Response(requests.render(read), content_type=CONTENT_TYPE_PLAIN_0_0_4)

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
    """Asks the database in a thread of its own, so that a silent one holds up nobody.

    While it has not answered, nobody else asks: one connection waits, not one per probe.
    The thread is a daemon: it does not keep the program from ending.
    """

    def __init__(self, why_not_ready: Callable[[], str], wait_seconds: float) -> None:
        self._why_not_ready = why_not_ready
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._asking: Future[str] | None = None

    def why_not(self) -> str:
        """Why requests cannot be answered; empty where they can."""
        with self._lock:
            if self._asking is None or self._asking.done():
                self._asking = Future()
                threading.Thread(target=self._ask, args=[self._asking], daemon=True).start()
            asking = self._asking
        try:
            return asking.result(self._wait_seconds)
        except NotInTime:
            return _SLOW

    def _ask(self, answer: Future[str]) -> None:
        try:
            answer.set_result(self._why_not_ready())
        except AuditorError as error:
            _log.warning("not ready why=%s", error)
            answer.set_result(_UNREACHABLE)
        except Exception:  # noqa: BLE001 - a probe gets words, the log the rest
            _log.exception("not ready")
            answer.set_result(_UNREACHABLE)
