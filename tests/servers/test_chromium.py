from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Error

pytestmark = [pytest.mark.real, pytest.mark.browser]


def test_it_shows_a_page(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<title>seen</title>")
    assert page.title() == "seen"
    page.close()


def test_it_reaches_no_other_machine(browser: Browser) -> None:
    page = browser.new_page()
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://registry.example/")
    page.close()
