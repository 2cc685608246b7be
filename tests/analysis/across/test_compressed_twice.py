from __future__ import annotations

from dataclasses import replace

from auditor.analysis.across.compressed_twice import LayerElsewhere, find_compressed_twice
from auditor.analysis.across.images import PushedLayer
from auditor.domain.findings import Confidence
from tests.analysis.across.pushes import MB, diff_id, image, layer, repository


def blob(content: str, compression: str, size_bytes: int) -> PushedLayer:
    return layer(
        f"{content} {compression}",
        size_bytes=size_bytes,
        diff_id=diff_id(content),
        media_type=f"application/vnd.oci.image.layer.v1.tar+{compression}",
    )


def test_a_layer_in_gzip_and_zstd_could_be_stored_once() -> None:
    old = image("1.0", blob("base", "gzip", 10 * MB), blob("app", "gzip", MB), days_ago=5)
    new = image("1.1", blob("base", "zstd", 9 * MB), blob("app 2", "zstd", MB))
    (found,) = find_compressed_twice(repository(old, new))
    assert found.stored_saving_bytes == 10 * MB
    assert found.digest == old.digest
    assert "1 layer is stored here" in found.finding.what
    assert "tar+gzip; the same content as" in found.finding.evidence[0].text
    assert found.finding.pull_saving_bytes == 0


def elsewhere(content: str, compression: str, size_bytes: int, name: str) -> LayerElsewhere:
    there = blob(content, compression, size_bytes)
    return LayerElsewhere(there.digest, size_bytes, diff_id(content), name)


def test_a_smaller_twin_in_another_repository_counts() -> None:
    mine = repository(image("1", blob("a", "gzip", 9), blob("b", "zstd", 5)), name="one")
    there = [elsewhere("a", "zstd", 8, "two"), elsewhere("b", "gzip", 6, "two")]
    (found,) = find_compressed_twice(mine, there)
    assert (found.repository, found.stored_saving_bytes) == ("one", 9)
    (evidence,) = found.finding.evidence
    assert evidence.text.endswith("in two, 8 B")
    assert found.finding.confidence is Confidence.HIGH


def test_a_blob_of_several_repositories_is_told_of_the_first_by_name() -> None:
    shared = replace(blob("a", "gzip", 9), is_held_elsewhere=True)
    there = [elsewhere("a", "gzip", 9, "two"), elsewhere("a", "zstd", 8, "two")]
    (found,) = find_compressed_twice(repository(image("1", shared), name="one"), there)
    assert "Other repositories hold some" in found.finding.caveats[0]
    assert found.finding.confidence is Confidence.MEDIUM
    assert list(find_compressed_twice(repository(image("3", shared), name="zoo"), there)) == []


def test_several_layers_are_told_together_the_biggest_first() -> None:
    old = image("1", blob("a", "gzip", 5), blob("b", "gzip", 6), days_ago=5)
    new = image("2", blob("a", "zstd", 4), blob("b", "zstd", 4))
    (found,) = find_compressed_twice(repository(old, new))
    assert "2 layers are stored here" in found.finding.what
    assert [one.size_bytes for one in found.finding.evidence] == [6, 5]


def test_unknown_contents_and_empty_blobs_are_no_twins() -> None:
    unknown = repository(image("1", layer("x")), image("2", layer("y")))
    assert list(find_compressed_twice(unknown)) == []
    empty = image("1", blob("a", "gzip", 0)), image("2", blob("a", "zstd", 0))
    assert list(find_compressed_twice(repository(*empty))) == []
