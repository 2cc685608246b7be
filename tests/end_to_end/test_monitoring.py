"""Health and metrics over a PostgreSQL that stops answering, and answers again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient

from auditor.settings import load_settings
from auditor.usecases.ledger import open_ledger
from auditor.usecases.metrics import metrics_reader
from auditor.usecases.open_browse import open_browse
from auditor.usecases.outlook import Outlook
from tests.web.fake_calculator import FakeCalculator
from tests.web.fake_schedules import FakeSchedules
from web.app import create_app
from web.pages import monitoring

pytestmark = pytest.mark.real


@pytest.fixture
def client(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setattr(monitoring, "WAIT_SECONDS", 0.5)
    settings = load_settings(
        config_file=None, environment={}, overrides={"database_url": postgres_url}
    ).settings
    browse, ledger = open_browse(settings), open_ledger(settings)
    outlook = Outlook.over(ledger, settings)
    read = metrics_reader(browse, ledger, settings, "1").read
    made = create_app(
        browse, ledger, outlook, FakeSchedules(), FakeCalculator(), version="1", read_metrics=read
    )
    yield made.test_client()
    browse.database.dispose()
    ledger.database.dispose()


@contextmanager
def silent(url: str) -> Iterator[None]:
    """The server stands still: its processes for this database, and the one that makes more."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        query = (
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        processes = [row[0] for row in connection.execute(query)]
    assert processes
    # The fourth field is the parent's identifier. Source: proc(5).
    status = Path(f"/proc/{processes[0]}/stat").read_text()
    processes.append(int(status.rpartition(")")[2].split()[1]))
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def is_up(client: FlaskClient) -> bool:
    return "auditor_database_up 1.0" in client.get("/metrics").get_data(as_text=True)


def test_a_paused_database_is_said_at_once_and_forgotten_when_it_answers(
    client: FlaskClient, postgres_url: str
) -> None:
    assert client.get("/readyz").status_code == 200
    assert is_up(client)
    with silent(postgres_url):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.get_data(as_text=True)) == (
            503,
            "the database does not answer\n",
        )
        assert not is_up(client)
        assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert is_up(client)
