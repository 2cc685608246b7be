"""Debian's Chromium, driven by Playwright, with no way out of this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from tests.servers import tools

_FLAGS = (
    "--no-sandbox",  # tests may run as root, where the sandbox refuses
    "--disable-dev-shm-usage",  # containers have a small one
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@contextlib.contextmanager
def start_chromium() -> Iterator[Browser]:
    """A headless browser until the block ends; skips the test where there is none.

    While it runs, asyncio.run does not work in the same thread: Playwright holds the loop.
    """
    program = tools.require("chromium", "chromium-browser", "google-chrome", package="chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()
