from __future__ import annotations

from typing import Any

from auditor.analysis.across.duplicate_images import blobs_of_copies, find_duplicate_images
from auditor.analysis.across.images import PushedImage
from auditor.domain.findings import Confidence
from tests.analysis.across.pushes import (
    MB,
    diff_id,
    digest,
    image,
    layer,
    repository,
)


def built(name: str, *blobs: str, days_ago: float = 0, **more: Any) -> PushedImage:
    """Each image of `base` and `app`, compressed as the blob's name says."""
    layers = [
        layer(f"{content} {blob}", size_bytes=10 * MB, diff_id=diff_id(content))
        for content, blob in zip(("base", "app"), blobs, strict=True)
    ]
    return image(name, *layers, days_ago=days_ago, **more)


def test_an_image_pushed_again_in_another_compression_is_stored_twice() -> None:
    first = repository(built("1.0", "gzip", "gzip", days_ago=9), name="team/app")
    second = repository(built("1.0-copy", "gzip", "zstd"), name="team/copy")
    (found,) = find_duplicate_images([first, second])
    assert found.repository == "team/copy"
    assert found.stored_saving_bytes == 10 * MB + 2_000
    assert "team/copy:1.0-copy holds the same files as team/app:1.0" in found.finding.what
    assert found.finding.confidence is Confidence.HIGH
    assert found.finding.pull_saving_bytes == 0


def test_a_second_name_for_one_digest_stores_nothing_twice() -> None:
    one = built("1.0", "gzip", "gzip")
    repositories = repository(one, name="a"), repository(one, name="b")
    assert list(find_duplicate_images(repositories)) == []


def test_in_another_scope_all_of_it_is_stored_again() -> None:
    one = built("1.0", "gzip", "gzip")
    repositories = repository(one, name="a", scope="a"), repository(one, name="b", scope="b")
    (found,) = find_duplicate_images(repositories)
    assert found.stored_saving_bytes == 20 * MB + 2_000
    assert found.finding.confidence is Confidence.MEDIUM


def test_what_other_images_hold_is_not_freed() -> None:
    first = built("1.0", "gzip", "gzip", days_ago=9)
    second = built("1.0-copy", "zstd", "zstd")
    third = image("other", layer("base zstd", size_bytes=10 * MB, diff_id=diff_id("base")))
    (found,) = find_duplicate_images([repository(first, second, third)])
    assert found.stored_saving_bytes == 10 * MB + 2_000
    holders = {("", one.digest): 2 for one in second.layers}
    (found,) = find_duplicate_images([repository(first, second)], holders)
    assert found.stored_saving_bytes == 2_000


def test_a_tagged_copy_is_kept_before_an_older_untagged_one() -> None:
    old = built("old", "gzip", "gzip", days_ago=99, current_tags=())
    new = built("new", "zstd", "zstd")
    (found,) = find_duplicate_images([repository(old, new)])
    assert found.digest == old.digest


def test_two_copies_in_two_repositories_share_what_they_free() -> None:
    repositories = [
        repository(built("1.0", "gzip", "gzip", days_ago=9), name="a"),
        repository(built("1.1", "zstd", "zstd"), name="b"),
        repository(built("1.2", "zstd", "zstd", other_bytes=0), name="c"),
    ]
    found = list(find_duplicate_images(repositories))
    assert [(one.repository, one.stored_saving_bytes) for one in found] == [("b", 20 * MB + 2_000)]


def test_the_same_config_stands_in_for_unknown_diff_ids() -> None:
    def plain(name: str, days_ago: float = 0, **more: Any) -> PushedImage:
        return image(name, layer(name), days_ago=days_ago, **more)

    config = digest("config")
    known = plain("1", 5, config=config), plain("2", config=config)
    (found,) = find_duplicate_images([repository(*known)])
    assert found.stored_saving_bytes == MB + 2_000
    assert list(find_duplicate_images([repository(plain("1"), plain("2"))])) == []
    empty = image("1", config=config), image("2", config=config)
    assert list(find_duplicate_images([repository(*empty)])) == []


def test_images_that_are_gone_are_no_copies() -> None:
    gone = built("1.0", "gzip", "gzip", is_retained=False)
    assert list(find_duplicate_images([repository(gone, built("2", "zstd", "zstd"))])) == []


def test_the_blobs_of_images_that_are_there_once_do_not_matter() -> None:
    first, second = built("1", "gzip", "gzip"), built("2", "zstd", "gzip")
    other = image("3", layer("other", diff_id=diff_id("other")))
    wanted = {digest for _, digest in blobs_of_copies([repository(first, second, other)])}
    layers = {one.digest for one in (*first.layers, *second.layers)}
    assert wanted == {*layers, first.digest, second.digest}
