from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from auditor.domain.credential import Credential
from auditor.domain.digest import Digest
from auditor.domain.errors import (
    BodyTooLargeError,
    ProtocolError,
    RateLimitedError,
    RegistryError,
    RegistryUnreachableError,
)
from auditor.registry.client import RegistryClient
from auditor.registry.options import ClientOptions
from tests.fakes.registry import image
from tests.registry.conftest import Bench

PATH = "/v2/a/manifests/1"
MIB = 2**20


async def get(client: RegistryClient) -> Digest | None:
    manifest = (await client.get_manifest_by_tag("a", "1", ())).manifest
    return manifest.digest if manifest else None


class Chunks(httpx.AsyncByteStream):
    """Chunks without an end, counting how many were taken."""

    def __init__(self, most: int) -> None:
        self.taken = 0
        self.most = most
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.taken < self.most:
            self.taken += 1
            yield b" " * MIB

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def one(bench: Bench) -> Bench:
    bench.registry.push("a", "1", image(1))
    return bench


def test_endless_chunks_are_cut_off_at_the_cap(one: Bench) -> None:
    stream = Chunks(most=1000)
    one.registry.answers[PATH] = lambda request: httpx.Response(200, stream=stream)
    with pytest.raises(BodyTooLargeError, match="a:1"):
        one.ask(get)
    assert stream.taken == 17
    assert stream.closed


def test_an_announced_length_over_the_cap_is_not_read_at_all(one: Bench) -> None:
    stream = Chunks(most=100)
    headers = {"content-length": str(100 * MIB)}
    one.registry.answers[PATH] = lambda request: httpx.Response(200, headers=headers, stream=stream)
    with pytest.raises(BodyTooLargeError):
        one.ask(get)
    assert stream.taken == 0


@pytest.mark.parametrize("extra, fits", [(0, True), (1, False)])
def test_the_cap_is_exact(one: Bench, extra: int, fits: bool) -> None:
    body = b'{"layers":[]}'
    one.options = ClientOptions(manifest_cap_bytes=len(body))
    one.registry.answers[PATH] = lambda request: httpx.Response(200, content=body + b" " * extra)
    if fits:
        assert one.ask(get) == Digest.of(body)
    else:
        with pytest.raises(BodyTooLargeError):
            one.ask(get)


def test_a_huge_error_page_does_not_hide_the_status(one: Bench) -> None:
    one.registry.answers[PATH] = lambda request: httpx.Response(403, stream=Chunks(most=50))
    with pytest.raises(RegistryError) as caught:
        one.ask(get)
    assert caught.value.status == 403


def test_a_short_body_is_asked_for_again(one: Bench) -> None:
    answers = iter([True, False])
    body = b'{"layers":[]}'

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-length": str(len(body))}
        sent = body[:5] if next(answers) else body
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(sent))

    one.registry.answers[PATH] = answer
    assert one.ask(get) == Digest.of(body)


def test_gzip_that_nobody_asked_for_is_undone_within_the_cap(one: Bench) -> None:
    body = b'{"layers":[]}'
    headers = {"content-encoding": "gzip"}
    one.registry.answers[PATH] = lambda request: httpx.Response(
        200, stream=httpx.ByteStream(gzip.compress(body)), headers=headers
    )
    assert one.ask(get) == Digest.of(body)


def test_a_gzip_bomb_is_cut_off(one: Bench) -> None:
    bomb = gzip.compress(b" " * (64 * MIB))
    one.registry.answers[PATH] = lambda request: httpx.Response(
        200, stream=httpx.ByteStream(bomb), headers={"content-encoding": "gzip"}
    )
    with pytest.raises(BodyTooLargeError):
        one.ask(get)


@pytest.mark.parametrize(
    "encoding, body",
    [
        ("gzip, gzip", gzip.compress(b"{}", mtime=0)),
        ("br", b"{}"),
        ("gzip", b"{}"),
        ("gzip", gzip.compress(b"{}", mtime=0)[:-4]),
        ("deflate", zlib.compress(b"{}")),
    ],
)
def test_other_encodings_are_refused(one: Bench, encoding: str, body: bytes) -> None:
    one.registry.answers[PATH] = lambda request: httpx.Response(
        200, stream=httpx.ByteStream(body), headers={"content-encoding": encoding}
    )
    with pytest.raises(ProtocolError, match="content encoding"):
        one.ask(get)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 522])
def test_passing_failures_are_asked_again(one: Bench, status: int) -> None:
    answers: Iterator[int] = iter([status, status, 200])

    def answer(request: httpx.Request) -> httpx.Response:
        now = next(answers)
        return httpx.Response(now) if now != 200 else one.registry._routed(request, PATH)

    one.registry.answers[PATH] = answer
    assert one.ask(get) is not None
    assert len(one.time.slept) == 2


@pytest.mark.parametrize("status", [400, 404, 410, 412, 501])
def test_lasting_failures_are_not_asked_again(one: Bench, status: int) -> None:
    one.registry.answers[PATH] = lambda request: httpx.Response(status)
    with pytest.raises(RegistryError):
        one.ask(get)
    assert len(one.registry.seen) == 1


def test_retries_end(one: Bench) -> None:
    one.registry.answers[PATH] = lambda request: httpx.Response(500)
    with pytest.raises(RegistryError, match="status 500") as caught:
        one.ask(get)
    assert caught.value.is_transient
    assert len(one.registry.seen) == 5


def test_retry_after_is_waited(one: Bench) -> None:
    answers = iter([429, 200])

    def answer(request: httpx.Request) -> httpx.Response:
        if next(answers) == 429:
            return httpx.Response(429, headers={"retry-after": "7"})
        return one.registry._routed(request, PATH)

    one.registry.answers[PATH] = answer
    one.ask(get)
    assert sum(one.time.slept) >= 7


@pytest.mark.parametrize("wait", ["86400", "99999999999", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_an_absurd_retry_after_is_not_waited(one: Bench, wait: str) -> None:
    one.registry.answers[PATH] = lambda request: httpx.Response(429, headers={"retry-after": wait})
    with pytest.raises(RateLimitedError):
        one.ask(get)
    assert one.time.slept == []


def test_a_pause_asked_for_holds_back_other_requests_too(one: Bench) -> None:
    answers = iter([429])

    def answer(request: httpx.Request) -> httpx.Response:
        if next(answers, 200) == 429:
            return httpx.Response(429, headers={"retry-after": "9"})
        return one.registry._routed(request, PATH)

    one.registry.answers[PATH] = answer

    one.options = ClientOptions(attempts=1)

    async def both(client: RegistryClient) -> None:
        with pytest.raises(RateLimitedError):
            await get(client)
        assert one.time.slept == []
        await client.head_manifest("a", "1")

    one.ask(both)
    assert one.time.slept == [9]


def test_a_pause_holds_back_requests_that_waited_for_a_place(one: Bench) -> None:
    asked: list[float] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(one.time.seconds)
        is_first = len(asked) == 1
        await asyncio.sleep(0)  # the others come to wait for the only place
        if is_first:
            return httpx.Response(429, headers={"retry-after": "9"})
        return one.registry._routed(request, PATH)

    one.transport = httpx.MockTransport(answer)
    one.options = ClientOptions(concurrency=1, attempts=1)

    async def crowd(client: RegistryClient) -> None:
        await asyncio.gather(*(get(client) for _ in range(5)), return_exceptions=True)

    one.ask(crowd)
    assert all(moment - asked[0] >= 9 for moment in asked[1:])


def test_a_registry_that_is_down_is_not_hammered(one: Bench) -> None:
    one.registry.answers[PATH] = lambda request: httpx.Response(500)

    async def crowd(client: RegistryClient) -> None:
        for _ in range(200):
            with pytest.raises(RegistryError):
                await get(client)

    one.ask(crowd)
    assert len(one.registry.seen) <= 250


def test_no_more_requests_are_in_flight_than_allowed(one: Bench) -> None:
    one.options = ClientOptions(concurrency=3)
    flying, most = 0, 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0)
        flying -= 1
        return one.registry._routed(request, request.url.path)

    one.transport = httpx.MockTransport(answer)

    async def crowd(client: RegistryClient) -> None:
        await asyncio.gather(*(get(client) for _ in range(20)))

    one.ask(crowd)
    assert most == 3


def test_an_answer_that_does_not_end_runs_into_the_deadline(one: Bench) -> None:
    one.options = ClientOptions(deadline_seconds=0.01, attempts=1)

    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(3600)
        return httpx.Response(200)

    one.transport = httpx.MockTransport(answer)
    with pytest.raises(RegistryUnreachableError, match=r"within 0\.01 seconds"):
        one.ask(get)


def redirect(location: str) -> httpx.Response:
    return httpx.Response(307, headers={"location": location})


def test_a_redirect_on_the_same_origin_keeps_the_credentials(one: Bench) -> None:
    one.registry.username, one.registry.password = "ann", "x"
    one.credential = Credential("ann", "x")
    moved = one.registry.answer
    one.registry.answers["/v2/"] = lambda request: redirect("/v2/a/tags/list")
    one.registry.answers["/v2/a/tags/list"] = lambda request: (
        httpx.Response(200, json={})
        if "authorization" in request.headers
        else httpx.Response(401, headers={"www-authenticate": "Basic"})
    )
    assert moved is not None
    one.ask(lambda client: client.check())
    assert "authorization" in one.registry.seen[-2].headers


@pytest.mark.parametrize(
    "target",
    ["https://store.test/x", "https://registry.test:8443/x", "https://registry.test.:444/x"],
)
def test_credentials_do_not_follow_to_another_origin(one: Bench, target: str) -> None:
    one.credential = Credential("ann", "x")
    one.registry.answers[PATH] = lambda request: (
        redirect(target)
        if "authorization" in request.headers
        else httpx.Response(401, headers={"www-authenticate": "Basic"})
    )
    one.registry.answers["/x"] = lambda request: httpx.Response(200, content=b'{"layers":[]}')
    assert one.ask(get) is not None
    last = one.registry.seen[-1]
    assert last.url.path == "/x"
    assert "authorization" not in last.headers


def test_credentials_do_not_come_back_after_a_detour(one: Bench) -> None:
    one.credential = Credential("ann", "x")
    one.registry.answers[PATH] = lambda request: (
        redirect("https://store.test/x")
        if "authorization" in request.headers
        else httpx.Response(401, headers={"www-authenticate": "Basic"})
    )
    one.registry.answers["/x"] = lambda request: redirect("https://registry.test/y")
    one.registry.answers["/y"] = lambda request: httpx.Response(200, content=b'{"layers":[]}')
    one.ask(get)
    assert "authorization" not in one.registry.seen[-1].headers


def test_a_redirect_loop_stops_after_five(one: Bench) -> None:
    one.registry.answers[PATH] = lambda request: redirect(PATH)
    with pytest.raises(ProtocolError, match="more than 5 times"):
        one.ask(get)
    assert len(one.registry.seen) == 6


@pytest.mark.parametrize(
    "target",
    [
        "http://registry.test/x",
        "file:///etc/passwd",
        "gopher://x/",
        "https://u:p@x.test/",
        "https://[::1",
    ],
)
def test_a_redirect_away_from_https_is_refused(one: Bench, target: str) -> None:
    one.registry.answers[PATH] = lambda request: redirect(target)
    with pytest.raises(ProtocolError):
        one.ask(get)
    assert len(one.registry.seen) == 1


def test_odd_signs_in_a_redirect_are_encoded(one: Bench) -> None:
    one.registry.answers[PATH] = lambda request: redirect("https://store.test/a b?sig=%2F+x#part")
    one.registry.answers["store.test/a b"] = lambda request: httpx.Response(
        200, content=b'{"layers":[]}'
    )
    one.ask(get)
    assert one.registry.seen[-1].url.raw_path == b"/a%20b?sig=%2F+x"


def test_a_challenge_of_another_origin_is_not_answered(one: Bench) -> None:
    one.credential = Credential("ann", "x")
    one.registry.answers[PATH] = lambda request: redirect("https://store.test/x")
    one.registry.answers["store.test/x"] = lambda request: httpx.Response(
        401, headers={"www-authenticate": "Basic"}
    )
    with pytest.raises(RegistryError, match=r"store\.test"):
        one.ask(get)
    assert len(one.registry.seen) == 2


def test_no_query_gets_into_a_message(one: Bench) -> None:
    one.registry.answers[PATH] = lambda request: redirect("https://store.test/x?sig=canary")
    one.registry.answers["store.test/x"] = lambda request: httpx.Response(403)
    with pytest.raises(RegistryError) as caught:
        one.ask(get)
    assert "canary" not in str(caught.value)


def test_error_texts_are_cleaned_and_cut(one: Bench) -> None:
    said = "\x1b[31mred\n\u202e" + "x" * 5000
    one.registry.answers[PATH] = lambda request: httpx.Response(
        403, json={"errors": [{"code": "DENIED", "message": said}]}
    )
    with pytest.raises(RegistryError) as caught:
        one.ask(get)
    text = str(caught.value)
    assert text.isprintable()
    assert len(text) < 500
