"""What is true of a digest for ever, said once or many times, by the honest and by others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations

import pytest

from auditor.domain.chain import chain_ids
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import DiffId, Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.platform import UNKNOWN, Platform
from auditor.store.facts import manifest_ids, save_facts
from auditor.store.tables.facts import (
    BlobRow,
    ImageConfigRow,
    ImageRow,
    ManifestBlobRow,
    ManifestChildRow,
    ManifestRow,
    MediaTypeRow,
    SizeClaimRow,
)
from tests.store.bench import Bench
from tests.store.things import (
    AMD64,
    ARM64,
    LAYER_TYPE,
    config,
    image,
    index,
    layer,
    named,
    signature,
)

FACTS = (
    MediaTypeRow,
    BlobRow,
    SizeClaimRow,
    ManifestRow,
    ManifestBlobRow,
    ManifestChildRow,
    ImageConfigRow,
    ImageRow,
)
CONFIG = config(
    "config",
    created_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    tars=("tar one", "tar two"),
    labels={"team": "sails"},
)
IMAGE = image("image", layer("one", 1_000), layer("two", 2_000), of=CONFIG)
INDEX = index("index", IMAGE, platforms=[AMD64], annotations={"a": "b"})
SIGNATURE = signature("signature", IMAGE, layer("signed", 30))


def save(bench: Bench, manifests: Sequence[Manifest], configs: Sequence[ImageConfig] = ()) -> None:
    with bench.database.writing() as connection:
        save_facts(connection, manifests, configs)


def facts(bench: Bench) -> list[object]:
    return [bench.table(row_class) for row_class in FACTS]


def sizes(bench: Bench) -> dict[Digest, tuple[int, bool]]:
    """Size of every blob, and whether it was measured."""
    return {
        Digest.from_bytes(row["digest"]): (row["size_bytes"], row["is_measured"])
        for row in bench.table(BlobRow)
    }


def claims(bench: Bench) -> dict[Digest, list[int]]:
    """Every size that was stated for blobs whose sizes disagree."""
    names = {row["id"]: Digest.from_bytes(row["digest"]) for row in bench.table(BlobRow)}
    found: dict[Digest, list[int]] = {}
    for row in bench.table(SizeClaimRow):
        found.setdefault(names[row["blob_id"]], []).append(row["size_bytes"])
    return found


def test_the_same_facts_twice_are_the_same_rows(bench: Bench) -> None:
    everything = [IMAGE, INDEX, SIGNATURE]
    save(bench, everything, [CONFIG])
    first = facts(bench)
    save(bench, everything, [CONFIG])
    save(bench, [SIGNATURE, *everything, *everything], [CONFIG, CONFIG])
    assert facts(bench) == first
    assert all(first[1:2] + first[3:])


def test_the_order_of_facts_changes_no_size_and_no_description(bench: Bench) -> None:
    save(bench, [SIGNATURE])
    save(bench, [INDEX])
    save(bench, [], [CONFIG])
    save(bench, [IMAGE])
    (row,) = bench.table(ImageRow)
    assert (row["os"], row["architecture"], row["layer_count"]) == ("linux", "amd64", 2)
    assert sizes(bench)[IMAGE.digest] == (100, True)


def test_no_facts_are_no_rows(bench: Bench) -> None:
    save(bench, [])
    assert facts(bench) == [[]] * len(FACTS)


@pytest.mark.parametrize("algorithm, length", [("sha256", 33), ("sha512", 65)])
def test_digests_are_kept_packed(bench: Bench, algorithm: str, length: int) -> None:
    digest = Digest.of(b"body", algorithm)
    manifest = Manifest(digest, "text/plain", 4, ManifestKind.ARTIFACT)
    save(bench, [manifest])
    (row,) = bench.table(BlobRow)
    assert len(row["digest"]) == length
    assert Digest.from_bytes(row["digest"]) == digest
    with bench.database.reading() as connection:
        assert manifest_ids(connection, [digest, named("other")]) == {digest: row["id"]}


def test_digests_of_other_algorithms_are_kept_as_text(bench: Bench) -> None:
    digest = Digest.parse("blake3:" + "ab" * 32)
    save(bench, [image("image", Descriptor(LAYER_TYPE, digest, 5))])
    assert digest in sizes(bench)


def test_two_algorithms_of_one_body_are_two_blobs(bench: Bench) -> None:
    both = [Digest.of(b"body", algorithm) for algorithm in ("sha256", "sha512")]
    save(bench, [image("image", *(Descriptor(LAYER_TYPE, digest, 5) for digest in both))])
    assert len(sizes(bench)) == 3


def test_only_what_was_fetched_counts_as_measured(bench: Bench) -> None:
    save(bench, [IMAGE], [CONFIG])
    save(bench, [SIGNATURE])
    measured = {digest for digest, (_, is_measured) in sizes(bench).items() if is_measured}
    assert measured == {IMAGE.digest, CONFIG.digest, SIGNATURE.digest}


@pytest.mark.parametrize("order", list(permutations([10, 30, 20])))
def test_the_largest_declared_size_counts_in_any_order(
    bench: Bench, order: tuple[int, ...]
) -> None:
    for size_bytes in order:
        save(bench, [image(f"says {size_bytes}", layer("one", size_bytes))])
    assert sizes(bench)[named("one")] == (30, False)
    assert claims(bench) == {named("one"): [10, 20, 30]}


def test_the_largest_declared_size_of_one_batch_counts(bench: Bench) -> None:
    save(bench, [image(f"says {size}", layer("one", size)) for size in (10, 30, 20)])
    assert sizes(bench)[named("one")] == (30, False)
    assert claims(bench) == {named("one"): [10, 20, 30]}


@pytest.mark.parametrize("measured_first", [True, False])
def test_a_measured_size_counts_whatever_is_declared(bench: Bench, measured_first: bool) -> None:
    honest, lying = config("config", 10), config("config", 9_999)
    steps = [([], [honest]), ([image("image", of=lying)], [])]
    for manifests, configs in steps if measured_first else reversed(steps):
        save(bench, manifests, configs)
    assert sizes(bench)[honest.digest] == (10, True)
    assert claims(bench) == {honest.digest: [10, 9_999]}


def test_a_measured_size_within_a_batch_counts_although_it_is_smaller(bench: Bench) -> None:
    save(bench, [image("image", of=config("config", 9_999))], [config("config", 10)])
    assert sizes(bench)[named("config")] == (10, True)


def test_a_size_that_was_only_declared_becomes_measured_where_it_was_right(bench: Bench) -> None:
    save(bench, [image("image", of=CONFIG)])
    assert sizes(bench)[CONFIG.digest] == (10, False)
    save(bench, [], [CONFIG])
    assert sizes(bench)[CONFIG.digest] == (10, True)
    assert claims(bench) == {}


def test_sizes_that_agree_are_no_claims(bench: Bench) -> None:
    save(bench, [image("one", layer("shared", 10)), image("two", layer("shared", 10))])
    save(bench, [image("three", layer("shared", 10))])
    assert claims(bench) == {}


def test_whether_a_layer_is_foreign_belongs_to_the_reference(bench: Bench) -> None:
    save(bench, [image("image", layer("one", 10, is_foreign=True), layer("one", 10))])
    foreign = [row["is_foreign"] for row in bench.table(ManifestBlobRow)]
    assert foreign == [False, True, False]


def test_a_child_is_kept_with_its_place_and_platform(bench: Bench) -> None:
    save(bench, [index("index", IMAGE, SIGNATURE, IMAGE, platforms=[ARM64, None])])
    rows = bench.table(ManifestChildRow)
    assert [(row["position"], row["os"], row["variant"]) for row in rows] == [
        (0, "linux", "v8"),
        (1, "", ""),
        (2, "", ""),
    ]


def test_an_image_is_described_by_its_platform_date_and_chains(bench: Bench) -> None:
    save(bench, [IMAGE], [CONFIG])
    (row,) = bench.table(ImageRow)
    layers = chain_ids([one.digest for one in IMAGE.layers])
    tars = chain_ids([DiffId(named(name).text) for name in ("tar one", "tar two")])
    assert (row["os"], row["architecture"], row["variant"]) == ("linux", "amd64", "")
    assert row["created_at"] == CONFIG.created_at
    assert row["layer_chain"] == layers[-1].to_bytes()
    assert row["diff_chain"] == tars[-1].to_bytes()


def test_an_image_whose_config_was_not_read_is_described_once_it_is(bench: Bench) -> None:
    save(bench, [IMAGE])
    (before,) = bench.table(ImageRow)
    assert (before["os"], before["created_at"], before["diff_chain"]) == ("", None, None)
    save(bench, [], [CONFIG])
    (after,) = bench.table(ImageRow)
    assert (after["os"], after["created_at"]) == ("linux", CONFIG.created_at)
    assert after["diff_chain"] is not None


def test_diff_ids_that_do_not_fit_the_layers_are_no_chain(bench: Bench) -> None:
    save(bench, [image("image", layer("one", 1), of=CONFIG)], [CONFIG])
    (row,) = bench.table(ImageRow)
    assert row["diff_chain"] is None


def test_an_image_without_layers_has_no_chain(bench: Bench) -> None:
    bare = config("bare")
    save(bench, [image("scratch", of=bare)], [bare])
    (row,) = bench.table(ImageRow)
    assert (row["layer_count"], row["layer_chain"], row["diff_chain"]) == (0, None, None)


def test_an_image_for_no_known_platform_is_an_artifact(bench: Bench) -> None:
    attested = config("attestation config", platform=Platform(UNKNOWN, UNKNOWN))
    save(bench, [image("attestation", layer("statement", 7), of=attested), IMAGE], [attested])
    kinds = [row["kind"] for row in bench.table(ManifestRow)]
    assert sorted(kinds) == ["artifact", "image"]
    assert len(bench.table(ImageRow)) == 1


def test_an_image_turns_into_an_artifact_when_its_config_says_so_later(bench: Bench) -> None:
    attested = config("attestation config", platform=Platform(UNKNOWN, UNKNOWN))
    save(bench, [image("attestation", layer("statement", 7), of=attested)])
    save(bench, [], [attested])
    (row,) = bench.table(ManifestRow)
    assert row["kind"] == "artifact"
    assert bench.table(ImageRow) == []


def test_a_config_is_kept_as_it_was_decoded(bench: Bench) -> None:
    save(bench, [], [config("config", platform=None), config("other", platform=ARM64)])
    first, second = bench.table(ImageConfigRow)
    platforms = {(row["os"], row["architecture"], row["variant"]) for row in (first, second)}
    assert platforms == {("", "", ""), ("linux", "arm64", "v8")}
