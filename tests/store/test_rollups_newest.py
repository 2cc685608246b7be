"""Which image stands for a repository: the newest tagged one of the preferred platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.platform import Platform
from auditor.store.repository_reads import load_tags
from tests.store.bench import Bench
from tests.store.things import AMD64, ARM64, WINDOWS, config, day, image, index, layer, seen

APP = "team/app"
Chosen = tuple[str | None, int | None]
Described = tuple[Manifest, ImageConfig]


def made(
    name: str, size_bytes: int, *, at: float | None = None, platform: Platform = AMD64
) -> Described:
    """An image of so many bytes altogether, and its config of that date."""
    of = config(f"config of {name}", platform=platform, created_at=None if at is None else day(at))
    return image(name, layer(f"layer of {name}", size_bytes - 110), of=of), of


def crawl(
    bench: Bench,
    tags: Mapping[str, Manifest | None],
    described: Iterable[Described] = (),
    **fields: Any,
) -> Chosen:
    """Crawl one repository that also reaches these images; what stands for it then."""
    images = tuple(one for one, _ in described)
    configs = [of for _, of in described]
    bench.crawl(seen(APP, tags, *images, configs=configs), **fields)
    row = bench.row(APP)
    return row.image_reference, row.image_bytes


def test_the_image_with_the_latest_config_date_is_the_newest(bench: Bench) -> None:
    old, new, older = made("old", 300, at=3), made("new", 200, at=5), made("older", 150, at=1)
    tags = {"c": old[0], "b": new[0], "a": older[0]}
    assert crawl(bench, tags, [old, new, older], at=9) == ("b", 200)


@pytest.mark.parametrize("dated, expected", [(0.5, ("undated", 200)), (1.5, ("dated", 300))])
def test_an_image_without_a_date_is_as_old_as_its_tag(
    bench: Bench, dated: float, expected: Chosen
) -> None:
    with_date, without = made("dated", 300, at=dated), made("undated", 200)
    first = {"dated": with_date[0]}
    crawl(bench, first, [with_date])
    assert crawl(bench, first | {"undated": without[0]}, [with_date, without], at=1) == expected


def test_of_images_without_a_date_the_one_seen_last_is_the_newest(bench: Bench) -> None:
    early, late = made("early", 300), made("late", 200)
    crawl(bench, {"z": early[0]}, [early])
    assert crawl(bench, {"z": early[0], "a": late[0]}, [early, late], at=1) == ("a", 200)
    assert crawl(bench, {"z": early[0], "a": early[0]}, [early, late], at=2) == ("a", 300)


@pytest.mark.parametrize(
    "names, first",
    [(["b", "a"], "a"), (["a", "B"], "B"), (["1.10", "1.9"], "1.10"), (["é", "z"], "z")],
)
def test_of_images_of_one_date_that_of_the_first_tag_as_bytes_counts(
    bench: Bench, names: list[str], first: str
) -> None:
    described = [made(name, 200 + place, at=1) for place, name in enumerate(names)]
    tagged = {name: one for name, (one, _) in zip(names, described, strict=True)}
    assert crawl(bench, tagged, described) == (first, 200 + names.index(first))


def test_an_image_that_lost_its_tag_stands_for_nothing_any_more(bench: Bench) -> None:
    old, new = made("old", 300, at=1), made("new", 200, at=5)
    assert crawl(bench, {"v1": old[0], "v2": new[0]}, [old, new], at=9) == ("v2", 200)
    assert crawl(bench, {"v1": old[0], "v2": old[0]}, [old, new], at=10) == ("v1", 300)
    assert crawl(bench, {"v2": old[0]}, [old, new], at=11, accept_removals=True) == ("v2", 300)
    assert crawl(bench, {}, [old, new], at=12, accept_removals=True) == (None, None)


def test_an_index_stands_for_its_repository_by_its_image_for_the_platform(bench: Bench) -> None:
    amd, arm = made("amd", 300, at=3), made("arm", 400, at=4, platform=ARM64)
    plain = made("plain", 200, at=2)
    tags = {"multi": index("index", arm[0], amd[0]), "p": plain[0]}
    assert crawl(bench, tags, [amd, arm, plain], at=9) == ("multi", 300)
    assert crawl(bench, tags, [amd, arm, plain], at=10, platform=ARM64) == ("multi", 400)
    windows = crawl(bench, tags, [amd, arm, plain], at=11, platform=WINDOWS)
    assert windows == (None, None)


V8, V8_SHORT, V9 = ARM64, Platform("linux", "arm64", "8"), Platform("linux", "arm64", "v9")
ANY = Platform("linux", "arm64")


@pytest.mark.parametrize(
    "wanted, chosen", [(ANY, 400), (V8, 300), (V8_SHORT, 300), (V9, 400), (AMD64, None)]
)
def test_a_variant_is_meant_where_it_is_said_and_any_will_do_where_it_is_not(
    bench: Bench, wanted: Platform, chosen: int | None
) -> None:
    eight, nine = made("8", 300, at=1, platform=ANY), made("9", 400, at=1, platform=V9)
    tags = {"v": index("index", nine[0], eight[0])}
    assert crawl(bench, tags, [eight, nine], platform=wanted)[1] == chosen


def test_of_several_images_of_an_index_the_newest_counts_then_the_first(bench: Bench) -> None:
    names = ["first", "second", "third"]
    alike = [made(name, 200 + place, at=1) for place, name in enumerate(names)]
    newer = made("newer", 500, at=2)
    same = index("same", *(one for one, _ in alike))
    assert crawl(bench, {"v": same}, alike)[1] == 200
    mixed = index("mixed", *(one for one, _ in alike), newer[0])
    assert crawl(bench, {"v": mixed}, [*alike, newer], at=1)[1] == 500


def test_the_nearest_image_of_an_index_stands_for_it(bench: Bench) -> None:
    """An image beside inner indexes counts before those inside of them."""
    alike = [made(f"{place}", 200 + place, at=1) for place in range(4)]
    inner = [index(f"inner {place}", alike[place][0]) for place in range(3)]
    outer = index("outer", *inner, alike[3][0])
    images = [one for one, _ in alike]
    configs = [of for _, of in alike]
    bench.crawl(seen(APP, {"v": outer}, *images, *inner, configs=configs))
    assert bench.row(APP).image_bytes == 203
    bench.crawl(seen(APP, {"v": index("last", *inner)}, *images, *inner), at=1)
    assert bench.row(APP).image_bytes in {200, 201, 202}


def test_places_in_an_index_count_as_numbers(bench: Bench) -> None:
    """Of twelve, the third is before the eleventh."""
    arm = [made(f"arm {place}", 300 + place, at=1, platform=ARM64) for place in range(2)]
    alike = [made(f"{place}", 200 + place, at=1) for place in range(10)][::-1]
    listed = [*arm, *alike]
    flat = index("flat", *(one for one, _ in listed))
    assert crawl(bench, {"v": flat}, listed)[1] == 209


def nested(inner: Manifest, levels: int) -> list[Manifest]:
    """Indexes within each other, the outermost first, around a manifest."""
    found = [inner]
    for level in range(levels):
        found.insert(0, index(f"index {level}", found[0]))
    return found


@pytest.mark.parametrize("levels, chosen", [(1, 300), (2, 300), (8, 300), (9, None)])
def test_an_image_is_found_eight_indexes_deep(
    bench: Bench, levels: int, chosen: int | None
) -> None:
    inner = made("inner", 300, at=1)
    found = nested(inner[0], levels)
    bench.crawl(seen(APP, {"v": found[0]}, *found, configs=[inner[1]]))
    assert bench.row(APP).image_bytes == chosen


def test_an_image_that_is_not_here_stands_for_nothing_here(bench: Bench) -> None:
    """The index lists it and another repository has it, but nobody can pull it from here."""
    one = made("one", 300, at=1)
    listed = index("index", one[0])
    bench.crawl(
        seen(APP, {"v": listed}), seen("team/other", {"v": listed}, one[0], configs=[one[1]])
    )
    assert bench.row(APP).image_bytes is None
    assert bench.row("team/other").image_bytes == 300


def test_what_a_node_downloads_has_foreign_layers_and_no_layer_twice(bench: Bench) -> None:
    of = config("config", created_at=day(0))
    layers = (layer("x", 1_000), layer("x", 1_000), layer("far away", 5_000, is_foreign=True))
    bench.crawl(seen(APP, {"v1": image("one", *layers, of=of)}, configs=[of]))
    assert bench.row(APP).image_bytes == 100 + 10 + 1_000 + 5_000


def test_an_artifact_newer_than_the_image_is_no_image(bench: Bench) -> None:
    one, words = made("one", 300, at=1), made("words", 200, at=5)
    said = replace(words[0], kind=ManifestKind.ARTIFACT)
    assert crawl(bench, {"a": said, "b": one[0]}, [one, (said, words[1])]) == ("b", 300)


def test_a_foreign_layer_that_turns_out_larger_counts_wherever_it_is_pulled(
    bench: Bench,
) -> None:
    """No repository keeps it, and still it is part of what a cold node downloads."""
    of, other = (config(name, created_at=day(0)) for name in ("config", "other"))
    one = image("one", layer("far away", 5_000, is_foreign=True), of=of)
    two = image("two", layer("far away", 7_000, is_foreign=True), of=other)
    bench.crawl(seen(APP, {"v1": one}, configs=[of]))
    bench.crawl(seen(APP, {"v1": one}), seen("team/other", {"v1": two}, configs=[other]), at=1)
    with bench.database.reading() as connection:
        (tag,) = load_tags(connection, 1, AMD64, offset=0, limit=9)
    assert tag.pull_bytes == 7_110
    assert bench.row("team/other").image_bytes == 7_110
    assert bench.row(APP).image_bytes == 7_110
