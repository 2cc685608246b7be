"""Images read straight from a layout, and every way in which they cannot be."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from auditor.domain.errors import AuditorError, ProtocolError, UnknownReferenceError
from auditor.domain.platform import Platform
from auditor.domain.read_image import ReadImage
from auditor.registry.layout import repository_name
from auditor.settings import Settings
from auditor.usecases.audit_registry import NO_FLAGS
from auditor.usecases.image_place import place_of
from auditor.usecases.read_image import MOST_PLATFORMS, read_images, same_platform
from tests.end_to_end.images.contents import (
    Stored,
    config_for,
    index_of,
    json_of,
    layer,
    manifest_of,
)

ARM, AMD = Platform("linux", "arm64"), Platform("linux", "amd64")


class Layout:
    """A folder that grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[dict[str, Any]] = []
        (folder / "blobs/sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def put(self, *blobs: Stored) -> None:
        for blob in blobs:
            (self.folder / "blobs/sha256" / blob.digest.partition(":")[2]).write_bytes(blob.body)

    def tag(self, tag: str, manifest: Stored) -> None:
        named = {"org.opencontainers.image.ref.name": tag} if tag else {}
        self.put(manifest)
        self.entries.append(manifest.descriptor(annotations=named))
        index = {"schemaVersion": 2, "manifests": self.entries}
        (self.folder / "index.json").write_text(json.dumps(index))

    def image(self, name: str, architecture: str = "amd64") -> Stored:
        one = layer(name, 500)
        config = config_for((one,), architecture, (f"COPY {name} /",))
        self.put(one, config)
        return manifest_of(config, (one,))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def read(layout: Layout, ending: str = "", wanted: Platform | None = None) -> tuple[ReadImage, ...]:
    place = place_of(f"oci:{layout.folder}{ending}")
    return asyncio.run(
        read_images(place, Settings(database_url="sqlite:///no.db"), NO_FLAGS, wanted)
    )


def refused(
    layout: Layout, words: str, ending: str = "", wanted: Platform | None = None
) -> AuditorError:
    with pytest.raises(AuditorError, match=words) as caught:
        read(layout, ending, wanted)
    return caught.value


def index_over(layout: Layout, names: Iterable[tuple[str, str]]) -> Stored:
    children = []
    for name, architecture in names:
        image = layout.image(name, architecture)
        layout.put(image)
        platform = {"os": "linux", "architecture": architecture}
        children.append(image.descriptor(platform=platform))
    return index_of(children)


def test_the_only_image_needs_no_name(layout: Layout) -> None:
    layout.tag("", layout.image("one"))
    (image,) = read(layout)
    assert (image.platform, image.repository) == (AMD, repository_name(layout.folder.name))
    assert image.name.startswith(f"{image.repository}@sha256:")
    assert image.config is not None


def test_several_images_want_a_name(layout: Layout) -> None:
    layout.tag("1", layout.image("one"))
    layout.tag("2", layout.image("two"))
    error = refused(layout, "has 2 images")
    assert isinstance(error, UnknownReferenceError)
    assert error.candidates == ("1", "2")
    assert read(layout, ":2")[0].name.endswith(":2")
    refused(layout, "is not there", ":3")


def test_an_index_is_an_image_for_each_platform_and_no_attestation(layout: Layout) -> None:
    index = index_over(layout, [("a", "amd64"), ("b", "arm64"), ("a", "amd64")])
    document = json.loads(index.body)
    statement = json_of({}, "application/vnd.in-toto+json")
    nothing = config_for((), "unknown", ())
    attestation = manifest_of(nothing, (statement,))
    layout.put(statement, nothing, attestation)
    unknown = {"os": "unknown", "architecture": "unknown"}
    document["manifests"].append(attestation.descriptor(platform=unknown))
    layout.tag("1", json_of(document, index.media_type))
    assert [image.platform for image in read(layout)] == [AMD, ARM]
    assert [image.platform for image in read(layout, wanted=ARM)] == [ARM]
    error = refused(layout, "has no image for linux/s390x", wanted=Platform("linux", "s390x"))
    assert isinstance(error, UnknownReferenceError)


def test_an_index_of_indexes_is_read_to_a_depth(layout: Layout) -> None:
    index = index_over(layout, [("a", "arm64")])
    for _ in range(5):
        layout.put(index)
        layout.tag("", index)
        index = index_of([index.descriptor()])
    layout.tag("deep", index)
    refused(layout, "is no image", ":deep")
    plain = layout.image("x")
    layout.put(plain)
    layout.tag("flat", index_of([plain.descriptor()]))
    assert [image.platform for image in read(layout, ":flat")] == [AMD]


def test_a_platform_that_the_index_does_not_state_is_in_the_config(layout: Layout) -> None:
    image = layout.image("a", "arm64")
    layout.put(image)
    layout.tag("1", index_of([image.descriptor()]))
    assert read(layout, wanted=ARM)[0].platform == ARM
    refused(layout, "it has: linux/arm64", wanted=AMD)


def test_an_index_of_too_many_images_is_not_read_to_its_end(layout: Layout) -> None:
    layout.tag("1", index_over(layout, [(str(n), "amd64") for n in range(MOST_PLATFORMS + 1)]))
    assert isinstance(refused(layout, "more than 50 images"), ProtocolError)


def test_what_is_no_image_is_said_so(layout: Layout) -> None:
    layout.tag("1", manifest_of(json_of({}, "application/vnd.example"), ()))
    refused(layout, "is no image")


def test_a_config_that_cannot_be_read_leaves_the_image(layout: Layout) -> None:
    one = layer("a", 10)
    layout.put(one)
    layout.tag("1", manifest_of(config_for((one,), "amd64", ()), (one,)))
    (image,) = read(layout)
    assert (image.config, image.platform) == (None, None)
    refused(layout, "has no image for linux/amd64", wanted=AMD)


def test_a_child_that_is_missing_is_not_there(layout: Layout) -> None:
    layout.tag("1", index_of([layout.image("a").descriptor()]))
    refused(layout, "is not there", ":1")


def test_the_image_to_compare_with_is_of_the_same_platform(layout: Layout) -> None:
    layout.tag("1", index_over(layout, [("a", "amd64"), ("b", "arm64")]))
    images = read(layout)
    assert same_platform(images, ARM) is images[1]
    assert same_platform(images, Platform("linux", "arm64", "v8")) is images[1]
    assert same_platform(images, Platform("linux", "arm64", "v9")) is None
    assert same_platform(images[1:], Platform("linux", "arm64")) is images[1]
    assert same_platform(images, Platform("linux", "s390x")) is None
    assert same_platform(images[:1], None) is images[0]
    assert same_platform(images, None) is None
    assert same_platform((), ARM) is None
