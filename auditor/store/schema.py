"""Which schema revision a database has, and how it gets the newest one."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from auditor.domain.errors import StoreError
from auditor.store.engine import Database


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
    head = ScriptDirectory.from_config(_config()).get_current_head() or ""
    url = database.engine.url
    redacted = url.render_as_string(hide_password=True)
    if database.is_sqlite and url.database and not Path(url.database).exists():
        return SchemaState(redacted, "", head)
    with database.reading() as connection:
        revision = MigrationContext.configure(connection).get_current_revision() or ""
    return SchemaState(redacted, revision, head)


def upgrade_schema(database: Database) -> None:
    """Bring a database to the newest revision; creates the folder of a SQLite file.

    Raises StoreError when the database is of a newer release, or cannot be changed.
    """
    file = database.engine.url.database
    if database.is_sqlite and file:
        _make_folder(Path(file))
    config = _config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    revision = inspect_schema(database).revision
    if revision and revision not in known:
        raise StoreError(
            f"the database has schema revision {revision}, which this release does not know",
            next_step="use the newer release that made it",
        )
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    return config


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {file.parent} cannot be made: {error.strerror}",
            next_step="name another database with --database",
        ) from error
