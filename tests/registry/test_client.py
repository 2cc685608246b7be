from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import (
    AuthenticationError,
    DigestMismatchError,
    InvalidManifestError,
    NotARegistryError,
    NotFoundError,
    ProtocolError,
    RegistryError,
)
from auditor.domain.manifest import ManifestKind
from auditor.registry.client import RegistryClient
from auditor.registry.options import ClientOptions
from tests.fakes.registry import error, image
from tests.registry.conftest import Bench

Catalogue = Callable[[RegistryClient], Awaitable[list[str]]]


def test_a_registry_that_answers_is_one(bench: Bench) -> None:
    capabilities = bench.ask(lambda client: client.check())
    assert not capabilities.counts_pulls
    assert not capabilities.lists_untagged
    assert capabilities.supports_referrers is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>Please log in</html>"),
        httpx.Response(200, text="x" * 100_000),
        httpx.Response(404, text="nothing"),
        httpx.Response(204),
        httpx.Response(302, headers={"location": "https://portal.test/login"}),
        httpx.Response(401, headers={"www-authenticate": "Negotiate"}),
        httpx.Response(401),
    ],
)
def test_something_else_is_not_a_registry(bench: Bench, answer: httpx.Response) -> None:
    bench.registry.answers["/v2/"] = lambda request: answer
    bench.registry.answers["portal.test/login"] = lambda request: httpx.Response(200, text="hi")
    with pytest.raises(NotARegistryError, match=r"registry\.test") as caught:
        bench.ask(lambda client: client.check())
    assert "\n" not in str(caught.value)
    assert caught.value.next_step


def test_a_403_on_the_version_check_is_about_rights(bench: Bench) -> None:
    bench.registry.answers["/v2/"] = lambda request: error(403, "DENIED")
    with pytest.raises(AuthenticationError, match="DENIED"):
        bench.ask(lambda client: client.check())


@pytest.mark.parametrize(
    "options, extensions, counts",
    [
        (ClientOptions(), '{"extensions":[{"name":"_zot"}]}', True),
        (ClientOptions(), "{}", False),
        (ClientOptions(counts_pulls=False), '{"extensions":[{"name":"_zot"}]}', False),
        (ClientOptions(counts_pulls=True), "{}", True),
    ],
)
def test_zot_counts_pulls_unless_the_user_knows_better(
    bench: Bench, options: ClientOptions, extensions: str, counts: bool
) -> None:
    bench.options = options
    bench.registry.answers["/v2/_oci/ext/discover"] = lambda request: httpx.Response(
        200, text=extensions
    )
    assert bench.ask(lambda client: client.check()).counts_pulls is counts


def test_the_catalogue_is_read_to_its_last_page(bench: Bench, catalogue: Catalogue) -> None:
    bench.registry.page_size = 2
    bench.registry.tags = {name: {} for name in "abcde"}
    assert bench.ask(catalogue) == list("abcde")
    assert [r.url.params.get("n") for r in bench.registry.seen] == ["1000", "2", "2"]


def test_a_smaller_page_is_asked_for_where_a_thousand_is_too_many(
    bench: Bench, catalogue: Catalogue
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("n") is not None:
            return error(400, "PAGINATION_NUMBER_INVALID")
        return httpx.Response(200, json={"repositories": ["a"]})

    bench.registry.answers["/v2/_catalog"] = answer
    assert bench.ask(catalogue) == ["a"]
    assert [r.url.params.get("n") for r in bench.registry.seen] == ["1000", "100", None]


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_registry_without_a_catalogue_says_to_name_repositories(
    bench: Bench, catalogue: Catalogue, status: int
) -> None:
    bench.registry.answers["/v2/_catalog"] = lambda request: error(status, "UNSUPPORTED")
    with pytest.raises(RegistryError, match="does not list its repositories") as caught:
        bench.ask(catalogue)
    assert "--repository NAME" in caught.value.next_step


@pytest.mark.parametrize(
    "body, names",
    [
        ('{"repositories":null}', []),
        (
            '{"repositories":["a",null,"a","UPPER/x","",3,"new\\nline","\\u001b[31m"]}',
            ["a", "UPPER/x"],
        ),
        ('\ufeff{"repositories":["a"]}\n', ["a"]),
    ],
)
def test_unusable_names_in_a_catalogue_are_left_out(
    bench: Bench, catalogue: Catalogue, body: str, names: list[str]
) -> None:
    bench.registry.answers["/v2/_catalog"] = lambda request: httpx.Response(200, text=body)
    assert bench.ask(catalogue) == names


@pytest.mark.parametrize(
    "body", ["<html>", "[]", "{}", '{"repositories":3}', "[" * 100_000, '{"a":"\udcff"}']
)
def test_a_catalogue_of_another_shape_is_an_error(
    bench: Bench, catalogue: Catalogue, body: str
) -> None:
    content = body.encode("utf-8", "surrogateescape")
    bench.registry.answers["/v2/_catalog"] = lambda request: httpx.Response(200, content=content)
    with pytest.raises(ProtocolError):
        bench.ask(catalogue)


def test_a_catalogue_in_a_circle_is_an_error_after_its_pages(bench: Bench) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        link = {"link": '</v2/_catalog?last=a>; rel="next"'}
        return httpx.Response(200, json={"repositories": ["a"]}, headers=link)

    bench.registry.answers["/v2/_catalog"] = answer
    pages = []

    async def read(client: RegistryClient) -> None:
        async for page in client.list_repositories():
            pages.append(tuple(page))  # noqa: PERF401 - what came before the error counts

    with pytest.raises(ProtocolError):
        bench.ask(read)
    assert pages == [("a",)]


def test_a_catalogue_without_end_is_given_up(bench: Bench, catalogue: Catalogue) -> None:
    bench.options = ClientOptions(page_limit=20)

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("last", "0")) + 1
        link = {"link": f'</v2/_catalog?last={number}>; rel="next"'}
        return httpx.Response(200, json={"repositories": [f"r{number}"]}, headers=link)

    bench.registry.answers["/v2/_catalog"] = answer
    with pytest.raises(ProtocolError, match="more than 20 pages"):
        bench.ask(catalogue)


def test_a_next_page_on_another_host_is_asked_for_here(bench: Bench, catalogue: Catalogue) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("last"):
            return httpx.Response(200, json={"repositories": ["b"]})
        link = {"link": '<http://evil.test/v2/_catalog?last=a>; rel="next"'}
        return httpx.Response(200, json={"repositories": ["a"]}, headers=link)

    bench.registry.answers["/v2/_catalog"] = answer
    assert bench.ask(catalogue) == ["a", "b"]
    assert {request.url.host for request in bench.registry.seen} == {"registry.test"}


@pytest.mark.parametrize(
    "body, tags",
    [
        ({"name": "a", "tags": None}, ()),
        ({"name": "a"}, ()),
        ({"tags": ["1", None, "2", "1", "sha256:" + "a" * 64, "odd tag"]}, ("1", "2", "odd tag")),
    ],
)
def test_tags_are_listed_once_without_nulls_and_digests(
    bench: Bench, body: object, tags: tuple[str, ...]
) -> None:
    bench.registry.answers["/v2/a/tags/list"] = lambda request: httpx.Response(200, json=body)
    assert bench.ask(lambda client: client.list_tags("a")) == tags


def test_an_unknown_repository_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFoundError) as caught:
        bench.ask(lambda client: client.list_tags("nobody/nothing"))
    assert caught.value.code == "NAME_UNKNOWN"
    assert "nobody/nothing" in str(caught.value)


def test_a_200_with_errors_is_an_error(bench: Bench) -> None:
    bench.registry.answers["/v2/a/tags/list"] = lambda request: httpx.Response(
        200, json={"errors": [{"code": "UNKNOWN"}]}
    )
    with pytest.raises(ProtocolError):
        bench.ask(lambda client: client.list_tags("a"))


@pytest.mark.parametrize("name", ["../../admin", "a/../b", "a//b", "/a", ".", ""])
def test_a_name_that_would_lead_elsewhere_is_not_asked_for(bench: Bench, name: str) -> None:
    with pytest.raises(ProtocolError, match="nothing can be asked for"):
        bench.ask(lambda client: client.list_tags(name))
    assert bench.registry.seen == []


@pytest.mark.parametrize(
    "name, raw",
    [
        ("Team/App", "Team/App"),
        ("a b?c#d", "a%20b%3Fc%23d"),
        ("a%2fb", "a%252fb"),
        ("ü", "%C3%BC"),
    ],
)
def test_a_name_is_asked_for_as_it_is(bench: Bench, name: str, raw: str) -> None:
    with pytest.raises(NotFoundError):
        bench.ask(lambda client: client.list_tags(name))
    assert bench.registry.seen[0].url.raw_path.decode().partition("?")[0] == f"/v2/{raw}/tags/list"


def test_one_segment_names_on_docker_hub_are_in_library(bench: Bench) -> None:
    bench.address = "docker.io"
    bench.registry.host = "registry-1.docker.io"
    bench.registry.push("library/alpine", "3", image(1))
    assert bench.ask(lambda client: client.list_tags("alpine")) == ("3",)
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


def test_a_digest_header_that_lies_is_not_believed(bench: Bench) -> None:
    body = json.dumps(image(1)).encode()
    lie = Digest.of(b"something else").text
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: httpx.Response(
        200, content=body, headers={"docker-content-digest": lie}
    )
    fetched = bench.ask(lambda client: client.get_manifest_by_tag("a", "1", ()))
    assert fetched.manifest is not None
    assert fetched.manifest.digest == Digest.of(body)


def test_a_sha512_registry_is_followed(bench: Bench) -> None:
    body = json.dumps(image(1)).encode()
    digest = Digest.of(body, "sha512")
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: httpx.Response(
        200, content=body, headers={"docker-content-digest": digest.text}
    )
    fetched = bench.ask(lambda client: client.get_manifest_by_tag("a", "1", ()))
    assert fetched.manifest is not None
    assert fetched.manifest.digest == digest


def test_bytes_with_another_digest_than_asked_for_are_refused(bench: Bench) -> None:
    wanted = Digest.of(b"wanted")
    bench.registry.answers[f"/v2/a/manifests/{wanted}"] = lambda request: httpx.Response(
        200, json=image(1)
    )
    with pytest.raises(DigestMismatchError, match=wanted.text):
        bench.ask(lambda client: client.get_manifest_by_digest("a", wanted))


def test_a_digest_that_cannot_be_computed_is_refused(bench: Bench) -> None:
    wanted = Digest.parse("blake3:" + "a" * 64)
    bench.registry.manifests[wanted.text] = (media_types.OCI_MANIFEST, b"{}")
    with pytest.raises(ProtocolError, match="blake3"):
        bench.ask(lambda client: client.get_manifest_by_digest("a", wanted))


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


def test_a_config_is_verified_and_decoded(bench: Bench) -> None:
    body = b'{"os":"linux","architecture":"arm64","config":{"Env":["SECRET=1"]}}'
    digest = bench.registry.push_blob(body)
    descriptor = Descriptor(media_types.OCI_CONFIG, digest, len(body))
    config = bench.ask(lambda client: client.get_config("a", descriptor))
    assert str(config.platform) == "linux/arm64"
    assert config.size_bytes == len(body)
    assert "SECRET" not in repr(config)


def test_a_config_with_other_bytes_is_refused(bench: Bench) -> None:
    digest = Digest.of(b"wanted")
    bench.registry.blobs[digest.text] = b"{}"
    descriptor = Descriptor(media_types.OCI_CONFIG, digest, 2)
    with pytest.raises(DigestMismatchError):
        bench.ask(lambda client: client.get_config("a", descriptor))


def test_a_missing_config_is_not_found(bench: Bench) -> None:
    descriptor = Descriptor(media_types.OCI_CONFIG, Digest.of(b"gone"), 2)
    with pytest.raises(NotFoundError):
        bench.ask(lambda client: client.get_config("a", descriptor))


def test_the_size_of_a_blob_is_measured_at_the_end_of_redirects(bench: Bench) -> None:
    digest = Digest.of(b"layer")
    bench.registry.answers[f"/v2/a/blobs/{digest}"] = lambda request: httpx.Response(
        307, headers={"location": "https://store.test/x?signature=abc", "content-length": "0"}
    )
    bench.registry.answers["store.test/x"] = lambda request: httpx.Response(
        200, headers={"content-length": "1234"}
    )
    assert bench.ask(lambda client: client.head_blob("a", digest)) == 1234
    assert bench.ask(lambda client: client.head_blob("a", Digest.of(b"no"))) is None


@pytest.mark.parametrize(
    "answer, size",
    [
        (httpx.Response(206, headers={"content-range": "bytes 0-0/77"}, content=b"x"), 77),
        (httpx.Response(200, headers={"content-length": "88"}), 88),
        (httpx.Response(416, headers={"content-range": "bytes */0"}), 0),
        (httpx.Response(404), None),
    ],
)
def test_storage_that_refuses_head_is_asked_for_the_first_byte(
    bench: Bench, answer: httpx.Response, size: int | None
) -> None:
    digest = Digest.of(b"layer")

    def store(request: httpx.Request) -> httpx.Response:
        if request.method == "HEAD":
            return httpx.Response(403)
        assert request.headers["range"] == "bytes=0-0"
        return answer

    bench.registry.answers[f"/v2/a/blobs/{digest}"] = lambda request: httpx.Response(
        307, headers={"location": "https://store.test/x"}
    )
    bench.registry.answers["store.test/x"] = store
    assert bench.ask(lambda client: client.head_blob("a", digest)) == size


@pytest.mark.parametrize("total", ["*", "-1", "9" * 30, "", "٣"])
def test_an_absurd_size_is_an_error(bench: Bench, total: str) -> None:
    digest = Digest.of(b"layer")
    headers = [(b"content-range", f"bytes 0-0/{total}".encode())]
    bench.registry.answers[f"/v2/a/blobs/{digest}"] = lambda request: (
        httpx.Response(405) if request.method == "HEAD" else httpx.Response(206, headers=headers)
    )
    with pytest.raises(ProtocolError, match="does not say the size"):
        bench.ask(lambda client: client.head_blob("a", digest))


def test_layers_of_the_first_format_are_measured(bench: Bench) -> None:
    bottom, top = bench.registry.push_blob(b"bottom layer"), bench.registry.push_blob(b"top")
    document = {
        "schemaVersion": 1,
        "fsLayers": [{"blobSum": one.text} for one in (top, bottom, Digest.of(b"gone"))],
        "history": [{"v1Compatibility": '{"Size":999}'}] * 3,
    }
    bench.registry.push("a", "1", document, media_types.DOCKER_SCHEMA1)
    manifest = bench.ask(lambda client: client.get_manifest_by_tag("a", "1", ())).manifest
    assert manifest is not None
    assert manifest.kind is ManifestKind.IMAGE
    assert [layer.size_bytes for layer in manifest.layers] == [999, 12, 3]
    assert manifest.layers[-1].digest == top


def _referrers(*digests: Digest) -> dict[str, object]:
    rows = [
        {"mediaType": media_types.OCI_MANIFEST, "digest": one.text, "size": 7, "artifactType": "t"}
        for one in digests
    ]
    return {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": rows}


def test_referrers_are_listed_over_all_pages(bench: Bench) -> None:
    subject, one, two = (Digest.of(text) for text in (b"s", b"1", b"2"))

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-type": media_types.OCI_INDEX}
        if "last" in request.url.params:
            return httpx.Response(200, content=json.dumps(_referrers(two, one)), headers=headers)
        headers["link"] = f"<{request.url.path}?last=1>; rel=next"
        return httpx.Response(200, content=json.dumps(_referrers(one)), headers=headers)

    bench.registry.answers[f"/v2/a/referrers/{subject}"] = answer
    found = bench.ask(lambda client: client.list_referrers("a", subject))
    assert [(row.digest, row.artifact_type) for row in found] == [(one, "t"), (two, "t")]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="<html>"),
        httpx.Response(400),
        httpx.Response(406),
        httpx.Response(200, json={"manifests": []}),
    ],
)
def test_a_registry_without_referrers_is_asked_once(bench: Bench, answer: httpx.Response) -> None:
    subjects = [Digest.of(text) for text in (b"1", b"2")]
    for subject in subjects:
        bench.registry.answers[f"/v2/a/referrers/{subject}"] = lambda request: answer

    async def both(client: RegistryClient) -> object:
        found = [await client.list_referrers("a", subject) for subject in subjects]
        assert found == [(), ()]
        return (await client.check()).supports_referrers

    assert bench.ask(both) is False
    assert sum("referrers" in path for path in bench.registry.paths()) == 1


def test_a_subject_that_is_gone_does_not_mean_there_are_no_referrers(bench: Bench) -> None:
    gone, there = Digest.of(b"gone"), Digest.of(b"there")
    bench.registry.answers[f"/v2/a/referrers/{gone}"] = lambda request: error(
        404, "MANIFEST_UNKNOWN"
    )
    bench.registry.answers[f"/v2/a/referrers/{there}"] = lambda request: httpx.Response(
        200,
        content=json.dumps(_referrers(gone)),
        headers={"content-type": media_types.OCI_INDEX},
    )

    async def both(client: RegistryClient) -> list[int]:
        return [len(await client.list_referrers("a", one)) for one in (gone, there)]

    assert bench.ask(both) == [0, 1]


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
