"""What came and went in a week, on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert

from auditor.store.finding_reads import FindingPlace
from auditor.store.tables.findings import FindingRow
from auditor.store.tables.places import RegistryRow
from auditor.store.week_reads import (
    has_findings_before,
    iterate_growers,
    load_held_before,
    load_new_findings,
    load_resolved_findings,
)
from tests.store.bench import NAME, Bench
from tests.store.test_growth_reads import keep, known
from tests.store.things import day, image, layer, seen

START, END = day(3), day(10)


def growers(bench: Bench, least_bytes: int = 1) -> list[tuple[str, int, int]]:
    with bench.database.reading() as connection:
        found = iterate_growers(connection, START, END, least_bytes)
        return [(one.repository, one.before_bytes, one.after_bytes) for one in found]


def test_what_grew_most_is_first_and_what_shrank_is_left_out(bench: Bench) -> None:
    known(bench, "big", "small", "gone", "same", "new", "before", "later")
    keep(bench, "big", (day(0), 100), (day(4), 50), (day(9), 900))
    keep(bench, "small", (day(1), 100), (END, 200))
    keep(bench, "gone", (day(0), 100), (day(5), 0))
    keep(bench, "same", (day(0), 100), (day(5), 300), (day(6), 100))
    keep(bench, "new", (day(5), 40))
    keep(bench, "before", (day(0), 1), (START, 9_000))
    keep(bench, "later", (day(0), 1), (END + timedelta(seconds=1), 9_000))
    assert growers(bench) == [("big", 100, 900), ("small", 100, 200), ("new", 0, 40)]
    assert growers(bench, 100) == [("big", 100, 900), ("small", 100, 200)]


def test_what_was_not_known_before_is_no_growth(bench: Bench) -> None:
    known(bench, "app")
    keep(bench, "app", (day(0), 1), (day(5), 100))
    assert growers(bench) == [("app", 1, 100)]
    bench.change(RegistryRow, first_complete_at=day(4))
    assert growers(bench) == []
    bench.change(RegistryRow, first_complete_at=day(0), is_reference=True)
    assert growers(bench) == []


def test_blobs_are_held_for_as_long_as_a_manifest_is(bench: Bench) -> None:
    old, both, new = layer("old", 10), layer("both", 20), layer("new", 30)
    bench.crawl(seen("app", {"1": image("one", old, both)}), at=0)
    bench.crawl(seen("app", {"1": image("two", both, new)}), at=5, accept_removals=True)

    def held(moment: float, repository: str = "app") -> set[int]:
        digests = [one.digest for one in (old, both, new)]
        with bench.database.reading() as connection:
            found = load_held_before(connection, NAME, repository, digests, day(moment))
        return {position for position, digest in enumerate(digests) if digest in found}

    assert held(1) == {0, 1}
    assert {1, 2} <= held(6)
    assert held(6, "other") == set()


def put(bench: Bench, key: str, since: float, until: float | None, priority: int = 1) -> None:
    with bench.database.writing() as connection:
        where = connection.exec_driver_sql("SELECT id, registry_id FROM repository").first()
        manifest = connection.exec_driver_sql("SELECT id FROM manifest").scalars().first()
        assert where is not None
        row = {
            "repository_id": where[0],
            "registry_id": where[1],
            "manifest_id": manifest,
            "rule": key.partition(" ")[0],
            "key": key,
            "tag": "1",
            "platform": "",
            "confidence": 1,
            "images": 1,
            "pull_saving_bytes": 1,
            "stored_saving_bytes": 1,
            "priority_bytes": priority,
            "body": {"key": key},
            "since": day(since),
            "until": None if until is None else day(until),
        }
        connection.execute(insert(FindingRow), [row])


def keys(bench: Bench, places: tuple[FindingPlace, ...]) -> list[str]:
    by_id = {row["id"]: row["key"] for row in bench.table(FindingRow)}
    return [by_id[place.finding_id] for place in places]


def test_findings_that_came_and_went(bench: Bench) -> None:
    known(bench, "app")
    put(bench, "old", 1, None)
    put(bench, "fixed", 1, 5)
    put(bench, "fixed before", 1, 2)
    put(bench, "new small", 5, None, 3)
    put(bench, "new big", 6, None, 9)
    put(bench, "came and went", 4, 6)
    put(bench, "told otherwise", 1, 5)
    put(bench, "told otherwise", 5, None)
    put(bench, "back", 0, 2)
    put(bench, "back", 5, None, 2)
    put(bench, "later", 11, None)
    with bench.database.reading() as connection:
        new = load_new_findings(connection, START, END)
        some = load_new_findings(connection, START, END, rules=("new",))
        resolved = load_resolved_findings(connection, START, END)
        assert has_findings_before(connection, day(0))
        assert not has_findings_before(connection, day(0) - timedelta(days=1))
    assert keys(bench, new) == ["new big", "new small", "back"]
    assert keys(bench, some) == ["new big", "new small"]
    assert keys(bench, resolved) == ["fixed"]
