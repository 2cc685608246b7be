from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from auditor.domain.observation import CrawlOutcome
from auditor.domain.reference import ImageReference
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_views import (
    AMD64,
    LONG_NAME,
    OTHER_REGISTRY,
    REGISTRY,
    SCRIPT,
    crawl,
    image_view,
    plain_image,
    row,
    unanalysed,
)
from web.query import PAGE_ROWS

_REPOSITORY = f"/repository?registry={REGISTRY}&name=payments/api"
_IMAGE = f"/image?registry={REGISTRY}&name=payments/api&ref="


def _words(html: str) -> str:
    """The page as a reader without a style sheet has it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def _names(html: str) -> list[str]:
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r'<th scope="row" class="name"><a href="[^"]+">([^<]+)</a>', body)


def test_the_overview_links_its_four_numbers(client: FlaskClient) -> None:
    html = client.get("/").text
    for sort in ("stored", "cost", "growth", "potential"):
        assert f'<a href="/repositories?sort={sort}"><span class="label">' in html


def test_a_reference_is_among_the_crawls_and_without_figures(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    upstream = replace(crawl("hub.example"), is_reference=True)
    browse.crawls = (*browse.crawls, upstream)
    table = client.get("/").text.partition('id="crawls-title"')[2].partition("</table>")[0]
    row = table.partition("hub.example")[2].partition("</tr>")[0]
    assert "reference, not counted" in row
    assert "value=" not in row.partition("reference, not counted")[2]
    assert "registry=hub.example" not in table


def test_a_database_of_references_alone_says_how_to_begin(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    browse.crawls, browse.as_of = (replace(crawl("hub.example"), is_reference=True),), None
    html = client.get("/").text
    assert "Nothing crawled yet" in html
    assert "hub.example" not in html


def test_the_parts_of_the_treemap_add_up_to_the_stored_total(client: FlaskClient) -> None:
    html = client.get("/").text
    table = html.partition('data-chart="treemap"')[2].partition("</table>")[0]
    body, _, foot = table.partition("<tfoot>")
    parts = [int(value) for value in re.findall(r'<data class="figure" value="(\d+)"', body)]
    total = re.findall(r'value="(\d+)"', foot)
    assert [sum(parts)] == [int(value) for value in total]
    assert len(parts) == 25


def test_a_database_without_a_crawl_says_how_to_begin(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    browse.rows, browse.crawls, browse.as_of, browse.points = (), (), None, ()
    assert "auditor audit REGISTRY" in client.get("/").text
    assert "auditor demo" in client.get("/").text
    assert "Nothing crawled yet" in client.get("/repositories").text


def test_a_registry_that_waits_for_its_first_crawl_is_named(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    browse.rows, browse.as_of, browse.points = (), None, ()
    browse.crawls = (crawl(outcome=None, complete=False),)
    assert f"auditor audit {REGISTRY}" in client.get("/").text


def test_a_first_crawl_under_way_is_not_called_empty(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    browse.rows, browse.as_of, browse.points = (), None, ()
    browse.crawls = (crawl(outcome=CrawlOutcome.RUNNING, complete=False),)
    words = _words(client.get("/").text)
    assert "is being crawled" in words
    assert "Nothing crawled yet" not in words


def test_an_empty_registry_is_not_called_uncrawled(client: FlaskClient, browse: FakeBrowse) -> None:
    browse.rows = ()
    assert "The registry is empty" in client.get("/repositories").text
    assert client.get("/").status_code == 200


def test_growth_without_a_past_is_said(client: FlaskClient, browse: FakeBrowse) -> None:
    browse.points = browse.points[:1]
    browse.rows = tuple(replace(row, growth_bytes=None) for row in browse.rows)
    words = _words(client.get("/").text)
    assert "no past yet" in words
    assert "The trend begins with the second complete crawl." in words
    assert "growth needs a complete crawl that is 30 days old" in words


def test_no_growth_is_said(client: FlaskClient, browse: FakeBrowse) -> None:
    browse.rows = tuple(replace(row, growth_bytes=-5) for row in browse.rows)
    assert "No repository grew." in client.get("/").text


@pytest.mark.parametrize("address", ["/", "/repositories", _REPOSITORY, _IMAGE + "1.4"])
def test_the_removal_guard_is_seen_on_every_page(
    client: FlaskClient, browse: FakeBrowse, address: str
) -> None:
    browse.crawls = (crawl(guarded_tags=40),)
    assert f"auditor audit {REGISTRY} --accept-removals" in client.get(address).text


def test_a_page_about_one_registry_keeps_quiet_about_others(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    browse.crawls = (crawl(), crawl(OTHER_REGISTRY, CrawlOutcome.FAILED))
    assert "failed" in client.get("/").text
    assert "failed" not in client.get(_REPOSITORY).text


@pytest.mark.parametrize(
    "address",
    ["/", "/repositories", "/repositories?sort=name", "/repositories?q=<script>alert(1)</script>"],
)
def test_hostile_names_are_text(client: FlaskClient, address: str) -> None:
    html = client.get(address).text
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in html


def test_hostile_names_lead_to_their_own_pages(client: FlaskClient) -> None:
    for name in (SCRIPT, LONG_NAME, '"><img src=x onerror=alert(1)>'):
        query = {"registry": REGISTRY, "name": name}
        for address in ("/repository", "/image"):
            response = client.get(address, query_string={**query, "ref": "1.4"})
            assert response.status_code == 200
            assert "<script>alert" not in response.text
            assert "<img" not in response.text


def test_a_sorted_column_says_so_and_turns_round(client: FlaskClient) -> None:
    html = client.get("/repositories?sort=stored").text
    assert html.count("aria-sort=") == 1
    assert re.search(r'aria-sort="descending"[^>]*><a id="sort-stored"', html)
    assert 'href="/repositories?sort=stored&amp;dir=asc"' in html
    turned = client.get("/repositories?sort=stored&dir=asc").text
    assert re.search(r'aria-sort="ascending"[^>]*><a id="sort-stored"', turned)
    assert _names(turned) != _names(html)


def test_links_keep_the_search_and_the_registry(client: FlaskClient) -> None:
    html = client.get(f"/repositories?q=a&registry={REGISTRY}&sort=tags").text
    assert f'href="/repositories?sort=name&amp;q=a&amp;registry={REGISTRY}"' in html
    assert f'href="/repositories.csv?sort=tags&amp;q=a&amp;registry={REGISTRY}"' in html
    assert 'name="sort" value="tags"' in html


def test_pages_number_on(client: FlaskClient) -> None:
    html = client.get("/repositories?sort=name&page=2").text
    assert f'<td class="number quiet">{PAGE_ROWS + 1}</td>' in html
    assert 'rel="prev" href="/repositories?sort=name"' in html
    assert 'rel="next"' not in html


def test_a_page_too_far_leads_to_the_last_one(client: FlaskClient) -> None:
    html = client.get("/repositories?page=99").text
    assert "Page 99 does not exist" in html
    assert 'href="/repositories?page=2"' in html


def test_a_search_without_a_match_is_no_error(client: FlaskClient) -> None:
    response = client.get("/repositories?q=nowhere")
    assert response.status_code == 200
    assert "No repository matches" in response.text


def test_an_unknown_registry_names_the_known_ones(client: FlaskClient) -> None:
    response = client.get("/repositories?registry=unknown.example")
    assert response.status_code == 404
    assert f'href="/repositories?registry={OTHER_REGISTRY}"' in response.text


def test_a_partial_update_pushes_the_short_address(client: FlaskClient) -> None:
    response = client.get(
        "/repositories?q=&registry=&dir=desc&sort=size", headers={"HX-Request": "true"}
    )
    assert response.headers["HX-Push-Url"] == "/repositories"
    assert "HX-Push-Url" not in client.get("/repositories").headers


@pytest.mark.parametrize(
    "query", ["", "q=data", "sort=name", "sort=stored&dir=asc", f"registry={OTHER_REGISTRY}"]
)
def test_the_csv_has_exactly_the_rows_of_all_pages(client: FlaskClient, query: str) -> None:
    response = client.get(f"/repositories.csv?{query}&page=2")
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    found = [line["stored_bytes"] for line in csv.DictReader(io.StringIO(response.text))]
    shown: list[str] = []
    for page in (1, 2):
        body = client.get(f"/repositories?{query}&page={page}").text.partition("<tfoot>")[0]
        for table_row in body.split("<tr>")[2:]:
            cells = table_row.split('<td class="number">')
            shown += re.findall(r'<data class="figure" value="(\d+)"', cells[2])
    assert found == shown
    assert found


def test_fair_shares_are_said_to_add_up(client: FlaskClient, browse: FakeBrowse) -> None:
    assert "Σ fair share of all 67 repositories = stored total" in _words(
        client.get("/repositories").text
    )
    browse.rows = browse.rows[:10]
    assert "Σ fair share of these rows = stored total, to the byte" in _words(
        client.get("/repositories").text
    )


def test_a_sum_of_bounds_is_never_printed_as_exact(client: FlaskClient, browse: FakeBrowse) -> None:
    foot = client.get("/repositories").text.partition("<tfoot>")[2]
    assert foot.count('class="visually-hidden">about ') >= 3
    browse.rows = browse.rows[:1]
    assert (
        "about "
        not in client.get("/repositories").text.partition("<tfoot>")[2].partition("</tr>")[0]
    )


def test_costs_in_several_currencies_are_not_added(client: FlaskClient, browse: FakeBrowse) -> None:
    browse.rows = (browse.rows[0], replace(browse.rows[1], currency="EUR"))
    assert "several currencies" in client.get("/repositories").text


def test_savings_that_nobody_analysed_are_said_so(client: FlaskClient, browse: FakeBrowse) -> None:
    browse.rows = unanalysed(browse.rows)
    html = client.get("/repositories").text
    assert html.count('<span class="quiet">not analysed</span>') == PAGE_ROWS


def test_a_repository_pages_through_its_tags(client: FlaskClient) -> None:
    first, last = client.get(_REPOSITORY).text, client.get(_REPOSITORY + "&page=5").text
    assert ">latest</a>" in first
    assert ">latest</a>" not in last
    assert "page 5 of 5" in last
    assert "Page 9 does not exist" in client.get(_REPOSITORY + "&page=9").text


def test_a_repository_without_its_registry_is_the_only_one(client: FlaskClient) -> None:
    assert client.get("/repository?name=payments/api").status_code == 200


def test_a_repository_says_why_it_is_big(client: FlaskClient) -> None:
    words = _words(client.get(_REPOSITORY).text)
    assert "9.80 GB stored for 301 images behind 241 tags." in words
    assert "Deleting it would give back" in words
    assert "60 images without a tag still cost space." in words


def test_an_incomplete_repository_lists_what_could_not_be_read(client: FlaskClient) -> None:
    html = client.get(f"/repository?registry={REGISTRY}&name=web/storefront").text
    assert "Could not be read" in html
    assert "incomplete" in html


def test_a_repository_without_bytes_divides_by_nothing(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    empty = row(0, "empty")
    sizes = replace(
        empty.sizes, logical_bytes=0, stored_bytes=0, exclusive_bytes=0, fair_share_bytes=0
    )
    browse.rows = (replace(empty, sizes=sizes, tags=0, images=0, image_bytes=None),)
    response = client.get(f"/repository?registry={REGISTRY}&name=empty")
    assert response.status_code == 200
    assert "No tags." in response.text


def test_an_image_shows_each_step_with_its_bytes(client: FlaskClient) -> None:
    html = client.get(_IMAGE + "1.4").text
    words = _words(html)
    assert "RUN pip install --no-cache-dir -r requirements.txt" in words
    assert "same bytes as layer 5, counted once" in words
    assert "python:3.12-slim, python:3.12.9-slim-bookworm (layers verified" in words
    assert html.count('class="bar"') == 10


def test_an_image_offers_its_platforms_as_links(client: FlaskClient) -> None:
    html = client.get(_IMAGE + "1.4&platform=linux/arm64/v8").text
    assert re.search(r'platform=linux/arm64/v8" aria-current="page"', html)
    assert "platform=linux/amd64" in html


def test_an_image_that_says_little_is_shown_with_words(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    view = image_view(row(0, "payments/api"), ImageReference("payments/api", tag="old"), AMD64)
    browse.images["old"] = plain_image(view)
    words = _words(client.get(_IMAGE + "old").text)
    assert "not known among the crawled images" in words
    assert "steps cannot be told apart" in words
    assert "step not recorded" in words
    assert "Platform not stated" in words.replace("Platform", "Platform ").replace("  ", " ")


def test_an_image_by_digest_or_without_layers_is_shown(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    digest = "sha256:" + "ab" * 32
    assert f"payments/api@{digest}" in _words(client.get(_IMAGE + digest).text)
    view = image_view(row(0, "payments/api"), ImageReference("payments/api", tag="none"), AMD64)
    browse.images["none"] = replace(view, layers=(), labels=())
    assert "This manifest has no layers." in client.get(_IMAGE + "none").text


def test_an_absent_tag_is_not_found(client: FlaskClient) -> None:
    assert client.get(_IMAGE + "absent").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/repositories?sort=stored",
        f"/repository?registry={REGISTRY}&name=payments/api",
        f"/image?registry={REGISTRY}&name=payments/api&ref=1.4",
    ],
)
def test_a_page_of_the_past_says_so_and_leads_on_into_the_same_past(
    client: FlaskClient, browse: FakeBrowse, address: str
) -> None:
    page = client.get(f"{address}&at=2026-02-01").text
    assert browse.moments.pop() == datetime(2026, 2, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    assert "As it was on 2026-02-01 23:59 UTC." in page
    assert 'value="2026-02-01"' in page
    now = client.get(address).text
    assert browse.moments.pop() is None
    assert "As it was on 2026" not in now
    if "ref=" not in address:
        assert re.search(r'href="/(?:repository|image)[?][^"]*at=2026-02-01', page)


@pytest.mark.parametrize(
    "address,pickers",
    [
        ("/repositories", 1),
        (f"/repository?registry={REGISTRY}&name=payments/api", 3),
        (f"/image?registry={REGISTRY}&name=payments/api&ref=1.4", 1),
    ],
)
def test_no_date_is_offered_before_the_history_that_is_kept(
    client: FlaskClient, browse: FakeBrowse, address: str, pickers: int
) -> None:
    assert " min=" not in client.get(address).text
    browse.horizon = datetime(2025, 12, 1, tzinfo=UTC)
    page = client.get(address).text
    assert len(re.findall(r'type="date"[^>]* min="2025-12-01"', page)) == pickers
    assert len(re.findall(r'type="date"', page)) == pickers


def test_the_past_is_asked_for_in_the_api_too(client: FlaskClient, browse: FakeBrowse) -> None:
    moment = datetime(2026, 2, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    client.get("/api/v1/rank?at=2026-02-01")
    for reference in ("payments/api", "payments/api:1.4"):
        client.get(f"/api/v1/show?reference={REGISTRY}/{reference}&at=2026-02-01")
    assert browse.moments == [moment] * 3
    assert client.get("/api/v1/rank?at=soon").status_code == 400
