"""Against Debian's docker-registry: what is believed of it elsewhere is true of it here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from auditor.domain import media_types
from auditor.domain.credential import Credential
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import AuthenticationError, NotFoundError, RegistryError
from auditor.domain.manifest import ManifestKind
from auditor.domain.reference import RegistryAddress
from auditor.registry.client import RegistryClient, open_registry
from auditor.registry.verify import covered_part
from tests.servers.docker_registry import (
    PASSWORD,
    USERNAME,
    RunningRegistry,
    start_docker_registry,
    write_htpasswd,
)

pytestmark = pytest.mark.real
T = TypeVar("T")
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
REPOSITORY = "team/app"


class Pusher:
    """Pushes by plain requests, as no well-behaved tool would."""

    def __init__(self, registry: RunningRegistry, auth: tuple[str, str] | None = None) -> None:
        self.registry = registry
        self.http = httpx.Client(base_url=registry.url, auth=auth)

    def blob(self, body: bytes, repository: str = REPOSITORY) -> Digest:
        digest = Digest.of(body)
        place = self.http.post(f"/v2/{repository}/blobs/uploads/").headers["location"]
        answer = self.http.put(f"{place}&digest={digest}", content=body)
        assert answer.status_code == 201
        return digest

    def manifest(self, tag: str, *layers: bytes, repository: str = REPOSITORY) -> Digest:
        config = json.dumps(
            {
                "os": "linux",
                "architecture": "amd64",
                "rootfs": {"type": "layers", "diff_ids": [Digest.of(one).text for one in layers]},
                "history": [{"created": "2026-01-01T00:00:00Z"} for _ in layers],
            }
        ).encode()
        rows = [
            {"mediaType": LAYER, "digest": self.blob(body, repository).text, "size": len(body)}
            for body in layers
        ]
        document = {
            "schemaVersion": 2,
            "mediaType": media_types.DOCKER_MANIFEST,
            "config": {
                "mediaType": media_types.DOCKER_CONFIG,
                "digest": self.blob(config, repository).text,
                "size": len(config),
            },
            "layers": rows,
        }
        return self.put(tag, document, repository)

    def put(self, tag: str, document: object, repository: str = REPOSITORY) -> Digest:
        body = json.dumps(document).encode()
        headers = {"content-type": media_types.DOCKER_MANIFEST}
        answer = self.http.put(f"/v2/{repository}/manifests/{tag}", content=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return Digest.of(body)


@pytest.fixture
def pusher(docker_registry: RunningRegistry) -> Iterator[Pusher]:
    pusher = Pusher(docker_registry)
    with pusher.http:
        yield pusher


def ask(
    registry: RunningRegistry,
    question: Callable[[RegistryClient], Awaitable[T]],
    credential: Credential | None = None,
) -> T:
    async def run() -> T:
        address = RegistryAddress.parse(registry.url)
        async with open_registry(address, credential) as client:
            return await question(client)

    return asyncio.run(run())


def test_the_whole_way_from_catalogue_to_config(pusher: Pusher) -> None:
    digest = pusher.manifest("1.0", b"base", b"app")

    async def walk(client: RegistryClient) -> None:
        capabilities = await client.check()
        assert not capabilities.counts_pulls
        names = [name async for page in client.list_repositories() for name in page.names]
        assert names == [REPOSITORY]
        assert (await client.list_tags(REPOSITORY)).tags == ("1.0",)
        manifest = (await client.get_manifest_by_tag(REPOSITORY, "1.0", ())).manifest
        assert manifest is not None
        assert manifest == await client.get_manifest_by_digest(REPOSITORY, digest)
        assert manifest.kind is ManifestKind.IMAGE
        assert manifest.config is not None
        config = await client.get_config(REPOSITORY, manifest.config)
        assert str(config.platform) == "linux/amd64"
        assert await client.head_manifest(REPOSITORY, "1.0") == digest
        assert await client.head_manifest(REPOSITORY, digest.text) == digest
        assert await client.head_manifest(REPOSITORY, "none") is None
        assert await client.head_blob(REPOSITORY, manifest.layers[0].digest) == 4
        assert await client.head_blob(REPOSITORY, Digest.of(b"none")) is None
        assert await client.list_referrers(REPOSITORY, digest) == ()
        assert (await client.check()).supports_referrers is False

    ask(pusher.registry, walk)


def test_repeated_if_none_match_lines_arrive_one_by_one(pusher: Pusher) -> None:
    digest = pusher.manifest("1", b"a")
    others = [Digest.of(str(number).encode()) for number in range(40)]

    async def again(client: RegistryClient) -> tuple[Digest | None, int, int]:
        fetched = await client.get_manifest_by_tag(REPOSITORY, "1", (*others, digest))
        traffic = client.traffic()
        return fetched.unchanged, traffic.requests, traffic.bytes_received

    # Two requests, for its 304 does not say which line it means; and no body at all.
    assert ask(pusher.registry, again) == (digest, 2, 0)


def test_one_known_digest_that_still_stands_costs_one_request(pusher: Pusher) -> None:
    digest = pusher.manifest("1", b"a")

    async def again(client: RegistryClient) -> tuple[Digest | None, int]:
        fetched = await client.get_manifest_by_tag(REPOSITORY, "1", (digest,))
        return fetched.unchanged, client.traffic().requests

    assert ask(pusher.registry, again) == (digest, 1)


def test_a_304_carries_neither_digest_nor_etag(pusher: Pusher) -> None:
    digest = pusher.manifest("1", b"a")
    answer = pusher.http.get(
        f"/v2/{REPOSITORY}/manifests/1",
        headers={"accept": media_types.ACCEPT_MANIFESTS, "if-none-match": f'"{digest}"'},
    )
    assert answer.status_code == 304
    assert "docker-content-digest" not in answer.headers
    assert "etag" not in answer.headers


def test_a_comma_list_is_not_understood(pusher: Pusher) -> None:
    digest = pusher.manifest("1", b"a")
    answer = pusher.http.get(
        f"/v2/{REPOSITORY}/manifests/1",
        headers={
            "accept": media_types.ACCEPT_MANIFESTS,
            "if-none-match": f'"{Digest.of(b"x")}", "{digest}"',
        },
    )
    assert answer.status_code == 200


def test_a_manifest_in_the_first_format_has_the_digest_of_its_payload(pusher: Pusher) -> None:
    pusher.manifest("1", b"a")
    answer = pusher.http.get(
        f"/v2/{REPOSITORY}/manifests/1", headers={"accept": media_types.DOCKER_SCHEMA1_SIGNED}
    )
    assert answer.headers["content-type"] == media_types.DOCKER_SCHEMA1_SIGNED
    digest = Digest.parse(answer.headers["docker-content-digest"])
    covered = covered_part(answer.content, digest, what="1")
    assert json.loads(covered)["fsLayers"]
    assert "signatures" not in json.loads(covered)


def test_a_catalogue_of_several_pages_is_read_to_its_end(pusher: Pusher) -> None:
    for number in range(5):
        pusher.blob(b"x", repository=f"team/r{number}")

    async def names(client: RegistryClient) -> list[str]:
        object.__setattr__(client._options, "page_size", 2)
        return [name async for page in client.list_repositories() for name in page.names]

    assert sorted(ask(pusher.registry, names)) == [f"team/r{number}" for number in range(5)]


def test_a_repository_without_tags_is_listed_and_unknown(pusher: Pusher) -> None:
    pusher.blob(b"x", repository="only/blobs")
    with pytest.raises(NotFoundError) as caught:
        ask(pusher.registry, lambda client: client.list_tags("only/blobs"))
    assert caught.value.code == "NAME_UNKNOWN"


def test_sizes_that_lie_are_told_by_head(pusher: Pusher) -> None:
    layer = pusher.blob(b"four")
    config = pusher.blob(b"{}")
    document = {
        "schemaVersion": 2,
        "mediaType": media_types.DOCKER_MANIFEST,
        "config": {"mediaType": media_types.DOCKER_CONFIG, "digest": config.text, "size": 2},
        "layers": [{"mediaType": LAYER, "digest": layer.text, "size": 999_999_999}],
    }
    pusher.put("lie", document)
    assert ask(pusher.registry, lambda client: client.head_blob(REPOSITORY, layer)) == 4
    document["layers"] = [{"mediaType": LAYER, "digest": layer.text, "size": -1}]
    pusher.put("negative", document)
    with pytest.raises(RegistryError, match="team/app:negative"):
        ask(pusher.registry, lambda client: client.get_manifest_by_tag(REPOSITORY, "negative", ()))


def test_a_password_opens_and_a_wrong_one_is_a_plain_line(tmp_path: Path) -> None:
    with start_docker_registry(tmp_path / "r", htpasswd=write_htpasswd(tmp_path)) as registry:
        pusher = Pusher(registry, (USERNAME, PASSWORD))
        with pusher.http:
            pusher.manifest("1", b"a")
        good = Credential(USERNAME, PASSWORD)

        async def tags(client: RegistryClient) -> tuple[str, ...]:
            await client.check()
            return (await client.list_tags(REPOSITORY)).tags

        assert ask(registry, tags, good) == ("1",)
        for wrong in (None, Credential(USERNAME, "canary"), Credential("nobody", "canary")):
            with pytest.raises(AuthenticationError, match=registry.address) as caught:
                ask(registry, lambda client: client.check(), wrong)
            assert "canary" not in str(caught.value)
            assert "\n" not in str(caught.value)


def test_many_requests_at_once_get_their_own_answers(pusher: Pusher) -> None:
    digests = {
        f"t{number}": pusher.manifest(f"t{number}", str(number).encode()) for number in range(25)
    }

    async def crowd(client: RegistryClient) -> dict[str, Digest]:
        async def one(tag: str) -> tuple[str, Digest]:
            manifest = (await client.get_manifest_by_tag(REPOSITORY, tag, ())).manifest
            assert manifest is not None
            return tag, manifest.digest

        return dict(await asyncio.gather(*(one(tag) for tag in digests)))

    assert ask(pusher.registry, crowd) == digests


def test_a_config_that_was_damaged_on_disk_is_refused(pusher: Pusher) -> None:
    digest = pusher.blob(b'{"os":"linux"}')
    (stored,) = pusher.registry.storage.rglob(f"{digest.encoded}/data")
    stored.write_bytes(b'{"os":"other"}')
    descriptor = Descriptor(media_types.DOCKER_CONFIG, digest, 14)
    with pytest.raises(RegistryError, match="do not have the digest"):
        ask(pusher.registry, lambda client: client.get_config(REPOSITORY, descriptor))
