"""When what a crawl no longer sees counts as gone, and when nothing is believed."""

from __future__ import annotations

from dataclasses import replace

from auditor.domain.exactness import Exactness
from auditor.domain.observation import CrawlOutcome, StorageScope
from auditor.domain.views import RankQuery
from auditor.usecases.crawl_registry import CrawlLimits
from tests.fakes.contents import Contents, many_tags
from tests.fakes.source import FakeSource, Faults
from tests.usecases.bench import REGISTRY, Bench, day, reference, target


def ten_tags() -> Contents:
    contents = Contents()
    many_tags(contents, "team/app", 10)
    return contents


def tags_of(bench: Bench, repository: str = "team/app") -> int:
    return bench.rows()[repository].tags


def test_a_tag_is_gone_once_two_crawls_in_a_row_miss_it(either_bench: Bench) -> None:
    contents = ten_tags()
    either_bench.crawl(contents)
    contents.untag("team/app", "t003")
    once = either_bench.crawl(contents)
    assert (once.removed_tags, tags_of(either_bench)) == (0, 10)
    view = either_bench.browse().repository(REGISTRY, "team/app")
    assert [row.tag for row in view.tags if row.is_missing] == ["t003"]
    twice = either_bench.crawl(contents)
    assert (twice.removed_tags, tags_of(either_bench)) == (1, 9)
    assert either_bench.crawl(contents).removed_tags == 0


def test_a_repository_is_gone_once_two_crawls_in_a_row_miss_it(either_bench: Bench) -> None:
    contents = ten_tags()
    many_tags(contents, "team/old", 2)
    either_bench.crawl(contents)
    contents.remove("team/old")
    assert either_bench.crawl(contents).removed_repositories == 0
    assert set(either_bench.rows()) == {"team/app", "team/old"}
    report = either_bench.crawl(contents)
    assert (report.removed_repositories, report.removed_tags) == (1, 2)
    assert set(either_bench.rows()) == {"team/app"}
    history = either_bench.browse().overview().history
    assert history[-1].stored_bytes < history[0].stored_bytes


def test_losing_too_many_tags_changes_nothing_and_is_said(either_bench: Bench) -> None:
    contents = ten_tags()
    either_bench.crawl(contents)
    for number in range(3):
        contents.untag("team/app", f"t{number:03}")
    for _ in range(3):
        report = either_bench.crawl(contents)
        assert (report.guarded_tags, report.removed_tags) == (3, 0)
        assert tags_of(either_bench) == 10
    (view,) = either_bench.browse().registries()
    assert view.guarded_tags == 3


def test_removals_that_are_accepted_happen_at_once(either_bench: Bench) -> None:
    contents = ten_tags()
    either_bench.crawl(contents)
    for number in range(8):
        contents.untag("team/app", f"t{number:03}")
    either_bench.crawl(contents)
    report = either_bench.crawl(contents, accept_removals=True)
    assert (report.removed_tags, report.guarded_tags) == (8, 0)
    assert tags_of(either_bench) == 2
    (view,) = either_bench.browse().registries()
    assert view.guarded_tags == 0


def test_the_guard_is_as_wide_as_it_was_set(bench: Bench) -> None:
    contents = ten_tags()
    bench.limits = CrawlLimits(guard_ratio=0.5)
    bench.crawl(contents)
    for number in range(5):
        contents.untag("team/app", f"t{number:03}")
    bench.crawl(contents)
    assert bench.crawl(contents).removed_tags == 5
    contents.untag("team/app", "t005")
    contents.untag("team/app", "t006")
    contents.untag("team/app", "t007")
    assert bench.crawl(contents).guarded_tags == 3


def test_a_crawl_of_named_repositories_says_nothing_about_the_others(bench: Bench) -> None:
    contents = ten_tags()
    many_tags(contents, "team/other", 2)
    bench.crawl(contents)
    before = bench.rows()
    for _ in range(3):
        report = bench.crawl(contents, target(REGISTRY, "team/app"))
        assert (report.outcome, report.repositories) == (CrawlOutcome.COMPLETE, 1)
        assert (report.removed_repositories, report.removed_tags) == (0, 0)
    assert {name: row.tags for name, row in bench.rows().items()} == {
        name: row.tags for name, row in before.items()
    }


def test_a_named_repository_that_does_not_exist_makes_the_crawl_partial(bench: Bench) -> None:
    report = bench.crawl(ten_tags(), target(REGISTRY, "team/app", "team/typo"))
    assert report.outcome is CrawlOutcome.PARTIAL
    assert [one.repository for one in report.problems] == ["team/typo"]
    assert set(bench.rows()) == {"team/app"}


def test_a_catalogue_that_breaks_off_removes_nothing(bench: Bench) -> None:
    contents = ten_tags()
    many_tags(contents, "team/zebra", 1)
    bench.crawl(contents)
    contents.remove("team/zebra")
    many_tags(contents, "team/zoo", 1)
    source = FakeSource(contents.registry(), faults=Faults(catalogue_ends_after=1), page_size=1)
    for _ in range(3):
        assert bench.crawl(source).outcome is CrawlOutcome.PARTIAL
    assert set(bench.rows()) == {"team/app", "team/zebra"}


def test_a_repository_that_cannot_be_listed_loses_nothing(bench: Bench) -> None:
    contents = ten_tags()
    many_tags(contents, "team/other", 1)
    bench.crawl(contents)
    before = bench.rows()["team/app"]
    contents.untag("team/app", "t001")
    source = FakeSource(contents.registry(), faults=Faults(repositories={"team/app"}))
    for _ in range(3):
        bench.crawl(source)
    after = bench.rows()["team/app"]
    assert (after.tags, after.sizes.stored_bytes) == (before.tags, before.sizes.stored_bytes)
    assert after.is_stale


def test_an_untagged_image_counts_for_as_long_as_the_registry_hands_it_out(
    either_bench: Bench,
) -> None:
    contents = ten_tags()
    either_bench.crawl(contents, at=day(0))
    orphan = contents.untag("team/app", "t003")
    for number in (1, 2):
        either_bench.crawl(contents, at=day(number))
    assert either_bench.rows()["team/app"].images == 10
    contents.lose("team/app", orphan)
    for number in (3, 4):
        either_bench.crawl(contents, at=day(number))
    assert either_bench.rows()["team/app"].images == 10, "not looked for again yet"
    for later in (8.5, 9.5):
        either_bench.crawl(contents, at=day(later))
    assert either_bench.rows()["team/app"].images == 9


def test_how_often_an_untagged_image_is_looked_for_is_a_setting(bench: Bench) -> None:
    contents = ten_tags()
    bench.limits = CrawlLimits(recheck_days=0.5)
    bench.crawl(contents)
    contents.lose("team/app", contents.untag("team/app", "t003"))
    source = FakeSource(contents.registry())
    for _ in range(2):
        bench.crawl(source)
    assert source.asked["head_manifest"] == 2
    assert bench.rows()["team/app"].images == 9


def test_a_moved_tag_leaves_its_old_image_to_be_found_by_digest(bench: Bench) -> None:
    contents = ten_tags()
    bench.crawl(contents)
    old = contents.tags["team/app"]["t003"]
    contents.tag("team/app", "t003", contents.image("newer"))
    bench.crawl(contents)
    assert bench.browse().image(reference("team/app", digest=old)).tags == ()
    view = bench.browse().repository(REGISTRY, "team/app")
    assert (view.untagged_images, view.tag_count) == (1, 10)


def test_removals_are_dated_back_to_the_first_crawl_that_missed_them(bench: Bench) -> None:
    contents = ten_tags()
    contents.tag("team/old", "1", contents.image("old"))
    bench.crawl(contents, at=day(0))
    contents.remove("team/old")
    bench.crawl(contents, at=day(10))
    bench.crawl(contents, at=day(20))
    assert set(bench.rows()) == {"team/app"}
    many_tags(contents, "team/old", 1)
    bench.crawl(contents, at=day(30))
    assert bench.rows()["team/old"].tags == 1


def test_a_changed_scope_regroups_what_is_stored(either_bench: Bench) -> None:
    contents = Contents()
    image = contents.image("shared")
    contents.tag("a/app", "1", image)
    contents.tag("b/app", "1", image)
    either_bench.crawl(contents, target(scope=StorageScope.REGISTRY))
    once = either_bench.browse().rank(RankQuery()).totals.stored_bytes
    either_bench.crawl(contents, target(scope=StorageScope.NAMESPACE))
    assert either_bench.browse().rank(RankQuery()).totals.stored_bytes == 2 * once
    assert either_bench.rows()["a/app"].sizes.exclusive_bytes == once
    either_bench.crawl(contents, target(scope=StorageScope.REGISTRY))
    assert either_bench.browse().rank(RankQuery()).totals.stored_bytes == once
    assert either_bench.rows()["a/app"].sizes.exclusive_bytes == 0


def test_untagged_images_of_a_repository_that_comes_back_are_found(either_bench: Bench) -> None:
    contents = Contents()
    for name in ("old", "new"):
        contents.tag("app", "v1", contents.image(name))
        either_bench.crawl(contents)
    tags, held = contents.tags.pop("app"), contents.held.pop("app")
    for _ in range(2):
        either_bench.crawl(contents, accept_removals=True)
    assert either_bench.rows() == {}
    contents.tags["app"], contents.held["app"] = tags, held
    either_bench.crawl(contents)
    assert either_bench.rows()["app"].images == 2


def test_a_crawl_of_some_tags_removes_none_of_the_others(either_bench: Bench) -> None:
    contents = Contents()
    many_tags(contents, "app", 6)
    either_bench.crawl(contents)
    before = either_bench.rows()["app"]
    some = replace(target(), tags=("t00[01]",))
    for _ in range(3):
        report = either_bench.crawl(contents, some)
        assert (report.removed_tags, report.guarded_tags, report.tags) == (0, 0, 2)
    after = either_bench.rows()["app"]
    assert after.tags == before.tags == 6
    assert after.sizes.stored_bytes == before.sizes.stored_bytes
    assert after.sizes.exactness is Exactness.LOWER_BOUND
    contents.untag("app", "t005")
    for _ in range(2):
        either_bench.crawl(contents, some, accept_removals=True)
    assert either_bench.rows()["app"].tags == 5
