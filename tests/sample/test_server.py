from __future__ import annotations

import hashlib
import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from auditor.domain import media_types
from auditor.sample.server import SampleRegistry, history_moments
from tests.sample.asking import Ask, Reply

_REDIS = "/v2/library/redis"


def _code(reply: Reply) -> str:
    [error] = reply.json()["errors"]
    assert error["message"]
    assert reply.headers["Content-Type"] == "application/json"
    return str(error["code"])


def _pages(ask: Ask, target: str, key: str) -> Iterator[list[str]]:
    while target:
        reply = ask(target)
        assert reply.status == 200
        yield reply.json()[key]
        link = reply.headers["Link"]
        assert link is None or link.endswith('>; rel="next"')
        target = link[1 : link.index(">")] if link else ""


def _first_image(ask: Ask, repository: str, tag: str) -> tuple[str, dict[str, Any]]:
    index = ask(f"/v2/{repository}/manifests/{tag}").json()
    digest = index["manifests"][0]["digest"]
    return digest, ask(f"/v2/{repository}/manifests/{digest}").json()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_ping_says_that_this_is_a_registry(ask: Ask, method: str) -> None:
    reply = ask("/v2/", method=method)
    assert reply.status == 200
    assert reply.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


def test_it_listens_on_loopback_only(registry: SampleRegistry) -> None:
    host, _, port = registry.address.partition(":")
    assert host == "127.0.0.1"
    assert int(port) > 0


def test_the_catalog_without_n_lists_everything(ask: Ask) -> None:
    reply = ask("/v2/_catalog")
    assert len(reply.json()["repositories"]) == 151
    assert reply.headers["Link"] is None


@pytest.mark.parametrize("size", [1, 7, 151, 1000])
def test_catalog_pages_join_to_the_whole(ask: Ask, size: int) -> None:
    whole = ask("/v2/_catalog").json()["repositories"]
    pages = list(_pages(ask, f"/v2/_catalog?n={size}", "repositories"))
    assert [name for page in pages for name in page] == whole
    assert {len(page) for page in pages[:-1]} <= {size}


def test_tag_pages_join_to_the_whole(ask: Ask) -> None:
    whole = ask("/v2/library/python/tags/list").json()
    assert whole["name"] == "library/python"
    pages = list(_pages(ask, "/v2/library/python/tags/list?n=10", "tags"))
    assert [tag for page in pages for tag in page] == whole["tags"]
    assert len(pages) > 5


def test_last_alone_skips_names_up_to_it(ask: Ask) -> None:
    assert ask("/v2/_catalog?last=shop%2Fstorefront-api").json() == {
        "repositories": ["shop/wishlist"]
    }


def test_a_page_of_nothing_has_no_link(ask: Ask) -> None:
    reply = ask("/v2/_catalog?n=0")
    assert reply.json() == {"repositories": []}
    assert reply.headers["Link"] is None


@pytest.mark.parametrize("wanted", ["1001", "-1", "many", "99999999999999999999"])
def test_an_unusable_page_size_is_refused(ask: Ask, wanted: str) -> None:
    reply = ask(f"/v2/_catalog?n={wanted}")
    assert (reply.status, _code(reply)) == (400, "PAGINATION_NUMBER_INVALID")


def test_a_manifest_comes_with_digest_type_and_length(ask: Ask) -> None:
    reply = ask(f"{_REDIS}/manifests/latest")
    digest = f"sha256:{hashlib.sha256(reply.body).hexdigest()}"
    assert reply.status == 200
    assert reply.headers["Docker-Content-Digest"] == digest
    assert reply.headers["ETag"] == f'"{digest}"'
    assert reply.headers["Content-Type"] == reply.json()["mediaType"]
    assert int(reply.headers["Content-Length"]) == len(reply.body)
    assert ask(f"{_REDIS}/manifests/{digest}").body == reply.body


def test_head_answers_as_get_without_a_body(ask: Ask) -> None:
    got, headed = (
        ask(f"{_REDIS}/manifests/latest"),
        ask(f"{_REDIS}/manifests/latest", method="HEAD"),
    )
    assert headed.body == b""
    for name in ("Docker-Content-Digest", "ETag", "Content-Type", "Content-Length"):
        assert headed.headers[name] == got.headers[name]


def test_if_none_match_is_honoured_in_repeated_lines_lists_and_weak_form(ask: Ask) -> None:
    target = f"{_REDIS}/manifests/latest"
    tag = ask(target).headers["ETag"]
    other = '"sha256:0000"'
    known = [[tag], [other, tag], [f"{other}, {tag}"], [f"W/{tag}"], ["*"]]
    for lines in known:
        reply = ask(target, *(("If-None-Match", line) for line in lines))
        assert (reply.status, reply.body) == (304, b""), lines
        assert reply.headers["ETag"] == tag
    assert ask(target, ("If-None-Match", other)).status == 200
    assert ask(target, ("If-None-Match", "garbage")).status == 200


def test_a_config_is_served_with_matching_digest_and_steps(ask: Ask) -> None:
    _, manifest = _first_image(ask, "library/redis", "latest")
    config = manifest["config"]
    reply = ask(f"{_REDIS}/blobs/{config['digest']}")
    assert reply.status == 200
    assert len(reply.body) == config["size"]
    assert f"sha256:{hashlib.sha256(reply.body).hexdigest()}" == config["digest"]
    history = reply.json()["history"]
    layers = [entry for entry in history if not entry.get("empty_layer")]
    assert len(layers) == len(manifest["layers"]) == len(reply.json()["rootfs"]["diff_ids"])


def test_a_layer_has_its_true_size_but_no_contents(ask: Ask) -> None:
    _, manifest = _first_image(ask, "library/redis", "latest")
    layer = manifest["layers"][0]
    headed = ask(f"{_REDIS}/blobs/{layer['digest']}", method="HEAD")
    assert headed.status == 200
    assert int(headed.headers["Content-Length"]) == layer["size"] == 30_114_519
    got = ask(f"{_REDIS}/blobs/{layer['digest']}")
    assert (got.status, _code(got)) == (404, "BLOB_UNKNOWN")
    assert "not shipped" in got.json()["errors"][0]["message"]


def test_a_blob_answers_only_in_repositories_that_hold_it(ask: Ask) -> None:
    _, manifest = _first_image(ask, "library/redis", "latest")
    config = manifest["config"]["digest"]
    assert ask(f"/v2/library/nginx/blobs/{config}").status == 404


def test_referrers_are_listed_and_can_be_filtered(ask: Ask) -> None:
    subject = ask("/v2/library/node/manifests/22", method="HEAD").headers["Docker-Content-Digest"]
    reply = ask(f"/v2/library/node/referrers/{subject}")
    assert reply.headers["Content-Type"] == media_types.OCI_INDEX
    [found] = reply.json()["manifests"]
    assert found["artifactType"] == "application/spdx+json"
    referrer = ask(f"/v2/library/node/manifests/{found['digest']}")
    assert referrer.json()["subject"]["digest"] == subject
    assert len(referrer.body) == found["size"]
    filtered = ask(f"/v2/library/node/referrers/{subject}?artifactType=text%2Fplain")
    assert filtered.json()["manifests"] == []
    assert filtered.headers["OCI-Filters-Applied"] == "artifactType"


def test_a_digest_nothing_refers_to_has_an_empty_index_of_referrers(ask: Ask) -> None:
    reply = ask(f"{_REDIS}/referrers/sha256:{'0' * 64}")
    assert reply.status == 200
    assert reply.json() == {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [],
    }


@pytest.mark.parametrize(
    "target,status,code",
    [
        (f"{_REDIS}/manifests/nope", 404, "MANIFEST_UNKNOWN"),
        (f"{_REDIS}/manifests/sha256:{'0' * 64}", 404, "MANIFEST_UNKNOWN"),
        (f"{_REDIS}/manifests/sha256:zz", 400, "DIGEST_INVALID"),
        (f"{_REDIS}/blobs/sha256:{'0' * 64}", 404, "BLOB_UNKNOWN"),
        (f"{_REDIS}/blobs/latest", 400, "DIGEST_INVALID"),
        (f"{_REDIS}/referrers/latest", 400, "DIGEST_INVALID"),
        ("/v2/library/nope/tags/list", 404, "NAME_UNKNOWN"),
        ("/v2/Library/Redis/tags/list", 400, "NAME_INVALID"),
        ("/v2/library/redis", 404, "UNSUPPORTED"),
        ("/", 404, "UNSUPPORTED"),
        ("/v1/search", 404, "UNSUPPORTED"),
    ],
)
def test_errors_are_in_the_registry_s_form(ask: Ask, target: str, status: int, code: str) -> None:
    reply = ask(target)
    assert (reply.status, _code(reply)) == (status, code)


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_written(ask: Ask, method: str) -> None:
    reply = ask(f"{_REDIS}/manifests/latest", method=method)
    assert (reply.status, _code(reply)) == (405, "UNSUPPORTED")


def test_percent_encoded_paths_mean_the_same(ask: Ask) -> None:
    plain, encoded = ask(f"{_REDIS}/tags/list"), ask("/v2/library%2Fredis/tags/list")
    assert encoded.json() == plain.json()


def test_showing_a_moment_changes_listings_and_showing_none_brings_today_back() -> None:
    with SampleRegistry.start(only={"library/alpine", "library/redis"}) as registry:
        connection = http.client.HTTPConnection(registry.address)

        def get(target: str) -> tuple[int, Any]:
            connection.request("GET", target)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

        _, today = get(f"{_REDIS}/tags/list")
        registry.show(history_moments()[0])
        _, then = get(f"{_REDIS}/tags/list")
        _, old = get(f"{_REDIS}/manifests/latest")
        assert then != today
        assert "layers" in old
        registry.show(None)
        assert get(f"{_REDIS}/tags/list") == (200, today)
        assert get(f"{_REDIS}/manifests/sha256:{'0' * 64}")[0] == 404
        connection.close()


def test_stopping_closes_the_port_and_ends_the_thread() -> None:
    registry = SampleRegistry.start(only={"library/alpine"})
    address = registry.address
    registry.stop()
    registry.stop()
    assert "sample-registry" not in {
        thread.name for thread in threading.enumerate() if thread is registry._thread
    }
    connection = http.client.HTTPConnection(address, timeout=5)
    with pytest.raises(ConnectionRefusedError):
        connection.request("GET", "/v2/")


def test_a_taken_port_is_an_error(registry: SampleRegistry) -> None:
    port = urlsplit(f"//{registry.address}").port
    assert port is not None
    with pytest.raises(OSError, match="address already in use"):
        SampleRegistry.start(port, only={"library/alpine"})
