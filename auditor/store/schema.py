"""Which schema revision a database has, and how it gets the newest one.

Alembic is loaded only to change a schema: asking for the state is on every command's way.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlalchemy import inspect, text

from auditor.domain.errors import StoreError
from auditor.store.engine import Database

_UPGRADE_LOCK = 0x61756469746F72
"""Any number nobody else locks: the program's name."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The revision a database is at and the newest one; `revision` is empty for none."""

    url_redacted: str
    revision: str
    head: str

    @property
    def is_current(self) -> bool:
        """Whether the database has exactly this release's schema."""
        return self.revision == self.head


def inspect_schema(database: Database) -> SchemaState:
    """The schema state of a database; a SQLite file that is not there is not created."""
    head = max(known_revisions())
    url = database.engine.url
    redacted = database.url_redacted
    if database.is_sqlite and url.database and not Path(url.database).exists():
        return SchemaState(redacted, "", head)
    with database.reading() as connection:
        has_any = inspect(connection).has_table("alembic_version")
        query = text("SELECT version_num FROM alembic_version")
        revision = connection.execute(query).scalar() if has_any else None
    return SchemaState(redacted, revision or "", head)


def upgrade_schema(database: Database) -> None:
    """Bring a database to the newest revision; creates the folder of a SQLite file.

    Raises StoreError when the database is of a newer release, or cannot be changed.
    """
    file = database.engine.url.database
    if database.is_sqlite and file:
        make_folder(Path(file))
    revision = inspect_schema(database).revision
    if revision and revision not in known_revisions():
        raise StoreError(
            f"the database has schema revision {revision}, which this release does not know",
            next_step="use the newer release that made it",
        )
    from alembic import command  # noqa: PLC0415 - see the module's docstring
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    with database.writing() as connection:
        if not database.is_sqlite:
            # SQLite has one writer at a time; here another program waits until this one is done.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def known_revisions() -> set[str]:
    """Every revision of this release: files are named `NNNN_what.py`, in their order."""
    names = (path.name for path in files("migrations").joinpath("versions").iterdir())
    return {name.partition("_")[0] for name in names if name[:1].isdigit()}


def make_folder(file: Path) -> None:
    """Make the folder of a SQLite file. Raises StoreError where that cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {file.parent} cannot be made: {error.strerror}",
            next_step="name another database with --database",
        ) from error
