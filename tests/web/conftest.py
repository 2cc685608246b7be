"""The dashboard over a fake database: a client without sockets, and a served one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from waitress import wasyncore
from waitress.server import create_server
from werkzeug.test import TestResponse

from tests.reports.metric_samples import every_metric
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_calculator import FakeCalculator
from tests.web.fake_ledger import FakeLedger
from tests.web.fake_outlook import FakeOutlook
from tests.web.fake_schedules import FakeSchedules
from tests.web.fake_unsubscribing import FakeUnsubscribing
from tests.web.fake_views import NOW
from web.app import create_app


class ReadingClient(FlaskClient):
    """Reads every answer to its end, so that static files are closed; sends as our pages do."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        self.environ_base.setdefault("HTTP_SEC_FETCH_SITE", "same-origin")
        return super().open(*args, buffered=True, **kwargs)


@pytest.fixture
def browse() -> FakeBrowse:
    return FakeBrowse()


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def outlook() -> FakeOutlook:
    return FakeOutlook()


@pytest.fixture
def scheduled() -> FakeSchedules:
    return FakeSchedules()


@pytest.fixture
def calculator() -> FakeCalculator:
    return FakeCalculator()


@pytest.fixture
def unsubscribing() -> FakeUnsubscribing:
    return FakeUnsubscribing()


@pytest.fixture
def app(
    browse: FakeBrowse,
    ledger: FakeLedger,
    outlook: FakeOutlook,
    scheduled: FakeSchedules,
    calculator: FakeCalculator,
    unsubscribing: FakeUnsubscribing,
) -> Flask:
    application = create_app(
        browse,
        ledger,
        outlook,
        scheduled,
        calculator,
        version="1.2.3",
        now=lambda: NOW,
        unsubscribing=unsubscribing,
        read_metrics=lambda: every_metric(browse.all_registries()),
    )
    application.test_client_class = ReadingClient
    return application


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a served dashboard, without the last slash."""
    application = create_app(
        FakeBrowse(),
        FakeLedger(),
        FakeOutlook(),
        FakeSchedules(),
        FakeCalculator(),
        version="1.2.3",
        now=lambda: NOW,
        unsubscribing=FakeUnsubscribing(),
    )
    open_sockets: dict[int, object] = {}
    server = create_server(application, map=open_sockets, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server.close()
    thread.join(timeout=10)
    wasyncore.close_all(open_sockets, ignore_all=True)
