"""What changed between two dates: on the page of a repository, and in the API."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from auditor.domain.errors import UsageError
from auditor.reports.as_json import change_document
from tests.reports import change_samples
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_outlook import FakeOutlook
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


def test_a_registry_has_a_page_whose_parts_add_up(client: FlaskClient, browse: FakeBrowse) -> None:
    page = client.get(f"/changes?registry={REGISTRY}&{_DATES}").text
    client.get(f"/changes?registry={REGISTRY}&{_DATES}")
    assert browse.explained == [(REGISTRY, "", _START, _END)], "the second time it is remembered"
    table = page.partition('<table class="change">')[2].partition("</table>")[0]
    body, _, foot = table.partition("</tbody>")
    figures = [[int(v) for v in re.findall(r'value="(-?\d+)"', row)] for row in body.split("<tr>")]
    total = [int(v) for v in re.findall(r'value="(-?\d+)"', foot)]
    assert [sum(column) for column in zip(*figures[2:], strict=True)] == total
    link = f"/repository?registry={REGISTRY}&amp;name=team/app&amp;from=2026-02-01&amp;to=2026-02-20#changed"
    assert f'href="{link}"' in page
    assert "Every blob once" in page


def test_a_team_has_a_page_over_all_registries_or_one(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    page = client.get(f"/changes?team=Payments&{_DATES}").text
    assert outlook.teams_asked == [("Payments", "", _START, _END)]
    assert "What changed for team Payments" in page
    assert "charged to the team" in page
    assert "Shared with others" in page
    assert "registry=registry0.example&amp;name=team/app" in page
    assert 'value="Payments"' in page
    page = client.get(f"/changes?team=unowned&registry={REGISTRY}&from=2026-02-01").text
    assert outlook.teams_asked[1] == ("unowned", REGISTRY, _START, NOW)
    assert f"What changed for what nobody owns in {REGISTRY}" in page


def test_without_dates_or_a_registry_the_page_asks_and_reads_nothing(
    client: FlaskClient, browse: FakeBrowse, outlook: FakeOutlook
) -> None:
    assert "Which registry, or whose?" in client.get(f"/changes?{_DATES}").text
    page = client.get(f"/changes?registry={REGISTRY}").text
    assert "Choose two dates" in page
    assert 'name="from" value="2026-02-07"' in page
    browse.crawls = browse.crawls[:1]
    assert "Choose two dates" in client.get("/changes").text
    assert (browse.explained, outlook.teams_asked) == ([], [])
    client.get(f"/changes?{_DATES}")
    assert browse.explained == [("", "", _START, _END)]
    browse.crawls = ()
    assert "Nothing crawled yet" in client.get("/changes").text


def test_what_cannot_be_explained_of_a_team_is_said_in_its_place(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    outlook.refusal = UsageError("no repository belongs to team <b>", next_step="known are: a")
    page = client.get(f"/changes?team=<b>&{_DATES}").text
    assert "No repository belongs to team &lt;b&gt;; known are: a." in page
    assert "/costs?by=team" in page
    assert client.get("/changes?team=a&from=soon").status_code == 400


def test_the_api_explains_a_team(client: FlaskClient, outlook: FakeOutlook) -> None:
    response = client.get(f"/api/v1/changes?team=Payments&registry={REGISTRY}&from=2026-02-01")
    assert response.json == change_document(change_samples.team_change("Payments", REGISTRY))
    assert outlook.teams_asked == [("Payments", REGISTRY, _START, NOW)]
    both = f"/api/v1/changes?team=Payments&reference=payments/api&{_DATES}"
    assert client.get(both).status_code == 400
