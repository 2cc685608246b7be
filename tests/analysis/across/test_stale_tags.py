from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.across.found import AcrossFinding
from auditor.analysis.across.images import PushedImage
from auditor.analysis.across.stale_tags import (
    StaleRules,
    exclusive_blobs,
    find_stale_tags,
    stale_set,
)
from auditor.domain.exactness import Exactness
from auditor.domain.findings import Confidence
from tests.analysis.across.pushes import BASE, MB, NOW, image, layer, repository

RULES = StaleRules(keep=2, days=100)


def version(number: int, **more: Any) -> PushedImage:
    facts: dict[str, Any] = {"days_ago": 300 - 10 * number} | more
    return image(
        f"1.{number}",
        layer("base", BASE, 50 * MB),
        layer(f"app {number}", "COPY . .", MB),
        **facts,
    )


def found_in(*images: PushedImage) -> list[AcrossFinding]:
    return list(find_stale_tags(repository(*images), NOW, RULES))


def test_versions_beyond_the_newest_are_told_with_what_they_free() -> None:
    (found,) = found_in(*map(version, range(5)))
    assert found.stored_saving_bytes == 3 * (MB + 2_000)
    assert found.stored_exactness is Exactness.EXACT
    assert found.finding.pull_saving_bytes == 0
    assert found.images == 3
    assert "3 tags point at versions" in found.finding.what


def test_unknown_pulls_are_said_and_make_it_less_sure() -> None:
    (found,) = found_in(*map(version, range(5)))
    assert found.finding.confidence is Confidence.MEDIUM
    assert "not known" in found.finding.caveats[0]
    pulled = NOW - timedelta(days=150)
    (found,) = found_in(*(version(number, last_pulled_at=pulled) for number in range(3)))
    assert found.finding.confidence is Confidence.HIGH
    assert "1 tag points" in found.finding.what
    assert "not pulled for 100 days" in found.finding.what


def test_what_was_pulled_lately_stays() -> None:
    lately = NOW - timedelta(days=5)
    assert found_in(*(version(number, last_pulled_at=lately) for number in range(5))) == []


def test_what_is_young_stays() -> None:
    assert found_in(*(version(number, days_ago=50) for number in range(5))) == []


def test_an_image_stays_while_one_of_its_tags_does() -> None:
    both = version(0, tags=("1.0", "latest"), current_tags=("1.0", "latest"))
    stale = stale_set(repository(both, *map(version, range(1, 5))), NOW, RULES)
    assert stale.tags == ("1.1", "1.2")


def test_untagged_and_removed_images_are_another_matter() -> None:
    others = version(0, current_tags=()), version(1, is_retained=False)
    assert stale_set(repository(*others, version(2), version(3)), NOW, RULES).images == ()


def test_an_untagged_image_still_holds_its_blobs() -> None:
    twin = image("twin", *version(0).layers, current_tags=())
    (found,) = found_in(twin, *map(version, range(3)))
    assert found.stored_saving_bytes == 2_000


def test_what_another_repository_holds_stays() -> None:
    shared = layer("shared", "COPY . .", 9 * MB, is_held_elsewhere=True)
    first = image("1.0", shared, days_ago=300)
    (found,) = found_in(first, *map(version, range(1, 3)))
    assert found.stored_saving_bytes == 2_000


def test_platforms_count_apart() -> None:
    images = [version(number, platform=("amd64", "arm64")[number % 2]) for number in range(4)]
    assert found_in(*images) == []


def test_ten_versions_and_half_a_year_are_kept_unless_told_otherwise() -> None:
    (found,) = find_stale_tags(repository(*map(version, range(11))), NOW)
    assert found.images == 1


IMAGES = st.lists(st.lists(st.integers(0, 6), max_size=4), max_size=8)


@given(IMAGES, st.sets(st.integers(0, 7)))
def test_freed_is_what_is_stored_with_the_set_less_what_is_without(
    stacks: list[list[int]], leaving: set[int]
) -> None:
    images = [
        image(str(at), *(layer(str(number), size_bytes=number) for number in stack))
        for at, stack in enumerate(stacks)
    ]

    def stored_bytes(held: list[PushedImage]) -> int:
        layers = {one.digest: one.size_bytes for it in held for one in it.layers}
        return sum(layers.values()) + sum(it.other_bytes for it in held)

    going = [it for at, it in enumerate(images) if at in leaving]
    staying = [it for at, it in enumerate(images) if at not in leaving]
    freed = sum(blob.size_bytes for blob in exclusive_blobs(repository(*images), going))
    assert freed == stored_bytes(images) - stored_bytes(staying)
