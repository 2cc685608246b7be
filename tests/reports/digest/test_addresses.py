"""Every address that a digest names is a view of the dashboard, asked of the dashboard itself."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from auditor.domain.digest import Digest
from auditor.domain.weekly_digest import WEEK
from auditor.reports.digest import addresses
from auditor.reports.digest.page import DigestPage
from auditor.reports.digest.words import digest_page
from tests.reports import digest_samples as samples
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_calculator import FakeCalculator
from tests.web.fake_ledger import FakeLedger
from tests.web.fake_outlook import FakeOutlook
from tests.web.fake_schedules import FakeSchedules
from tests.web.fake_unsubscribing import FakeUnsubscribing
from web.app import create_app


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(
        FakeBrowse(),
        FakeLedger(),
        FakeOutlook(),
        FakeSchedules(),
        FakeCalculator(),
        version="1",
        now=lambda: samples.END,
        unsubscribing=FakeUnsubscribing(),
    )


def addresses_of(page: DigestPage) -> Iterator[str]:
    yield from (row.address for row in page.facts)
    for part in page.parts:
        yield part.address
        yield from (row.address for row in part.rows)


def test_every_address_of_a_digest_leads_to_a_view(app: Flask) -> None:
    found = {
        one
        for digest in (samples.full(), samples.first(), samples.doubtful())
        for one in addresses_of(digest_page(digest))
        if one
    }
    found |= {addresses.overview(), addresses.unsubscribe("good")}
    found.add(addresses.image(samples.REGISTRY, "team/app", Digest.of(b"x")))
    adapter = app.url_map.bind("localhost")
    endpoints = {adapter.match(urlsplit(one).path)[0] for one in found}
    assert endpoints == {
        *("overview.page", "repositories.page", "changes.page", "repository.page", "image.page"),
        *("findings.page", "costs.page", "budgets.page", "unsubscribe.page"),
    }
    client = app.test_client()
    for one in found:
        answer = client.get(one)
        # A repository of the samples is none of the fake's; its address was understood.
        understood = (200, 404) if urlsplit(one).path in ("/repository", "/image") else (200,)
        assert answer.status_code in understood, one


def test_an_address_says_exactly_which_view() -> None:
    start, end = samples.END - WEEK, samples.END
    one = addresses.repository("r.example:5000", "team/a&b", start, end)
    parts = urlsplit(one)
    assert (parts.path, parts.fragment) == ("/repository", "changed")
    assert parse_qs(parts.query) == {
        "registry": ["r.example:5000"],
        "name": ["team/a&b"],
        "from": ["2026-11-16T06:30:00Z"],
        "to": ["2026-11-23T06:30:00Z"],
    }
    assert addresses.findings() == "/findings"


@pytest.mark.parametrize("bad", ["x" * 513, "a\nb", "\ud800"])
def test_what_the_dashboard_would_not_take_has_no_address(bad: str) -> None:
    assert addresses.repository("r", bad, samples.END, samples.END) == ""
    assert addresses.findings(team=bad) == ""
