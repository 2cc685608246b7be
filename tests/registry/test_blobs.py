from __future__ import annotations

import httpx
import pytest

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import (
    DigestMismatchError,
    InvalidManifestError,
    NotFoundError,
    ProtocolError,
    RegistryError,
    RegistryUnreachableError,
)
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.registry.blobs import MOST_MEASURED
from auditor.registry.client import RegistryClient
from tests.fakes.registry import Answering
from tests.registry.conftest import Bench


def unreachable(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


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


def first_format(*layers: Digest) -> dict[str, object]:
    return {
        "schemaVersion": 1,
        "fsLayers": [{"blobSum": one.text} for one in layers],
        "history": [{"v1Compatibility": '{"Size":999}'}] * len(layers),
    }


def test_layers_of_the_first_format_are_measured(bench: Bench) -> None:
    bottom, top = bench.registry.push_blob(b"bottom layer"), bench.registry.push_blob(b"top")
    bench.registry.push("a", "1", first_format(top, bottom), media_types.DOCKER_SCHEMA1)
    bench.registry.push("a", "2", first_format(top, top), media_types.DOCKER_SCHEMA1)

    async def read(client: RegistryClient) -> list[Manifest | None]:
        return [(await client.get_manifest_by_tag("a", tag, ())).manifest for tag in "12"]

    first, second = bench.ask(read)
    assert first is not None
    assert second is not None
    assert first.kind is ManifestKind.IMAGE
    assert [layer.size_bytes for layer in first.layers] == [12, 3]
    assert first.layers[-1].digest == top
    assert [layer.size_bytes for layer in second.layers] == [3, 3]
    assert sum("/blobs/" in path for path in bench.registry.paths()) == 2


@pytest.mark.parametrize(
    "answer, kind",
    [
        (lambda request: httpx.Response(404), NotFoundError),
        (lambda request: httpx.Response(500), RegistryError),
        (unreachable, RegistryUnreachableError),
    ],
)
def test_a_layer_that_cannot_be_measured_leaves_no_size_to_believe(
    bench: Bench, answer: Answering, kind: type[RegistryError]
) -> None:
    layer = bench.registry.push_blob(b"layer")
    bench.registry.push("a", "1", first_format(layer), media_types.DOCKER_SCHEMA1)
    bench.registry.answers[f"/v2/a/blobs/{layer}"] = answer
    with pytest.raises(kind):
        bench.ask(lambda client: client.get_manifest_by_tag("a", "1", ()))


def test_no_more_layers_are_measured_than_an_image_may_have(bench: Bench) -> None:
    layers = [Digest.of(str(number).encode()) for number in range(MOST_MEASURED + 1)]
    bench.registry.push("a", "1", first_format(*layers), media_types.DOCKER_SCHEMA1)
    with pytest.raises(InvalidManifestError, match="lists 513 layers without sizes"):
        bench.ask(lambda client: client.get_manifest_by_tag("a", "1", ()))
    assert len(bench.registry.seen) == 1
