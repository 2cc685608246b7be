"""The documents as a site: complete, without a dead link, and without another machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.docs_site import leads_to

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
LOADS = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=\"(https?:)?//[^\"]+")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    mkdocs = Path(sys.executable).with_name("mkdocs")
    done = subprocess.run(
        [mkdocs, "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def test_every_document_is_a_page(site: Path) -> None:
    documents = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    pages = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    as_index = {re.sub(r"\bREADME$", "index", name) for name in documents}
    assert as_index == pages - {"404"}


def test_every_document_can_be_reached_from_the_first_page(site: Path) -> None:
    first = (site / "index.html").read_text()
    linked = set(re.findall(r'<a href="([^"#:]+)"[^>]*class="md-nav__link', first))
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    lost = {page for page in pages - {"404.html", "index.html"} if page not in linked}
    assert lost == set()


def test_no_page_loads_anything_from_another_machine(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    found = {
        match[0] for page in pages for match in LOADS.finditer(page.read_text())
        if 'rel="canonical"' not in match[0]
    }  # fmt: skip
    assert found == set()
    assert len(pages) > 50


def test_a_link_to_a_file_that_is_no_document_is_no_link_on_the_site(site: Path) -> None:
    text = (site / "how-to/upgrade.html").read_text()
    assert "<code>tests/end_to_end/test_upgrade.py</code>" in text
    assert 'test_upgrade.py"' not in text
    assert 'href="back-up.html"' in text


@pytest.mark.parametrize(
    "target, here, path",
    [
        ("../auditor/cli.py", "", "auditor/cli.py"),
        ("../../tests/x.py#L3", "how-to", "tests/x.py"),
        ("../CHANGELOG.md", "", "CHANGELOG.md"),
        ("adr/README.md", "", None),
        ("../reference/rules/x.md#why", "guide", None),
        ("#here", "", None),
        ("https://example.com/x.py", "", None),
        ("images/a.png", "", None),
    ],
)
def test_links_that_leave_the_documents_are_told_from_those_that_stay(
    target: str, here: str, path: str | None
) -> None:
    assert leads_to(target, here) == path
