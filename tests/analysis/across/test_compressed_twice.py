from __future__ import annotations

from auditor.analysis.across.compressed_twice import find_compressed_twice
from auditor.analysis.across.images import PushedLayer
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
    (found,) = find_compressed_twice([repository(old, new)])
    assert found.stored_saving_bytes == 10 * MB
    assert found.digest == old.digest
    assert "1 layer is stored here" in found.finding.what
    assert "tar+gzip; the same content as" in found.finding.evidence[0].text
    assert found.finding.pull_saving_bytes == 0


def test_the_smallest_twin_stays_whoever_holds_it() -> None:
    first = repository(image("1", blob("a", "gzip", 9), blob("b", "zstd", 5)), name="one")
    second = repository(image("2", blob("a", "zstd", 8), blob("b", "gzip", 6)), name="two")
    third = repository(image("3", blob("a", "gzip", 9), blob("b", "gzip", 6)), name="three")
    found = list(find_compressed_twice([first, second, third]))
    assert [(one.repository, one.stored_saving_bytes) for one in found] == [("one", 9), ("two", 6)]


def test_several_layers_are_told_together_the_biggest_first() -> None:
    old = image("1", blob("a", "gzip", 5), blob("b", "gzip", 6), days_ago=5)
    new = image("2", blob("a", "zstd", 4), blob("b", "zstd", 4))
    (found,) = find_compressed_twice([repository(old, new)])
    assert "2 layers are stored here" in found.finding.what
    assert [one.size_bytes for one in found.finding.evidence] == [6, 5]


def test_other_scopes_unknown_contents_and_empty_blobs_are_no_twins() -> None:
    one = repository(image("1", blob("a", "gzip", 5)), name="one", scope="one")
    two = repository(image("2", blob("a", "zstd", 4)), name="two", scope="two")
    assert list(find_compressed_twice([one, two])) == []
    assert (
        list(find_compressed_twice([repository(image("1", layer("x")), image("2", layer("y")))]))
        == []
    )
    empty = image("1", blob("a", "gzip", 0)), image("2", blob("a", "zstd", 0))
    assert list(find_compressed_twice([repository(*empty)])) == []
