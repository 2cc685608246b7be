from __future__ import annotations

from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.manifest import Manifest, ManifestKind


def descriptor(name: str, *, is_foreign: bool = False) -> Descriptor:
    return Descriptor("type", Digest.of(name.encode()), 1, is_foreign, annotations={"a": "b"})


def test_stored_references_are_config_layers_and_blobs_without_foreign_ones() -> None:
    config, layer, blob = (descriptor(name) for name in ("config", "layer", "blob"))
    manifest = Manifest(
        digest=Digest.of(b""),
        media_type="type",
        size_bytes=1,
        kind=ManifestKind.IMAGE,
        config=config,
        layers=(layer, descriptor("foreign", is_foreign=True), layer),
        blobs=(blob, descriptor("elsewhere", is_foreign=True)),
        children=(descriptor("child"),),
        subject=descriptor("subject"),
    )
    assert list(manifest.stored_references()) == [config, layer, layer, blob]


def test_an_empty_manifest_refers_to_nothing() -> None:
    manifest = Manifest(Digest.of(b""), "type", 1, ManifestKind.INDEX)
    assert list(manifest.stored_references()) == []


def test_a_foreign_config_is_not_stored_either() -> None:
    manifest = Manifest(
        Digest.of(b""), "t", 1, ManifestKind.ARTIFACT, config=descriptor("c", is_foreign=True)
    )
    assert list(manifest.stored_references()) == []


def test_values_can_be_members_of_sets() -> None:
    manifest = Manifest(
        Digest.of(b""),
        "t",
        1,
        ManifestKind.IMAGE,
        layers=(descriptor("l"),),
        annotations={"a": "b"},
    )
    assert len({manifest, manifest}) == len({descriptor("l"), descriptor("l")}) == 1
