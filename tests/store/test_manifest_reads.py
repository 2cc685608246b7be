"""Stored manifests as a crawl gets them back, to walk on from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.manifest import Manifest
from auditor.store.facts import save_facts
from auditor.store.manifest_reads import load_manifests, missing_configs
from tests.store.bench import Bench
from tests.store.things import (
    AMD64,
    ARM64,
    WINDOWS,
    config,
    image,
    index,
    layer,
    named,
    signature,
)

CONFIG = config("config")
IMAGE = image("image", layer("one", 1_000), of=CONFIG)


def save(bench: Bench, *manifests: Manifest) -> None:
    with bench.database.writing() as connection:
        save_facts(connection, manifests, [CONFIG])


def load(bench: Bench, digests: Collection[Digest]) -> dict[Digest, Manifest]:
    with bench.database.reading() as connection:
        return load_manifests(connection, digests)


def test_an_image_comes_back_with_its_config_and_without_layers(bench: Bench) -> None:
    save(bench, IMAGE)
    assert load(bench, [IMAGE.digest]) == {IMAGE.digest: replace(IMAGE, layers=())}


def test_an_image_without_a_config_comes_back_without_one(bench: Bench) -> None:
    bare = image("bare")
    save(bench, bare)
    assert load(bench, [bare.digest]) == {bare.digest: bare}


def test_an_index_comes_back_with_its_children_in_order(bench: Bench) -> None:
    others = [image(name) for name in ("b", "a", "c")]
    listed = index("index", *others, IMAGE, others[0], platforms=[ARM64, WINDOWS, AMD64])
    save(bench, listed)
    assert load(bench, [listed.digest]) == {listed.digest: listed}


def test_an_artifact_comes_back_with_its_subject(bench: Bench) -> None:
    signed = signature("signature", IMAGE, layer("signed", 30))
    save(bench, signed, IMAGE)
    found = load(bench, [signed.digest])[signed.digest]
    assert found.subject == Descriptor("", IMAGE.digest, IMAGE.size_bytes)
    assert (found.kind, found.config) == (signed.kind, signed.config)


def test_a_subject_nobody_has_comes_back_too(bench: Bench) -> None:
    signed = signature("signature", image("never pushed"))
    save(bench, signed)
    found = load(bench, [signed.digest])[signed.digest]
    assert found.subject is not None
    assert found.subject.digest == named("never pushed")


def test_a_blob_that_is_no_manifest_is_not_found(bench: Bench) -> None:
    save(bench, IMAGE)
    assert load(bench, [named("one"), CONFIG.digest, named("unknown")]) == {}


def test_several_come_back_each_with_its_own_children(bench: Bench) -> None:
    first = index("first", image("a"), image("b"))
    second = index("second", image("b"), image("c"))
    save(bench, first, second, IMAGE)
    found = load(bench, [first.digest, second.digest, IMAGE.digest])
    assert found[first.digest].children == first.children
    assert found[second.digest].children == second.children
    assert found[IMAGE.digest].children == ()


def test_asking_for_nothing_finds_nothing(bench: Bench) -> None:
    assert load(bench, []) == {}


def test_configs_are_missing_until_they_are_stored(bench: Bench) -> None:
    save(bench, IMAGE)
    with bench.database.reading() as connection:
        wanted = [CONFIG.digest, named("one"), named("unknown")]
        assert missing_configs(connection, wanted) == {named("one"), named("unknown")}
        assert missing_configs(connection, []) == set()
