"""Bases in the dashboard: what is built on, one plan, their CSV and JSON."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from auditor.domain.base_views import BasesBy, BasesQuery
from auditor.reports.base_forms import bases_document, plan_document
from tests.reports import base_samples
from tests.reports.base_samples import REGISTRY, base_row
from tests.web.fake_browse import FakeBrowse
from web.api.bases import MOST_ROWS
from web.bases_query import bases_state
from web.query import PAGE_ROWS

ONE = base_row()
PLAN = f"/bases/{ONE.chain.encoded}?registry={REGISTRY}"


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def test_the_list_says_what_is_built_on_and_what_a_swap_frees(client: FlaskClient) -> None:
    html = client.get("/bases").text
    words = _words(html)
    for wanted in (
        "5 bases in use, sorted by what a swap frees", "python:3.12", "355 MB", "from move 3 of 3",
        "never pays", "costs", "none known", "Too many versions of one base", "490 MB",
        "2 images wait to be analysed",
    ):  # fmt: skip
        assert wanted in words, wanted
    assert f'href="/bases/{ONE.chain.encoded}?registry={REGISTRY}"' in html
    assert "<script>alert" not in html
    assert "\x1b" not in html


def test_a_plan_says_who_moves_first_and_what_stays(client: FlaskClient) -> None:
    html = client.get(PLAN).text
    words = _words(html)
    for wanted in (
        "3 repositories in registry.example.com build on it (7 images).",
        "Moving all of them to python:3.12-slim frees", "after 3 of 3 moves",
        "12.0 MB of the old base", "A slim image has no compilers.", "break-even", "-43.0 MB",
    ):  # fmt: skip
        assert wanted in words, wanted
    assert "<script>alert" not in html
    assert "/repository?registry=registry.example.com&amp;name=team/api" in html


def test_another_base_can_be_asked_for(client: FlaskClient, browse: FakeBrowse) -> None:
    html = client.get(f"{PLAN}&to=node:22").text
    assert browse.bases_asked == [(ONE.chain.encoded, REGISTRY, "node:22", False)]
    assert 'value="node:22"' in html
    assert f"/bases/{ONE.chain.encoded}.csv?registry={REGISTRY}&amp;to=node:22" in html


def test_a_base_without_a_swap_and_one_that_costs_are_shown_too(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    for row in browse.base_rows:
        words = _words(client.get(f"/bases/{row.chain.encoded}").text)
        assert ("No swap is known" in words) == (row.swap is None)
    nobody = replace(ONE, swap=replace(base_samples.SWAP, steps=(), moves=0))
    browse.base_rows = (nobody,)
    assert "looks at none of these" in client.get(f"/bases/{nobody.chain.encoded}").text


def test_an_unknown_base_is_not_found(client: FlaskClient) -> None:
    assert client.get("/bases/nothing").status_code == 404
    assert client.get("/api/v1/bases/nothing").status_code == 404


def test_csv_has_every_row_and_every_move(client: FlaskClient, browse: FakeBrowse) -> None:
    answer = client.get("/bases.csv?sort=size&page=2")
    assert (answer.mimetype, len(answer.text.splitlines())) == ("text/csv", 6)
    assert browse.bases_asked == [BasesQuery(BasesBy.SIZE)]
    moves = client.get(f"/bases/{ONE.chain.encoded}.csv?registry={REGISTRY}")
    assert len(moves.text.splitlines()) == 4
    assert browse.bases_asked[-1] == (ONE.chain.encoded, REGISTRY, "", True)


def test_json_is_what_the_command_prints(client: FlaskClient, browse: FakeBrowse) -> None:
    query = BasesQuery(BasesBy.REPOSITORIES, limit=2, offset=1)
    answer = client.get("/api/v1/bases?by=repositories&limit=2&offset=1")
    assert answer.json == bases_document(browse.bases(query))
    following = '</api/v1/bases?by=repositories&limit=2&offset=3>; rel="next"'
    assert answer.headers["Link"] == following
    assert "Link" not in client.get("/api/v1/bases").headers
    assert browse.bases_asked[-1] == BasesQuery(limit=MOST_ROWS)
    one = client.get(f"/api/v1/bases/{ONE.chain.encoded}").json
    assert one == plan_document(base_samples.base_plan())


@pytest.mark.parametrize("address", ["/bases?sort=age", "/api/v1/bases?by=age", "/bases?page=0"])
def test_what_cannot_be_asked_is_refused(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 400


def test_why_there_is_nothing_is_said(client: FlaskClient, browse: FakeBrowse) -> None:
    assert "Page 9 does not exist" in client.get("/bases?page=9").text
    browse.base_rows = ()
    assert "No base in use matches." in client.get("/bases?q=zzz").text
    assert "List the registries your bases come from" in client.get("/bases").text
    browse.is_analysed = False
    assert "Not analysed yet" in client.get("/bases").text
    browse.crawls = ()
    assert "how to begin" in client.get("/bases").text


def test_equal_states_have_equal_addresses() -> None:
    asked = MultiDict({"sort": "size", "q": "py", "registry": REGISTRY, "page": "2"})
    state = bases_state(asked)
    assert state.query == BasesQuery(BasesBy.SIZE, REGISTRY, "py", PAGE_ROWS, PAGE_ROWS)
    written = {name: str(value) for name, value in state.arguments().items()}
    assert bases_state(MultiDict(written)) == state
    assert bases_state(MultiDict()).arguments() == {}
