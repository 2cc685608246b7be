"""Row 43: what strangers name is text; and nothing in the mail runs or is fetched."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from auditor.domain.weekly_digest import WeeklyDigest
from auditor.reports.digest.as_html import digest_html
from auditor.reports.digest.words import digest_page
from tests.reports import digest_samples as samples
from tests.reports.approved import assert_matches_snapshot

ALL = [
    *(samples.full(), samples.quiet(), samples.doubtful(), samples.first(), samples.empty()),
    samples.hostile(),
]
VOID = {"meta", "img", "br"}


class Reading(HTMLParser):
    """Tags in their order, that they nest, and what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def read(digest: WeeklyDigest, base_url: str = samples.URL, spark: str = "cid:x") -> Reading:
    html = digest_html(digest_page(digest, base_url), spark=spark, unsubscribe_url=samples.LEAVE)
    parser = Reading()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("digest", ALL)
def test_it_holds_tables_and_links_only(digest: WeeklyDigest) -> None:
    found = read(digest)
    assert found.tags <= {
        *("html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr"),
        *("td", "th", "h1", "h2", "span", "a", "img", "br"),
    }
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    for _, name, value in found.attributes:
        if name == "href":
            assert value.startswith(f"{samples.URL}/")
        if name == "src":
            assert value == "cid:x"


def test_hostile_names_are_text() -> None:
    found = read(samples.hostile())
    assert "script" not in found.tags
    assert "<script>alert(1)</script>" in found.text


def test_styles_are_in_the_tags_and_dark_ones_stay() -> None:
    html = digest_html(digest_page(samples.full(), samples.URL))
    head, _, body = html.partition("<body")
    assert "prefers-color-scheme: dark" in head
    assert '<meta name="color-scheme" content="light dark">' in head
    assert "font-family: Arial" in body
    assert "url(" not in html


def test_without_the_dashboards_address_there_are_no_links() -> None:
    html = digest_html(digest_page(samples.full()))
    assert "href" not in html
    assert "Unsubscribe" not in html


def test_a_picture_says_what_it_shows() -> None:
    found = read(samples.full())
    [words] = [value for tag, name, value in found.attributes if (tag, name) == ("img", "alt")]
    assert words == "Stored bytes: 900 GB on 2026-09-28, 1.17 TB on 2026-11-16"
    assert "img" not in read(samples.full(), spark="").tags


def test_the_html_as_it_was_approved() -> None:
    page = digest_page(samples.full(), samples.URL)
    html = digest_html(page, spark="cid:x", unsubscribe_url=samples.LEAVE)
    assert_matches_snapshot("digest-full.html", html)
