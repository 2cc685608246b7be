from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain import media_types
from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidManifestError, RegistryError
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.registry.decode import (
    MOST_REFERENCES,
    clean_texts,
    decode_entries,
    decode_manifest,
)
from tests.fakes.registry import image

D = Digest.of(b"manifest")
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def decode(document: object, content_type: str = "") -> Manifest:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return decode_manifest(body, D, content_type)


def row(media_type: str = LAYER, size: object = 5, **more: object) -> dict[str, object]:
    return {"mediaType": media_type, "digest": Digest.of(b"x").text, "size": size, **more}


def test_an_image_has_its_config_and_its_layers_in_build_order() -> None:
    manifest = decode(image(3, 1, 3))
    assert manifest.kind is ManifestKind.IMAGE
    assert manifest.media_type == media_types.OCI_MANIFEST
    assert [layer.size_bytes for layer in manifest.layers] == [3, 1, 3]
    assert manifest.config is not None
    assert manifest.size_bytes == len(json.dumps(image(3, 1, 3)))


@pytest.mark.parametrize(
    "document, content_type, media_type, kind",
    [
        ({"manifests": []}, "", media_types.OCI_INDEX, ManifestKind.INDEX),
        ({"manifests": None}, media_types.DOCKER_LIST, media_types.DOCKER_LIST, ManifestKind.INDEX),
        ({"manifests": []}, media_types.OCI_MANIFEST, media_types.OCI_INDEX, ManifestKind.INDEX),
        ({"mediaType": media_types.OCI_INDEX}, "", media_types.OCI_INDEX, ManifestKind.INDEX),
        ({"layers": []}, "", media_types.OCI_MANIFEST, ManifestKind.ARTIFACT),
        (
            image(),
            media_types.DOCKER_MANIFEST + "; charset=utf-8",
            media_types.OCI_MANIFEST,
            ManifestKind.IMAGE,
        ),
        (
            {**image(), "mediaType": "x"},
            "application/json",
            media_types.OCI_MANIFEST,
            ManifestKind.IMAGE,
        ),
        (
            {**image(), "mediaType": None},
            media_types.DOCKER_MANIFEST,
            media_types.DOCKER_MANIFEST,
            ManifestKind.IMAGE,
        ),
        ({"fsLayers": []}, "", media_types.DOCKER_SCHEMA1, ManifestKind.IMAGE),
        ({"blobs": [row()]}, "", media_types.OCI_ARTIFACT, ManifestKind.ARTIFACT),
    ],
)
def test_what_a_document_is_follows_from_its_shape(
    document: object, content_type: str, media_type: str, kind: ManifestKind
) -> None:
    manifest = decode(document, content_type)
    assert (manifest.media_type, manifest.kind) == (media_type, kind)


@pytest.mark.parametrize(
    "config, layers, kind",
    [
        (media_types.OCI_CONFIG, [LAYER], ManifestKind.IMAGE),
        (
            media_types.DOCKER_CONFIG,
            ["application/vnd.docker.image.rootfs.diff.tar.gzip"],
            ManifestKind.IMAGE,
        ),
        (media_types.OCI_CONFIG, [], ManifestKind.IMAGE),
        (media_types.OCI_CONFIG, [LAYER, media_types.IN_TOTO], ManifestKind.IMAGE),
        (media_types.OCI_CONFIG, [LAYER + "+encrypted"], ManifestKind.IMAGE),
        (media_types.OCI_CONFIG, [media_types.IN_TOTO], ManifestKind.ARTIFACT),
        (
            media_types.OCI_CONFIG,
            ["application/vnd.dev.cosign.simplesigning.v1+json"],
            ManifestKind.ARTIFACT,
        ),
        (media_types.BUILDKIT_CACHE_CONFIG, [LAYER], ManifestKind.ARTIFACT),
        (
            "application/vnd.cncf.helm.config.v1+json",
            ["application/vnd.cncf.helm.chart.content.v1.tar+gzip"],
            ManifestKind.ARTIFACT,
        ),
        (media_types.OCI_EMPTY, [LAYER], ManifestKind.ARTIFACT),
    ],
)
def test_images_and_artifacts_are_told_apart(
    config: str, layers: list[str], kind: ManifestKind
) -> None:
    document = {"config": row(config), "layers": [row(layer) for layer in layers]}
    assert decode(document).kind is kind


def test_an_index_keeps_platforms_of_its_children_and_a_listing_their_annotations() -> None:
    platform = {"os": "linux", "architecture": "arm", "variant": "v7", "os.version": "1"}
    document = {
        "manifests": [row(media_types.OCI_MANIFEST, platform=platform, annotations={"a": "b"})]
    }
    (child,) = decode(document).children
    assert str(child.platform) == "linux/arm/v7"
    assert child.annotations == {}
    (entry,) = decode_entries(json.dumps(document).encode(), "index.json")
    assert (entry.platform, entry.annotations) == (child.platform, {"a": "b"})


def test_a_build_cache_index_is_an_artifact_with_blobs() -> None:
    document = {"manifests": [row(), row(media_types.BUILDKIT_CACHE_CONFIG)]}
    manifest = decode(document)
    assert manifest.kind is ManifestKind.ARTIFACT
    assert len(manifest.blobs) == 2
    assert manifest.children == ()


def test_a_subject_and_an_artifact_type_are_kept() -> None:
    document = {**image(), "subject": row(media_types.OCI_MANIFEST), "artifactType": "a/b"}
    manifest = decode(document)
    assert manifest.subject is not None
    assert manifest.artifact_type == "a/b"


@pytest.mark.parametrize(
    "layer",
    [
        row("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
        row("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
        row(urls=["http://127.0.0.1/"]),
    ],
)
def test_foreign_layers_are_marked(layer: dict[str, object]) -> None:
    (found,) = decode({"layers": [layer]}).layers
    assert found.is_foreign


@pytest.mark.parametrize("size", [-1, 2**50 + 1, 2**63, 10**30, 1.0, 1e3, True, "5", None])
def test_a_size_that_is_no_sane_integer_is_refused(size: object) -> None:
    with pytest.raises(InvalidManifestError):
        decode({"layers": [row(size=size)]})


@pytest.mark.parametrize("size", [0, 2**50])
def test_sizes_up_to_a_pebibyte_are_taken(size: int) -> None:
    assert decode({"layers": [row(size=size)]}).layers[0].size_bytes == size


@pytest.mark.parametrize(
    "document",
    [
        {"layers": [], "manifests": []},
        {"config": row(), "manifests": []},
        {"fsLayers": [], "manifests": []},
        {},
        {"errors": []},
        [],
        b"",
        b"null",
        b"{",
        b'{"layers":[NaN]}',
        b"\xff\xfe{\x00}\x00",
        '{"layers":[],"mediaType":"é"}'.encode("latin-1"),
        {"layers": [{"size": 1}]},
        {"layers": [row(digest="sha256:UPPER")]},
        {"layers": [{**row(), "digest": "../../etc/passwd"}]},
        {"layers": {}},
        {"layers": [None]},
    ],
)
def test_unusable_documents_are_typed_errors(document: object) -> None:
    with pytest.raises(InvalidManifestError) as caught:
        decode(document)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("depth", [513, 5_000, 100_000])
@pytest.mark.parametrize("shape", ["[", '{"a":'])
def test_deep_nesting_is_a_typed_error(depth: int, shape: str) -> None:
    body = f'{{"layers":[],"x":{shape * depth}'.encode()
    with pytest.raises(InvalidManifestError, match="512 levels"):
        decode(body)


@given(st.binary(max_size=400))
def test_any_bytes_decode_or_are_a_registry_error(body: bytes) -> None:
    try:
        manifest = decode(body)
    except RegistryError:
        return
    assert manifest.size_bytes == len(body)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["mediaType", "digest", "size", "urls", "platform", "annotations", "os"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "mediaType",
                "config",
                "layers",
                "manifests",
                "blobs",
                "fsLayers",
                "history",
                "subject",
                "annotations",
                "artifactType",
            ]
        ),
        _JSON,
    )
)
def test_any_json_decodes_or_is_a_registry_error(document: dict[str, object]) -> None:
    try:
        manifest = decode(document)
    except RegistryError:
        return
    assert all(one.size_bytes >= 0 for one in manifest.stored_references())


def test_texts_are_made_harmless() -> None:
    body = b'{"layers":[],"annotations":{"a\\u0000":"\\u001b[31m\\u202e\\ud800","n":5}}'
    assert decode(body).annotations == {"a\\x00": "\\x1b[31m\\u202e\\ud800"}


def test_a_byte_order_mark_and_a_newline_are_tolerated() -> None:
    assert decode(b'\xef\xbb\xbf{"layers":[]}\n').layers == ()


def test_the_first_format_has_its_layers_bottom_first() -> None:
    blobs = [{"blobSum": Digest.of(text).text} for text in (b"top", b"bottom")]
    manifest = decode({"fsLayers": blobs, "history": [{"v1Compatibility": "{"}, {}]})
    assert [layer.digest for layer in manifest.layers] == [Digest.of(b"bottom"), Digest.of(b"top")]
    assert [layer.size_bytes for layer in manifest.layers] == [0, 0]


def test_equal_layers_of_many_manifests_are_one_object() -> None:
    assert decode(image(77)).layers[0] is decode(image(77, 78)).layers[0]


@pytest.mark.parametrize("key", ["layers", "manifests", "blobs", "fsLayers"])
def test_more_references_than_a_manifest_may_list_are_refused(key: str) -> None:
    one = {"blobSum": "sha256:" + "a" * 64} if key == "fsLayers" else row("")
    assert decode({key: [one] * MOST_REFERENCES}).size_bytes > MOST_REFERENCES
    with pytest.raises(InvalidManifestError, match="lists 10,001 things, more than 10,000"):
        decode({key: [one] * (MOST_REFERENCES + 1)})


def test_a_listing_may_be_longer_than_a_manifest() -> None:
    body = json.dumps({"manifests": [row(media_types.OCI_MANIFEST)] * (MOST_REFERENCES + 1)})
    assert len(decode_entries(body.encode(), "index.json")) == MOST_REFERENCES + 1
    assert decode_entries(b'{"manifests":null}', "index.json") == ()
    with pytest.raises(InvalidManifestError, match="it is no index"):
        decode_entries(b'{"layers":[]}', "it")


def test_annotations_are_kept_as_far_as_they_fit() -> None:
    texts = clean_texts({str(number): "x" * 4000 for number in range(100)})
    assert 30 <= len(texts) <= 32
    assert list(texts) == [str(number) for number in range(len(texts))]
