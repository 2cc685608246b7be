from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

import pytest

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import (
    BodyTooLargeError,
    DigestMismatchError,
    NotARegistryError,
    NotFoundError,
    ProtocolError,
)
from auditor.domain.fetched import FetchedManifest, TagList
from auditor.domain.reference import RegistryAddress
from auditor.registry.layout import LayoutSource, repository_name, tag_of
from auditor.registry.opening import open_source
from auditor.registry.options import ClientOptions
from tests.fakes.registry import image

T = TypeVar("T")


def run(answer: Awaitable[T]) -> T:
    async def inner() -> T:
        return await answer

    return asyncio.run(inner())


class Layout:
    """A layout being written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rows: list[dict[str, object]] = []
        (root / "blobs" / "sha256").mkdir(parents=True)
        (root / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def blob(self, body: bytes) -> Digest:
        digest = Digest.of(body)
        self.path(digest).write_bytes(body)
        return digest

    def path(self, digest: Digest) -> Path:
        return self.root / "blobs" / digest.algorithm / digest.encoded

    def add(self, document: object, name: str = "") -> Digest:
        body = json.dumps(document).encode()
        digest = self.blob(body)
        row = {"mediaType": media_types.OCI_MANIFEST, "digest": digest.text, "size": len(body)}
        if name:
            row["annotations"] = {"org.opencontainers.image.ref.name": name}
        self.rows.append(row)
        return digest

    def source(self, options: ClientOptions | None = None) -> LayoutSource:
        index = {"schemaVersion": 2, "manifests": self.rows}
        (self.root / "index.json").write_text(json.dumps(index))
        return LayoutSource(self.root, options or ClientOptions())


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "My App")


def test_a_layout_is_one_repository_named_after_its_folder(layout: Layout) -> None:
    source = layout.source()
    assert run(source.check()).lists_untagged

    async def names() -> list[str]:
        return [name async for page in source.list_repositories() for name in page.names]

    assert asyncio.run(names()) == ["my-app"]


def test_it_opens_through_its_address(layout: Layout) -> None:
    layout.add(image(1), "1")
    layout.source()

    async def tags() -> tuple[str, ...]:
        async with open_source(RegistryAddress.parse(f"oci:{layout.root}")) as source:
            return (await source.list_tags("my-app")).tags

    assert asyncio.run(tags()) == ("1",)


def test_names_are_tags_and_nameless_entries_are_untagged(layout: Layout) -> None:
    one = layout.add(image(1), "1")
    two = layout.add(image(2), "docker.io/library/app:2")
    three = layout.add(image(3))
    source = layout.source()
    assert run(source.list_tags("my-app")).tags == ("1", "2")
    assert [row.digest for row in run(source.list_untagged("my-app"))] == [three]
    assert run(source.head_manifest("my-app", "2")) == two
    assert run(source.head_manifest("my-app", one.text)) == one
    assert run(source.head_manifest("my-app", "3")) is None
    assert run(source.find_manifest_by_tag("my-app", "2", None)) == FetchedManifest(unchanged=two)
    assert run(source.find_manifest_by_tag("my-app", "3", None)) is None
    assert run(source.list_tags("my-app", 1)) == TagList(("1",), is_cut=True)
    assert run(source.list_referrers("my-app", one)) == ()


def test_a_name_given_twice_leaves_the_first_untagged(layout: Layout) -> None:
    first, second = layout.add(image(1), "1"), layout.add(image(2), "1")
    source = layout.source()
    assert run(source.head_manifest("my-app", "1")) == second
    assert [row.digest for row in run(source.list_untagged("my-app"))] == [first]


def test_manifests_and_configs_are_verified(layout: Layout) -> None:
    config = layout.blob(b'{"os":"linux","architecture":"amd64"}')
    digest = layout.add(image(1, config=config), "1")
    source = layout.source()
    manifest = run(source.get_manifest_by_tag("my-app", "1", ())).manifest
    assert manifest is not None
    assert manifest.digest == digest
    assert manifest.config is not None
    assert str(run(source.get_config("my-app", manifest.config)).platform) == "linux/amd64"
    assert run(source.head_blob("my-app", config)) == 37
    assert source.traffic().bytes_received > manifest.size_bytes
    layout.path(digest).write_bytes(b"{}")
    with pytest.raises(DigestMismatchError):
        run(source.get_manifest_by_digest("my-app", digest))


def test_a_known_manifest_is_not_read_again(layout: Layout) -> None:
    digest = layout.add(image(1), "1")
    source = layout.source()
    assert run(source.get_manifest_by_tag("my-app", "1", (digest,))).unchanged == digest


def test_what_is_missing_is_not_found(layout: Layout) -> None:
    digest = layout.add(image(1), "1")
    source = layout.source()
    layout.path(digest).unlink()
    with pytest.raises(NotFoundError):
        run(source.get_manifest_by_tag("my-app", "1", (digest,)))
    with pytest.raises(NotFoundError):
        run(source.get_manifest_by_tag("my-app", "2", ()))
    with pytest.raises(NotFoundError, match="the only one is my-app"):
        run(source.list_tags("other"))
    assert run(source.head_blob("my-app", digest)) is None
    descriptor = Descriptor("x", Digest.parse("other:abc"), 1)
    with pytest.raises(NotFoundError):
        run(source.get_config("my-app", descriptor))


def test_links_are_refused_wherever_they_are(layout: Layout, tmp_path: Path) -> None:
    body = b'{"os":"linux","architecture":"amd64"}'
    outside = tmp_path / "outside"
    outside.write_bytes(body)
    layout.path(Digest.of(body)).symlink_to(outside)
    source = layout.source()
    with pytest.raises(ProtocolError, match="link"):
        run(source.head_blob("my-app", Digest.of(body)))
    (layout.root / "blobs" / "sha512").symlink_to(tmp_path)
    with pytest.raises(ProtocolError, match="link"):
        run(source.head_blob("my-app", Digest.of(body, "sha512")))


def test_what_is_no_regular_file_is_refused_without_waiting(layout: Layout) -> None:
    digest = Digest.of(b"pipe")
    os.mkfifo(layout.path(digest))
    with pytest.raises(ProtocolError, match="regular"):
        run(layout.source().head_blob("my-app", digest))


def test_bodies_over_their_cap_are_refused(layout: Layout) -> None:
    layout.add(image(1), "1")
    with pytest.raises(BodyTooLargeError):
        run(
            layout.source(ClientOptions(manifest_cap_bytes=10)).get_manifest_by_tag(
                "my-app", "1", ()
            )
        )


@pytest.mark.parametrize("broken", ["oci-layout", "index.json"])
@pytest.mark.parametrize("contents", [None, b"", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_a_folder_that_is_no_layout_says_so(
    layout: Layout, broken: str, contents: bytes | None
) -> None:
    source = layout.source()
    (layout.root / broken).unlink()
    if contents is not None:
        (layout.root / broken).write_bytes(contents)
    with pytest.raises(NotARegistryError, match="not an OCI image layout") as caught:
        run(source.check())
    assert caught.value.next_step


def test_a_folder_that_does_not_exist_is_no_layout(tmp_path: Path) -> None:
    with pytest.raises(NotARegistryError):
        run(LayoutSource(tmp_path / "nowhere").check())


@pytest.mark.parametrize(
    "folder, name",
    [
        ("App", "app"),
        ("a b__c", "a-b-c"),
        ("...", "layout"),
        ("x" * 300, "x" * 128),
        ("", "layout"),
        ("v1.2", "v1.2"),
        ("ä", "layout"),
    ],
)
def test_folder_names_become_repository_names(folder: str, name: str) -> None:
    assert repository_name(folder) == name


@pytest.mark.parametrize(
    "name, tag",
    [
        ("1.0", "1.0"),
        ("docker.io/library/app:2", "2"),
        ("app:2@sha256:abc", "2"),
        ("localhost:5000/app", ""),
        ("a/b", ""),
        ("", ""),
        ("\x1b[0m", ""),
    ],
)
def test_the_tag_is_what_follows_the_last_colon(name: str, tag: str) -> None:
    assert tag_of(name) == tag
