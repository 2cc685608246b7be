"""What writes comes from our own pages: every route that is not only read is walked."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.fake_pushes import FakePushes
from tests.web.fake_schedules import FakeSchedules
from web import push
from web.writing import EXEMPT, READS

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:1"},
    {},
]
OURS = [
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost"},
    {"Origin": "https://localhost"},
]


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """A client that says nothing of itself."""
    app.test_client_class = FlaskClient
    return app.test_client()


def writing_routes(app: Flask) -> list[tuple[str, str]]:
    adapter = app.url_map.bind("localhost")
    return [
        (method, adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "crawl"), method))
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in EXEMPT
        for method in sorted((rule.methods or set()) - READS)
    ]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_nobody_else_writes_anywhere(
    app: Flask, stranger: FlaskClient, scheduled: FakeSchedules, headers: dict[str, str]
) -> None:
    routes = writing_routes(app)
    assert len(routes) >= 5
    for method, address in routes:
        answer = stranger.open(address, method=method, headers=headers)
        assert answer.status_code == 403, address
    assert scheduled.asked == []


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_our_own_pages_do(
    stranger: FlaskClient, scheduled: FakeSchedules, headers: dict[str, str]
) -> None:
    answer = stranger.post("/schedules/crawl/pause", headers=headers)
    assert (answer.status_code, scheduled.asked) == (303, [("pause", "crawl")])


def test_whoever_is_refused_is_told_why(stranger: FlaskClient) -> None:
    page = stranger.post("/schedules/crawl/run")
    assert "not sent from a page of this dashboard" in page.text
    document = stranger.post("/api/v1/schedules/crawl/run").get_json()
    assert document["error"]["status"] == 403


def test_reading_needs_no_such_header(stranger: FlaskClient) -> None:
    assert stranger.get("/schedules", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_exemptions_name_routes_that_exist_with_their_reason(app: Flask) -> None:
    app.register_blueprint(push.blueprint(FakePushes()))
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(EXEMPT) <= endpoints
    assert all(EXEMPT.values())
