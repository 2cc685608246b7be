"""Pages of bases in use: what they hold, and that they cost the same however many there are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from auditor.domain.base_plain import KnownUse, use_to_plain
from auditor.domain.base_views import BasesBy, BasesQuery
from auditor.domain.digest import ChainId, Digest
from auditor.store import base_reads
from auditor.store.engine import Connection, open_database
from auditor.store.tables.bases import BaseFamilyRow, BaseNameRow, BaseUseRow, RepositoryBaseRow
from auditor.store.tables.facts import ManifestRow
from auditor.store.tables.places import RepositoryRow
from tests.store.bench import NAME, Bench
from tests.store.steps import steps_of
from tests.store.things import day, image, seen

FEW, MANY = 50, 4_000
PAGE = 10
OTHER = "registry.second"
BODY = use_to_plain(KnownUse((), None, ()))


def chain(number: int) -> bytes:
    return ChainId(Digest.of(str(number).encode()).text).to_bytes()


@pytest.fixture(scope="module")
def benches(
    prepared_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Bench, Bench]]:
    """Registries with few bases and repositories, and with many, each in a SQLite file."""
    folder = tmp_path_factory.mktemp("bases")
    files = [Path(shutil.copy(prepared_file, folder / name)) for name in ("few", "many")]
    few, many = (Bench(open_database(f"sqlite:///{file}")) for file in files)
    fill(few, FEW)
    fill(many, MANY)
    yield few, many
    for bench in (few, many):
        bench.database.dispose()


def fill(bench: Bench, count: int) -> None:
    """As many bases as repositories, the worst there can be, straight into the tables."""
    bench.crawl(seen("team/app", {"1": image("app")}))
    bench.crawl(seen("team/app"), registry=OTHER)
    numbers = range(count)
    uses: list[dict[str, Any]] = [
        {
            "registry_id": 1 + number % 2,
            "chain": chain(number),
            "name": f"python:3.{number}",
            "family": "python",
            "size_bytes": number % 40,
            "repositories": 1 + number % 3,
            "images": 1,
            "freed_bytes": number % 5 - 1,
            "body": BODY,
        }
        for number in numbers
    ]
    names = [
        {"name": f"{NAME}/{one['name']}", **{key: one[key] for key in ("registry_id", "chain")}}
        for one in uses
    ]
    places = [
        {
            "id": 10 + number,
            "registry_id": 1 + number % 2,
            "scope_id": 1 + number % 2,
            "name": f"team/app-{number}",
            "since": day(0),
            "last_crawl_id": 1,
            "is_incomplete": False,
        }
        for number in numbers
    ]
    users = [
        {
            "repository_id": 10 + number,
            "chain": chain(number),
            "registry_id": 1 + number % 2,
            "layer_count": 1,
            "images": 1,
            "releases": [0],
            "builds": False,
        }
        for number in numbers
    ]
    family = {
        "family": "python",
        "versions": count,
        "repositories": count,
        "stored_bytes": 9,
        "excess_bytes": 5,
        "body": {"versions": []},
    }
    with bench.database.writing() as connection:
        connection.execute(insert(RepositoryRow), places)
        connection.execute(insert(BaseUseRow), uses)
        connection.execute(insert(BaseNameRow), names)
        connection.execute(insert(BaseFamilyRow), [family])
        manifest_id = connection.execute(select(func.min(ManifestRow.id))).scalar_one()
        connection.execute(
            insert(RepositoryBaseRow), [{**user, "manifest_id": manifest_id} for user in users]
        )


@pytest.mark.parametrize("by", BasesBy)
@pytest.mark.parametrize("registry", ["", NAME])
def test_a_page_costs_the_same_at_few_and_at_many(
    benches: tuple[Bench, Bench], by: BasesBy, registry: str
) -> None:
    def read(connection: Connection) -> object:
        found = base_reads.load_uses(connection, BasesQuery(by, registry, limit=PAGE))
        assert len(found) == PAGE
        assert base_reads.load_families(connection, 3, PAGE)
        return base_reads.load_coverage(connection, {one.key.registry_id for one in found})

    few, many = (steps_of(bench, read) for bench in benches)
    assert many <= few * 1.5


def test_pages_follow_one_another_in_order(benches: tuple[Bench, Bench]) -> None:
    few, _ = benches
    with few.database.reading() as connection:
        for by, name in ((BasesBy.SIZE, "size_bytes"), (BasesBy.REPOSITORIES, "repositories")):
            whole = base_reads.load_uses(connection, BasesQuery(by))
            figures = [getattr(one, name) for one in whole]
            assert figures == sorted(figures, reverse=True)
            parts = [
                one
                for offset in range(0, FEW, PAGE)
                for one in base_reads.load_uses(connection, BasesQuery(by, "", "", PAGE, offset))
            ]
            assert parts == list(whole)
        assert base_reads.count_uses(connection, BasesQuery()) == FEW
        assert base_reads.count_uses(connection, BasesQuery(registry=OTHER)) == FEW // 2
        assert base_reads.count_uses(connection, BasesQuery(text="PYTHON:3.1")) == 11
        assert base_reads.count_uses(connection, BasesQuery(text="python")) == FEW


def test_a_base_is_found_by_its_name_its_end_and_the_beginning_of_its_chain(
    benches: tuple[Bench, Bench],
) -> None:
    few, _ = benches
    whole = ChainId.from_bytes(chain(7))
    with few.database.reading() as connection:
        for wanted in (
            *(f"{NAME}/python:3.7", "python:3.7", whole.text, whole.short, whole.encoded[:7]),
        ):
            (one,) = base_reads.find_uses(connection, wanted)
            assert (one.name, one.registry, one.versions) == ("python:3.7", OTHER, FEW)
        assert base_reads.find_uses(connection, "python:3.7", NAME) == ()
        assert base_reads.find_uses(connection, "n:3.7") == ()
        assert base_reads.find_uses(connection, "%") == ()
        assert base_reads.find_near(connection, "3.7") == ("python:3.7",)
