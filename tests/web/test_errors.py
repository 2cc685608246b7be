from __future__ import annotations

import logging

import pytest
from flask.testing import FlaskClient

from auditor.domain.errors import StoreError
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_views import REGISTRY, SCRIPT


def test_an_unexpected_failure_is_calm_and_leaks_nothing(
    client: FlaskClient, browse: FakeBrowse, caplog: pytest.LogCaptureFixture
) -> None:
    browse.error = RuntimeError("password=hunter2 in /srv/app.py")
    with caplog.at_level(logging.ERROR):
        response = client.get("/")
    assert response.status_code == 500
    assert "no data were lost" in response.text
    for leak in ("hunter2", "app.py", "Traceback", "RuntimeError"):
        assert leak not in response.text
    incident = next(vars(one)["incident"] for one in caplog.records if "incident" in vars(one))
    assert incident in response.text


def test_an_unreadable_database_says_what_to_do(client: FlaskClient, browse: FakeBrowse) -> None:
    browse.error = StoreError("the database is older than the program", next_step="run it")
    response = client.get("/repositories")
    assert response.status_code == 503
    assert "The database is older than the program." in response.text
    assert "Run it." in response.text


def test_an_unreadable_database_without_advice_says_to_try_again(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    browse.error = StoreError("the database is locked")
    assert "Try again in a moment." in client.get("/").text


def test_an_unknown_repository_names_near_ones(client: FlaskClient) -> None:
    response = client.get(f"/repository?registry={REGISTRY}&name=payments/apo")
    assert response.status_code == 404
    assert f'href="/repository?registry={REGISTRY}&amp;name=payments/api"' in response.text
    assert (
        f'href="/image?registry={REGISTRY}&amp;name=payments/worker&amp;ref=1.4"' in response.text
    )
    assert SCRIPT not in response.text
    assert "&lt;script&gt;" in response.text


def test_an_unknown_page_leads_back(client: FlaskClient) -> None:
    response = client.get("/nothing")
    assert response.status_code == 404
    assert "There is no such page." in response.text


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    response = client.delete("/repositories")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_other_refusals_have_words_too(client: FlaskClient) -> None:
    response = client.get("/", headers={"If-Match": '"nothing"'})
    assert response.status_code in (200, 412)
    assert client.get("/static/").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/repositories?sort=colour",
        "/repositories.csv?dir=up",
        "/repositories?page=none",
        "/repository",
        "/repository?name=%00",
        "/image?name=payments/api",
        "/image?name=payments/api&ref=sha256:1",
        "/image?name=payments/api&ref=1&platform=linux",
        "/repository?name=NOT A NAME",
    ],
)
def test_bad_parameters_are_named_and_never_a_traceback(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 400
    assert "This address cannot be answered" in response.text


@pytest.mark.parametrize(
    "address, status",
    [
        ("/api/v1/rank?by=colour", 400),
        ("/api/v1/rank?limit=many", 400),
        ("/api/v1/show", 400),
        ("/api/v1/show?reference=NOT A NAME", 400),
        ("/api/v1/show?reference=unknown/thing", 404),
        ("/api/v1/nothing", 404),
    ],
)
def test_the_api_fails_in_json(client: FlaskClient, address: str, status: int) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert response.json is not None
    assert response.json["schema_version"] == 1
    assert response.json["status"] == status
    assert response.json["detail"]


def test_the_api_names_candidates(client: FlaskClient) -> None:
    response = client.get("/api/v1/show?reference=unknown/thing")
    assert response.json is not None
    assert f"{REGISTRY}/payments/api" in response.json["candidates"]
