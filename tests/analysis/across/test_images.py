from __future__ import annotations

from datetime import UTC, datetime, timedelta

from auditor.domain.digest import Digest
from tests.analysis.across.pushes import MB, NOW, image, layer, repository


def test_the_moment_of_a_push_counts_before_the_date_in_the_config() -> None:
    day = timedelta(days=1)
    assert image("a", days_ago=3).moment == NOW - 3 * day
    assert image("a", pushed_at=NOW - day, created_at=NOW - 2 * day).moment == NOW - day
    assert image("a", created_at=None, seen_at=NOW - 4 * day).moment == NOW - 4 * day


def test_the_date_of_a_reproducible_build_counts_for_nothing() -> None:
    epoch = datetime(1980, 1, 1, tzinfo=UTC)
    assert image("a", created_at=epoch, seen_at=NOW).moment == NOW


def test_an_image_is_named_by_a_current_tag_then_a_former_one_then_its_digest() -> None:
    assert image("a", tags=("b", "a"), current_tags=("a",)).name == "a"
    assert image("a", current_tags=()).name == "a"
    nameless = image("a", tags=(), current_tags=())
    assert nameless.name == nameless.digest.short


def test_a_layer_that_is_there_twice_is_pulled_once() -> None:
    assert image("a", layer("x"), layer("x"), layer("y")).size_bytes == 2 * MB + 2_000


def test_each_image_is_in_the_line_that_most_images_share() -> None:
    images = (
        image("1.0", tags=("latest", "1.0")),
        image("1.1"),
        image("1.1-slim"),
        image("1.2", tags=("1.2", "latest")),
        image("gone", tags=(), current_tags=()),
    )
    lines = repository(*images).lines()
    assert {line: [one.name for one in found] for line, found in lines.items()} == {
        "#": ["1.0", "1.1", "1.2"],
        "#-slim": ["1.1-slim"],
    }
    assert isinstance(images[0].digest, Digest)
