from __future__ import annotations

import psycopg
import pytest

from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.real


def tables_of(url: str) -> set[str]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {str(name) for (name,) in rows}


def test_every_test_gets_an_empty_database_of_its_own(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE mine (id integer)")
    other = postgres_server.create_database()
    try:
        assert tables_of(postgres_url) == {"mine"}
        assert tables_of(postgres_server.url(other)) == set()
    finally:
        postgres_server.drop_database(other)


def test_a_database_can_be_a_copy_of_another(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE mine (id integer)")
    copy = postgres_server.create_database(template=postgres_url.rpartition("/")[2])
    try:
        assert tables_of(postgres_server.url(copy)) == {"mine"}
    finally:
        postgres_server.drop_database(copy)


def test_a_test_that_asks_for_a_database_runs_on_both(database_url: str) -> None:
    assert database_url.partition(":")[0] in {"sqlite", "postgresql+psycopg"}
