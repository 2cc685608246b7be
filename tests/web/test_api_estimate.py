"""`/api/v1/estimate`: the document of the command, by GET and of files that are sent."""

from __future__ import annotations

import io
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from auditor.domain.errors import AuditorError, IndexFailureError, UnknownReferenceError, UsageError
from auditor.domain.estimates import Estimate, ListFile
from auditor.reports.estimate_forms import estimate_document
from tests.fakes import estimates
from tests.web.fake_calculator import FakeCalculator
from tests.web.test_openapi import description, validate_shape
from web.turns import BusyError

ADDRESS = "/api/v1/estimate"


def test_it_answers_the_document_of_the_command(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    response = client.get(f"{ADDRESS}?base=python:3.12-slim&pip=flask&pip=gunicorn&alone=1")
    assert response.json == estimate_document(calculator.answer)
    (request,) = calculator.asked
    assert request.names[0][1] == "flask, gunicorn"
    assert not request.has_alternatives


def test_files_are_sent_by_post_whatever_their_field_is_called(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    data = {
        "base": "python:3.12",
        "from": (io.BytesIO(b"flask"), "requirements.txt"),
        "files": (io.BytesIO(b"FROM scratch"), "app.Dockerfile"),
        "size": "/opt/x=12MB",
    }
    response = client.post(f"{ADDRESS}?tags=3", data=data)
    assert response.json == estimate_document(calculator.answer)
    (request,) = calculator.asked
    assert request.files == (ListFile("requirements.txt", b"flask"),)
    assert request.dockerfile == ListFile("app.Dockerfile", b"FROM scratch")
    assert (request.stated, request.usage.tags) == ((("/opt/x", 12_000_000),), 3)


def test_a_post_without_files_is_answered_too(client: FlaskClient) -> None:
    assert client.post(ADDRESS, data={"base": "python:3.12"}).status_code == 200


def test_nothing_to_estimate_is_said(client: FlaskClient, calculator: FakeCalculator) -> None:
    response = client.get(f"{ADDRESS}?platform=linux/arm64")
    assert (response.status_code, calculator.asked) == (400, [])
    assert "base=IMAGE" in response.get_json()["next_step"]


@pytest.mark.parametrize(
    "error,status,retry",
    [
        (UsageError("no", next_step="mend it"), 400, None),
        (UnknownReferenceError("no", candidates=("python:3.12",)), 404, None),
        (IndexFailureError("no", next_step="mend it"), 503, "60"),
        (IndexFailureError("no"), 503, "60"),
        (BusyError("no"), 503, "60"),
    ],
)
def test_a_refusal_is_a_problem(
    client: FlaskClient,
    calculator: FakeCalculator,
    error: AuditorError,
    status: int,
    retry: str | None,
) -> None:
    calculator.refusal = error
    response = client.get(f"{ADDRESS}?base=a")
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert response.headers.get("Retry-After") == retry
    assert response.get_json()["detail"] == "no"


def test_too_much_is_said_as_a_problem(app: Flask, client: FlaskClient) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    response = client.post(ADDRESS, data={"from": (io.BytesIO(b"x" * 2_000), "uv.lock")})
    assert (response.status_code, response.mimetype) == (413, "application/problem+json")
    assert "auditor estimate --from FILE" in response.get_json()["next_step"]


def test_a_file_in_an_address_is_no_parameter(client: FlaskClient) -> None:
    assert client.get(f"{ADDRESS}?base=a&from=/etc/passwd").status_code == 400


@pytest.mark.parametrize(
    "answer", [estimates.flask_estimate(), estimates.lower_bound(), estimates.from_scratch()]
)
def test_an_estimate_of_files_is_described_too(
    client: FlaskClient, calculator: FakeCalculator, answer: Estimate
) -> None:
    calculator.answer, spec = answer, description(client)
    sent = {"base": "a", "from": (io.BytesIO(b"flask"), "requirements.txt")}
    answered = client.post(ADDRESS, data=sent)
    operation = spec["paths"][ADDRESS]["post"]
    content = operation["responses"]["200"]["content"]["application/json"]
    validate_shape(spec, content["schema"], json.loads(answered.get_data()))
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["properties"]["from"]["items"]["format"] == "binary"
    assert "requestBody" not in spec["paths"][ADDRESS]["get"]


def test_the_page_about_the_api_says_how_files_are_sent(client: FlaskClient) -> None:
    page = client.get("/api").text
    assert "<code>multipart/form-data</code> it takes files as <code>from</code>" in page
