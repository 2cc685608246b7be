"""Tags of a repository, what each would take with it, its past and its disputed sizes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.domain.manifest import Manifest
from auditor.domain.platform import Platform
from auditor.domain.views import HistoryPoint, SizeConflict, TagView
from auditor.store import repository_reads
from auditor.store.repository_reads import (
    count_tags,
    count_untagged_images,
    load_conflicts,
    load_repository_history,
    load_tags,
)
from tests.store.bench import Bench
from tests.store.keys import NOTHING, repository_key
from tests.store.things import (
    AMD64,
    ARM64,
    config,
    day,
    image,
    index,
    layer,
    named,
    seen,
    signature,
)

APP = "team/app"
OTHER = "other.example"
_numbers = count()


def tags(
    bench: Bench,
    repository: str = APP,
    *,
    wanted: Platform = AMD64,
    offset: int = 0,
    limit: int = 99,
) -> dict[str, TagView]:
    """One page of tags, in its order."""
    key = repository_key(bench, repository)
    with bench.database.reading() as connection:
        page = load_tags(connection, key, wanted, offset=offset, limit=limit)
    return {tag.tag: tag for tag in page}


def tag_count(bench: Bench) -> int:
    with bench.database.reading() as connection:
        return count_tags(connection, repository_key(bench, APP))


def untagged(bench: Bench) -> int:
    with bench.database.reading() as connection:
        return count_untagged_images(connection, repository_key(bench, APP))


def test_a_repository_nobody_knows_has_nothing(bench: Bench) -> None:
    with bench.database.reading() as connection:
        assert count_tags(connection, NOTHING) == 0
        assert load_tags(connection, NOTHING, AMD64, offset=0, limit=9) == ()
        assert count_untagged_images(connection, NOTHING) == 0
        assert load_repository_history(connection, NOTHING) == ()
        assert load_conflicts(connection, NOTHING) == ()


def test_a_repository_may_have_no_tags(bench: Bench) -> None:
    bench.crawl(seen(APP))
    assert (tag_count(bench), tags(bench)) == (0, {})


def test_tags_are_counted_as_they_are_now(bench: Bench) -> None:
    one, two = image("one"), image("two")
    bench.crawl(seen(APP, {"v1": one, "v2": one}), seen("team/other", {"v1": one}))
    assert tag_count(bench) == 2
    bench.crawl(seen(APP, {"v1": two, "v2": one, "v3": None}), at=1)
    assert tag_count(bench) == 3
    bench.crawl(seen(APP, {"v1": two}), at=2)
    assert tag_count(bench) == 3, "missing once is not gone"
    bench.crawl(seen(APP, {"v1": two}), at=3)
    assert tag_count(bench) == 1


def test_a_tag_tells_since_when_it_points_where_it_does_and_whether_it_was_missed(
    bench: Bench,
) -> None:
    of = config("config", created_at=day(-3))
    one, two = image("one", of=of), image("two")
    bench.crawl(seen(APP, {"moved": two, "stays": one}, configs=[of]))
    bench.crawl(seen(APP, {"moved": one, "stays": one}), at=1)
    bench.crawl(seen(APP, {"moved": one}), at=2)
    found = {
        name: (tag.digest, tag.kind, tag.since, tag.created_at, tag.is_missing)
        for name, tag in tags(bench).items()
    }
    assert found == {
        "moved": (named("one"), "image", day(1), day(-3), False),
        "stays": (named("one"), "image", day(0), day(-3), True),
    }


def test_tags_are_newest_first_by_the_date_of_the_image_then_by_first_sight(
    bench: Bench,
) -> None:
    """An index is as new as the newest image it lists; what was never read is as it was seen."""
    dates: dict[str, float | None] = {"old": -9, "new": 0.5, "undated": None}
    configs = [
        config(name, created_at=None if date is None else day(date)) for name, date in dates.items()
    ]
    images = {of.digest: image(f"image {of.digest}", of=of) for of in configs}
    old, new, undated = images.values()
    both = index("both", old, new)
    first = {"a": old, "b": undated, "c": None}
    second = {"d": undated, "Z": both, "e": new, "f": signature("signature", old)}
    bench.crawl(seen(APP, first, configs=configs))
    bench.crawl(seen(APP, first | second, old, new), at=1)
    assert list(tags(bench)) == ["d", "f", "Z", "e", "b", "c", "a"]
    assert {name: tag.created_at for name, tag in tags(bench).items() if tag.created_at} == {
        "Z": day(0.5),
        "a": day(-9),
        "e": day(0.5),
    }


def test_pages_together_are_all_tags_also_where_none_has_a_date(bench: Bench) -> None:
    names = ["b", "B", "a", "1.10", "1.9", "é", "_", "latest"]
    bench.crawl(seen(APP, {name: image("one") for name in names}))
    in_order = sorted(names, key=str.encode)
    assert list(tags(bench)) == in_order
    for limit in (1, 3, 8, 99):
        pages = [list(tags(bench, offset=start, limit=limit)) for start in range(0, 9, limit)]
        assert [name for page in pages for name in page] == in_order
    assert tags(bench, offset=8) == tags(bench, limit=0) == {}


HOSTILE = ["%", "a'b", '"', "back\\slash", "; DROP TABLE tag --", "x" * 500, "🐳", ":", "{}"]


def test_a_tag_may_be_called_anything(bench: Bench) -> None:
    bench.crawl(seen(APP, {name: image(name, layer(f"layer of {name}", 7)) for name in HOSTILE}))
    assert {name: tag.added_bytes for name, tag in tags(bench).items()} == dict.fromkeys(
        HOSTILE, 107
    )


def test_platforms_are_those_of_the_images_nearest_first(bench: Bench) -> None:
    """What nobody can run is no platform, nor what could not be read."""
    where = [ARM64, AMD64, Platform("unknown", "unknown")]
    configs = [config(str(platform), platform=platform) for platform in where]
    arm, amd, said = (image(f"for {of.platform}", of=of) for of in configs)
    blind = image("blind", of=config("never read"))
    inner = index("inner", amd, said, arm)
    found = {"flat": index("flat", arm, said, blind, amd), "deep": index("deep", inner, arm)}
    bench.crawl(seen(APP, found, inner, arm, amd, said, blind, configs=configs))
    assert {name: tag.platforms for name, tag in tags(bench).items()} == {
        "flat": (ARM64, AMD64),
        "deep": (ARM64, AMD64),
    }


def test_the_only_image_is_what_a_pull_downloads_whatever_it_is_for(bench: Bench) -> None:
    arm = config("arm", platform=ARM64)
    said = config("said", platform=Platform("unknown", "unknown"))
    one, words = image("one", layer("x", 1_000), of=arm), image("words", layer("y", 9), of=said)
    blind = image("blind", layer("z", 5), of=config("never read"))
    found = {"index": index("index", one, words), "image": one, "blind": blind}
    bench.crawl(seen(APP, found, one, words, configs=[arm, said]))
    pulls = {name: tag.pull_bytes for name, tag in tags(bench).items()}
    assert pulls == {"index": 1_110, "image": 1_110, "blind": 115}


def test_a_pull_downloads_foreign_layers_and_no_layer_twice(bench: Bench) -> None:
    """Of which the registry keeps the one and not the other."""
    layers = (layer("x", 1_000), layer("x", 1_000), layer("far away", 5_000, is_foreign=True))
    bench.crawl(seen(APP, {"v1": image("one", *layers)}))
    tag = tags(bench)["v1"]
    assert (tag.pull_bytes, tag.added_bytes) == (6_100, 1_100)


def test_an_image_that_is_not_here_is_nothing_a_tag_offers(bench: Bench) -> None:
    """An index may list what only another registry has; nobody can pull that from here."""
    of = config("config")
    one = image("one", layer("x", 1_000), of=of)
    listed = index("index", one)
    bench.crawl(seen(APP, {"v1": listed}))
    before = tags(bench)["v1"]
    assert (before.platforms, before.pull_bytes) == ((), None)
    bench.crawl(seen("elsewhere", {"v1": one}, configs=[of]), registry=OTHER)
    assert tags(bench)["v1"] == before


LAYERS = {f"layer {number}": 10**number for number in range(5)}
IMAGES = st.lists(st.sets(st.sampled_from(sorted(LAYERS))), min_size=1, max_size=5)


def test_what_a_tag_adds_is_what_no_other_tag_and_no_untagged_manifest_reaches(
    bench: Bench,
) -> None:
    @settings(
        max_examples=25 if bench.database.is_sqlite else 10,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(IMAGES, st.lists(st.sets(st.integers(0, 4)), max_size=4))
    def check(contents: list[set[str]], targets: list[set[int]]) -> None:
        example = next(_numbers)
        images = [
            image(f"{example} {place}", *(layer(name, LAYERS[name]) for name in sorted(names)))
            for place, names in enumerate(contents)
        ]
        tagged = {f"v{place}": of_places(images, places) for place, places in enumerate(targets)}
        bench.crawl(seen(f"app-{example}", tagged, *images), at=example, lists_repositories=False)
        found = tags(bench, f"app-{example}")
        assert {name: tag.added_bytes for name, tag in found.items()} == added(tagged, images)

    check()


def of_places(images: list[Manifest], places: set[int]) -> Manifest:
    """The image of one place, an index over those of several."""
    chosen = [images[place % len(images)] for place in sorted(places)]
    if len(chosen) == 1:
        return chosen[0]
    return index("index of " + " ".join(one.digest.text for one in chosen), *chosen)


def added(tagged: Mapping[str, Manifest], images: list[Manifest]) -> dict[str, int]:
    """Straight from the definition."""
    by_digest = {one.digest: one for one in images}

    def below(manifest: Manifest) -> set[Manifest]:
        children = [by_digest[child.digest] for child in manifest.children]
        return {manifest}.union(children)

    def sizes(manifests: set[Manifest]) -> dict[str, int]:
        return {one.digest.text: one.size_bytes for one in manifests} | {
            one.digest.text: one.size_bytes for manifest in manifests for one in manifest.layers
        }

    reached = {name: sizes(below(manifest)) for name, manifest in tagged.items()}
    lost = set(images).difference(*(below(manifest) for manifest in tagged.values()))
    others = {
        name: set(sizes(lost)).union(*(reached[one] for one in reached if one != name))
        for name in reached
    }
    return {
        name: sum(size for digest, size in blobs.items() if digest not in others[name])
        for name, blobs in reached.items()
    }


def test_of_a_very_large_repository_nobody_says_what_a_tag_adds(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository_reads, "_MANIFESTS_COMPARED", 2)
    two = {"v1": image("one"), "v2": image("two")}
    bench.crawl(seen(APP, two))
    assert {tag.added_bytes for tag in tags(bench).values()} == {100}
    bench.crawl(seen(APP, two, image("three")), at=1)
    assert {tag.added_bytes for tag in tags(bench).values()} == {None}
    assert {tag.pull_bytes for tag in tags(bench).values()} == {100}


def test_an_image_that_lost_its_tag_is_untagged_until_it_is_tagged_or_gone(bench: Bench) -> None:
    one, two = image("one"), image("two")
    bench.crawl(seen(APP, {"v1": one, "v2": two}), seen("team/other", {"v1": one}))
    assert untagged(bench) == 0
    bench.crawl(seen(APP, {"v1": two, "v2": two}), at=1)
    assert untagged(bench) == 1
    bench.crawl(seen(APP, {"v1": two, "v2": one}), at=2)
    assert untagged(bench) == 0
    bench.crawl(seen(APP, {"v1": two}, gone=frozenset({one.digest})), at=3, accept_removals=True)
    assert untagged(bench) == 0


def test_what_an_index_lists_is_tagged_with_it_and_no_artifact_is_an_image(bench: Bench) -> None:
    one, two = image("one"), image("two")
    both, signed = index("both", one, two), signature("signature", one)
    bench.crawl(seen(APP, {"v1": both}, one, two, signed))
    assert untagged(bench) == 0
    bench.crawl(seen(APP, {"v1": one}), at=1)
    assert untagged(bench) == 1


def test_an_image_that_the_registry_lists_is_untagged_all_the_same(bench: Bench) -> None:
    """A registry that lists what has no tag, or a folder on disk, hands it to every crawl."""
    one, listed = image("one"), image("listed")
    for number in range(2):
        bench.crawl(seen(APP, {"v1": one}, listed), at=number)
        assert untagged(bench) == 1


def test_the_past_of_a_repository_is_its_own_and_oldest_first(bench: Bench) -> None:
    def at(number: float, *sizes: int) -> None:
        many = {f"v{size}": image(f"{size}", size_bytes=size) for size in sizes}
        bench.crawl(seen(APP, many), seen("team/other", {"v": image("other")}), at=number)

    at(0, 100)
    at(1, 100)
    at(2, 100, 7)
    points: list[tuple[datetime, int]] = [(day(0), 100), (day(2), 107)]
    with bench.database.reading() as connection:
        history = load_repository_history(connection, repository_key(bench, APP))
    assert history == tuple(HistoryPoint(moment, stored) for moment, stored in points)


def conflicts(bench: Bench, repository: str = APP) -> tuple[SizeConflict, ...]:
    with bench.database.reading() as connection:
        return load_conflicts(connection, repository_key(bench, repository))


def test_disputed_sizes_are_told_by_digest_with_every_claim(bench: Bench) -> None:
    sizes = {"a": [5, 7], "b": [9], "c": [3, 1, 2]}
    images = [image(f"{name} {size}", layer(name, size)) for name in sizes for size in sizes[name]]
    bench.crawl(seen(APP, {f"v{place}": one for place, one in enumerate(images)}))
    expected = {
        named("a"): SizeConflict(named("a"), 7, (5, 7)),
        named("c"): SizeConflict(named("c"), 3, (1, 2, 3)),
    }
    in_order = sorted(expected, key=lambda digest: digest.to_bytes())
    assert conflicts(bench) == tuple(expected[digest] for digest in in_order)


def test_a_size_disputed_elsewhere_is_told_where_the_blob_is_held_and_nowhere_else(
    bench: Bench,
) -> None:
    mine = seen(APP, {"v1": image("one", layer("x", 5))})
    bench.crawl(mine, seen("team/other", {"v1": image("two")}))
    bench.crawl(seen("elsewhere", {"v1": image("three", layer("x", 8))}), registry=OTHER)
    assert conflicts(bench) == (SizeConflict(named("x"), 8, (5, 8)),)
    assert conflicts(bench, "team/other") == ()


def test_of_very_many_disputed_sizes_those_that_are_told_are_told_whole(bench: Bench) -> None:
    """Three claims each: a limit on lines would cut one of them in two."""
    names = [f"layer {number}" for number in range(90)]
    images = [image(f"{size}", *(layer(name, size) for name in names)) for size in (1, 2, 3)]
    bench.crawl(seen(APP, {one.digest.short: one for one in images}))
    told = conflicts(bench)
    assert len(told) > 50
    assert {one.claims for one in told} == {(1, 2, 3)}
