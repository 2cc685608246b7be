"""The page of the calculator: fields in the address, files that are sent, an answer at once."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from auditor.domain.errors import (
    AuditorError,
    IndexFailureError,
    StoreError,
    UnknownReferenceError,
    UsageError,
)
from auditor.domain.estimates import EstimateRequest, ListFile
from auditor.domain.packages import Ecosystem
from auditor.reports.estimate_forms import estimate_lines
from tests.fakes import estimates
from tests.web.fake_calculator import FakeCalculator
from tests.web.fake_views import REGISTRY, SCRIPT

ASKED = "base=python:3.12-slim&pip=flask,%20gunicorn&apt=curl&files=12MB&tags=12&dev=1"


def send(client: FlaskClient, *files: tuple[str, bytes], **fields: str) -> TestResponse:
    data: dict[str, Any] = dict(fields)
    data["from"] = [(io.BytesIO(content), name) for name, content in files]
    return client.post("/calculator", data=data)


def links(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'href="([^"]+)"', page)]


def question(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_without_a_question_nothing_is_asked_and_examples_are_offered(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    page = client.get("/calculator").text
    assert "Begin with a base image" in page
    assert calculator.asked == []
    examples = [one for one in links(page) if one.startswith("/calculator?")]
    assert len(examples) == 3
    assert question(examples[0]) == {"base": "python:3.12", "pip": "flask, gunicorn"}
    for example in examples:
        assert client.get(example).status_code == 200
    assert len(calculator.asked) == 3


def test_known_bases_are_offered_and_the_menu_leads_here(client: FlaskClient) -> None:
    page = client.get("/calculator").text
    assert '<option value="node:22-slim">' in page
    assert 'href="/calculator" aria-current="page"' in page
    assert f'<option value="{REGISTRY}">' in page


def test_the_address_is_the_question_and_stays_in_the_fields(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    page = client.get(f"/calculator?{ASKED}").text
    (request,) = calculator.asked
    assert request.names == ((Ecosystem.APT, "curl"), (Ecosystem.PIP, "flask, gunicorn"))
    assert (request.base, request.options.dev, request.usage.tags) == ("python:3.12-slim", True, 12)
    for value in ('value="python:3.12-slim"', ">flask, gunicorn</textarea>", 'value="12MB"'):
        assert value in page
    assert "How it is built, kept and pulled: dev, tags 12" in page
    assert re.search(r'name="dev" value="1" checked', page)


def test_what_was_chosen_stays_chosen(client: FlaskClient) -> None:
    page = client.get(
        "/calculator?base=a&platform=linux/riscv64&compression=zstd&registry=r.example/team/app"
    ).text
    for value in ("linux/riscv64", "zstd", "r.example/team/app"):
        assert f'<option value="{value}" selected>' in page
    assert '<option value="">linux/amd64</option>' in page


def test_the_answer_says_size_spread_time_money_and_what_the_registry_gains(
    client: FlaskClient,
) -> None:
    page = re.sub(r"<[^>]+>", "", client.get(f"/calculator?{ASKED}").text)
    page = re.sub(r"\s+", " ", unescape(page))
    for words in (
        "≈ 59.4 MB (59.2 MB to 59.7 MB) compressed",
        "Four times in five the built image lies between 59.2 MB and 59.7 MB.",
        "A cold pull until it runs3.6 s0.5 s of it the link alone",
        "The registry grows by27.7 MB27.4 MB to 28.0 MB; registry.example.com has 31.7 MB",
        "A month costs0.0046 USD12 tags x 15.6 MB + 12.1 MB of the base once",
        "Unpacked on a node≥ 130 MBwithout parts of which it is not known",
        "python:3.12-slim of 2026-11-20, crawled from registry.example.com",
        "build, test: these stages leave nothing in the image",
        "requirements.txt has no hashes: the newest versions that fit were taken.",
    ):
        assert words in page


def test_parts_have_their_packages_spread_and_explanation(client: FlaskClient) -> None:
    page = client.get(f"/calculator?{ASKED}").text
    table = page.partition('<table class="parts">')[2]
    assert "63 packages: libcurl4t64 392 kB, curl 269 kB, libpq5 228 kB and 60 more" in table
    assert "and 23 smaller ones" in table
    row = table.partition(">werkzeug</th>")[2].partition("</tr>")[0]
    assert "3.1.3" in row
    assert ">flask</td>" in row
    assert "wheels as the index states them" in table
    assert "Python packages</strong>: requirements.txt" in table


def test_other_ways_are_sorted_and_lead_to_their_question(client: FlaskClient) -> None:
    page = client.get(f"/calculator?{ASKED}").text
    table = page.partition('<table class="choices">')[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row" class="name">(.*?)\s*<svg', table, re.DOTALL)
    names = [unescape(re.sub(r"<[^>]+>", "", row)).split("  ")[0].strip() for row in rows]
    assert [name.removesuffix(" another base") for name in names] == [
        "on python:3.12-alpine",
        "compressed with zstd",
        "as asked",
        "with recommended packages",
        "with development dependencies",
        "on python:3.12",
    ]
    assert "Compilers and headers stay in the image." in table
    found = [question(one) for one in links(table)]
    assert next(one["base"] for one in found) == "python:3.12-alpine"
    assert found[1]["compression"] == "zstd"
    assert found[2]["recommends"] == "1"
    assert all(one["pip"] == "flask, gunicorn" for one in found)
    assert len(found) == 4


def test_a_lower_bound_is_clearly_one(client: FlaskClient, calculator: FakeCalculator) -> None:
    calculator.answer = estimates.lower_bound()
    page = client.get("/calculator?npm=express").text
    assert "<title>≥ 48.9 MB" in page
    assert "At least this much:" in page
    assert "what “curl | sh” downloads is not known" in page
    assert "no registry is known to hold any of it" in page
    assert '<span class="quiet">not known</span>' in page


def test_what_is_known_has_no_spread(client: FlaskClient, calculator: FakeCalculator) -> None:
    calculator.answer = estimates.from_scratch()
    page = client.get("/calculator?base=scratch&files=9MB").text
    assert "known to the byte" in page
    assert "none (scratch)" in page
    assert "≈ 9" not in page


def test_the_same_is_there_as_a_file_and_as_json(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    page = client.get(f"/calculator?{ASKED}").text
    (csv,) = (one for one in links(page) if one.startswith("/calculator.csv"))
    (json,) = (one for one in links(page) if one.startswith("/api/v1/estimate?"))
    assert client.get(csv).text == "".join(estimate_lines(calculator.answer))
    assert client.get(json).status_code == 200
    assert calculator.asked[0] == calculator.asked[1] == calculator.asked[2]


def test_a_slip_is_said_beside_the_form_that_keeps_what_was_written(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    response = client.get(f"/calculator?base=python:3.12&files={SCRIPT}&pip=flask")
    assert response.status_code == 200
    assert "Not estimated" in response.text
    assert "Write it as 1500000000, 1.5GB or 3GiB." in response.text
    assert ">flask</textarea>" in response.text
    assert SCRIPT not in response.text
    assert calculator.asked == []


def test_an_unknown_base_names_near_ones_that_keep_the_question(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    calculator.refusal = UnknownReferenceError(
        "no base image pyton is known", next_step="crawl it", candidates=("python:3.12", REGISTRY)
    )
    response = client.get("/calculator?base=pyton&pip=flask")
    assert response.status_code == 200
    near = [question(one) for one in links(response.text) if one.startswith("/calculator?")]
    assert near == [
        {"base": "python:3.12", "pip": "flask"},
        {"base": "pyton", "pip": "flask", "registry": REGISTRY},
    ]


def test_an_index_that_fails_is_said_and_may_be_tried_again(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    calculator.refusal = IndexFailureError("the index of Python is silent", next_step="wait")
    for response in (client.get("/calculator?base=a"), send(client, ("a.txt", b""))):
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "60"
        assert "The index of Python is silent." in response.text
        assert "Wait." in response.text


@pytest.mark.parametrize("error,status", [(StoreError("locked"), 503), (RuntimeError("x"), 500)])
def test_other_failures_are_pages_without_a_trace(
    client: FlaskClient, calculator: FakeCalculator, error: Exception, status: int
) -> None:
    calculator.refusal = error  # type: ignore[assignment]
    response = client.get("/calculator?base=a")
    assert response.status_code == status
    assert "Traceback" not in response.text


def test_files_are_read_and_their_packages_offered_as_fields(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    response = send(
        client,
        ("../../srv/requirements.txt", b"flask"),
        ("Dockerfile", b"FROM python:3.12"),
        base="python:3.12",
        target="final",
        tags="12",
    )
    (request,) = calculator.asked
    assert response.status_code == 200
    assert request.files == (ListFile("requirements.txt", b"flask"),)
    assert request.dockerfile == ListFile("Dockerfile", b"FROM python:3.12")
    assert "From requirements.txt, Dockerfile." in response.text
    assert "the address of this page does not hold them" in response.text
    assert "/srv" not in response.text
    (offered,) = (
        one for one in links(response.text) if question(one).get("base") == "python:3.12-slim"
        and "compression" not in question(one) and "recommends" not in question(one)
    )  # fmt: skip
    assert question(offered) == {
        "base": "python:3.12-slim",
        "apt": "curl, libpq5",
        "pip": "flask==3.1.2, gunicorn==23.0.0",
        "files": "12000000",
        "tags": "12",
    }
    assert "calculator.csv" not in response.text


def test_more_packages_than_an_address_holds_are_said(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    many = tuple(estimates.package(f"package-{number}", 1) for number in range(400))
    found = estimates.flask_estimate()
    part = replace(found.parts[2], packages=many)
    calculator.answer = replace(found, parts=(part,))
    response = send(client, ("uv.lock", b""))
    assert "more packages than an address can hold" in response.text
    assert '<a href="/calculator?' not in response.text


def test_without_a_file_nothing_is_sent(client: FlaskClient, calculator: FakeCalculator) -> None:
    response = client.post("/calculator", data={"base": "python:3.12"})
    assert (response.status_code, calculator.asked) == (400, [])
    assert "No file was chosen." in response.text
    assert 'value="python:3.12"' in response.text


def test_a_file_named_in_an_address_is_not_read_and_that_is_said(client: FlaskClient) -> None:
    page = client.get("/calculator?base=a&from=/etc/passwd").text
    assert "/etc/passwd was not read" in page


def test_no_field_names_a_path_of_the_server(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    client.get("/calculator?base=a&path=/etc&dockerfile=/etc/passwd&from=/etc/passwd&files=/etc")
    client.get("/calculator?base=a&path=/etc&dockerfile=/etc/passwd&from=/etc/passwd")
    assert calculator.asked == [EstimateRequest(base="a")]


def test_a_refused_file_is_400_and_too_much_is_413(app: Flask, client: FlaskClient) -> None:
    assert send(client, ("Dockerfile", b""), ("b.dockerfile", b"")).status_code == 400
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    response = send(client, ("package-lock.json", b"x" * 2_000))
    assert response.status_code == 413
    assert "auditor estimate --from FILE" in response.text


def test_names_are_shown_and_do_nothing(client: FlaskClient, calculator: FakeCalculator) -> None:
    calculator.answer = estimates.hostile()
    hostile = "<script>alert(1)</script>"
    address = f"/calculator?base={hostile}&pip={hostile}{'a' * 10_000}"
    for response in (
        client.get(f"/calculator?base={hostile}&pip=../../{hostile}&python=%22onload=%22"),
        send(client, (f"{hostile}.txt", b"x"), registry=hostile, target='"><i>'),
        client.get(address),
    ):
        assert hostile not in response.text
        assert "&lt;script&gt;" in response.text
        assert "\x1b" not in response.text
        assert "\u202e" not in response.text
        assert '"><i>' not in response.text
    assert "Pip has 10,025 characters" in client.get(address).text


@pytest.mark.parametrize("refusal", [UsageError("no"), IndexFailureError("no")])
def test_an_empty_next_step_leaves_no_empty_line(
    client: FlaskClient, calculator: FakeCalculator, refusal: AuditorError
) -> None:
    calculator.refusal = refusal
    page = client.get("/calculator?base=a").text
    assert "<p></p>" not in page
    assert "<p>No.</p>" in page


@pytest.mark.parametrize(
    "page",
    [
        f"/image?registry={REGISTRY}&name=payments/api&ref=1.4",
        "/bases",
    ],
)
def test_images_and_bases_lead_to_the_calculator(
    client: FlaskClient, calculator: FakeCalculator, page: str
) -> None:
    if page == "/bases":
        page = next(one for one in links(client.get(page).text) if one.startswith("/bases/"))
    (link,) = (one for one in links(client.get(page).text) if one.startswith("/calculator?"))
    assert client.get(link).status_code == 200
    (request,) = calculator.asked
    assert request.base
    assert str(request.platform) == question(link)["platform"]


def test_a_file_of_nothing_is_an_error_page(
    client: FlaskClient, calculator: FakeCalculator
) -> None:
    calculator.refusal = IndexFailureError("the index is silent")
    response = client.get("/calculator.csv?base=a")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")
    assert "A package index cannot be read now" in response.text
