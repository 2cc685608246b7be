"""Months of crawls, and what is left of them; on SQLite and PostgreSQL."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from auditor.domain.costs import LedgerQuery
from auditor.domain.errors import StoreError, UnknownReferenceError, UsageError
from auditor.domain.ledger import Period
from auditor.domain.retention import Forgotten, Pruning
from auditor.domain.views import Ranking
from auditor.store.crawls import begin_crawl
from auditor.store.engine import Database, open_database
from auditor.store.tables.facts import LooseManifestRow, ManifestRow
from auditor.store.tables.places import CrawlRow, PresenceRow
from auditor.usecases import crawl_registry as crawl_module
from auditor.usecases.crawl_registry import CrawlLimits
from auditor.usecases.ledger import Ledger
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices
from auditor.usecases.prune_history import plan_pruning, prune_history
from tests.fakes.contents import Contents, layer
from tests.servers.postgres import PostgresServer
from tests.usecases.bench import BY_NAME, REGISTRY, START, Bench, day, target

APP, OTHER = "team/app", "team/other"
EVERYTHING_MAY_GO = CrawlLimits(guard_ratio=1.0, recheck_days=0)
WEEKS = 26
NOW = day(7 * WEEKS)
JULY, AUGUST = Period.month("2026-07"), Period.month("2026-08")
MONTHS = tuple(Period.month(f"2026-0{number}") for number in range(3, 10))


def weekly(bench: Bench, registry: str = REGISTRY, *, weeks: int = WEEKS) -> Contents:
    """From March to the end of August: a tag that moves weekly, its last image gone soon."""
    bench.limits = EVERYTHING_MAY_GO
    contents = Contents()
    shared = layer(1_000, "shared")
    contents.tag(OTHER, "v1", contents.image("other", shared))
    for week in range(weeks):
        built = contents.image(f"built {week}", shared, layer(100 + week, f"layer {week}"))
        before = contents.tag(APP, "latest", built) if week == 0 else contents.untag(APP, "latest")
        contents.tag(APP, "latest", built)
        if week:
            contents.lose(APP, before)
        bench.crawl(contents, target(registry), at=day(7 * week))
    return contents


@pytest.fixture(scope="module")
def aged_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Half a year in SQLite, crawled once and copied for every test."""
    file = tmp_path_factory.mktemp("aged") / "auditor.db"
    database = prepare_database(f"sqlite:///{file}")
    weekly(Bench(database))
    database.dispose()
    return file.read_bytes()


@pytest.fixture(scope="module")
def aged_template(postgres_server: PostgresServer) -> str:
    """The same in PostgreSQL, the name of a database to copy."""
    name = postgres_server.create_database()
    database = prepare_database(postgres_server.url(name))
    weekly(Bench(database))
    database.dispose()
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def aged(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "sqlite":
        file = tmp_path / "aged.db"
        file.write_bytes(request.getfixturevalue("aged_file"))
        url = f"sqlite:///{file}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.url(server.create_database(request.getfixturevalue("aged_template")))
    database = open_database(url)
    yield Bench(database, EVERYTHING_MAY_GO)
    database.dispose()


def prune(bench: Bench, keep_months: int = 1, **options: object) -> Pruning:
    return prune_history(bench.database, keep_months, **({"now": NOW} | options))  # type: ignore[arg-type]


def count(database: Database, row_class: type) -> int:
    with database.reading() as connection:
        query = select(func.count()).select_from(row_class)
        return int(connection.execute(query).scalar_one())


def ranking(bench: Bench, at: datetime) -> Ranking:
    return bench.browse().rank(replace(BY_NAME, at=at))


def costs(bench: Bench) -> list[object]:
    """What every month cost and kept, of every registry."""
    ledger = Ledger(bench.database, Prices(), clock=lambda: NOW)
    queries = [LedgerQuery(month) for month in MONTHS]
    return [list(read(query)) for query in queries for read in (ledger.costs, ledger.usage)]


def test_what_is_planned_is_what_goes(aged: Bench) -> None:
    planned = plan_pruning(aged.database, 1, now=NOW)
    done = prune(aged)
    (registry,) = done.registries
    assert registry == planned.registries[0]
    assert (registry.began, registry.kept_from) == (START, JULY.start)
    assert (registry.months, registry.undecided_since) == (4, None)
    assert (registry.presences, registry.tags, registry.crawls) == (17, 17, 0)
    assert done.forgotten == Forgotten(manifests=17, configs=17, blobs=51)
    assert planned.forgotten == Forgotten(manifests=17)
    assert (planned.is_dry_run, done.is_dry_run, done.is_finished) == (True, False, True)


def test_bills_and_later_dates_stay_and_earlier_dates_are_refused(aged: Bench) -> None:
    moments = [JULY.start, *(JULY.start + timedelta(days=days) for days in range(1, 60, 5))]
    before = costs(aged), [ranking(aged, moment) for moment in moments]
    prune(aged)
    assert (costs(aged), [ranking(aged, moment) for moment in moments]) == before
    browse, early = aged.browse(), day(7)
    asked = (
        lambda: browse.rank(replace(BY_NAME, at=early)),
        lambda: browse.iterate_rank(replace(BY_NAME, at=early)),
        lambda: browse.repository(REGISTRY, APP, at=early),
        lambda: browse.image(browse.resolve(f"{APP}:latest"), None, early),
        lambda: browse.changes(REGISTRY, APP, start=early, end=NOW),
        lambda: browse.changes(REGISTRY, start=early, end=NOW),
    )
    for question in asked:
        with pytest.raises(UsageError, match=r"2026-07-01.*history\.keep_months") as caught:
            question()
        assert "choose 2026-07-01 or later" in caught.value.next_step


def test_a_part_of_a_month_that_is_a_sum_is_refused(aged: Bench) -> None:
    prune(aged)
    ledger = Ledger(aged.database, Prices(), clock=lambda: NOW)
    early = LedgerQuery(Period.month_of(day(7)), until=day(7))
    for question in (ledger.costs, ledger.usage, ledger.unknown_registries):
        with pytest.raises(UsageError, match=r"history\.keep_months"):
            question(early)
    assert list(ledger.costs(replace(early, until=early.period.end)))
    assert list(ledger.costs(LedgerQuery(JULY, until=JULY.start + timedelta(days=9))))


def test_the_beginning_of_the_history_is_known(aged: Bench) -> None:
    assert aged.browse().kept_from() is None
    prune(aged)
    assert aged.browse().kept_from() == aged.browse().kept_from(REGISTRY) == JULY.start
    assert aged.browse().kept_from("other.example") is None


def test_a_longer_history_does_not_come_back_and_a_shorter_one_goes_on(aged: Bench) -> None:
    assert prune(aged, 2).registries[0].kept_from == Period.month("2026-06").start
    again = prune(aged, 5)
    assert again.registries[0].kept_from == Period.month("2026-06").start
    assert again.registries[0].rows == 0
    shorter = prune(aged, 1).registries[0]
    assert (shorter.kept_from, shorter.months) == (JULY.start, 1)


def test_nothing_goes_where_nothing_is_old_enough(aged: Bench) -> None:
    (registry,) = prune(aged, 6).registries
    assert (registry.kept_from, registry.rows) == (None, 0)


def test_an_absence_that_waits_holds_the_horizon_of_its_registry_back(aged: Bench) -> None:
    """Its removal will be dated back to May, and bills of May must still be put right then."""
    contents = weekly(aged, "abandoned.example", weeks=12)
    contents.untag(OTHER, "v1")
    aged.crawl(contents, target("abandoned.example"), at=day(84))
    one, two = prune(aged).registries
    assert (one.registry, one.kept_from, one.undecided_since) == (
        "abandoned.example", Period.month("2026-05").start, day(84),
    )  # fmt: skip
    assert (two.kept_from, two.undecided_since) == (JULY.start, None)
    with pytest.raises(UsageError, match=REGISTRY):
        ranking(aged, Period.month("2026-06").start)


def test_an_absence_from_the_first_month_holds_everything(either_bench: Bench) -> None:
    contents = weekly(either_bench, weeks=2)
    contents.untag(APP, "latest")
    either_bench.crawl(contents, at=day(14))
    (registry,) = prune(either_bench).registries
    assert (registry.kept_from, registry.rows) == (None, 0)
    assert registry.undecided_since is not None


@contextmanager
def running(bench: Bench, at: datetime, registry: str = "other.example") -> Iterator[None]:
    """A crawl that has begun and not ended."""
    where = target(registry)
    with bench.database.writing() as connection:
        mark = begin_crawl(
            connection, registry, scope=where.scope, platform=bench.limits.platform, now=at
        )
    yield
    with bench.database.writing() as connection:
        table = CrawlRow.__table__
        connection.execute(
            table.update().where(table.c.id == mark.crawl_id).values(outcome="failed")  # type: ignore[attr-defined]
        )


def test_facts_wait_for_a_crawl_that_may_have_looked_at_them(aged: Bench) -> None:
    with running(aged, NOW):
        done = prune(aged)
        assert (done.is_finished, done.waits_for_crawl) == (False, True)
        assert (done.registries[1].presences, done.forgotten) == (17, Forgotten())
        assert count(aged.database, LooseManifestRow) > 0
    assert prune(aged).forgotten.manifests == 17
    assert count(aged.database, LooseManifestRow) == 0


def test_a_crawl_that_was_killed_months_ago_holds_its_registry_only(aged: Bench) -> None:
    with running(aged, day(50)):
        done = prune(aged)
    assert done.forgotten.manifests == 17
    assert done.registries[1].kept_from == JULY.start


def test_one_registry_can_be_pruned_alone(aged: Bench) -> None:
    weekly(aged, "other.example")
    (one,) = prune(aged, registry="other.example").registries
    assert (one.registry, one.presences) == ("other.example", 17)
    assert aged.browse().kept_from(REGISTRY) is None
    with pytest.raises(UnknownReferenceError, match="never crawled"):
        prune(aged, registry="nowhere.example")


def test_an_empty_database_has_nothing_to_remove(either_bench: Bench) -> None:
    assert prune(either_bench).registries == ()


def test_the_end_of_a_crawl_prunes_its_registry_a_bounded_number_of_rows(
    aged: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = weekly(aged, "other.example", weeks=1)
    before, presences = costs(aged), count(aged.database, PresenceRow)
    aged.limits = replace(EVERYTHING_MAY_GO, keep_months=1)
    monkeypatch.setattr(crawl_module, "MOST_ROWS", 5)
    aged.crawl(contents, at=NOW)
    kept_from = aged.browse().kept_from(REGISTRY)
    assert kept_from is not None
    assert kept_from < JULY.start
    assert count(aged.database, PresenceRow) > presences - 17
    monkeypatch.setattr(crawl_module, "MOST_ROWS", 50_000)
    aged.crawl(contents, at=NOW + timedelta(hours=1))
    assert aged.browse().kept_from(REGISTRY) == JULY.start
    assert aged.browse().kept_from("other.example") is None
    assert costs(aged)[:8] == before[:8], "of March to June"


def test_a_pruning_that_fails_is_no_failure_of_the_crawl(
    either_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(crawl_module, "prune_history", fail)
    either_bench.limits = replace(EVERYTHING_MAY_GO, keep_months=1)
    report = either_bench.crawl(Contents(), at=NOW)
    assert report.warnings == ("old history was not removed: the disk is full",)


def test_the_database_really_shrinks(aged: Bench) -> None:
    """SQLite's file after compacting; PostgreSQL's rows are for autovacuum to reuse."""
    done = prune(aged)
    assert count(aged.database, ManifestRow) == 10
    file = Path(aged.database.engine.url.database or "")
    aged.database.dispose()
    before = file.stat().st_size if aged.database.is_sqlite else 0
    aged.database.compact()
    aged.database.dispose()
    if aged.database.is_sqlite:
        assert done.used_bytes_after < done.used_bytes_before
        assert file.stat().st_size < before
    assert ranking(aged, JULY.end).totals.repositories == 2


KILLED = """
import os, signal, sys
from datetime import datetime
from auditor.store.engine import Database, open_database
from auditor.usecases import prune_history as module
url, now, left = sys.argv[1], datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])
writing = Database.writing
def counted(self):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return writing(self)
Database.writing = counted
module.prune_history(open_database(url), 1, now=now, batch_rows=3)
"""


@pytest.mark.parametrize("transactions", [3, 12, 20])
def test_a_pruning_that_was_killed_is_gone_on_with(aged: Bench, transactions: int) -> None:
    before = costs(aged), ranking(aged, JULY.end)
    url = aged.database.engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, url, NOW.isoformat(), str(transactions)], check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert (costs(aged), ranking(aged, JULY.end)) == before
    rest = prune(aged)
    assert rest.is_finished
    assert (costs(aged), ranking(aged, JULY.end)) == before
    assert count(aged.database, ManifestRow) == 10
