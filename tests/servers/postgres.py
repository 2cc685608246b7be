"""A PostgreSQL cluster of our own: a temporary folder, a free loopback port, no durability."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

from tests.servers import processes, tools

_SUPERUSER = "auditor"
_DEBIAN_FOLDERS = Path("/usr/lib/postgresql")
_SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running cluster; its databases live as long as a test."""

    port: int

    def url(self, database: str) -> str:
        """How SQLAlchemy reaches one database."""
        return f"postgresql+psycopg://{_SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template1") -> str:
        """A new database, a copy of `template`; returns its name."""
        name = f"test_{next(_numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=_SUPERUSER,
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        ) as connection:
            connection.execute(statement.encode())

    def answers(self) -> bool:
        """Whether statements are accepted already."""
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def emptying(tables: Iterable[str]) -> str:
    """What empties tables, whatever refers to them, and lets their keys begin with 1 again.

    TRUNCATE of as many takes twenty times as long: it makes new files for each, and its indexes.
    """
    deletes = " ".join(f"DELETE FROM {name};" for name in sorted(tables))  # noqa: S608 - our names
    return f"""
        DO $$
        DECLARE one record;
        BEGIN
            SET LOCAL session_replication_role = replica;
            {deletes}
            FOR one IN SELECT schemaname, sequencename FROM pg_sequences
                       WHERE last_value IS NOT NULL LOOP
                EXECUTE 'ALTER SEQUENCE ' || quote_ident(one.schemaname) || '.'
                        || quote_ident(one.sequencename) || ' RESTART';
            END LOOP;
        END $$
    """  # noqa: S608 - our names


@contextlib.contextmanager
def start_postgres(settings: Sequence[str] = _SPEED) -> Iterator[PostgresServer]:
    """A cluster with these settings that runs until the block ends, then is removed.

    Skips the test where PostgreSQL is missing. Started by root it runs as `postgres`,
    because initdb refuses root.
    """
    folders = tuple(sorted(_DEBIAN_FOLDERS.glob("*/bin"), key=_version_of, reverse=True))
    initdb = tools.require("initdb", package="postgresql", folders=folders)
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    with _folder_of(user) as folder:
        data = folder / "data"
        subprocess.run(
            [
                *(initdb, "--pgdata", data, "--username", _SUPERUSER, "--auth=trust"),
                *("--no-sync", "--encoding=UTF8", "--locale=C"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            user=user.pw_uid if user else None,
        )
        server = PostgresServer(processes.free_port())
        settings = [f"port={server.port}", "listen_addresses=127.0.0.1", *settings]
        process = processes.start(
            [
                *(initdb.with_name("postgres"), "-D", data, "-k", ""),
                *(argument for setting in settings for argument in ("-c", setting)),
            ],
            log=folder / "postgres.log",
            is_ready=server.answers,
            user=user.pw_uid if user else None,
        )
        try:
            yield server
        finally:
            # SIGINT is a fast shutdown: it does not wait for clients.
            processes.stop(process, by=signal.SIGINT)


@contextlib.contextmanager
def _folder_of(user: pwd.struct_passwd | None) -> Iterator[Path]:
    """A folder that `user` owns, outside pytest's own, which only root may enter."""
    folder = Path(tempfile.mkdtemp(prefix="auditor-postgres-"))
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _version_of(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0
