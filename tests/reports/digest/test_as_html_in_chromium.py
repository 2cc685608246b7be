"""The mail as a browser shows it: as narrow as a phone, in the light and in the dark."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from auditor.domain.weekly_digest import WeeklyDigest
from auditor.reports.digest.as_mail import digest_forms
from tests.reports import digest_samples as samples

pytestmark = pytest.mark.browser
DARK = "rgb(29, 35, 44)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("digest", [samples.full(), samples.doubtful(), samples.hostile(length=9)])
def test_it_fits_and_can_be_read(
    browser: Browser, digest: WeeklyDigest, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(color_scheme=scheme, java_script_enabled=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(digest_forms(digest, samples.URL, samples.LEAVE).standalone_html)
    for width in (600, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    color = page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor")
    assert (color == DARK) == (scheme == "dark")
    contrast = {"runOnly": {"type": "rule", "values": ["color-contrast", "image-alt", "link-name"]}}
    assert Axe().run(page, options=contrast).response["violations"] == []
    assert [url for url in asked if not url.startswith("data:")] == []
    context.close()
