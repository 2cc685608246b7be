from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from auditor.domain.errors import StoreError
from auditor.domain.metrics import Metric
from tests.servers.tools import require
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_views import REGISTRY
from web.pages.monitoring import Readiness, Scrape


def scraped(client: FlaskClient) -> dict[str, list[tuple[dict[str, str], float]]]:
    text = client.get("/metrics").get_data(as_text=True)
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in text_string_to_metric_families(text)
    }


def test_metrics_are_what_prometheus_reads(client: FlaskClient, browse: FakeBrowse) -> None:
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    found = scraped(client)
    stored = {labels["registry"]: value for labels, value in found["auditor_registry_stored_bytes"]}
    view = next(one for one in browse.crawls if one.registry == REGISTRY)
    assert stored[REGISTRY] == view.totals.stored_bytes
    assert found["auditor_build_info"] == [({"version": "1.2.3"}, 1)]
    assert "process_resident_memory_bytes" in found


def test_requests_are_counted_by_route_and_never_by_address(client: FlaskClient) -> None:
    client.get("/repositories?q=secret")
    client.get("/nowhere/at/all")
    client.open("/", method="BREW")
    counted = {
        (labels["route"], labels["method"], labels["status"])
        for labels, value in scraped(client)["auditor_http_requests"]
        if value and "status" in labels
    }
    assert {("/repositories", "GET", "200"), ("none", "GET", "404")} <= counted
    assert {method for _, method, _ in counted} <= {"GET", "HEAD", "POST", "none"}
    assert "secret" not in client.get("/metrics").get_data(as_text=True)


def test_processes_add_up_what_they_counted(tmp_path: Path) -> None:
    """Each of several processes answers one request; whoever is asked tells of all."""
    program = """
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_calculator import FakeCalculator
from tests.web.fake_ledger import FakeLedger
from tests.web.fake_outlook import FakeOutlook
from tests.web.fake_schedules import FakeSchedules
from web.app import create_app
app = create_app(FakeBrowse(), FakeLedger(), FakeOutlook(), FakeSchedules(), FakeCalculator(), version="1")
client = app.test_client()
client.get("/healthz")
print(client.get("/metrics").get_data(as_text=True))
"""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    counted = [
        sample.value
        for family in text_string_to_metric_families(outputs[-1])
        for sample in family.samples
        if sample.name == "auditor_http_requests_total" and sample.labels["route"] == "/healthz"
    ]
    assert counted == [2]


@pytest.mark.parametrize("error", [StoreError("gone"), ValueError("x")])
def test_without_a_database_a_scrape_says_so_and_tells_the_rest(
    client: FlaskClient, browse: FakeBrowse, error: Exception
) -> None:
    assert scraped(client)["auditor_database_up"] == [({}, 1)]
    browse.error = error
    found = scraped(client)
    assert found["auditor_database_up"] == [({}, 0)]
    assert "auditor_registry_stored_bytes" not in found
    assert "auditor_http_requests" in found


def test_a_silent_database_does_not_hold_up_a_scrape() -> None:
    answers = threading.Event()

    def wait() -> tuple[Metric, ...]:
        answers.wait(10)
        return ()

    (up,) = Scrape(wait, wait_seconds=0.01).read()
    assert (up.name, up.samples[0].value) == ("auditor_database_up", 0)
    answers.set()


def test_health_needs_no_database(client: FlaskClient, browse: FakeBrowse) -> None:
    browse.error = StoreError("gone")
    assert client.get("/healthz").get_data(as_text=True) == "ok\n"


def test_ready_says_why_not(client: FlaskClient, browse: FakeBrowse) -> None:
    assert client.get("/readyz").status_code == 200
    browse.not_ready = "the database has schema 0001, this release needs 0009"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_data(as_text=True)) == (503, f"{browse.not_ready}\n")


@pytest.mark.parametrize("error", [StoreError("cannot connect to db.internal"), ValueError("x")])
def test_ready_tells_nothing_internal(
    client: FlaskClient, browse: FakeBrowse, error: Exception
) -> None:
    browse.error = error
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "internal" not in answer.get_data(as_text=True)


def test_a_silent_database_is_asked_once_and_told_at_once() -> None:
    """A stopped PostgreSQL answers nothing; probes go on coming."""
    answers, asked = threading.Event(), []

    def wait() -> str:
        asked.append(1)
        answers.wait(10)
        return ""

    readiness = Readiness(wait, wait_seconds=0.01)
    assert readiness.why_not() == readiness.why_not() == "the database does not answer"
    assert len(asked) == 1
    answers.set()
    patient = Readiness(wait, wait_seconds=10)
    assert patient.why_not() == ""


ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy/monitoring"
NAME = re.compile(r"\bauditor_[a-z_]+")


def exposed(client: FlaskClient) -> set[str]:
    """Every name there is, those of parts of histograms too."""
    text = client.get("/metrics").get_data(as_text=True)
    return {
        name
        for family in text_string_to_metric_families(text)
        for name in (family.name, *(sample.name for sample in family.samples))
        if name.startswith("auditor_") and not name.endswith("_created")
    }


def test_dashboard_and_alert_rules_ask_for_metrics_there_are(client: FlaskClient) -> None:
    client.get("/metrics")  # whose own duration is a sample from the second time on
    names = exposed(client)
    files = [MONITORING / name for name in ("alerts.yml", "grafana-dashboard.json")]
    asked = {name for file in files for name in NAME.findall(file.read_text())}
    assert len(asked) > 8
    assert asked <= names


def test_every_metric_is_in_the_reference(client: FlaskClient) -> None:
    client.get("/metrics")
    told = set(NAME.findall((ROOT / "docs/reference/metrics.md").read_text()))
    parts = ("_bucket", "_count", "_sum")
    shown = {name for name in exposed(client) if not name.endswith(parts)}
    assert {name.removesuffix("_total") for name in told} == {
        name.removesuffix("_total") for name in shown
    }


def test_the_dashboard_is_whole() -> None:
    """Source: Grafana, "Dashboard JSON model"."""
    board = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    assert board["uid"]
    assert board["schemaVersion"] >= 36
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in board["panels"]:
        assert panel["title"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert all(target["expr"] for target in panel["targets"])


@pytest.mark.real
def test_promtool_takes_the_rules_and_the_metrics(client: FlaskClient) -> None:
    promtool = require("promtool", package="prometheus")
    for arguments in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run(
            [promtool, *arguments], cwd=MONITORING, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    text = client.get("/metrics").get_data()
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
