"""The calculator in a real browser: short addresses, files that are sent, a phone, no script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

pytestmark = pytest.mark.browser

LIST: FilePayload = {"name": "requirements.txt", "mimeType": "text/plain", "buffer": b"flask\n"}
ASKED = "/calculator?base=python:3.12-slim&pip=flask&tags=12"


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def test_an_address_holds_only_what_was_written(page: Page) -> None:
    page.goto("/calculator")
    page.get_by_label("Base image").fill("node:22-slim")
    page.get_by_label("npm packages").fill("express\nhelmet")
    page.get_by_label("Base image").press("Enter")
    expect(page).to_have_url(
        re.compile(r"/calculator\?base=node%3A22-slim&npm=express%0D%0Ahelmet#answer$")
    )
    expect(page.locator(".headline")).to_contain_text("59.4 MB")
    expect(page.get_by_label("npm packages")).to_have_value("express, helmet")
    page.go_back()
    expect(page.get_by_label("Alpine packages")).to_be_enabled()
    expect(page.get_by_role("button", name="Estimate", exact=True)).not_to_have_attribute(
        "aria-busy", "true"
    )


def test_chosen_files_are_sent_whichever_button_is_pressed(page: Page) -> None:
    page.goto("/calculator?pip=celery")
    page.get_by_text("From files").click()
    page.get_by_label("Files", exact=True).set_input_files(LIST)
    page.get_by_role("button", name="Estimate", exact=True).click()
    expect(page).to_have_url(re.compile(r"/calculator$"))
    expect(page.locator(".estimate .banner")).to_contain_text("From requirements.txt.")
    page.get_by_role("link", name="Ask for the same packages as fields").click()
    expect(page).to_have_url(re.compile("pip=flask%3D%3D3.1.2"))


def test_an_alternative_is_one_click_away_and_packages_are_opened(page: Page) -> None:
    page.goto(ASKED)
    page.get_by_text("8 packages").click()
    expect(page.locator(".packages").get_by_text("werkzeug")).to_be_visible()
    page.get_by_role("link", name="on python:3.12-alpine").click()
    expect(page.get_by_label("Base image")).to_have_value("python:3.12-alpine")
    expect(page.get_by_label("Python packages")).to_have_value("flask")


def test_on_a_phone_sizes_and_changes_are_in_sight(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(ASKED)
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true; }")
    for cell in page.locator(
        ".parts > tbody > tr > td.number, .choices td.number, .packages td"
    ).all():
        box = cell.bounding_box()
        assert box is None or box["x"] + box["width"] <= 390


def test_without_a_script_fields_and_files_are_answered(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Calculator").click()
    page.get_by_label("Base image").fill("python:3.12-slim")
    page.get_by_role("button", name="Estimate", exact=True).click()
    expect(page.locator(".headline")).to_contain_text("59.4 MB")
    page.get_by_text("From files").click()
    page.get_by_label("Files", exact=True).set_input_files(LIST)
    page.get_by_role("button", name="Estimate", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("requirements.txt was not read")
    page.get_by_text("From files").click()
    page.get_by_label("Files", exact=True).set_input_files(LIST)
    page.get_by_role("button", name="Estimate with these files").click()
    expect(page.locator(".estimate .banner")).to_contain_text("From requirements.txt.")
    context.close()


def test_on_paper_there_is_the_answer_and_no_form(page: Page) -> None:
    page.goto(ASKED)
    page.emulate_media(media="print")
    expect(page.locator("form.calculator")).to_be_hidden()
    expect(page.locator("table.choices")).to_be_visible()
