from __future__ import annotations

from hypothesis import given

from auditor.analysis.breakdown import own_bytes, pull_bytes
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.manifest import Manifest, ManifestKind
from tests.oracles.model import Registry
from tests.oracles.random_registries import registries
from tests.oracles.sizes import settle_sizes, stored_digests

A, B, C = (Digest.of(letter) for letter in (b"a", b"b", b"c"))


def test_a_pull_downloads_each_distinct_layer_once() -> None:
    assert pull_bytes(10, 5, [(A, 100), (B, 20), (A, 100)]) == 135


def test_a_pull_without_layers_is_manifest_and_config() -> None:
    assert pull_bytes(10, 5, []) == 15


def test_a_layer_given_with_two_sizes_counts_with_the_larger_in_either_order() -> None:
    assert pull_bytes(0, 0, [(A, 1), (A, 9)]) == pull_bytes(0, 0, [(A, 9), (A, 1)]) == 9


def test_own_bytes_leave_foreign_layers_and_children_out_and_count_digests_once() -> None:
    manifest = Manifest(
        digest=Digest.of(b"body"),
        media_type="x",
        size_bytes=7,
        kind=ManifestKind.IMAGE,
        config=Descriptor("config", A, 100),
        layers=(Descriptor("layer", B, 20), Descriptor("layer", B, 20)),
        blobs=(Descriptor("layer", C, 3, is_foreign=True),),
        children=(Descriptor("manifest", Digest.of(b"child"), 1000),),
    )
    assert own_bytes(manifest, {A: 100, B: 20, C: 3}.__getitem__) == 127


@given(registries())
def test_own_bytes_agree_with_the_definition(registry: Registry) -> None:
    sizes = settle_sizes(registry.manifests.values(), registry.configs)
    for manifest in registry.manifests.values():
        expected = sum(sizes[digest] for digest in stored_digests(manifest))
        assert own_bytes(manifest, sizes.__getitem__) == expected
