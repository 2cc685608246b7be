"""A page of findings is read by an index, however many there are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from auditor.domain.finding_views import FindingsBy, FindingsQuery
from auditor.store import finding_reads
from auditor.store.engine import open_database
from auditor.store.tables.findings import FindingRow
from tests.store.bench import NAME, Bench
from tests.store.steps import steps_of
from tests.store.things import day, image, layer, seen

FEW, MANY, PAGE = 300, 6_000, 20


def fill(bench: Bench, findings: int) -> None:
    """One repository with so many findings, each by another key."""
    bench.crawl(seen("team/app", {"1": image("app", layer("x", 9))}))
    with bench.database.writing() as connection:
        repository = connection.exec_driver_sql("SELECT id, registry_id FROM repository").one()
        manifest = connection.exec_driver_sql("SELECT id FROM manifest").scalar_one()
        where = {"repository_id": repository[0], "registry_id": repository[1]}
        fixed = {"manifest_id": manifest, "tag": "1", "platform": "linux/amd64", "images": 1}
        rows = [
            {
                **where,
                **fixed,
                "rule": f"rule-{number % 40}",
                "key": str(number),
                "confidence": number % 3,
                "pull_saving_bytes": number * 7_919 % 104_729,
                "stored_saving_bytes": number * 104_729 % 7_919 - 100,
                "priority_bytes": number * 31 % 1_009,
                "body": {},
                "since": day(0),
                "until": day(1) if number % 10 == 0 else None,
            }
            for number in range(findings)
        ]
        connection.execute(insert(FindingRow), rows)


@pytest.fixture(scope="module")
def benches(
    prepared_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Bench, Bench]]:
    """One with few findings, one with twenty times as many."""
    made = []
    for findings in (FEW, MANY):
        file = Path(shutil.copy(prepared_file, tmp_path_factory.mktemp("findings")))
        bench = Bench(open_database(f"sqlite:///{file}"))
        fill(bench, findings)
        made.append(bench)
    yield made[0], made[1]
    for bench in made:
        bench.database.dispose()


@pytest.mark.parametrize("registry", ["", NAME])
@pytest.mark.parametrize("by", FindingsBy)
def test_a_page_costs_the_same_however_many_findings_there_are(
    benches: tuple[Bench, Bench], by: FindingsBy, registry: str
) -> None:
    query = FindingsQuery(by=by, registry=registry, limit=PAGE)
    few, many = (
        steps_of(bench, lambda connection: finding_reads.load_page(connection, query))
        for bench in benches
    )
    assert many <= 2 * few


def test_a_page_is_in_order_and_pages_follow_one_another(benches: tuple[Bench, Bench]) -> None:
    bench = benches[0]
    for by in FindingsBy:
        with bench.database.reading() as connection:
            query = FindingsQuery(by=by)
            everything = finding_reads.load_page(connection, query)
            streamed = list(finding_reads.iterate_places(connection, query))
            second = finding_reads.load_page(connection, FindingsQuery(by=by, limit=7, offset=7))
        assert list(everything) == streamed
        assert second == everything[7:14]
        assert len(everything) == 270
        with bench.database.reading() as connection:
            assert finding_reads.count_findings(connection, query) == 270
