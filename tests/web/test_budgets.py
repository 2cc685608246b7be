"""The page of the budgets, and its JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask.testing import FlaskClient

from auditor.domain.outlook import BudgetReport
from auditor.reports.budget_forms import budget_document
from tests.reports import budget_samples
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_outlook import FakeOutlook
from tests.web.fake_views import NOW


def test_each_budget_says_in_words_how_it_stands(client: FlaskClient) -> None:
    page = client.get("/budgets").text
    assert "2026-11 so far: 1 over, 1 likely over, 1 under." in page
    for words in (">Over<", ">Likely over<", ">Under<", "too early", "251.50 USD", "28.00 EUR"):
        assert words in page
    assert "Not counted:</strong> web: costs in USD are not counted" in page
    assert "8 times in 10" in page
    assert "less than 60 days are known" in page
    assert "less than 14 days are known" in page
    assert "\x1b" not in page
    assert "team =cmd\\x1b[31m" in page


def test_a_budget_leads_to_the_costs_behind_it(client: FlaskClient) -> None:
    page = client.get("/budgets").text
    assert 'href="/costs?month=2026-11&amp;by=repository&amp;team=Payments"' in page
    assert 'href="/changes?team=Payments"' in page
    assert 'href="/repository?registry=registry.example&amp;name=shop/web"' in page


def test_what_is_in_all_registries_is_looked_for_by_name(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    over, likely, _ = outlook.report.states
    everywhere = replace(likely, budget=replace(likely.budget, registry=""))
    sure = replace(over, budget=replace(over.budget, registry="r.example"))
    outlook.report = BudgetReport(budget_samples.NOVEMBER, (sure, everywhere))
    page = client.get("/budgets").text
    assert 'href="/repositories?q=shop/web"' in page
    assert "team=Payments&amp;registry=r.example" in page or "registry=r.example&amp;" in page
    assert "less than 14 days" not in page


def test_without_a_budget_the_page_says_how_to_set_one(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    outlook.report = BudgetReport(budget_samples.NOVEMBER, ())
    page = client.get("/budgets").text
    assert "No budget is set" in page
    assert "[budgets.payments]" in page
    assert "<table" not in page


def test_a_month_is_judged_once_until_a_crawl_ends(
    client: FlaskClient, outlook: FakeOutlook, browse: FakeBrowse
) -> None:
    for _ in range(3):
        client.get("/budgets")
    assert outlook.budgets_asked == 1
    browse.crawls = (replace(browse.crawls[0], finished_at=NOW + timedelta(hours=1)),)
    client.get("/budgets")
    assert outlook.budgets_asked == 2


def test_the_api_answers_the_document_of_the_command(client: FlaskClient) -> None:
    response = client.get("/api/v1/budgets")
    assert response.json == budget_document(budget_samples.every_state())
