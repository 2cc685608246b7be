"""What ended before a moment goes, a batch at a time; what was open then stays."""

from __future__ import annotations

from datetime import datetime

import pytest

from auditor.store import pruning
from auditor.store.pruning import START, Mark
from auditor.store.tables.facts import LooseManifestRow
from auditor.store.tables.places import PresenceRow, RegistryRow, TagRow
from auditor.store.tables.totals import RepositoryHistoryRow
from tests.store.bench import Bench
from tests.store.things import config, day, image, layer, seen

APP = "team/app"
BASE = image("base", layer("os", 1_000), of=config("base config"))
OLD = image("old", layer("a", 10))
NEW = image("new", layer("b", 20))
BUILT = image("built", layer("os", 1_000), layer("own", 5), of=config("built config"))


def registry_id(bench: Bench) -> int:
    found: int = bench.table(RegistryRow)[0]["id"]
    return found


def remove(bench: Bench, before: datetime, *, limit: int = 100) -> dict[str, int]:
    """Everything that goes, in batches of `limit`, and how many rows of each kind."""
    found: dict[str, int] = {}
    for name in ("presences", "tags", "figures"):
        mark: Mark | None = START
        while mark is not None:
            with bench.database.writing() as connection:
                batch = getattr(pruning, f"remove_{name}")(
                    connection, registry_id(bench), before, mark, limit
                )
            assert batch.deleted <= limit
            found[name] = found.get(name, 0) + batch.deleted
            mark = batch.next
    return found


def replaced(bench: Bench) -> None:
    """The tag moves after five days, and what it named is gone on the sixth."""
    bench.crawl(seen(APP, {"latest": OLD}))
    bench.crawl(seen(APP, {"latest": NEW}), at=5)
    bench.crawl(seen(APP, {"latest": NEW}, gone=frozenset({OLD.digest})), at=6)
    bench.crawl(seen(APP, {"latest": NEW}, gone=frozenset({OLD.digest})), at=7)


@pytest.mark.parametrize("limit", [1, 100])
def test_what_ended_before_goes_and_its_manifest_is_loose(bench: Bench, limit: int) -> None:
    replaced(bench)
    assert remove(bench, day(6), limit=limit) == {"presences": 0, "tags": 1, "figures": 0}
    assert remove(bench, day(6.5), limit=limit) == {"presences": 1, "tags": 0, "figures": 0}
    assert [row["since"] for row in bench.table(TagRow)] == [day(5)]
    assert [row["since"] for row in bench.table(PresenceRow)] == [day(5)]
    assert len(bench.table(LooseManifestRow)) == 1


def test_what_is_counted_is_what_goes(bench: Bench) -> None:
    replaced(bench)
    with bench.database.reading() as connection:
        counted = pruning.count_removable(connection, registry_id(bench), day(60))
    assert counted == remove(bench, day(60)) == {"presences": 1, "tags": 1, "figures": 2}


@pytest.mark.parametrize("limit", [1, 100])
def test_figures_stay_for_as_long_as_growth_compares_with_them(bench: Bench, limit: int) -> None:
    replaced(bench)
    kept = bench.table(RepositoryHistoryRow)
    assert [row["since"] for row in kept] == [day(0), day(5), day(6)]
    assert remove(bench, day(34.9), limit=limit)["figures"] == 0
    assert remove(bench, day(35), limit=limit)["figures"] == 1
    assert remove(bench, day(40), limit=limit)["figures"] == 1
    assert bench.table(RepositoryHistoryRow) == kept[2:]


def test_names_of_a_base_stay_while_something_held_is_built_on_it(bench: Bench) -> None:
    """`changes` and `show` find a base among all images ever seen, by its old names too."""
    configs = [config("base config"), config("built config")]
    bench.crawl(seen("base", {"12": BASE}, configs=configs), seen(APP, {"1": BUILT}))
    empty = seen("base", {}, gone=frozenset({BASE.digest}))
    bench.crawl(empty, seen(APP, {"1": BUILT}), at=1)
    bench.crawl(empty, seen(APP, {"1": BUILT}), at=2)
    assert remove(bench, day(10)) == {"presences": 1, "tags": 0, "figures": 0}
    gone = seen(APP, {}, gone=frozenset({BUILT.digest}))
    bench.crawl(empty, gone, at=11)
    bench.crawl(empty, gone, at=12)
    assert remove(bench, day(20)) == {"presences": 1, "tags": 2, "figures": 0}


def test_only_the_registry_that_was_asked_for_loses_anything(bench: Bench) -> None:
    replaced(bench)
    for at, what in ((0, OLD), (5, NEW)):
        bench.crawl(seen(APP, {"latest": what}), at=at, registry="other.example")
    remove(bench, day(60))
    assert len(bench.table(TagRow)) == 1 + 2


def test_an_absence_that_is_not_confirmed_is_undecided(bench: Bench) -> None:
    bench.crawl(seen(APP, {"latest": OLD, "v1": OLD}))
    assert undecided(bench) is None
    bench.crawl(seen(APP, {"latest": OLD}), at=1)
    assert undecided(bench) == day(1)
    bench.crawl(seen(APP, {"latest": OLD}), at=2)
    assert undecided(bench) is None


def test_a_repository_and_a_manifest_that_are_missed_are_undecided(bench: Bench) -> None:
    bench.crawl(seen(APP, {"latest": OLD}), seen("team/gone"))
    bench.crawl(seen(APP, {"latest": NEW}), at=1)
    assert undecided(bench) == day(1)
    bench.crawl(seen(APP, {"latest": NEW}, gone=frozenset({OLD.digest})), at=2)
    assert undecided(bench) == day(2)


def test_a_crawl_that_has_not_ended_is_undecided(bench: Bench) -> None:
    bench.crawl(seen(APP, {"latest": OLD}))
    mark = bench.begin(at=1)
    assert undecided(bench) == day(1)
    bench.save(mark, seen(APP, {"latest": OLD}))
    bench.finish(mark)
    assert undecided(bench) is None


def undecided(bench: Bench) -> datetime | None:
    with bench.database.reading() as connection:
        return pruning.load_undecided_since(connection, registry_id(bench))


def test_a_horizon_never_moves_back(bench: Bench) -> None:
    bench.crawl(seen(APP, {"latest": OLD}))
    for moment in (3, 5, 4):
        with bench.database.writing() as connection:
            pruning.advance_horizon(connection, registry_id(bench), day(moment))
    assert bench.table(RegistryRow)[0]["history_from"] == day(5)


def test_what_ended_is_found_by_index(bench: Bench) -> None:
    """However much is open: the end of a crawl must not look at everything."""
    if not bench.database.is_sqlite:
        pytest.skip("PostgreSQL reads a table this small as a whole")
    values = {"registry": 1, "before": "2026-01-01", "moment": "2025-01-01", "number": 0}
    for statement, name in (
        (pruning._ENDED_PRESENCES, "ix_presence_ended"),
        (pruning._ENDED_TAGS, "ix_tag_ended"),
    ):
        sql = str(statement.compile(bench.database.engine))
        with bench.database.reading() as connection:
            plan = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {sql}",
                (values["registry"], values["before"], values["moment"], 0, 100),
            )
            steps = [row.detail for row in plan]
        assert any(name in step for step in steps), steps
        assert not any(step.startswith("SCAN ended") for step in steps), steps
