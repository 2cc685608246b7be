"""The dashboard as a process: it announces itself, answers, and ends when told to."""

from __future__ import annotations

import http.client
import json
import signal
import urllib.request
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.complaints import GOOD, assert_one_clear_line, audit
from tests.end_to_end.program import Auditor
from tests.end_to_end.rogue_registry import RogueRegistry

pytestmark = pytest.mark.real


def test_ctrl_c_ends_the_dashboard_cleanly(auditor: Auditor, rogue: RogueRegistry) -> None:
    audit(auditor, rogue.address)
    with auditor.serving("serve", "--port", "0") as server:
        place = urlsplit(server.address).netloc
        assert place.startswith("127.0.0.1:")
        kept_open = http.client.HTTPConnection(place, timeout=30)
        kept_open.request("GET", "/repositories")
        page = kept_open.getresponse()
        assert (page.status, page.headers["Server"]) == (200, None)
        assert GOOD.encode() in page.read()
        finished = server.stop(signal.SIGINT)
        kept_open.close()
    assert finished.code == 0, finished.err
    assert "Traceback" not in finished.err
    assert finished.out == ""
    assert finished.error_lines[0].startswith("serving on ")
    assert set(finished.error_lines[1:]) <= {"stopped"}


def test_ctrl_c_before_anybody_came_is_as_clean(auditor: Auditor) -> None:
    with auditor.serving("serve", "--port", "0", "--quiet") as server:
        finished = server.stop(signal.SIGINT)
    assert (finished.code, finished.out) == (0, "")
    assert len(finished.error_lines) == 1


def status_of(address: str, host: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request("GET", "/api/v1/registries", headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


def test_on_loopback_it_answers_to_no_name_of_somebody_else_s(auditor: Auditor) -> None:
    ours = replace(auditor, settings={"AUDITOR_WEB__URL": "https://auditor.example.org/audit"})
    with ours.serving("serve", "--port", "0") as server:
        assert status_of(server.address, "evil.example") == 421
        assert status_of(server.address, "auditor.example.org") == 200
        assert status_of(server.address, "localhost:9") == 200
    with ours.serving("serve", "--port", "0", "--host", "0.0.0.0") as server:
        address = server.address.replace("0.0.0.0", "127.0.0.1")
        assert status_of(address, "auditor-web:8080") == 200


def test_a_port_in_use_is_one_clear_line(auditor: Auditor) -> None:
    with auditor.serving("serve", "--port", "0") as server:
        port = str(urlsplit(server.address).port)
        finished = auditor.run("serve", "--port", port)
        assert_one_clear_line(finished, code=2, naming=port, advice="--port")
        finished = auditor.run("serve", AUDITOR_WEB__PORT=port)
        assert_one_clear_line(finished, code=2, naming=port, advice="--port")


def test_the_dashboard_answers_what_the_command_line_says(
    auditor: Auditor, rogue: RogueRegistry
) -> None:
    audit(auditor, rogue.address)
    with auditor.serving("serve", "--port", "0", "--host", "localhost") as server:
        with urllib.request.urlopen(f"{server.address}api/v1/rank", timeout=30) as answer:
            found = json.load(answer)
        server.stop(signal.SIGINT)
    expected = auditor.json("rank")
    assert {key: found[key] for key in expected} == expected
    assert [row["repository"] for row in found["repositories"]] == [GOOD]
