"""The page of the alerts, its JSON, and the line on the overview."""

from __future__ import annotations

from flask.testing import FlaskClient

from auditor.domain.alerts import AlertsQuery, AlertState
from auditor.reports.alert_forms import alerts_document
from tests.reports import alert_samples
from tests.web.fake_outlook import FakeOutlook


def test_what_goes_on_and_what_is_over_is_said_in_words(client: FlaskClient) -> None:
    page = client.get("/alerts").text
    assert "4 alerts going on, 1 over." in page
    for words in (
        ">Going on<",
        ">Over<",
        "team/app1:1.4 is 1.20 GB, more than 1.00 GB",
        "Payments",
    ):
        assert words in page
    assert "2 times" in page
    assert "\x1b" not in page
    assert r"team/\x1b[31mapp2" in page


def test_each_alert_leads_to_what_is_wrong(client: FlaskClient) -> None:
    page = client.get("/alerts").text
    for address in (
        "/image?registry=registry.example&amp;name=team/app1&amp;ref=1.4",
        "/repository?registry=registry.example&amp;name=team/app2",
        "/findings?registry=registry.example&amp;repository=team/app4&amp;rule=apt-lists-kept",
        'href="/budgets"',
        'href="/#crawls-title"',
    ):
        assert address in page


def test_channels_say_how_their_messages_fared(client: FlaskClient) -> None:
    page = client.get("/alerts").text
    assert "answered 404" in page
    assert "auditor alerts test CHANNEL" in page


def test_the_address_says_which(client: FlaskClient, outlook: FakeOutlook) -> None:
    page = client.get("/alerts?state=resolved&rule=crawls&page=2").text
    assert outlook.alerts_asked[-1] == AlertsQuery(
        state=AlertState.RESOLVED, rule="crawls", limit=50, offset=50
    )
    assert "Page 2 does not exist" in page
    assert 'href="/alerts?state=resolved&amp;rule=crawls&amp;page=1"' in page
    assert client.get("/alerts?state=burning").status_code == 400


def test_a_rule_that_is_gone_can_still_be_looked_at(client: FlaskClient) -> None:
    assert '<option value="gone" selected>gone</option>' in client.get("/alerts?rule=gone").text


def test_without_a_rule_the_page_says_how_to_set_one(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    outlook.alert_events = ()
    page = client.get("/alerts").text
    assert "No alert is set" in page
    assert "[alerts.large-images]" in page
    assert "alerts.events" not in client.get("/").text


def test_the_overview_leads_to_what_goes_on(client: FlaskClient, outlook: FakeOutlook) -> None:
    page = client.get("/").text
    assert 'href="/alerts?state=firing">team/app1:1.4 is 1.20 GB' in page
    assert "and 3 more" in page
    outlook.alert_events = ()
    assert "/alerts?state=firing" not in client.get("/").text


def test_the_api_answers_the_document_of_the_command(client: FlaskClient) -> None:
    expected = alerts_document(alert_samples.page(AlertsQuery(limit=1000)))
    assert client.get("/api/v1/alerts").json == expected
    assert client.get("/api/v1/alerts?state=x").status_code == 400
