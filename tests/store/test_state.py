"""What tags pointed at and which manifests were there, from when to when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from auditor.domain.digest import Digest
from auditor.domain.observation import KnownRepository, Problem, StorageScope
from auditor.store.recall import known_repository
from auditor.store.tables.facts import BlobRow
from auditor.store.tables.places import (
    AbsenceRow,
    PresenceRow,
    RepositoryRow,
    StorageScopeRow,
    TagRow,
)
from auditor.store.tables.totals import RepositoryBlobRow
from tests.store.bench import NAME, Bench
from tests.store.things import config, day, image, index, layer, named, seen

APP = "team/app"
ONE = image("one", layer("shared", 1_000), layer("of one", 10))
TWO = image("two", layer("shared", 1_000), layer("of two", 20))
WEEK = timedelta(days=7)
Interval = tuple[str, str | None, datetime, datetime | None]

NAMES = {named(name).to_bytes(): name for name in ("one", "two", "three", "index")}


def names_by_id(bench: Bench) -> dict[int | None, str | None]:
    return {row["id"]: NAMES.get(row["digest"]) for row in bench.table(BlobRow)} | {None: None}


def tag_history(bench: Bench) -> list[Interval]:
    """Each tag, what it pointed at, from when, until when."""
    names = names_by_id(bench)
    return [
        (row["name"], names[row["manifest_id"]], row["since"], row["until"])
        for row in bench.table(TagRow, "name", "since", "id")
    ]


def presences(bench: Bench) -> list[Interval]:
    """Each manifest that was somewhere, from when, until when."""
    names = names_by_id(bench)
    return [
        (str(row["repository_id"]), names[row["manifest_id"]], row["since"], row["until"])
        for row in bench.table(PresenceRow, "id")
    ]


def known(bench: Bench, repository: str = APP, *, at: float = 0) -> KnownRepository:
    """What the next crawl, so many days after the first, is told about a repository."""
    mark = bench.begin(at=at)
    with bench.database.reading() as connection:
        return known_repository(
            connection, mark.registry_id, repository, now=day(at), recheck_after=WEEK
        )


def test_a_tag_holds_from_the_crawl_that_first_saw_it(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}), at=2)
    bench.crawl(seen(APP, {"v1": ONE}), at=3)
    assert tag_history(bench) == [("v1", "one", day(2), None)]


def test_a_moved_tag_ends_where_its_new_target_begins(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": TWO}), at=1)
    bench.crawl(seen(APP, {"v1": TWO}), at=2)
    bench.crawl(seen(APP, {"v1": ONE}), at=3)
    assert tag_history(bench) == [
        ("v1", "one", day(0), day(1)),
        ("v1", "two", day(1), day(3)),
        ("v1", "one", day(3), None),
    ]


def test_a_tag_that_comes_back_after_its_removal_begins_anew(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE, "v2": ONE}))
    bench.crawl(seen(APP, {"v2": ONE}), at=1)
    bench.crawl(seen(APP, {"v2": ONE}), at=2)
    bench.crawl(seen(APP, {"v1": ONE, "v2": ONE}), at=3)
    assert tag_history(bench) == [
        ("v1", "one", day(0), day(1)),
        ("v1", "one", day(3), None),
        ("v2", "one", day(0), None),
    ]


def test_a_tag_that_was_missed_once_was_never_gone(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE, "v2": ONE}))
    bench.crawl(seen(APP, {"v2": ONE}), at=1)
    bench.crawl(seen(APP, {"v1": ONE, "v2": ONE}), at=2)
    bench.crawl(seen(APP, {"v2": ONE}), at=3)
    assert tag_history(bench) == [("v1", "one", day(0), None), ("v2", "one", day(0), None)]


def test_a_tag_that_cannot_be_read_keeps_its_last_target(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": None}, ONE), at=1)
    assert tag_history(bench) == [("v1", "one", day(0), None)]
    assert known(bench).tags == {"v1": ONE.digest}


def test_a_tag_that_was_never_readable_has_no_target_until_it_is(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": None}))
    assert known(bench).tags == {"v1": None}
    bench.crawl(seen(APP, {"v1": None}), at=1)
    assert bench.row(APP).tags == 1
    bench.crawl(seen(APP, {"v1": ONE}), at=2)
    assert tag_history(bench) == [("v1", None, day(0), day(2)), ("v1", "one", day(2), None)]


def test_a_tag_of_a_manifest_nobody_stored_has_no_target(bench: Bench) -> None:
    lost = replace(seen(APP, {"v1": ONE}), manifests=())
    bench.crawl(lost)
    assert known(bench).tags == {"v1": None}
    assert known(bench).manifests == ()


def test_tags_of_different_repositories_and_registries_do_not_mix(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}), seen("team/other", {"v1": TWO}))
    bench.crawl(seen(APP, {"v1": TWO}), registry="other.example")
    assert known(bench).tags == {"v1": ONE.digest}
    assert known(bench, "team/other").tags == {"v1": TWO.digest}
    assert known(bench, "team").tags == {}


def test_saying_it_twice_changes_nothing(bench: Bench) -> None:
    tables = (TagRow, PresenceRow, RepositoryRow, RepositoryBlobRow, StorageScopeRow, AbsenceRow)
    mark = bench.begin()
    observation = seen(APP, {"v1": ONE, "v2": TWO}, configs=[config("config")])
    bench.save(mark, observation)
    first = [bench.table(row_class) for row_class in tables]
    bench.save(mark, observation, observation)
    assert [bench.table(row_class) for row_class in tables] == first


def test_several_repositories_at_once_are_as_good_as_one_by_one(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}), seen("team/other", {"v1": ONE, "v2": TWO}))
    assert bench.row(APP).tags == 1
    assert bench.row("team/other").tags == 2
    assert known(bench, "team/other").tags == {"v1": ONE.digest, "v2": TWO.digest}


def test_a_manifest_is_present_from_when_it_was_reached(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": ONE, "v2": TWO}), at=1)
    assert presences(bench) == [("1", "one", day(0), None), ("1", "two", day(1), None)]


def test_the_same_manifest_may_be_present_in_several_repositories(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}), seen("team/other", {"v1": ONE}))
    assert presences(bench) == [("1", "one", day(0), None), ("2", "one", day(0), None)]


def test_a_manifest_that_nothing_points_at_stays_until_it_is_gone_twice(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": TWO}), at=1)
    bench.crawl(seen(APP, {"v1": TWO}, gone=frozenset({ONE.digest})), at=2)
    assert presences(bench)[0] == ("1", "one", day(0), None)
    bench.crawl(seen(APP, {"v1": TWO}, gone=frozenset({ONE.digest})), at=3)
    assert presences(bench) == [("1", "one", day(0), day(2)), ("1", "two", day(1), None)]


def test_a_manifest_that_was_gone_once_and_is_there_again_was_never_gone(bench: Bench) -> None:
    gone, there = frozenset({ONE.digest}), frozenset({ONE.digest})
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": TWO}, gone=gone), at=1)
    bench.crawl(seen(APP, {"v1": TWO}, still_there=there), at=2)
    bench.crawl(seen(APP, {"v1": TWO}, gone=gone), at=3)
    assert presences(bench)[0] == ("1", "one", day(0), None)


def test_a_manifest_that_is_pointed_at_again_was_never_gone(bench: Bench) -> None:
    gone = frozenset({ONE.digest})
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": TWO}, gone=gone), at=1)
    bench.crawl(seen(APP, {"v1": TWO, "v2": ONE}), at=2)
    bench.crawl(seen(APP, {"v1": TWO}, gone=gone), at=3)
    assert presences(bench)[0] == ("1", "one", day(0), None)


def test_a_manifest_that_comes_back_after_its_removal_is_present_anew(bench: Bench) -> None:
    gone = frozenset({ONE.digest})
    bench.crawl(seen(APP, {"v1": ONE}))
    for number in (1, 2):
        bench.crawl(seen(APP, {"v1": TWO}, gone=gone), at=number)
    bench.crawl(seen(APP, {"v1": ONE}), at=3)
    assert presences(bench) == [
        ("1", "one", day(0), day(1)),
        ("1", "two", day(1), None),
        ("1", "one", day(3), None),
    ]
    assert bench.row(APP).images == 2


@pytest.mark.parametrize("digest", [named("never seen"), named("shared")])
def test_what_is_said_about_manifests_that_are_not_here_is_passed_by(
    bench: Bench, digest: Digest
) -> None:
    bench.crawl(seen(APP, {"v1": ONE}))
    about = frozenset({digest})
    for number in (1, 2):
        bench.crawl(seen(APP, {"v1": ONE}, gone=about, still_there=about), at=number)
    assert presences(bench) == [("1", "one", day(0), None)]


def test_a_manifest_that_is_reached_is_not_gone_whatever_else_is_said(bench: Bench) -> None:
    gone = frozenset({ONE.digest})
    for number in range(3):
        bench.crawl(seen(APP, {"v1": ONE}, gone=gone), at=number)
    assert presences(bench) == [("1", "one", day(0), None)]


def test_part_of_a_repository_adds_and_takes_nothing_away(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}))
    part = seen(APP, {"v2": TWO}, gone=frozenset({ONE.digest}), is_complete=False)
    for number in (1, 2, 3):
        bench.crawl(part, at=number)
    assert {name for name, *_ in tag_history(bench)} == {"v1", "v2"}
    assert [until for *_, until in tag_history(bench) + presences(bench)] == [None] * 4
    assert all(row["is_rooted"] for row in bench.table(PresenceRow))


def test_parts_and_the_whole_of_one_crawl_are_the_whole(bench: Bench) -> None:
    bench.crawl(
        seen(APP, {"v1": ONE}, is_complete=False),
        seen(APP, {"v2": TWO}, is_complete=False),
        replace(seen(APP, {"v1": ONE, "v2": TWO}), manifests=()),
    )
    bench.crawl(seen(APP, {"v2": TWO}), at=1)
    bench.crawl(seen(APP, {"v2": TWO}), at=2)
    assert tag_history(bench) == [("v1", "one", day(0), day(1)), ("v2", "two", day(0), None)]


def test_a_repository_remembers_whether_something_in_it_could_not_be_read(bench: Bench) -> None:
    problem = Problem(APP, "v1", "broken")
    bench.crawl(seen(APP, {"v1": None}, problems=(problem,)))
    assert bench.row(APP).is_stale
    bench.crawl(seen(APP, {"v1": ONE}), at=1)
    assert not bench.row(APP).is_stale
    bench.crawl(seen(APP, {"v1": None}, problems=(problem,)), at=2)
    assert bench.row(APP).is_stale


def test_known_manifests_come_newest_first(bench: Bench) -> None:
    three = image("three")
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": ONE, "v2": TWO}), at=1)
    bench.crawl(seen(APP, {"v1": ONE, "v2": TWO, "v3": three}), at=2)
    assert known(bench).manifests == (three.digest, TWO.digest, ONE.digest)


def test_a_new_repository_is_known_to_be_empty(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}))
    assert known(bench, "team/new") == KnownRepository()


def remove_app(bench: Bench) -> None:
    """The repository holds one untagged manifest, then is not listed twice."""
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": TWO}), at=1)
    for at in (2, 3):
        bench.crawl(at=at, accept_removals=True)


def test_what_a_removed_repository_held_is_known_for_some_weeks(bench: Bench) -> None:
    remove_app(bench)
    assert (known(bench, at=4).manifests, known(bench, at=4).tags) == ((), {})
    assert set(known(bench, at=30).before_removal) == {ONE.digest, TWO.digest}
    assert known(bench, at=30.1).before_removal == ()
    bench.crawl(seen(APP, {}), at=4)
    assert known(bench, at=4).before_removal == ()


def test_what_is_still_there_when_a_repository_is_listed_again_is_held_again(
    bench: Bench,
) -> None:
    remove_app(bench)
    again = frozenset({ONE.digest, image("never held").digest})
    bench.crawl(seen(APP, {}, still_there=again), at=4)
    assert presences(bench)[-1] == ("1", "one", day(4), None)
    assert bench.row(APP).images == 1
    assert known(bench, at=5).manifests == (ONE.digest,)
    assert ONE.digest not in recheck_state(bench, at=5)


def recheck_state(bench: Bench, at: float) -> frozenset[Digest]:
    return known(bench, at=at).due_for_recheck


def test_a_manifest_is_looked_for_again_once_nothing_points_at_it(bench: Bench) -> None:
    """Every present manifest is due until it was looked for; who is reached needs no look."""
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": TWO}), at=1)
    assert ONE.digest in recheck_state(bench, at=1)
    bench.crawl(seen(APP, {"v1": TWO}, still_there=frozenset({ONE.digest})), at=2)
    assert ONE.digest not in recheck_state(bench, at=8.9)
    assert ONE.digest in recheck_state(bench, at=9)


def test_a_manifest_that_was_gone_once_is_looked_for_at_once(bench: Bench) -> None:
    there = frozenset({ONE.digest})
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": TWO}, still_there=there), at=1)
    bench.crawl(seen(APP, {"v1": TWO}, gone=there), at=2)
    assert ONE.digest in recheck_state(bench, at=2)
    bench.crawl(seen(APP, {"v1": TWO}, still_there=there), at=3)
    assert ONE.digest not in recheck_state(bench, at=3)


def test_a_manifest_that_lost_its_tag_again_is_looked_for_anew(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": TWO}, still_there=frozenset({ONE.digest})), at=1)
    bench.crawl(seen(APP, {"v1": TWO, "v2": ONE}), at=2)
    bench.crawl(seen(APP, {"v1": TWO, "v2": TWO}), at=3)
    assert ONE.digest in recheck_state(bench, at=3)


def counts(bench: Bench, repository: str = APP) -> dict[str, int]:
    """Through how many manifests a repository reaches each blob."""
    blobs = {row["id"]: row["digest"] for row in bench.table(BlobRow)}
    names = {named(name).to_bytes(): name for name in ("shared", "of one", "of two", "foreign")}
    ids = {row["id"] for row in bench.table(RepositoryRow) if row["name"] == repository}
    return {
        names[blobs[row["blob_id"]]]: row["manifest_count"]
        for row in bench.table(RepositoryBlobRow)
        if row["repository_id"] in ids and blobs[row["blob_id"]] in names
    }


def test_blobs_are_counted_once_for_each_manifest_that_reaches_them(bench: Bench) -> None:
    twice = image("three", layer("shared", 1_000), layer("shared", 1_000))
    bench.crawl(seen(APP, {"v1": ONE, "v2": TWO, "v3": twice}))
    assert counts(bench) == {"shared": 3, "of one": 1, "of two": 1}
    gone = frozenset({ONE.digest})
    for number in (1, 2):
        bench.crawl(seen(APP, {"v2": TWO, "v3": twice}, gone=gone), at=number)
    assert counts(bench) == {"shared": 2, "of two": 1}


def test_foreign_layers_are_not_held(bench: Bench) -> None:
    mixed = image("three", layer("foreign", 10**9, is_foreign=True), layer("shared", 1_000))
    bench.crawl(seen(APP, {"v1": mixed}))
    assert counts(bench) == {"shared": 1}
    assert bench.sizes(APP) == (1_100, 1_100, 1_100, 1_100)


def test_an_index_holds_its_own_body_only(bench: Bench) -> None:
    both = index("index", ONE, TWO)
    bench.crawl(seen(APP, {"v1": both}))
    assert bench.sizes(APP) == (200, 200, 200, 200)
    bench.crawl(seen(APP, {"v1": both}, ONE, TWO), at=1)
    assert bench.sizes(APP) == (200 + 1_110 + 1_120, 200 + 200 + 1_030, 1_430, 1_430)


@pytest.mark.parametrize(
    "scope, names",
    [
        (StorageScope.REGISTRY, [""]),
        (StorageScope.NAMESPACE, ["team", "top"]),
        (StorageScope.REPOSITORY, ["team/a", "team/b", "top"]),
    ],
)
def test_repositories_are_filed_in_their_storage_scope(
    bench: Bench, scope: StorageScope, names: list[str]
) -> None:
    bench.crawl(seen("team/a"), seen("team/b"), seen("top"), scope=scope)
    assert [row["name"] for row in bench.table(StorageScopeRow, "name")] == names


def test_the_same_scope_of_two_registries_is_two_scopes(bench: Bench) -> None:
    bench.crawl(seen(APP, {"v1": ONE}))
    bench.crawl(seen(APP, {"v1": ONE}), registry="other.example")
    assert len(bench.table(StorageScopeRow)) == 2
    assert [row.registry for row in bench.ranking()] == ["other.example", NAME]
    assert {row.sizes.exclusive_bytes for row in bench.ranking()} == {1_110}
