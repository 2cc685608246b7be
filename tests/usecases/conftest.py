"""A prepared database, and what crawls into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.domain import media_types
from auditor.domain.digest import Digest
from auditor.store.engine import Database, open_database
from auditor.store.tables.metadata import METADATA
from auditor.usecases.prepare_database import prepare_database
from tests.servers.postgres import PostgresServer, emptying
from tests.usecases.bench import Bench


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A SQLite file with the newest schema and nothing in it: a copy is made at once."""
    file = tmp_path_factory.mktemp("empty") / "auditor.db"
    prepare_database(f"sqlite:///{file}").dispose()
    return file.read_bytes()


@pytest.fixture(scope="session")
def prepared_postgres(postgres_server: PostgresServer) -> Iterator[Database]:
    """A PostgreSQL database with the newest schema, for one test after the other."""
    database = prepare_database(postgres_server.url(postgres_server.create_database()))
    yield database
    database.dispose()


@pytest.fixture
def bench(empty_sqlite: bytes, tmp_path: Path) -> Iterator[Bench]:
    """A bench on SQLite."""
    file = tmp_path / "auditor.db"
    file.write_bytes(empty_sqlite)
    yield from on(f"sqlite:///{file}")


@pytest.fixture
def postgres_bench(prepared_postgres: Database) -> Bench:
    """A bench on PostgreSQL."""
    with prepared_postgres.writing() as connection:
        connection.exec_driver_sql(emptying(METADATA.tables))
    return Bench(prepared_postgres)


@pytest.fixture(params=["bench", pytest.param("postgres_bench", marks=pytest.mark.real)])
def either_bench(request: pytest.FixtureRequest) -> Bench:
    """A bench on SQLite, then one on PostgreSQL."""
    made: Bench = request.getfixturevalue(request.param)
    return made


def on(url: str) -> Iterator[Bench]:
    database = open_database(url)
    yield Bench(database)
    database.dispose()


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """An OCI image layout with one image, tagged 1.4, below a folder named app."""
    folder = tmp_path / "app"
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(document: object) -> dict[str, object]:
        body = json.dumps(document).encode()
        digest = Digest.of(body)
        (blobs / digest.encoded).write_bytes(body)
        return {"digest": digest.text, "size": len(body)}

    config = blob({"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": []}})
    manifest = blob(
        {
            "schemaVersion": 2,
            "mediaType": media_types.OCI_MANIFEST,
            "config": {"mediaType": media_types.OCI_CONFIG, **config},
            "layers": [],
        }
    )
    named = {"org.opencontainers.image.ref.name": "1.4"}
    entry = {"mediaType": media_types.OCI_MANIFEST, **manifest, "annotations": named}
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return folder
