from __future__ import annotations

import json

import httpx
import pytest

from auditor.domain import media_types
from auditor.domain.digest import Digest
from auditor.domain.errors import (
    InvalidManifestError,
    ProtocolError,
    RateLimitedError,
)
from auditor.domain.fetched import FetchedManifest
from auditor.domain.manifest import ManifestKind
from auditor.registry.client import RegistryClient
from auditor.registry.options import ClientOptions
from tests.fakes.registry import Answering, error, image
from tests.registry.conftest import Bench


def test_one_segment_names_on_docker_hub_are_in_library(bench: Bench) -> None:
    bench.address = "docker.io"
    bench.registry.host = "registry-1.docker.io"
    bench.registry.push("library/alpine", "3", image(1))
    assert bench.ask(lambda client: client.list_tags("alpine")).tags == ("3",)
    assert bench.ask(lambda client: client.check()).counts_pulls


def test_every_manifest_request_accepts_every_type_uncompressed(bench: Bench) -> None:
    bench.registry.push("a", "1", image(1))

    async def both(client: RegistryClient) -> None:
        await client.get_manifest_by_tag("a", "1", ())
        await client.head_manifest("a", "1")

    bench.ask(both)
    for request in bench.registry.seen:
        assert request.headers["accept"] == media_types.ACCEPT_MANIFESTS
        assert request.headers["accept-encoding"] == "identity"


def test_a_manifest_by_tag_has_the_digest_of_its_bytes(bench: Bench) -> None:
    digest = bench.registry.push("a", "1", image(10, 20))
    fetched = bench.ask(lambda client: client.get_manifest_by_tag("a", "1", ()))
    assert fetched.manifest is not None
    assert fetched.manifest.digest == digest
    assert fetched.manifest.kind is ManifestKind.IMAGE
    assert [layer.size_bytes for layer in fetched.manifest.layers] == [10, 20]


def test_a_broken_manifest_is_named(bench: Bench) -> None:
    bench.registry.push("a", "1", b'{"layers":[{"digest":"x","size":-1}]}')
    with pytest.raises(InvalidManifestError, match="a:1"):
        bench.ask(lambda client: client.get_manifest_by_tag("a", "1", ()))


def test_one_known_digest_needs_one_request_when_it_still_stands(bench: Bench) -> None:
    digest = bench.registry.push("a", "1", image(1))
    fetched = bench.ask(lambda client: client.get_manifest_by_tag("a", "1", (digest,)))
    assert fetched.unchanged == digest
    assert len(bench.registry.seen) == 1


def test_every_known_digest_has_a_line_of_its_own(bench: Bench) -> None:
    known = tuple(Digest.of(str(number).encode()) for number in range(3))
    bench.registry.push("a", "1", image(1))
    bench.ask(lambda client: client.get_manifest_by_tag("a", "1", known))
    lines = bench.registry.seen[0].headers.get_list("if-none-match")
    assert lines == [f'"{digest}"' for digest in known]


def test_known_digests_stop_at_the_header_budget(bench: Bench) -> None:
    known = tuple(Digest.of(str(number).encode()) for number in range(500))
    bench.registry.push("a", "1", image(1))
    bench.ask(lambda client: client.get_manifest_by_tag("a", "1", known))
    lines = bench.registry.seen[0].headers.get_list("if-none-match")
    assert 50 < len(lines) < 80


def test_a_304_that_names_its_digest_needs_no_second_request(bench: Bench) -> None:
    bench.registry.names_digest_on_304 = True
    digest = bench.registry.push("a", "1", image(1))
    other = Digest.of(b"other")
    fetched = bench.ask(lambda client: client.get_manifest_by_tag("a", "1", (other, digest)))
    assert fetched.unchanged == digest
    assert len(bench.registry.seen) == 1


def test_a_silent_304_is_cleared_up_by_head_and_the_next_tag_starts_with_it(bench: Bench) -> None:
    first = bench.registry.push("a", "1", image(1))
    second = bench.registry.push("a", "2", image(2))

    async def both(client: RegistryClient) -> list[Digest | None]:
        known = (second, first)
        return [(await client.get_manifest_by_tag("a", tag, known)).unchanged for tag in ("1", "2")]

    assert bench.ask(both) == [first, second]
    assert [request.method for request in bench.registry.seen] == ["GET", "HEAD", "HEAD"]


def test_a_new_manifest_after_a_silent_304_is_fetched(bench: Bench) -> None:
    first = bench.registry.push("a", "1", image(1))
    new = bench.registry.push("a", "2", image(2))

    async def both(client: RegistryClient) -> Digest | None:
        known = (Digest.of(b"other"), first)
        await client.get_manifest_by_tag("a", "1", known)
        manifest = (await client.get_manifest_by_tag("a", "2", known)).manifest
        return manifest.digest if manifest else None

    assert bench.ask(both) == new
    assert [request.method for request in bench.registry.seen] == ["GET", "HEAD", "HEAD", "GET"]


def test_a_304_nobody_asked_for_ends_in_an_error(bench: Bench) -> None:
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: httpx.Response(304)
    with pytest.raises(ProtocolError):
        bench.ask(lambda client: client.get_manifest_by_tag("a", "1", ()))


def test_a_304_with_a_digest_we_never_had_is_not_believed(bench: Bench) -> None:
    body = json.dumps(image(1)).encode()

    def answer(request: httpx.Request) -> httpx.Response:
        if "if-none-match" in request.headers:
            return httpx.Response(304, headers={"etag": f'"{Digest.of(b"foreign")}"'})
        headers = {"docker-content-digest": Digest.of(body).text}
        return httpx.Response(
            200, content=b"" if request.method == "HEAD" else body, headers=headers
        )

    bench.registry.answers["/v2/a/manifests/1"] = answer
    known = (Digest.of(b"one"),)
    fetched = bench.ask(lambda client: client.get_manifest_by_tag("a", "1", known))
    assert fetched.manifest is not None
    assert fetched.manifest.digest == Digest.of(body)


def test_head_says_the_digest_or_that_nothing_is_there(bench: Bench) -> None:
    digest = bench.registry.push("a", "1", image(1))
    assert bench.ask(lambda client: client.head_manifest("a", "1")) == digest
    assert bench.ask(lambda client: client.head_manifest("a", digest.text)) == digest
    assert bench.ask(lambda client: client.head_manifest("a", "2")) is None
    assert bench.ask(lambda client: client.head_manifest("a", Digest.of(b"x").text)) is None


def test_head_without_a_digest_is_an_error(bench: Bench) -> None:
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: httpx.Response(200)
    with pytest.raises(ProtocolError, match="does not say the digest"):
        bench.ask(lambda client: client.head_manifest("a", "1"))


def test_get_stands_in_where_head_is_not_allowed(bench: Bench) -> None:
    body = json.dumps(image(1)).encode()
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: (
        httpx.Response(405) if request.method == "HEAD" else httpx.Response(200, content=body)
    )
    assert bench.ask(lambda client: client.head_manifest("a", "1")) == Digest.of(body)


def test_plain_registries_list_no_untagged_manifests_and_are_not_asked(bench: Bench) -> None:
    assert bench.ask(lambda client: client.list_untagged("a")) == ()
    assert bench.registry.seen == []


def test_traffic_counts_requests_and_body_bytes(bench: Bench) -> None:
    bench.registry.push("a", "1", image(1))

    async def count(client: RegistryClient) -> tuple[int, int]:
        manifest = (await client.get_manifest_by_tag("a", "1", ())).manifest
        assert manifest is not None
        traffic = client.traffic()
        return traffic.requests, traffic.bytes_received - manifest.size_bytes

    assert bench.ask(count) == (1, 0)


# --- registries that count pulls ---------------------------------------------------------


def tag_answers(bench: Bench, head: Answering) -> list[httpx.Request]:
    """The repository's one tag, whose HEAD is answered otherwise; its GETs are collected."""
    gets: list[httpx.Request] = []
    bench.registry.push("a", "1", image(1))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "HEAD":
            return head(request)
        gets.append(request)
        return bench.registry._manifest(request, "a", "1")

    bench.registry.answers["/v2/a/manifests/1"] = answer
    return gets


def test_a_tag_is_found_by_head_alone(bench: Bench) -> None:
    digest = bench.registry.push("a", "1", image(1))
    found = bench.ask(lambda client: client.find_manifest_by_tag("a", "1", None))
    assert found == FetchedManifest(unchanged=digest)
    assert [request.method for request in bench.registry.seen] == ["HEAD"]
    assert bench.ask(lambda client: client.find_manifest_by_tag("a", "2", None)) is None


@pytest.mark.parametrize("status", [200, 400, 403, 405, 501])
def test_where_head_does_not_tell_the_digest_one_get_does(bench: Bench, status: int) -> None:
    gets = tag_answers(bench, lambda request: httpx.Response(status))
    found = bench.ask(lambda client: client.find_manifest_by_tag("a", "1", None))
    assert found is not None
    assert found.manifest is not None
    assert len(gets) == 1


def test_a_manifest_that_a_tag_pointed_at_before_is_not_sent_again(bench: Bench) -> None:
    gets = tag_answers(bench, lambda request: httpx.Response(405))
    digest = Digest.parse(bench.registry.tags["a"]["1"])
    found = bench.ask(lambda client: client.find_manifest_by_tag("a", "1", digest))
    assert found == FetchedManifest(unchanged=digest)
    assert [request.headers["if-none-match"] for request in gets] == [f'"{digest}"']


def test_a_registry_without_head_is_asked_by_head_once(bench: Bench) -> None:
    heads: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        heads.append(request)
        return httpx.Response(405)

    gets = tag_answers(bench, refuse)
    bench.registry.answers["/v2/a/manifests/gone"] = lambda request: error(404, "MANIFEST_UNKNOWN")

    async def read(client: RegistryClient) -> None:
        for _ in range(3):
            assert await client.find_manifest_by_tag("a", "1", None) is not None
        assert await client.find_manifest_by_tag("a", "gone", None) is None

    bench.ask(read)
    assert (len(heads), len(gets)) == (1, 3)


def test_a_tag_we_may_not_read_is_an_error_and_no_get(bench: Bench) -> None:
    gets = tag_answers(bench, lambda request: httpx.Response(429))
    bench.options = ClientOptions(attempts=1)
    with pytest.raises(RateLimitedError):
        bench.ask(lambda client: client.find_manifest_by_tag("a", "1", None))
    assert gets == []
