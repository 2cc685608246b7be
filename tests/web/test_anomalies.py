"""The page of growth out of the ordinary, and its JSON."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from auditor.domain.errors import UsageError
from auditor.domain.outlook import GrowthQuery
from auditor.reports.anomaly_forms import anomaly_document
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_outlook import FakeOutlook
from tests.web.fake_views import REGISTRY


def test_a_row_says_what_grew_by_how_much_and_why(client: FlaskClient) -> None:
    page = client.get("/anomalies").text
    assert "4 times in 30 days" in page
    for words in (
        "2026-02-28", "+268 MB", "-1.20 MB to +4.00 MB", "new tags +412 MB (1.4)", "Payments",
        "the whole registry", "not known", "unowned", "=1+1\\x1b[31m",
    ):  # fmt: skip
        assert words in page
    assert "<script>alert" not in page


def test_a_row_leads_to_the_repository_and_to_the_explained_day(client: FlaskClient) -> None:
    page = client.get("/anomalies").text
    assert f'href="/repository?registry={REGISTRY}&amp;name=payments/api"' in page
    days = "from=2026-02-27&amp;to=2026-02-28"
    explained = f"/repository?name=payments/api&amp;registry={REGISTRY}&amp;{days}#changed"
    assert f'href="{explained}"' in page
    assert f'href="/changes?registry={REGISTRY}&amp;{days}"' in page
    assert client.get(explained.replace("&amp;", "&")).status_code == 200


def test_the_question_is_in_the_address(client: FlaskClient, outlook: FakeOutlook) -> None:
    page = client.get(f"/anomalies?days=45&registry={REGISTRY}&team=Payments").text
    assert outlook.growth_asked == [GrowthQuery(REGISTRY, "Payments", 45, 50)]
    assert '<option value="45" selected>' in page
    assert f'<option value="{REGISTRY}" selected>' in page
    assert 'value="Payments"' in page


def test_long_lists_have_pages_that_read_their_own_rows_only(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    outlook.growth *= 30
    page = client.get("/anomalies?days=7&page=2").text
    assert outlook.growth_asked == [GrowthQuery("", "", 7, 50, 50)]
    assert "page 2 of 3" in page
    assert 'href="/anomalies?days=7&amp;page=3"' in page
    assert "Page 9 does not exist" in client.get("/anomalies?page=9").text
    client.get("/anomalies?days=7&page=2")
    assert len(outlook.growth_asked) == 2, "the same page is remembered"


def test_a_quiet_month_says_so_and_where_to_look_instead(
    client: FlaskClient, outlook: FakeOutlook, browse: FakeBrowse
) -> None:
    outlook.growth = ()
    page = client.get(f"/anomalies?team=Web&registry={REGISTRY}").text
    assert f"Not in the last 30 days, and not of team Web, and not in {REGISTRY}." in page
    assert 'href="/repositories?sort=growth"' in page
    browse.crawls = ()
    assert "Nothing crawled yet" in client.get("/anomalies").text


def test_the_overview_leads_there(client: FlaskClient) -> None:
    assert 'href="/anomalies">What grew out of the ordinary' in client.get("/").text


@pytest.mark.parametrize("query", ["days=0", "days=367", "days=many", "page=0"])
def test_what_cannot_be_asked_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/anomalies?{query}").status_code == 400


def test_what_the_program_refuses_is_passed_on(client: FlaskClient, outlook: FakeOutlook) -> None:
    outlook.refusal = UsageError("cannot be judged")
    assert client.get("/api/v1/anomalies").status_code == 400


def test_the_api_answers_the_document_of_the_command(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    response = client.get("/api/v1/anomalies?days=7&limit=2&offset=1&team=Payments")
    query = GrowthQuery("", "Payments", 7, 2, 1)
    assert outlook.growth_asked == [query]
    assert response.json == anomaly_document(replace(outlook).anomalies(query))
    assert len(response.json["anomalies"]) == 2
    assert client.get("/api/v1/anomalies?limit=1001").status_code == 400
