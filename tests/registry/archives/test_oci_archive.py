from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from auditor.domain.digest import Digest
from auditor.domain.errors import BodyTooLargeError, NotARegistryError, NotFoundError
from auditor.registry.archives.oci_archive import open_oci_archive
from auditor.registry.options import ClientOptions
from tests.registry.archives.making import sha256, tar_at

IMAGE = json.dumps({"schemaVersion": 2, "layers": []}).encode()
MARKER = ("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')


def packed(path: Path, name: str = "1.0") -> Path:
    entry: dict[str, Any] = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": f"sha256:{sha256(IMAGE)}",
        "size": len(IMAGE),
        "annotations": {"org.opencontainers.image.ref.name": name},
    }
    index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
    blob = (f"blobs/sha256/{sha256(IMAGE)}", IMAGE)
    return tar_at(path, [MARKER, ("./index.json", index), blob])


def test_a_layout_in_an_archive_answers_as_one_in_a_folder(tmp_path: Path) -> None:
    async def ask() -> None:
        with open_oci_archive(packed(tmp_path / "team-app.tar")) as source:
            await source.check()
            pages = [page.names async for page in source.list_repositories()]
            assert pages == [("team-app.tar",)]
            assert (await source.list_tags("team-app.tar")).tags == ("1.0",)
            fetched = await source.get_manifest_by_tag("team-app.tar", "1.0", ())
            assert fetched.manifest is not None
            assert fetched.manifest.digest == Digest.of(IMAGE)
            assert await source.head_blob("team-app.tar", Digest.of(IMAGE)) == len(IMAGE)
            assert await source.head_blob("team-app.tar", Digest.of(b"gone")) is None
            with pytest.raises(NotFoundError):
                await source.get_manifest_by_digest("team-app.tar", Digest.of(b"gone"))
            assert source.traffic().requests > 0

    asyncio.run(ask())


def test_what_is_no_layout_is_refused(tmp_path: Path) -> None:
    with (
        open_oci_archive(tar_at(tmp_path / "a.tar", [("x", b"")])) as source,
        pytest.raises(NotARegistryError),
    ):
        asyncio.run(source.check())


def test_a_long_index_is_not_read(tmp_path: Path) -> None:
    options = ClientOptions(listing_cap_bytes=10)
    with (
        open_oci_archive(packed(tmp_path / "a.tar"), options) as source,
        pytest.raises(BodyTooLargeError),
    ):
        asyncio.run(source.list_tags("a.tar"))
