"""The pages in a real browser: no errors, no axe violation, state in the address."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect

from tests.reports.base_samples import base_row
from tests.web.fake_views import LONG_NAME, REGISTRY, SCRIPT

pytestmark = pytest.mark.browser

PAGES = {
    "overview": "/",
    "repositories": "/repositories?sort=stored",
    "repository": f"/repository?registry={REGISTRY}&name=payments/api",
    "changed": f"/repository?registry={REGISTRY}&name=payments/api&from=2026-02-01",
    "findings": "/findings?min=1MB",
    "bases": "/bases?sort=repositories",
    "base": f"/bases/{base_row().chain.encoded}",
    "calculator": "/calculator",
    "calculated": "/calculator?base=python:3.12-slim&pip=flask&apt=curl&files=12MB&tags=12",
    "costs": "/costs?by=repository",
    "budgets": "/budgets",
    "alerts": "/alerts",
    "schedules": "/schedules",
    "anomalies": "/anomalies",
    "compare": f"/compare?from={REGISTRY}/payments/api:1.4&to={REGISTRY}/payments/api:1.5",
    "changes": "/changes?team=Payments&from=2026-02-01&to=2026-02-20",
    "reconcile": f"/reconcile?registry={REGISTRY}&invoice=412.80&currency=USD&month=2026-02",
    "unsubscribe": "/unsubscribe?token=good",
    "image": f"/image?registry={REGISTRY}&name=payments/api&ref=1.4",
}
_ALL_PAGES = pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
Scheme = Literal["light", "dark"]


@dataclass
class Tab:
    """One page of the browser and what it complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def tab(browser: Browser, site: str) -> Iterator[Tab]:
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900})
    opened = _watched(context.new_page())
    yield opened
    context.close()
    assert opened.complaints == []


def _watched(page: Page) -> Tab:
    opened = Tab(page)
    page.on("console", lambda message: opened.complaints.append(message.text))
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))

    def on_failed_request(request: Request) -> None:
        # Leaving a page ends what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            opened.complaints.append(f"{request.url} {request.failure}")

    page.on("requestfailed", on_failed_request)
    return opened


def _violations(page: Page) -> list[str]:
    results: dict[str, Any] = Axe().run(page).response
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]


def _names(page: Page) -> list[str]:
    return page.locator("table.ranking tbody th a").all_text_contents()


@_ALL_PAGES
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_loads_clean_and_axe_finds_nothing(
    browser: Browser, site: str, address: str, width: int, scheme: Scheme
) -> None:
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    # The policy binds the page, not the tool that looks at it: axe is evaluated from outside.
    opened = _watched(context.new_page())
    opened.page.goto(address)
    for details in opened.page.locator("details").all():
        details.evaluate("element => { element.open = true; }")
    found = _violations(opened.page)
    width_of_page = opened.page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert found == []
    assert opened.complaints == []
    assert width_of_page <= width


@pytest.mark.parametrize("address", ["/nothing", "/repositories?sort=bad", "/repositories?q=zzz"])
def test_pages_without_data_are_clean_for_axe(tab: Tab, address: str) -> None:
    response = tab.page.goto(address)
    assert _violations(tab.page) == []
    if response and not response.ok:
        tab.complaints.clear()  # the browser itself reports the status


@pytest.mark.parametrize("address", [PAGES["overview"], PAGES["repository"]])
def test_charts_are_drawn_from_their_tables(tab: Tab, address: str) -> None:
    tab.page.goto(address)
    for figure in tab.page.locator("figure.chart").all():
        expect(figure.locator("[data-canvas] svg")).to_be_visible()
        expect(figure.locator("[data-canvas]")).to_have_attribute("role", "img")
        expect(figure.locator("table")).to_be_hidden()
        figure.locator("summary").click()
        expect(figure.locator("table")).to_be_visible()


def test_a_part_of_the_treemap_leads_to_its_repository(tab: Tab) -> None:
    tab.page.goto("/")
    tab.page.locator("[data-chart=treemap] svg text", has_text=re.compile("^api$")).click()
    expect(tab.page).to_have_url(re.compile("name=payments/api"))


def test_on_a_phone_the_cost_is_beside_the_name(tab: Tab) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 800})
    tab.page.goto("/costs?by=repository")
    box = tab.page.locator("table.costs tbody tr").first.locator("td.chosen").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("address", [PAGES["budgets"], PAGES["anomalies"]])
def test_on_a_phone_how_it_stands_is_beside_the_name(tab: Tab, address: str) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 800})
    tab.page.goto(address)
    box = tab.page.locator("table tbody tr").first.locator("td").nth(1).bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390


def test_on_a_phone_a_finding_is_a_card_with_everything_in_sight(tab: Tab) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 800})
    tab.page.goto("/findings")
    card = tab.page.locator("table.findings tbody tr").first
    for part in card.locator("th, td").all():
        box = part.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("address", [PAGES["findings"], "/repositories?sort=potential"])
@pytest.mark.parametrize("width", [1100, 1200])
def test_wide_tables_never_widen_the_page(tab: Tab, address: str, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 800})
    tab.page.goto(address)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_mark_at_a_layer_leads_to_its_finding_and_back(tab: Tab) -> None:
    tab.page.goto(PAGES["image"])
    tab.page.get_by_role("link", name="Finding 4").click()
    finding = tab.page.locator("#finding-4")
    expect(finding).to_be_in_viewport()
    finding.get_by_role("link", name="layer 2").click()
    expect(tab.page.locator("#layer-2")).to_be_in_viewport()


def test_sorting_keeps_its_state_in_the_address(tab: Tab) -> None:
    tab.page.goto("/repositories")
    tab.page.get_by_role("link", name="Fair share").click()
    expect(tab.page).to_have_url(re.compile(r"/repositories\?sort=fair_share$"))
    expect(tab.page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    expect(tab.page.locator("#status")).to_contain_text("sorted by fair share")
    names = _names(tab.page)
    tab.page.reload()
    assert _names(tab.page) == names
    tab.page.get_by_role("link", name="Fair share").click()
    expect(tab.page).to_have_url(re.compile("dir=asc"))
    expect(tab.page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    assert _names(tab.page) != names


def test_searching_keeps_the_order_and_the_address(tab: Tab) -> None:
    tab.page.goto("/repositories?sort=name")
    tab.page.keyboard.press("/")
    tab.page.keyboard.type("da")
    expect(tab.page).to_have_url(re.compile(r"\?sort=name&q=da$"))
    tab.page.keyboard.type("ta/")
    expect(tab.page).to_have_url(re.compile(r"\?sort=name&q=data/$"))
    expect(tab.page.locator("#status")).to_contain_text("4 repositories")
    assert _names(tab.page) == ["data/airflow", "data/dbt", "data/notebooks", "data/spark"]
    expect(tab.page.locator("#q")).to_be_focused()
    tab.page.go_back()  # past everything that was typed, not to the answer for "da"
    expect(tab.page.locator("#status")).to_contain_text("67 repositories")


def test_a_registry_is_chosen_and_linked(tab: Tab) -> None:
    tab.page.goto("/repositories")
    tab.page.select_option("#registry", "localhost:5000")
    expect(tab.page).to_have_url(re.compile("registry=localhost"))
    expect(tab.page.locator("#status")).to_contain_text("30 repositories")
    tab.page.get_by_role("link", name="Image size").click()
    expect(tab.page).to_have_url(re.compile("registry=localhost"))


def test_the_csv_is_what_the_page_shows(tab: Tab) -> None:
    tab.page.goto("/repositories?sort=stored&q=ba")
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name=re.compile("Download CSV")).click()
    text = download.value.path().read_text()
    tab.complaints.clear()  # a download is a navigation that ends
    found = [row["repository"] for row in csv.DictReader(io.StringIO(text))]
    assert found == _names(tab.page)
    assert len(found) > 3


def test_a_failed_update_leads_to_the_error_page(tab: Tab) -> None:
    tab.page.goto("/repositories")
    tab.page.route(
        "**/repositories?sort=tags",
        lambda route: route.fulfill(status=503, body="<h1>Closed</h1>", content_type="text/html"),
    )
    tab.page.get_by_role("link", name="Tags").click()
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("Closed")
    tab.complaints.clear()  # the browser itself reports the status


def test_no_answer_is_said_and_the_table_stays(tab: Tab) -> None:
    tab.page.goto("/repositories")
    names = _names(tab.page)
    tab.page.context.set_offline(offline=True)
    tab.page.get_by_role("link", name="Tags").click()
    expect(tab.page.locator("#status")).to_contain_text("No answer from the server")
    assert _names(tab.page) == names
    tab.complaints.clear()


def test_hostile_names_do_nothing(tab: Tab) -> None:
    tab.page.on("dialog", lambda dialog: tab.complaints.append(dialog.message))
    tab.page.goto("/repositories?q=<script>")
    tab.page.get_by_role("link", name=SCRIPT).click()
    expect(tab.page.get_by_role("heading", level=1)).to_contain_text(SCRIPT)
    tab.page.goto(f"/repository?registry={REGISTRY}&name={LONG_NAME}")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_the_theme_is_chosen_and_remembered(tab: Tab) -> None:
    tab.page.goto("/")
    toggle = tab.page.get_by_role("button", name="Theme")
    expect(toggle).to_have_text("Theme: auto")
    toggle.click()
    toggle.click()
    expect(tab.page.locator("html")).to_have_attribute("data-theme", "dark")
    tab.page.goto(PAGES["image"])
    expect(tab.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert _violations(tab.page) == []


def test_the_keyboard_is_enough(tab: Tab) -> None:
    tab.page.goto("/")
    tab.page.keyboard.press("Tab")
    expect(tab.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("main")).to_be_focused()
    tab.page.keyboard.press("?")
    expect(tab.page.get_by_role("dialog")).to_be_visible()
    assert _violations(tab.page) == []
    tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_role("dialog")).to_be_hidden()


@_ALL_PAGES
def test_everything_can_be_read_without_javascript(
    browser: Browser, site: str, address: str
) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    for table in page.locator("figure.chart table").all():
        expect(table).to_be_visible()
    expect(page.get_by_role("button", name="Theme")).to_be_hidden()
    expect(page.locator("main table, main form").first).to_be_visible()
    context.close()


def test_sorting_and_searching_work_without_javascript(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/repositories")
    page.get_by_role("link", name="Tags").click()
    page.get_by_label("Name contains").fill("data/")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(re.compile("sort=tags"))
    expect(page.locator("#status")).to_contain_text("4 repositories")
    context.close()


def test_findings_are_filtered_sorted_and_opened_without_javascript(
    browser: Browser, site: str
) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Findings", exact=True).click()
    page.get_by_label("Saves at least").fill("50MB")
    page.get_by_label("Rule").select_option("pip-cache-kept")
    page.get_by_label("Sorted by").select_option("stored")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"sort=stored.*rule=pip-cache-kept.*min=50MB"))
    expect(page.locator("#status")).to_contain_text("at least 50.0 MB")
    first = page.locator("table.findings tbody tr").first
    expect(first.locator("pre")).to_be_hidden()
    first.locator("summary").click()
    expect(first.locator("pre")).to_contain_text("--no-cache-dir")
    page.get_by_role("link", name="A pull saves").click()
    expect(page).to_have_url(re.compile("sort=pull"))
    context.close()


def test_a_change_is_asked_for_and_a_bill_checked_without_javascript(
    browser: Browser, site: str
) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/changes")
    page.get_by_role("textbox", name="Team").fill("Payments")
    page.get_by_label("From the end of").fill("2026-02-01")
    page.get_by_role("button", name="Explain").click()
    expect(page).to_have_url(re.compile("team=Payments&from=2026-02-01"))
    expect(page.locator("table.change tfoot")).to_contain_text("+268 MB")
    page.get_by_role("link", name="Bills").click()
    page.locator("#registry").select_option(REGISTRY)
    page.get_by_label("or amount").fill("412.80")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page).to_have_url(re.compile("invoice=412.80"))
    expect(page.locator("table.reconciled")).to_contain_text("Unattributed")
    page.get_by_label("List of keys").set_input_files(
        {"name": "keys.csv", "mimeType": "text/csv", "buffer": b"key,size\n"}
    )
    page.get_by_role("button", name="Compare the list").click()
    expect(page.locator("table.reconciled")).to_contain_text("Unreferenced blobs")
    context.close()
