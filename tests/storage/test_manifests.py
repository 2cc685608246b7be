from __future__ import annotations

import json

import pytest

from auditor.domain.digest import Digest
from auditor.domain.holdings import References
from auditor.storage.manifests import references_in


def packed(name: str) -> bytes:
    return Digest.of(name.encode()).to_bytes()


def entry(name: str, key: str = "digest") -> dict[str, object]:
    return {key: Digest.of(name.encode()).text, "size": 1}


def found_in(**document: object) -> References:
    return references_in(json.dumps(document).encode())


def test_an_image_refers_to_its_config_and_each_layer_once() -> None:
    found = found_in(config=entry("c"), layers=[entry("l"), entry("l"), entry("m")])
    assert found == References((packed("c"), packed("l"), packed("m")))


def test_an_index_refers_to_manifests() -> None:
    assert found_in(manifests=[entry("a"), entry("b")]).children == (packed("a"), packed("b"))


def test_an_artifact_refers_to_blobs_and_a_subject() -> None:
    found = found_in(blobs=[entry("b")], subject=entry("s"))
    assert found == References((packed("b"),), (), packed("s"))


def test_the_first_schema_refers_to_layers_by_another_name() -> None:
    assert found_in(fsLayers=[entry("l", "blobSum")]).blobs == (packed("l"),)


def test_entries_that_are_nothing_are_passed_by() -> None:
    odd: list[object] = [
        None,
        7,
        "x",
        [],
        {},
        {"digest": 5},
        {"digest": "sha256:short"},
        entry("l"),
    ]
    found = found_in(layers=odd, manifests={"digest": 1}, config=[], subject="?")
    assert found == References((packed("l"),))


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"7", b"{", b'"' * 9, b"[" * 200_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        references_in(body)
