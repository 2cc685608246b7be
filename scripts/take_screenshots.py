"""Takes the pictures of the README: pages of the demo with its past, in Chromium.

    make screenshots

The pages' clock stands at the last crawl of the sample, so that its figures are not old.
Needs Chromium; writes docs/images/*.png.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser

from auditor.commands.version import program_version
from auditor.scheduler.jobs import JOBS
from auditor.settings import Settings
from auditor.settings_sections import WebSettings
from auditor.usecases.estimate import open_calculator
from auditor.usecases.ledger import open_ledger
from auditor.usecases.open_browse import open_browse
from auditor.usecases.outlook import Outlook
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.run_demo import prepare_demo
from auditor.usecases.schedules import Schedules
from auditor.usecases.send_digest import preview_digest
from tests.servers.chromium import start_chromium
from web.app import create_app
from web.serve import serve

IMAGES = Path(__file__).parent.parent / "docs/images"
WIDTH, HEIGHT = 1280, 800
MAIL_WIDTH = 640
# The part of each page that says what it is for; what comes below is more of the same.
PAGES = {
    "overview": ("/", 800),
    "repositories": ("/repositories?sort=stored", 640),
    "repository": ("/repository?name=library/python", 800),
    "findings": ("/findings", 900),
    "costs": ("/costs?month=2017-12&by=repository", 640),
    "image": ("/image?name=library/ghost&ref=1-alpine", 940),
    "calculator": ("/calculator?base=python:3.12&files=12MB&tags=10", 980),
}


def main() -> None:
    """Crawl the sample with its past, serve it, take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        demo = prepare_demo(Path(folder), history=True, listener=lambda _: None)
        settings = Settings(database_url=demo.database_url)
        with _served(settings) as address, start_chromium() as browser:
            _take(browser, address)
            _take_digest(browser, settings)


@contextmanager
def _served(settings: Settings) -> Iterator[str]:
    browse = open_browse(settings)
    as_of = browse.overview().as_of
    if as_of is None:
        sys.exit("the demo's database is empty")
    ledger = replace(open_ledger(settings), clock=lambda: as_of)
    outlook = Outlook.over(ledger, settings)
    schedules = Schedules(browse.database, settings, tuple(JOBS), lambda: as_of)
    calculator = open_calculator(settings)
    app = create_app(
        browse, ledger, outlook, schedules, calculator, version=program_version(), now=lambda: as_of
    )
    ready = threading.Event()
    where: list[str] = []

    def on_ready(address: str) -> None:
        where.append(address)
        ready.set()

    threading.Thread(target=lambda: serve(app, on_ready=on_ready), daemon=True).start()
    ready.wait()
    yield where[0]


def _take(browser: Browser, address: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    page = browser.new_page(base_url=address, viewport={"width": WIDTH, "height": HEIGHT})
    for name, (path, height) in PAGES.items():
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(800)  # charts are drawn after the page has loaded
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": height}
        file = IMAGES / f"{name}.png"
        page.screenshot(path=file, full_page=True, clip=clip)  # type: ignore[arg-type]
        print(f"{file.relative_to(IMAGES.parent.parent)}: {file.stat().st_size:,} bytes")


def _take_digest(browser: Browser, settings: Settings) -> None:
    """The mail of the last week of the sample, as wide as mail programs show it."""
    database = prepare_database(settings.database_url)
    as_of = open_browse(settings).overview().as_of
    if as_of is None:
        sys.exit("the demo's database is empty")
    linked = settings.model_copy(update={"web": WebSettings(url="https://auditor.example.org")})
    html = preview_digest(database, linked, "", "UTC", as_of).standalone_html
    database.dispose()
    page = browser.new_page(viewport={"width": MAIL_WIDTH, "height": HEIGHT})
    page.set_content(html)
    page.screenshot(path=IMAGES / "digest.png")


if __name__ == "__main__":
    main()
