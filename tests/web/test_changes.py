"""What changed between two dates: on the page of a repository, and in the API."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from auditor.reports.as_json import change_document
from tests.reports import change_samples
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_views import NOW, REGISTRY

_PAGE = f"/repository?registry={REGISTRY}&name=payments/api"
_DATES = "from=2026-02-01&to=2026-02-20"
_START = datetime(2026, 2, 1, 23, 59, 59, 999_999, tzinfo=UTC)
_END = datetime(2026, 2, 20, 23, 59, 59, 999_999, tzinfo=UTC)


def _section(html: str) -> str:
    return html.partition('<section id="changed">')[2].partition('<section id="tags">')[0]


def test_a_repositorys_page_asks_for_two_dates(client: FlaskClient, browse: FakeBrowse) -> None:
    section = _section(client.get(f"{_PAGE}&at=2026-02-25").text)
    assert re.findall(r'type="(?:date|hidden)" name="(\w+)"', section) == [
        "registry", "name", "at", "from", "to",
    ]  # fmt: skip
    assert "<table" not in section
    assert browse.explained == []


def test_the_parts_on_the_page_add_up_to_its_last_row(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    section = _section(client.get(f"{_PAGE}&{_DATES}").text)
    body, _, foot = section.partition("<tbody>")[2].partition("</tbody>")
    figures = [[int(v) for v in re.findall(r'value="(-?\d+)"', row)] for row in body.split("<tr>")]
    total = [int(v) for v in re.findall(r'value="(-?\d+)"', foot.partition("</tfoot>")[0])]
    assert [sum(column) for column in zip(*figures[1:], strict=True)] == total
    assert total[2] == change_samples.change().net_bytes
    assert 'value="2026-02-01"' in section
    assert 'value="2026-02-20"' in section
    assert browse.explained == [(REGISTRY, "payments/api", _START, _END)]


def test_names_on_the_page_steer_nothing(client: FlaskClient) -> None:
    section = _section(client.get(f"{_PAGE}&{_DATES}").text)
    assert "=1+1\\x1b[31m" in section


def test_without_a_second_date_the_page_goes_until_now(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    client.get(f"{_PAGE}&from=2026-02-01")
    assert browse.explained == [(REGISTRY, "payments/api", _START, NOW)]


def test_a_past_that_is_too_short_is_said_in_its_place(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    response = client.get(f"{_PAGE}&from=2020-02-01")
    assert response.status_code == 200
    assert "Nothing is known of that day; choose a later date." in _section(response.text)
    assert client.get(f"{_PAGE}&from=soon").status_code == 400


def test_the_api_answers_the_document_of_the_command(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    response = client.get(f"/api/v1/changes?reference=payments/api&{_DATES}")
    assert response.json == change_document(change_samples.change(REGISTRY, "payments/api"))
    response = client.get(f"/api/v1/changes?registry={REGISTRY}&from=2026-02-01")
    assert response.json == change_document(change_samples.change(REGISTRY, ""))
    assert browse.explained == [
        (REGISTRY, "payments/api", _START, _END),
        (REGISTRY, "", _START, NOW),
    ]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "to=2026-02-01",
        "from=soon",
        "from=2020-01-01",
        f"reference=payments/api:1.4&{_DATES}",
        f"reference=payments/api&registry={REGISTRY}&{_DATES}",
    ],
)
def test_the_api_refuses_what_makes_no_sense(client: FlaskClient, query: str) -> None:
    assert client.get(f"/api/v1/changes?{query}").status_code == 400
