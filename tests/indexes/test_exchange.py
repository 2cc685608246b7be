"""Attempts, pauses, redirects, and how many at a time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from auditor.domain.errors import IndexFailureError
from auditor.indexes.exchange import Call, Exchange
from auditor.indexes.fetching import IndexClient, Kind
from auditor.indexes.options import AT_ONCE, ClientOptions
from tests.fakes.index_server import NOW, IndexServer, MakeClient

PAGE = Kind("the page", 1000)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_of_the_moment_is_tried_again(
    server: IndexServer, client: IndexClient, waits: list[float], status: int
) -> None:
    server.put("/a", "one", statuses=[status, status])
    found = client.get(f"{server.url}/a", PAGE)
    assert found
    assert found.body == b"one"
    assert len(waits) == 2
    assert all(0 <= wait <= 1 for wait in waits)


def test_we_wait_as_long_as_we_are_asked_to(
    server: IndexServer, client: IndexClient, waits: list[float]
) -> None:
    server.put("/a", "one", statuses=[429], headers={"Retry-After": "7"})
    assert client.get(f"{server.url}/a", PAGE)
    at = format_datetime(NOW + timedelta(seconds=9), usegmt=True)
    server.put("/b", "one", statuses=[503], headers={"Retry-After": at})
    assert client.get(f"{server.url}/b", PAGE)
    assert 7 <= waits[0] < 8
    assert 4 < waits[1] < 10


def test_we_do_not_wait_for_an_hour(
    server: IndexServer, client: IndexClient, waits: list[float]
) -> None:
    server.put("/a", "", status=429, headers={"Retry-After": "3600"})
    with pytest.raises(IndexFailureError, match="asks us to slow down"):
        client.get(f"{server.url}/a", PAGE)
    assert waits == []


def test_one_page_that_fails_does_not_stand_for_its_host(
    server: IndexServer, client: IndexClient, waits: list[float]
) -> None:
    server.put("/a", "", status=500)
    with pytest.raises(IndexFailureError, match="failed at the page with status 500"):
        client.get(f"{server.url}/a", PAGE)
    assert len(server.asked) == 4
    assert len(waits) == 3
    server.put("/b", "one")
    assert client.get(f"{server.url}/b", PAGE)


def test_a_host_that_wants_to_be_asked_less_is_left_alone_for_a_while(
    server: IndexServer, client: IndexClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put("/a", "", status=429)
    server.put("/b", "one")
    for path in ("/a", "/b"):
        with pytest.raises(IndexFailureError, match="asks us to slow down"):
            client.get(f"{server.url}{path}", PAGE)
    assert len(server.asked) == 4
    later = time.monotonic() + 31
    monkeypatch.setattr("auditor.indexes.exchange.time.monotonic", lambda: later)
    assert client.get(f"{server.url}/b", PAGE)


def test_a_body_that_breaks_off_is_read_again(
    server: IndexServer, client: IndexClient, waits: list[float]
) -> None:
    page = server.put("/a", b"x" * 900, cut_to=500)

    def mend() -> None:
        if len(server.asked) > 1:
            page.cut_to = None

    page.answer = mend
    found = client.get(f"{server.url}/a", PAGE)
    assert found
    assert len(found.body) == 900
    assert len(waits) == 1


def test_a_server_that_is_not_there_is_named(client_of: MakeClient, server: IndexServer) -> None:
    client = client_of(attempts=1)
    server.server_close()
    server.shutdown()
    with pytest.raises(IndexFailureError, match=r"the connection to 127\.0\.0\.1:\d+ failed"):
        client.get(f"{server.url}/a", PAGE)


def test_a_server_that_says_nothing_is_not_waited_for(
    server: IndexServer, client_of: MakeClient
) -> None:
    silence = threading.Event()
    server.put("/a", "one", answer=lambda: silence.wait(5))
    client = client_of(attempts=1, timeout_seconds=0.2)
    with pytest.raises(IndexFailureError, match="did not answer in time"):
        client.get(f"{server.url}/a", PAGE)
    silence.set()


def test_a_body_has_a_deadline_however_it_dribbles(
    server: IndexServer, client_of: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put("/a", "one")
    client = client_of(attempts=1)
    started = time.monotonic()
    moments = iter([started, *(started + 61 for _ in range(50))])
    monkeypatch.setattr("auditor.indexes.exchange.time.monotonic", lambda: next(moments))
    with pytest.raises(IndexFailureError, match="did not answer in time"):
        client.get(f"{server.url}/a", PAGE)


def test_redirects_are_followed_to_an_end(server: IndexServer, client: IndexClient) -> None:
    for step in range(5):
        server.redirect(f"/{step}", f"/{step + 1}")
    server.put("/5", "one")
    found = client.get(f"{server.url}/0", PAGE)
    assert found
    assert found.address == f"{server.url}/5"
    server.redirect("/5", "/6")
    server.put("/6", "two")
    with pytest.raises(IndexFailureError, match="too many redirects"):
        client.get(f"{server.url}/0", Kind("the page", 1000, "another/type"))


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://h.example/", "http://", "http://[", ""]
)
def test_a_redirect_leads_to_the_web_or_nowhere(
    server: IndexServer, client: IndexClient, target: str
) -> None:
    server.redirect("/a", target)
    with pytest.raises(IndexFailureError, match=r"no address of the web|too many"):
        client.get(f"{server.url}/a", PAGE)


def test_a_redirect_never_leads_from_https_to_http() -> None:
    class Downgrading(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert request.url.scheme == "https"
            return httpx.Response(302, headers={"Location": "http://h.example/"})

    exchange = Exchange(Downgrading(), (), ClientOptions(NOW))
    with pytest.raises(IndexFailureError, match="from https to http"):
        exchange.ask(Call("GET", "https://h.example/a", "the page"), lambda answer, _: answer)


def test_a_host_is_asked_four_things_at_a_time(server: IndexServer, client_of: MakeClient) -> None:
    together = threading.Barrier(AT_ONCE)
    for name in range(12):
        server.put(f"/{name}", "one", answer=lambda: together.wait(5))
    client = client_of(cache_folder=None)
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda n: client.get(f"{server.url}/{n}", PAGE), range(12)))
    assert all(found)
    assert server.most_at_once == AT_ONCE
    assert client.exchange.requests == 12
