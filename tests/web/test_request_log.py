from __future__ import annotations

import logging

import pytest
from flask.testing import FlaskClient

from tests.web.fake_browse import FakeBrowse


def test_every_answer_has_an_identifier_and_no_two_the_same(client: FlaskClient) -> None:
    found = {client.get("/budgets").headers["X-Request-ID"] for _ in range(5)}
    assert len(found) == 5


def test_a_proxys_identifier_is_kept_and_a_hostile_one_is_not(client: FlaskClient) -> None:
    kept = client.get("/budgets", headers={"X-Request-ID": "abc-1.2"})
    assert kept.headers["X-Request-ID"] == "abc-1.2"
    for hostile in ("a b", "<script>", "x" * 65, "é"):
        answer = client.get("/budgets", headers={"X-Request-ID": hostile})
        assert answer.headers["X-Request-ID"] != hostile


def test_requests_are_logged_with_route_and_status_and_without_their_parameters(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get("/repositories?q=private")
        client.get("/nowhere")
        client.get("/healthz")
    told = [
        (one.levelname, vars(one)["path"], vars(one)["route"], vars(one)["status"])
        for one in caplog.records
        if one.name == "web.request_log"
    ]
    assert told == [
        ("INFO", "/repositories", "/repositories", 200),
        ("INFO", "/nowhere", None, 404),
        ("DEBUG", "/healthz", "/healthz", 200),
    ]
    assert all("private" not in str(vars(one)) for one in caplog.records)


def test_a_failing_probe_is_no_routine(
    client: FlaskClient, browse: FakeBrowse, caplog: pytest.LogCaptureFixture
) -> None:
    browse.not_ready = "the schema is old"
    with caplog.at_level(logging.INFO):
        client.get("/readyz")
    assert [vars(one)["status"] for one in caplog.records if one.name == "web.request_log"] == [503]
