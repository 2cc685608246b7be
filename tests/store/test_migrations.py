"""Revisions go up, down and up again; then models and schema say the same."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, func, inspect, select, table, text

from auditor.store.engine import Database, open_database
from auditor.store.schema import inspect_schema, upgrade_schema
from auditor.store.tables.metadata import METADATA
from tests.store.bench import Bench
from tests.store.revisions import bring, revisions, scripts
from tests.store.things import AMD64, config, image, index, layer, seen, signature

VERSIONS = "alembic_version"
Schema = dict[str, dict[str, Any]]
"""By table: what it is called and made of, as the database itself says."""


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A database in which nothing is yet."""
    made = open_database(database_url)
    yield made
    made.dispose()


def tables(connection: Connection | Engine) -> list[str]:
    return sorted(set(inspect(connection).get_table_names()) - {VERSIONS})


def described(database: Database) -> Schema:
    """Everything a revision may get wrong, whether or not Alembic can compare it."""
    with database.reading() as connection:
        look = inspect(connection)
        definitions = sqlite_words if database.is_sqlite else postgresql_words
        return {
            name: {
                "columns": {one["name"]: column_words(one) for one in look.get_columns(name)},
                "key": look.get_pk_constraint(name)["constrained_columns"],
                "key name": look.get_pk_constraint(name)["name"],
                "unique": sorted(map(str, look.get_unique_constraints(name))),
                "foreign": sorted(map(str, look.get_foreign_keys(name))),
                "checks": {one["name"]: one["sqltext"] for one in look.get_check_constraints(name)},
                **definitions(connection, name),
            }
            for name in tables(connection)
        }


def column_words(column: Any) -> dict[str, str]:
    """A column's type with its collation, and what it has where nothing is said."""
    kind = repr(column["type"])
    return {"type": kind, "nullable": column["nullable"], "default": column["default"]}


def sqlite_words(connection: Connection, name: str) -> dict[str, Any]:
    """Indexes with their conditions, and whether the rows have ids of their own."""
    sql = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :name")
    rows = connection.execute(sql, {"name": name})
    indexes = {row.name: " ".join((row.sql or "").split()) for row in rows}
    listed = connection.execute(text(f"PRAGMA table_list({name})")).one()
    return {"indexes": indexes, "without rowid": bool(listed.wr)}


def postgresql_words(connection: Connection, name: str) -> dict[str, Any]:
    """Indexes with their conditions and their order."""
    sql = text("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = :name")
    rows = connection.execute(sql, {"name": name})
    return {"indexes": {row.indexname: row.indexdef for row in rows}}


def test_there_is_one_newest_revision_and_it_is_the_one_the_program_wants(
    empty: Database,
) -> None:
    assert scripts().get_heads() == [inspect_schema(empty).head]


def test_a_revision_is_numbered_as_its_file_is_and_follows_the_one_before() -> None:
    """The program tells the newest revision by the names of the files alone."""
    names = sorted(path.name for path in files("migrations").joinpath("versions").iterdir())
    numbers = [name[:4] for name in names if name[:1].isdigit()]
    assert numbers == revisions()
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_up_down_and_up_again_is_as_good_as_up(empty: Database) -> None:
    upgrade_schema(empty)
    once = described(empty)
    bring(empty, "base")
    assert tables(empty.engine) == []
    assert inspect_schema(empty).revision == ""
    upgrade_schema(empty)
    assert described(empty) == once
    assert inspect_schema(empty).is_current


def test_every_step_back_undoes_just_that_step(empty: Database) -> None:
    before: list[Schema] = [described(empty)]
    for revision in revisions():
        bring(empty, revision)
        before.append(described(empty))
    for revision in ["base", *revisions()][-2::-1]:
        before.pop()
        bring(empty, revision)
        assert described(empty) == before[-1], revision


def test_the_release_before_can_go_on_writing_after_a_step(empty: Database) -> None:
    """What it does not know of may be left out, and nothing it knows of is gone."""
    bring(empty, revisions()[0])
    before = described(empty)
    for revision in revisions()[1:]:
        bring(empty, revision)
        after = described(empty)
        assert set(after) >= set(before), revision
        for name, old in before.items():
            columns = after[name]["columns"]
            kept = {key: words for key, words in columns.items() if key in old["columns"]}
            assert kept == old["columns"], f"{revision} {name}"
            for column in set(columns) - set(kept):
                words = columns[column]
                assert words["nullable"] or words["default"] is not None, f"{name}.{column}"
        before = after


def test_models_and_schema_agree(empty: Database) -> None:
    upgrade_schema(empty)
    with empty.reading() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        found = [one for one in compare_metadata(context, METADATA) if not is_ordered_index(one)]
    assert found == []


def is_ordered_index(difference: Any) -> bool:
    """Whether this is about an index that says its order where an operator class would stand.

    Alembic reads that back from PostgreSQL as an expression and takes it for another index.
    The database's own words for both are compared below.
    """
    what, thing = difference[:2]
    ordered = {
        index.name
        for table in METADATA.tables.values()
        for index in table.indexes
        if index.dialect_options["postgresql"]["ops"]
    }
    return what in {"add_index", "remove_index"} and thing.name in ordered


def test_the_schema_is_to_the_letter_what_the_models_would_make(empty: Database) -> None:
    """Checks, partial indexes, collations, orders and tables without row ids included."""
    upgrade_schema(empty)
    migrated = described(empty)
    bring(empty, "base")
    with empty.writing() as connection:
        METADATA.create_all(connection)
    assert described(empty) == migrated


def test_every_check_of_the_models_is_kept_by_the_database(database: Database) -> None:
    """Without it, the comparison above could be one of nothing with nothing."""
    schema = described(database)
    checks = {name for words in schema.values() for name in words["checks"]}
    assert checks >= {
        "ck_blob_size",
        "ck_manifest_blob_position",
        "ck_repository_blob_manifest_count",
        "ck_repository_blob_share",
        "ck_scope_blob_repositories",
    }
    assert "WHERE" in schema["tag"]["indexes"]["uq_tag_open"]
    assert "WHERE" in schema["presence"]["indexes"]["uq_presence_open"]
    if database.is_sqlite:
        lean = {name for name, words in schema.items() if words["without rowid"]}
        assert lean == {
            *("manifest_blob", "manifest_child", "repository_blob", "scope_blob"),
            *("image_finding", "repository_base", "base_name", "base_layer"),
        }
    else:
        names = [schema[name]["columns"]["name"]["type"] for name in ("registry", "repository")]
        assert all("collation='C'" in words for words in [*names, column_type(schema, "tag")])
        order = schema["repository_total"]["indexes"]["ix_repository_total_image"]
        assert "DESC NULLS LAST" in order


def column_type(schema: Schema, name: str) -> str:
    found: str = schema[name]["columns"]["name"]["type"]
    return found


def counts(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
            for name in tables(connection)
        }


def test_what_was_crawled_survives_a_step_back_and_forth(empty: Database) -> None:
    upgrade_schema(empty)
    bench = Bench(empty)
    of = config("config", platform=AMD64)
    one, two = image("one", layer("x", 1_000), of=of), image("two", layer("x", 1_000))
    both = index("both", one, two)
    others = (one, two, signature("signature", both, layer("signed", 7)))
    for number, tags in enumerate([{"v1": both, "v2": two}, {"v1": both}, {"v1": both}]):
        bench.crawl(seen("team/app", tags, *others, configs=[of]), at=number)
    shown, kept, history = bench.ranking(), counts(empty), bench_history(bench)
    assert len(history) > 0
    bring(empty, revisions()[-2])
    older = counts(empty)
    assert older.items() <= kept.items()
    upgrade_schema(empty)
    assert older.items() <= counts(empty).items()
    assert bench.ranking() == shown
    assert bench_history(bench) == history


def bench_history(bench: Bench) -> list[dict[str, Any]]:
    """What every release kept of the past of repositories."""
    with bench.database.reading() as connection:
        sql = text(
            "SELECT repository_id, since, logical_bytes, stored_bytes, exclusive_bytes, "
            "fair_share_bytes FROM repository_history ORDER BY repository_id, since"
        )
        return [dict(row) for row in connection.execute(sql).mappings()]
