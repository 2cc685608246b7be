from __future__ import annotations

from auditor.reports.digest.as_text import digest_text
from auditor.reports.digest.words import digest_page
from tests.reports import digest_samples as samples
from tests.reports.approved import assert_matches_snapshot


def test_the_text_as_it_was_approved() -> None:
    for name, digest in (
        ("full", samples.full()),
        ("quiet", samples.quiet()),
        ("doubtful", samples.doubtful()),
        ("empty", samples.empty()),
    ):
        text = digest_text(digest_page(digest, samples.URL), samples.LEAVE)
        assert_matches_snapshot(f"digest-{name}.txt", text)


def test_lines_are_short_and_addresses_whole() -> None:
    text = digest_text(digest_page(samples.full(), samples.URL), samples.LEAVE)
    long = [line for line in text.splitlines() if len(line) > 72]
    assert all("https://" in line for line in long)


def test_without_the_dashboards_address_there_are_no_links() -> None:
    text = digest_text(digest_page(samples.full()))
    assert "http" not in text
    assert "To get it no more" not in text
    assert "2 more\n" in digest_text(digest_page(samples.full(), most_rows=1))


def test_hostile_names_make_no_lines() -> None:
    text = digest_text(digest_page(samples.hostile(), samples.URL))
    assert all(line.isprintable() for line in text.splitlines())
    text.encode()
