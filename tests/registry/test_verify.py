"""Which bytes are believed to be which manifest."""

from __future__ import annotations

import json

import httpx
import pytest

from auditor.domain import media_types
from auditor.domain.digest import Digest
from auditor.domain.errors import DigestMismatchError, ProtocolError
from auditor.domain.manifest import Manifest
from tests.fakes.registry import always, error, image
from tests.fakes.schema1 import signed
from tests.registry.conftest import Bench

BODY = json.dumps(image(1)).encode()
PAYLOAD = b'{\n   "schemaVersion": 1,\n   "fsLayers": []\n}'
LIE = Digest.of(b"something else")


def by_tag(bench: Bench) -> Manifest | None:
    return bench.ask(lambda client: client.get_manifest_by_tag("a", "1", ())).manifest


def serve_lie(bench: Bench, *, head_of_truth: httpx.Response) -> None:
    """Bytes under a tag with a header that names others."""
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: httpx.Response(
        200, content=BODY, headers={"docker-content-digest": LIE.text}
    )
    bench.registry.answers[f"/v2/a/manifests/{Digest.of(BODY)}"] = lambda request: head_of_truth


def test_a_wrong_header_is_not_believed_where_the_registry_knows_the_bytes(bench: Bench) -> None:
    serve_lie(bench, head_of_truth=httpx.Response(200))
    manifest = by_tag(bench)
    assert manifest is not None
    assert manifest.digest == Digest.of(BODY)
    assert [request.method for request in bench.registry.seen] == ["GET", "HEAD"]


def test_bytes_that_the_registry_does_not_know_by_their_digest_are_refused(bench: Bench) -> None:
    serve_lie(bench, head_of_truth=error(404, "MANIFEST_UNKNOWN"))
    with pytest.raises(DigestMismatchError, match="a:1 do not have the digest") as caught:
        by_tag(bench)
    assert caught.value.next_step


def test_a_registry_that_cannot_say_whether_it_knows_them_is_an_error(bench: Bench) -> None:
    serve_lie(bench, head_of_truth=httpx.Response(400))
    with pytest.raises(ProtocolError):
        by_tag(bench)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"docker-content-digest": "nonsense"},
        {"docker-content-digest": "blake3:" + "a" * 64},
        {"etag": f'"{LIE}"'},
    ],
)
def test_what_is_no_claim_that_could_be_checked_costs_no_request(
    bench: Bench, headers: dict[str, str]
) -> None:
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: httpx.Response(
        200, content=BODY, headers=headers
    )
    manifest = by_tag(bench)
    assert manifest is not None
    assert manifest.digest == Digest.of(BODY)
    assert len(bench.registry.seen) == 1


def test_a_lie_behind_a_registry_without_head_is_found_too(bench: Bench) -> None:
    serve_lie(bench, head_of_truth=error(404, "MANIFEST_UNKNOWN"))
    lie = bench.registry.answers["/v2/a/manifests/1"]
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: (
        httpx.Response(405) if request.method == "HEAD" else lie(request)
    )
    with pytest.raises(DigestMismatchError):
        bench.ask(lambda client: client.head_manifest("a", "1"))


def test_a_body_that_stands_in_for_head_must_have_the_digest_asked_for(bench: Bench) -> None:
    bench.registry.answers[f"/v2/a/manifests/{LIE}"] = lambda request: (
        httpx.Response(405) if request.method == "HEAD" else httpx.Response(200, content=BODY)
    )
    with pytest.raises(DigestMismatchError):
        bench.ask(lambda client: client.head_manifest("a", LIE.text))


def test_a_sha512_registry_is_followed(bench: Bench) -> None:
    digest = Digest.of(BODY, "sha512")
    bench.registry.answers["/v2/a/manifests/1"] = lambda request: httpx.Response(
        200, content=BODY, headers={"docker-content-digest": digest.text}
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


def test_a_signed_manifest_has_the_digest_of_its_payload_whatever_its_type_says(
    bench: Bench,
) -> None:
    for media_type in (media_types.DOCKER_SCHEMA1_SIGNED, f"{media_types.DOCKER_SCHEMA1}; x=y"):
        bench.registry.answers["/v2/a/manifests/1"] = always(
            signed(PAYLOAD), content_type=media_type, docker_content_digest=Digest.of(PAYLOAD).text
        )
        manifest = by_tag(bench)
        assert manifest is not None
        assert (manifest.digest, manifest.size_bytes) == (Digest.of(PAYLOAD), len(PAYLOAD))


def test_nothing_behind_the_payload_of_a_signed_manifest_is_believed(bench: Bench) -> None:
    """A manifest of another kind cannot be forged by calling what was added a signature."""
    wanted = json.dumps(image(1), indent=3).encode()
    forged = signed(wanted)[:-1] + b',"layers":' + json.dumps(image(9)["layers"]).encode() + b"}"
    digest = Digest.of(wanted)
    bench.registry.manifests[digest.text] = (media_types.OCI_MANIFEST, forged)
    manifest = bench.ask(lambda client: client.get_manifest_by_digest("a", digest))
    assert [layer.size_bytes for layer in manifest.layers] == [1]
    assert manifest.size_bytes == len(wanted)
