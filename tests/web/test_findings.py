"""Findings in the dashboard: their list, its CSV and JSON, and what other pages show of them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from auditor.domain.finding_views import FindingsBy, FindingsQuery, ImageFindings
from auditor.domain.findings import Confidence
from auditor.domain.reference import ImageReference
from auditor.reports.finding_forms import finding_document
from tests.web import fake_findings
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_views import AMD64, OTHER_REGISTRY, REGISTRY, image_view, row, unanalysed
from web.api.findings import MOST_ROWS
from web.findings_query import FindingsState, findings_state
from web.query import PAGE_ROWS

_IMAGE = f"/image?registry={REGISTRY}&name=payments/api&ref=1.4"
_REPOSITORY = f"/repository?registry={REGISTRY}&name=payments/fraud-model"
_ALL = 73


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def _not_analysed(browse: FakeBrowse) -> None:
    browse.is_analysed, browse.rows = False, unanalysed(browse.rows)


def test_a_row_says_what_to_change_what_it_saves_and_how_sure_that_is(client: FlaskClient) -> None:
    html = client.get("/findings").text
    words = _words(html)
    for wanted in (
        f"{_ALL} changes that would make images smaller, sorted by what matters most",
        "pip keeps what it downloaded", "Switch the cache off where pip runs.",
        "81.4 MB", "74.0 MB to 88.9 MB", "a cold start 3.3 s earlier", "0.2808 USD a month",
        "in 301 images", "high right nine times in ten; estimated by a model",
        "costs ~ about 81.4 MB more", "Not seen: PIP_NO_CACHE_DIR", "unowned",
    ):  # fmt: skip
        assert wanted in words, wanted
    assert f'href="/repository?registry={REGISTRY}&amp;name=payments/api"' in html
    assert "<pre><code>RUN pip install --no-cache-dir -r requirements.txt\n" in html
    assert '<a href="/findings?rule=pip-cache-kept">' in html


def test_why_something_is_ranked_low_is_said(client: FlaskClient) -> None:
    assert "Ranked low: It is below 500 MB. Nobody pulled it in 90 days." in _words(
        client.get("/findings?page=2").text
    )


def test_lines_of_a_dockerfile_stay_lines(client: FlaskClient) -> None:
    html = client.get("/findings?rule=apt").text
    assert "RUN apt-get update \\\n    &amp;&amp; apt-get install" in html


def test_hostile_texts_are_shown_and_do_nothing(client: FlaskClient) -> None:
    for address in ("/findings", "/findings?page=2", _REPOSITORY, _IMAGE):
        html = client.get(address).text
        assert "COPY &lt;script&gt;alert(1)&lt;/script&gt; \\x1b[31m" in html
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "\x1b" not in html
        assert "\u202e" not in html


def test_every_filter_is_in_the_address(client: FlaskClient, browse: FakeBrowse) -> None:
    html = client.get(
        f"/findings?sort=stored&q=pay&registry={REGISTRY}&repository=payments/api&team=Payments"
        "&rule=pip&min=10MB&confidence=high"
    ).text
    assert browse.findings_asked[-1] == FindingsQuery(
        by=FindingsBy.STORED,
        registry=REGISTRY,
        repository="payments/api",
        text="pay",
        team="Payments",
        rule="pip",
        confidence=Confidence.HIGH,
        minimum_bytes=10_000_000,
        limit=PAGE_ROWS,
    )
    for kept in (
        '<option value="stored" selected>', 'value="pay"', f'<option value="{REGISTRY}" selected>',
        'name="repository" value="payments/api"', 'value="Payments"', 'value="10MB"',
        '<option value="pip" selected>pip…</option>', '<option value="high" selected>',
    ):  # fmt: skip
        assert kept in html
    assert "1 change that would make images smaller (rule pip, team Payments" in _words(html)


def test_the_heads_sort_and_keep_the_filters(client: FlaskClient) -> None:
    html = client.get("/findings?team=Payments&sort=pull").text
    assert 'aria-sort="descending"><a href="/findings?sort=pull&amp;team=Payments">' in html
    assert '<a href="/findings?sort=stored&amp;team=Payments">Registry saves</a>' in html


def test_a_registry_that_is_the_only_one_is_kept_and_not_asked_for(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    browse.crawls = browse.crawls[:1]
    html = client.get(f"/findings?registry={REGISTRY}").text
    assert f'<input type="hidden" name="registry" value="{REGISTRY}">' in html
    assert '<select id="registry"' not in html


def test_long_lists_have_pages(client: FlaskClient) -> None:
    first = client.get("/findings?min=1MB").text
    assert 'href="/findings?min=1MB&amp;page=2"' in first
    assert "page 2 of 2" in client.get("/findings?min=1MB&page=2").text
    assert "Page 9 does not exist" in client.get("/findings?page=9").text


def test_images_that_wait_are_said(client: FlaskClient, browse: FakeBrowse) -> None:
    assert "to be analysed" not in client.get("/findings").text
    browse.waiting_images = 1_200
    assert "1,200 images wait to be analysed: something may be missing." in (
        client.get("/findings").text
    )


def test_not_analysed_nothing_found_and_nothing_matching_are_told_apart(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    assert "No finding matches" in client.get("/findings?q=zzz").text
    browse.found = ()
    assert "Nothing to change" in client.get("/findings").text
    _not_analysed(browse)
    assert f"auditor audit {REGISTRY}" in client.get("/findings").text
    browse.crawls = ()
    words = _words(client.get("/findings").text)
    assert "Not analysed yet" in words
    assert "The overview says how to begin." in words


@pytest.mark.parametrize(
    "query", ["sort=size", "confidence=sure", "min=much", "page=0", "rule=%00", "min=1" + "0" * 600]
)
def test_what_cannot_be_asked_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/findings?{query}").status_code == 400
    assert client.get(f"/findings.csv?{query}").status_code == 400


_STATES = st.builds(
    lambda by, registry, repository, text, team, rule, confidence, least, page: FindingsState(
        FindingsQuery(
            by=by,
            registry=registry,
            repository=repository,
            text=text,
            team=team,
            rule=rule,
            confidence=confidence,
            minimum_bytes=least[1],
            limit=PAGE_ROWS,
            offset=(page - 1) * PAGE_ROWS,
        ),
        page,
        least[0],
    ),
    st.sampled_from(FindingsBy),
    st.sampled_from(["", "localhost:5000"]),
    st.sampled_from(["", "team/app"]),
    st.text("abc-/ü&?=", max_size=5),
    st.sampled_from([None, "Payments & more"]),
    st.sampled_from(["", "apt"]),
    st.sampled_from(Confidence),
    st.sampled_from([("", 0), ("10MB", 10_000_000), ("0", 0)]),
    st.integers(1, 1000),
)


@given(_STATES)
def test_an_address_says_the_whole_state(state: FindingsState) -> None:
    arguments = {name: str(value) for name, value in state.arguments().items()}
    assert findings_state(MultiDict(arguments)) == state


def test_the_csv_is_what_the_page_shows_on_all_pages(client: FlaskClient) -> None:
    response = client.get("/findings.csv?rule=pip&page=2")
    assert response.headers["Content-Disposition"] == 'attachment; filename="findings.csv"'
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert {one["rule"] for one in rows} == {"pip-cache-kept"}
    assert f"Download CSV ({len(rows)} rows)" in client.get("/findings?rule=pip").text


def test_the_api_answers_the_document_of_the_command(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    address = (
        "/api/v1/findings?by=stored&rule=apt&confidence=medium&min_saving=1MB&limit=3&offset=2"
    )
    document = client.get(address).json
    query = FindingsQuery(
        by=FindingsBy.STORED,
        rule="apt",
        confidence=Confidence.MEDIUM,
        minimum_bytes=10**6,
        limit=3,
        offset=2,
    )
    assert document == finding_document(browse.findings(query))
    assert client.get("/api/v1/findings").json == finding_document(
        browse.findings(FindingsQuery(limit=MOST_ROWS))
    )
    assert client.get("/api/v1/findings?limit=1001").status_code == 400


def test_the_api_links_to_the_next_rows_until_there_are_none(client: FlaskClient) -> None:
    seen: list[Any] = []
    address = "/api/v1/findings?by=pull&min_saving=1MB&limit=20"
    assert client.get(f"{address}&_external=1").status_code == 400
    while address:
        response = client.get(address)
        assert response.json is not None
        seen += response.json["findings"]
        address = response.headers.get("Link", "").partition("<")[2].partition(">")[0]
        assert address == "" or address.startswith("/api/v1/findings?")
    assert len(seen) == _ALL


# What other pages show of findings


def test_an_image_marks_the_layers_that_findings_touch(client: FlaskClient) -> None:
    html = client.get(_IMAGE).text
    assert '<a href="#findings">4 findings</a> would take' in html
    assert 'id="finding-4"' in html
    assert 'id="finding-5"' not in html
    marked = re.findall(r'<span class="marks">(.*?)</span>', html, re.DOTALL)
    assert "Finding 3 takes 13.0 MB off, Finding 4 takes 16.2 MB off" in _words(marked[1])
    assert [len(re.findall("#finding-", one)) for one in marked] == [1, 2, 1, 1, 1]
    for number in (1, 2, 3, 6, 7):
        assert f'href="#layer-{number}"' in html
        assert f'id="layer-{number}"' in html
    # Twice each: in the bar, and in the one below the step on a narrow screen.
    assert html.count('<rect class="fill-saving" fill="url(#pattern-saving)" x=') == 5 * 2


def test_an_image_without_findings_says_whether_anybody_looked(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    _not_analysed(browse)
    assert "Not analysed yet" in client.get(_IMAGE).text
    assert "told of now, not of the past" in client.get(f"{_IMAGE}&at=2026-02-01").text
    view = image_view(row(0, "payments/api"), ImageReference("payments/api", tag="1.4"), AMD64)
    browse.images["1.4"] = replace(view, findings=ImageFindings((), 0, 0.0))
    html = client.get(_IMAGE).text
    assert "Nothing found that would be worth a change." in html
    assert "what findings would take off" not in html


def test_a_repository_shows_its_biggest_findings_and_leads_to_all(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    words = _words(client.get(_REPOSITORY).text)
    assert "Could be saved276 MBof the registry; a pull: 108 MB" in words
    assert "Build on python:3.12-slim" in words
    assert "of this repository" not in words
    found = fake_findings.finding_row(browse.rows[2], 2, fake_findings.apt_lists())
    browse.found = (found,) * 7
    html = client.get(_REPOSITORY).text
    everything = f"/findings?registry={REGISTRY}&amp;repository=payments/fraud-model"
    assert f'<a href="{everything}">All 7 findings of this repository</a>' in html
    assert html.count("Remove the lists in the step that fetches them.") == 5


def test_a_repository_without_findings_says_whether_anybody_looked(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    browse.found = ()
    assert "Nothing found that would be worth a change." in client.get(_REPOSITORY).text
    _not_analysed(browse)
    words = _words(client.get(_REPOSITORY).text)
    assert "Could be savednot analysedunknown, which is not zero" in words
    assert f"Look for savings: auditor audit {REGISTRY}" in words
    assert "told of now, not of the past" in client.get(f"{_REPOSITORY}&at=2026-02-01").text


def test_the_ranking_has_what_could_be_saved_and_a_sum_that_is_a_bound(
    client: FlaskClient,
) -> None:
    html = client.get("/repositories?sort=potential").text
    words = _words(html)
    assert "426 MB a pull1.09 GB stored" in words
    assert re.search(r"at least 2\.[0-9]+ GB stored", words)
    assert 'colspan="2" class="number" aria-sort="descending"' in html
    last = _words(client.get("/repositories?sort=potential&page=2").text)
    assert re.search(r"costs [0-9.]+ MB more stored", last)
    assert "not analysed" in last


def test_the_overview_has_the_number_and_what_to_change_first(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    words = _words(client.get("/").text)
    assert f"of the registry, by {_ALL} findings" in words
    assert "What to change first" in words
    assert f"All {_ALL} findings" in words
    assert browse.findings_asked == [FindingsQuery(limit=5)]


def test_the_overview_tells_nothing_found_from_nobody_looked(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    browse.found = ()
    browse.rows = unanalysed(browse.rows)
    words = _words(client.get("/").text)
    assert "no rule found anything worth a change" in words
    assert "0 findings" in words
    _not_analysed(browse)
    words = _words(client.get("/").text)
    assert "Not analysed unknown, which is not zero" in words
    assert f"auditor audit {REGISTRY}" in words


def test_the_navigation_leads_there(client: FlaskClient) -> None:
    assert '<a href="/findings" aria-current="page">Findings</a>' in client.get("/findings").text
    assert '<a href="/findings">Findings</a>' in client.get("/costs").text


def test_another_registrys_findings_are_left_out(client: FlaskClient) -> None:
    assert "No finding matches" in client.get(f"/findings?registry={OTHER_REGISTRY}").text
