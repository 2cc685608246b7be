from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from auditor.domain.errors import StoreError
from tests.reports.base_samples import base_row
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_views import REGISTRY
from web.security import CONTENT_SECURITY_POLICY, HEADERS

ADDRESSES = {
    "alerts.page": "/alerts",
    "anomalies.page": "/anomalies",
    "budgets.page": "/budgets",
    "changes.page": f"/changes?registry={REGISTRY}&from=2026-02-01",
    "reconcile.page": f"/reconcile?registry={REGISTRY}&invoice=412.80&currency=USD",
    "findings.page": "/findings",
    "findings.csv": "/findings.csv",
    "costs.page": "/costs",
    "costs.csv": "/costs.csv",
    "overview.page": "/",
    "repositories.page": "/repositories",
    "repositories.csv": "/repositories.csv",
    "repository.page": f"/repository?registry={REGISTRY}&name=payments/api",
    "image.page": f"/image?registry={REGISTRY}&name=payments/api&ref=1.4",
    "calculator.page": "/calculator?base=python:3.12-slim&pip=flask&tags=12",
    "calculator.csv": "/calculator.csv?base=python:3.12-slim",
    "api_estimate.estimate": "/api/v1/estimate?base=python:3.12-slim",
    "api_alerts.alerts": "/api/v1/alerts",
    "bases.page": "/bases",
    "bases.csv": "/bases.csv",
    "bases.plan": f"/bases/{base_row().chain.encoded}",
    "bases.plan_csv": f"/bases/{base_row().chain.encoded}.csv",
    "api_bases.bases": "/api/v1/bases",
    "api_bases.plan": f"/api/v1/bases/{base_row().chain.encoded}",
    "compare.page": f"/compare?from={REGISTRY}/payments/api:1.4&to={REGISTRY}/payments/api:1.5",
    "compare.download": f"/compare.csv?from={REGISTRY}/payments/api:1&to={REGISTRY}/payments/api:2",
    "api_diff.diff": f"/api/v1/diff?from={REGISTRY}/payments/api:1&to={REGISTRY}/payments/api:2",
    "api_anomalies.anomalies": "/api/v1/anomalies",
    "api_budgets.budgets": "/api/v1/budgets",
    "api_reconcile.reconcile": f"/api/v1/reconcile?registry={REGISTRY}&billed=1TB",
    "api_findings.findings": "/api/v1/findings",
    "api_changes.changes": "/api/v1/changes?from=2026-02-01",
    "api_rank.rank": "/api/v1/rank",
    "api_costs.costs": "/api/v1/costs",
    "api_costs.usage": "/api/v1/usage",
    "api_registries.registries": "/api/v1/registries",
    "api_registries.crawls": "/api/v1/crawls",
    "api_registries.prices": "/api/v1/prices",
    "api_openapi.openapi": "/api/v1/openapi.json",
    "crawls.page": "/crawls",
    "api.page": "/api",
    "api_show.show": "/api/v1/show?reference=payments/api:1.4",
    "schedules.page": "/schedules",
    "api_schedules.schedules": "/api/v1/schedules",
    "unsubscribe.page": "/unsubscribe?token=good",
    "monitoring.metrics": "/metrics",
    "monitoring.healthz": "/healthz",
    "monitoring.readyz": "/readyz",
    "static": "/static/app.css",
}
# What is sent to; tests/web/test_writing.py walks them.
_TAKES_POSTS = {
    *("reconcile.send", "schedules.run", "schedules.pause", "schedules.resume"),
    *("api_schedules.run", "unsubscribe.leave", "calculator.send", "api_estimate.estimate_files"),
}
PAGES = [address for name, address in ADDRESSES.items() if name.endswith(".page")]


def _assert_headers(response: TestResponse) -> None:
    for name, value in HEADERS.items():
        assert response.headers[name] == value


def test_every_route_is_walked(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == {*ADDRESSES, *_TAKES_POSTS}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_every_route_answers_with_every_header(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200
    _assert_headers(response)


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_failures_have_every_header(client: FlaskClient, browse: FakeBrowse, address: str) -> None:
    _assert_headers(client.post(address))
    for error in (StoreError("the database is locked"), RuntimeError("secret")):
        browse.error = error
        _assert_headers(client.get(address))


@pytest.mark.parametrize("address", ["/nothing", "/static/nothing.js", "/static/../app.py"])
def test_what_does_not_exist_has_every_header(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    _assert_headers(response)


def test_only_those_known_take_more_than_get(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        takes = {"POST"} if rule.endpoint in _TAKES_POSTS else {"GET", "HEAD"}
        assert rule.methods == {*takes, "OPTIONS"}


def test_no_route_sets_a_cookie(client: FlaskClient) -> None:
    for address in ADDRESSES.values():
        assert "Set-Cookie" not in client.get(address).headers


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example"])
@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_no_route_redirects(client: FlaskClient, address: str, target: str) -> None:
    joint = "&" if "?" in address else "?"
    response = client.get(f"{address}{joint}next={target}&url={target}")
    # The API knows its parameters, and refuses others.
    assert response.status_code == (400 if address.startswith("/api/") else 200)
    assert "Location" not in response.headers


def test_the_policy_allows_nothing_inline_and_no_other_host() -> None:
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none';")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("address", [*PAGES, "/repositories?sort=bad", "/nothing"])
def test_pages_hold_no_inline_script_or_style(client: FlaskClient, address: str) -> None:
    html = client.get(address).text
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"<style|<[^>]*\s(?:style|on\w+)=", html)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient) -> None:
    for address in PAGES:
        first = client.get(address)
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        _assert_headers(again)


def test_static_files_are_kept_under_their_version_only(client: FlaskClient) -> None:
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/").text):
        assert "immutable" in client.get(address).headers["Cache-Control"]
        bare = address.partition("?")[0]
        assert client.get(bare).headers["Cache-Control"] == "no-cache"
        assert client.get(f"{bare}?v=old").headers["Cache-Control"] == "no-cache"
