"""What `docker save` writes, good and otherwise."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from auditor.domain.errors import (
    AuditorError,
    BodyTooLargeError,
    DigestMismatchError,
    InvalidManifestError,
    NotARegistryError,
    NotFoundError,
    UnknownReferenceError,
)
from auditor.domain.platform import Platform
from auditor.registry.archives.docker_archive import read_docker_archive
from auditor.registry.options import ClientOptions
from tests.registry.archives.making import config_of, docker_archive, sha256, tar_at

ONE, TWO = b"one" * 3000, b"two" * 5000


def refused(path: Path, error: type[AuditorError], words: str, wanted: str = "") -> AuditorError:
    with pytest.raises(error, match=words) as caught:
        read_docker_archive(path, wanted)
    assert "\n" not in str(caught.value)
    return caught.value


def test_layers_are_compressed_as_docker_would_to_tell_their_size(tmp_path: Path) -> None:
    image = read_docker_archive(docker_archive(tmp_path / "a.tar", ONE, TWO))
    assert (image.name, image.repository) == ("registry.example/team/app:1", "team/app")
    assert image.platform == Platform("linux", "amd64")
    for layer, body in zip(image.manifest.layers, (ONE, TWO), strict=True):
        packer = zlib.compressobj(6, zlib.DEFLATED, 31)
        packed = packer.compress(body) + packer.flush()
        assert layer.size_bytes == len(packed)
        assert layer.digest.text == f"sha256:{hashlib.sha256(packed).hexdigest()}"
        assert gzip.decompress(packed) == body
    assert image.unpacked_bytes == len(ONE) + len(TWO)
    assert image.is_estimated
    assert image.config is not None
    assert image.config.labels == {"maintainer": "someone"}
    assert 400 < image.manifest.size_bytes < 900


def test_layers_that_are_compressed_already_are_what_they_are(tmp_path: Path) -> None:
    packed, frame = gzip.compress(ONE), b"\x28\xb5\x2f\xfd" + TWO
    path = docker_archive(tmp_path / "a.tar", ONE, TWO, stored=[packed, frame])
    image = read_docker_archive(path)
    assert [layer.size_bytes for layer in image.manifest.layers] == [len(packed), len(frame)]
    assert [layer.digest.encoded for layer in image.manifest.layers] == [
        sha256(packed),
        sha256(frame),
    ]
    assert [layer.media_type[-5:] for layer in image.manifest.layers] == ["+gzip", "+zstd"]
    assert (image.is_estimated, image.unpacked_bytes) == (False, None)


def test_a_layer_listed_twice_is_read_once(tmp_path: Path) -> None:
    def twice(items: list[dict[str, Any]]) -> None:
        items[0]["Layers"] = ["0/layer.tar"] * 2

    path = docker_archive(tmp_path / "a.tar", ONE, config=config_of([ONE, ONE]), change=twice)
    image = read_docker_archive(path)
    assert image.manifest.layers[0] == image.manifest.layers[1]


def test_an_image_without_layers_or_name_is_one(tmp_path: Path) -> None:
    image = read_docker_archive(docker_archive(tmp_path / "a.tar", tags=()))
    assert (image.name, image.repository, image.manifest.layers) == ("a.tar", "", ())
    assert image.unpacked_bytes == 0


def test_a_name_that_is_none_is_shown_and_names_no_repository(tmp_path: Path) -> None:
    image = read_docker_archive(docker_archive(tmp_path / "a.tar", tags=("BAD\x1b[31m name",)))
    assert (image.name, image.repository) == ("BAD\\x1b[31m name", "")


@pytest.mark.parametrize("wanted", ["b:latest", "b", "docker.io/library/b:latest"])
def test_one_of_several_images_is_named(tmp_path: Path, wanted: str) -> None:
    known = "docker.io/library/b:latest" if wanted == "b:latest" else wanted

    def two(items: list[dict[str, Any]]) -> None:
        items[0]["RepoTags"] = ["b:latest" if wanted == "b" else known]
        items.append({**items[0], "RepoTags": ["a:1"]})

    path = docker_archive(tmp_path / "a.tar", ONE, change=two)
    assert read_docker_archive(path, wanted).repository in ("b", "library/b")
    several = refused(path, UnknownReferenceError, "several images")
    assert isinstance(several, UnknownReferenceError)
    assert "a:1" in several.candidates
    refused(path, UnknownReferenceError, "has no image c:1", "c:1")


def test_contents_that_the_config_does_not_know_are_refused(tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "a.tar", ONE, stored=[TWO])
    refused(path, DigestMismatchError, "layer 1 does not have the contents")


def test_a_config_that_is_not_its_name_is_refused(tmp_path: Path) -> None:
    def other(items: list[dict[str, Any]]) -> None:
        items[0]["Config"] = f"{sha256(b'other')}.json"

    path = docker_archive(tmp_path / "a.tar", ONE, change=other)
    whole = path.read_bytes().replace(sha256(config_of([ONE])).encode(), sha256(b"other").encode())
    path.write_bytes(whole)
    refused(path, AuditorError, "digest|checksum")
    files = [(f"{sha256(b'other')}.json", config_of([])), ("manifest.json", json.dumps([{"Config": f"{sha256(b'other')}.json", "Layers": []}]).encode())]  # fmt: skip
    refused(tar_at(tmp_path / "b.tar", files), DigestMismatchError, "the image config")


@pytest.mark.parametrize(
    "manifest, words",
    [
        (b"[]", "names 0 images"),
        (b"{}", "cannot be used"),
        (b"[" * 100 + b"]" * 100, "nested"),
        (b"[{}]", "cannot be used"),
        (json.dumps([{"Config": "c", "Layers": []}] * 1001).encode(), "names 1,001 images"),
        (b"[" + b"0," * 600_000 + b"0]", "values"),
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, manifest: bytes, words: str) -> None:
    path = tar_at(tmp_path / "a.tar", [("manifest.json", manifest)])
    refused(path, InvalidManifestError, words)


def test_a_manifest_of_a_hundred_megabytes_is_not_read(tmp_path: Path) -> None:
    path = tar_at(tmp_path / "a.tar", [("manifest.json", b"[" * 10**6)])
    with pytest.raises(BodyTooLargeError, match="1,000,000 bytes"):
        read_docker_archive(path, options=ClientOptions(manifest_cap_bytes=10**5))


def test_more_layers_than_anybody_needs_are_refused(tmp_path: Path) -> None:
    def many(items: list[dict[str, Any]]) -> None:
        items[0]["Layers"] = ["0/layer.tar"] * 10_001

    path = docker_archive(tmp_path / "a.tar", ONE, change=many)
    refused(path, InvalidManifestError, "lists 10,001 layers")


def test_layers_that_the_config_does_not_count_are_refused(tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "a.tar", ONE, TWO, config=config_of([ONE]))
    refused(path, InvalidManifestError, "has 2 layers, and its config knows 1")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "gone/layer.tar"])
def test_a_layer_is_looked_for_in_the_archive_alone(tmp_path: Path, name: str) -> None:
    def elsewhere(items: list[dict[str, Any]]) -> None:
        items[0]["Layers"] = [name]

    path = docker_archive(tmp_path / "a.tar", ONE, change=elsewhere)
    refused(path, NotFoundError, "has no file")


def test_other_archives_are_named(tmp_path: Path) -> None:
    path = tar_at(tmp_path / "a.tar", [("oci-layout", b"{}")])
    assert "write oci-archive:" in refused(path, NotARegistryError, "no docker-archive").next_step
    refused(tar_at(tmp_path / "b.tar", [("a", b"")]), NotARegistryError, "no docker-archive")


def test_reading_stops_when_it_is_told_to(tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "a.tar", ONE)
    with pytest.raises(KeyboardInterrupt):
        read_docker_archive(path, is_stopped=lambda: True)
