from __future__ import annotations

from flask.testing import FlaskClient

from auditor.reports.crawl_forms import crawls_status_document
from tests.reports.crawl_samples import every_state
from tests.web.fake_outlook import FakeOutlook


def test_the_page_tells_every_crawl_and_escapes_what_a_registry_said(client: FlaskClient) -> None:
    page = client.get("/crawls").get_data(as_text=True)
    for words in ("running</span> since", "partial", "3 tags", "TOOMANYREQUESTS", "4 problems"):
        assert words in page
    assert "reference, not counted" in page
    assert page.count("--accept-removals</code>") == sum(
        one.guarded_tags > 0 for one in every_state()
    )
    assert "<script>\n" not in page


def test_without_a_registry_the_page_says_how_to_begin(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    outlook.statuses = ()
    assert "auditor audit REGISTRY" in client.get("/crawls").get_data(as_text=True)


def test_the_api_answers_the_same_and_passes_on_what_was_asked(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    answer = client.get("/api/v1/crawls?registry=a.example&limit=3")
    assert answer.json == crawls_status_document(every_state())
    assert outlook.crawls_asked == [("a.example", 3)]


def test_other_pages_lead_here(client: FlaskClient) -> None:
    assert 'href="/crawls"' in client.get("/").get_data(as_text=True)
