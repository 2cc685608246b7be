from __future__ import annotations

from auditor.domain.observation import CrawlOutcome, Problem
from auditor.store.crawl_reads import load_crawl_statuses
from auditor.store.registry_reads import list_registry_names
from tests.store.bench import Bench
from tests.store.things import day

PROBLEMS = (
    Problem("a", "1", "slow down", "TOOMANYREQUESTS"),
    Problem("a", "2", "slow down", "TOOMANYREQUESTS"),
    Problem("b", "", "no"),
)


def test_crawls_are_told_newest_first_with_what_the_last_ended_one_could_not_read(
    bench: Bench,
) -> None:
    for number in range(3):
        bench.finish(bench.begin(at=number), problems=PROBLEMS if number == 2 else ())
    bench.begin(at=3)
    with bench.database.reading() as connection:
        (status,) = load_crawl_statuses(connection, limit=3)
        assert list_registry_names(connection) == (status.registry,)
        (again,) = load_crawl_statuses(connection, status.registry, limit=1)
        assert load_crawl_statuses(connection, "nowhere.example", limit=3) == ()
    assert [one.started_at for one in status.crawls] == [day(3), day(2), day(1)]
    assert status.running == status.crawls[0]
    assert status.ended == status.crawls[1]
    assert status.ended is not None
    assert status.ended.problem_count == 3
    assert status.problems == PROBLEMS
    assert status.problem_codes == (("TOOMANYREQUESTS", 2), ("", 1))
    # However few are asked for, the last that ended is there.
    assert [one.outcome for one in again.crawls][:1] == [CrawlOutcome.RUNNING]
    assert again.problems == PROBLEMS


def test_a_registry_whose_first_crawl_runs_has_no_problems(bench: Bench) -> None:
    bench.begin()
    with bench.database.reading() as connection:
        (status,) = load_crawl_statuses(connection, limit=5)
    assert (status.ended, status.problems, status.problem_codes) == (None, (), ())
