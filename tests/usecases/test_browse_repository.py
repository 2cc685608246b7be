"""One repository: tags, blobs, neighbours, problems."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from auditor.domain.errors import UnknownReferenceError
from auditor.domain.observation import StorageScope
from auditor.domain.platform import Platform
from auditor.domain.views import SharedWith
from tests.fakes.contents import (
    CONFIG_BYTES,
    CREATED,
    INDEX_BYTES,
    MANIFEST_BYTES,
    Contents,
    config_of,
    layer,
    many_tags,
)
from tests.fakes.source import FakeSource, Faults
from tests.usecases.bench import REGISTRY, Bench, day, target

APP = "team/app"
OVERHEAD = MANIFEST_BYTES + CONFIG_BYTES


def dated(contents: Contents, name: str, days: int) -> None:
    config = config_of(name, created_at=CREATED + timedelta(days=days))
    contents.tag(APP, name, contents.image(name, layer(1000, name), config=config))


def test_tags_come_newest_first_page_by_page(either_bench: Bench) -> None:
    contents = Contents()
    for name, days in (("a", 3), ("b", 1), ("c", 5), ("d", 3), ("e", 2)):
        dated(contents, name, days)
    either_bench.crawl(contents)
    browse = either_bench.browse()
    pages = [
        browse.repository(REGISTRY, APP, tag_offset=offset, tag_limit=2) for offset in (0, 2, 4)
    ]
    assert [[row.tag for row in page.tags] for page in pages] == [["c", "a"], ["d", "e"], ["b"]]
    assert {page.tag_count for page in pages} == {5}
    assert pages[0].tags[0].created_at == CREATED + timedelta(days=5)


def test_a_tag_tells_what_a_pull_of_the_preferred_platform_downloads(either_bench: Bench) -> None:
    contents = Contents()
    images = []
    for number, text in enumerate(("linux/amd64", "linux/arm64/v8")):
        config = config_of(text, platform=Platform.parse(text))
        images.append(contents.image(text, layer(1000 * (number + 1)), config=config))
    contents.tag(APP, "multi", contents.index("multi", *images))
    contents.tag(APP, "single", images[1])
    contents.tag(APP, "signed", contents.artifact("signature"))
    either_bench.crawl(contents)
    for platform, multi in (("linux/amd64", 1000), ("linux/arm64", 2000), ("linux/s390x", None)):
        view = either_bench.browse(Platform.parse(platform)).repository(REGISTRY, APP)
        rows = {row.tag: row for row in view.tags}
        assert rows["multi"].pull_bytes == (None if multi is None else multi + OVERHEAD)
        assert rows["single"].pull_bytes == 2000 + OVERHEAD, "the only one there is"
        assert rows["signed"].pull_bytes is None
        assert [str(one) for one in rows["multi"].platforms] == ["linux/amd64", "linux/arm64/v8"]
        assert {tag: row.kind for tag, row in rows.items()} == {
            "multi": "index",
            "single": "image",
            "signed": "artifact",
        }


def test_what_only_one_tag_reaches_would_go_with_it(either_bench: Bench) -> None:
    contents = Contents()
    base, own = layer(9000, "base"), layer(500, "own")
    contents.tag(APP, "base", contents.image("base", base))
    contents.tag(APP, "app", contents.image("app", base, own))
    contents.tag(APP, "alias", contents.tags[APP]["base"])
    either_bench.crawl(contents)
    rows = {
        row.tag: row.added_bytes for row in either_bench.browse().repository(REGISTRY, APP).tags
    }
    assert rows == {"base": 0, "alias": 0, "app": 500 + OVERHEAD}


def test_a_tag_that_was_never_readable_is_listed_without_figures(bench: Bench) -> None:
    contents = Contents()
    broken, _ = many_tags(contents, APP, 2)
    bench.crawl(FakeSource(contents.registry(), faults=Faults(manifests={broken})))
    view = bench.browse().repository(REGISTRY, APP)
    row = next(row for row in view.tags if row.tag == "t000")
    assert (row.digest, row.kind, row.pull_bytes, row.platforms) == (None, "", None, ())
    assert [problem.reference for problem in view.problems] == ["t000"]
    assert view.row.is_stale


def test_the_largest_blobs_come_first_and_tell_who_else_keeps_them(either_bench: Bench) -> None:
    contents = Contents()
    base = layer(9000, "base")
    contents.tag(APP, "1", contents.image("one", base, layer(100, "one")))
    contents.tag(APP, "2", contents.image("two", base))
    contents.tag("team/api", "1", contents.image("api", base, layer(5, "api")))
    either_bench.crawl(contents)
    view = either_bench.browse().repository(REGISTRY, APP)
    largest = view.blobs[0]
    assert (largest.digest, largest.size_bytes, largest.role) == (base.digest, 9000, "layer")
    assert (largest.shared_by_repositories, largest.manifests) == (2, 2)
    assert {blob.role for blob in view.blobs} == {"layer", "manifest", "config"}
    assert view.shared_with == (SharedWith("team/api", 9000, 1),)


def test_outside_its_scope_a_repository_shares_nothing(bench: Bench) -> None:
    contents = Contents()
    image = contents.image("shared")
    contents.tag(APP, "1", image)
    contents.tag("other/app", "1", image)
    bench.crawl(contents, target(scope=StorageScope.NAMESPACE))
    view = bench.browse().repository(REGISTRY, APP)
    assert (view.scope, view.shared_with) == (StorageScope.NAMESPACE, ())


@pytest.mark.parametrize("is_measured", [False, True])
def test_sizes_that_disagree_are_shown_with_the_one_that_is_used(
    either_bench: Bench, is_measured: bool
) -> None:
    contents = Contents()
    honest = layer(1000, "disputed")
    contents.tag(APP, "1", contents.image("one", honest))
    if is_measured:
        index = contents.index(
            "index",
            strangers=[
                replace(contents.describe(image), size_bytes=7)
                for image in contents.tags[APP].values()
            ],
        )
        contents.tag(APP, "2", index)
        expected = (contents.tags[APP]["1"], MANIFEST_BYTES, (7, MANIFEST_BYTES), True)
    else:
        contents.tag(APP, "2", contents.image("two", replace(honest, size_bytes=1200)))
        expected = (honest.digest, 1200, (1000, 1200), False)
    either_bench.crawl(contents)
    (conflict,) = either_bench.browse().repository(REGISTRY, APP).conflicts
    found = (conflict.digest, conflict.size_bytes, conflict.claims, conflict.is_measured)
    assert found == expected


def test_figures_of_an_index_are_those_of_all_it_lists(either_bench: Bench) -> None:
    contents = Contents()
    images = [contents.image(name, layer(1000, name)) for name in "ab"]
    contents.tag(APP, "1", contents.index("both", *images))
    either_bench.crawl(contents)
    row = either_bench.browse().repository(REGISTRY, APP).row
    assert row.sizes.stored_bytes == INDEX_BYTES + 2 * (1000 + OVERHEAD)
    assert (row.tags, row.images, row.image_bytes) == (1, 2, 1000 + OVERHEAD)
    assert row.image_reference == "1"


def test_an_unknown_repository_is_answered_with_near_ones(either_bench: Bench) -> None:
    contents = Contents()
    for name in ("team/app", "other/app-server", "web"):
        many_tags(contents, name, 1)
    either_bench.crawl(contents)
    browse = either_bench.browse()
    with pytest.raises(UnknownReferenceError, match="no repository tema/app in") as error:
        browse.repository(REGISTRY, "tema/app")
    assert error.value.candidates == (f"{REGISTRY}/other/app-server", f"{REGISTRY}/team/app")
    assert error.value.next_step == f"did you mean {', '.join(error.value.candidates)}?"


def test_where_nothing_is_near_the_ranking_is_the_next_step(bench: Bench) -> None:
    bench.crawl(Contents())
    with pytest.raises(UnknownReferenceError) as error:
        bench.browse().repository(REGISTRY, "team/app")
    assert (error.value.next_step, error.value.candidates) == ("see `auditor rank`", ())


def test_near_ones_are_written_as_they_can_be_asked_for(bench: Bench) -> None:
    contents = Contents()
    many_tags(contents, "app", 1)
    bench.crawl(contents, target("oci:/srv/images/app"))
    bench.crawl(contents, target("a.example"))
    browse = bench.browse()
    with pytest.raises(UnknownReferenceError) as error:
        browse.repository("a.example", "team/app")
    assert error.value.candidates == ("a.example/app", "oci:/srv/images/app//app")
    for candidate in error.value.candidates:
        assert browse.resolve(candidate).repository == "app"


def test_a_repository_that_was_removed_is_unknown(bench: Bench) -> None:
    contents = Contents()
    many_tags(contents, APP, 9)
    many_tags(contents, "team/old", 1)
    bench.crawl(contents)
    contents.remove("team/old")
    for number in (1, 2):
        bench.crawl(contents, at=day(number))
    with pytest.raises(UnknownReferenceError):
        bench.browse().repository(REGISTRY, "team/old")
