"""A database at any revision of the schema, not only at the newest."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from auditor.store.engine import Database
from auditor.store.schema import inspect_schema


def scripts() -> ScriptDirectory:
    """The revisions as Alembic sees them."""
    return ScriptDirectory.from_config(_configured())


def revisions() -> list[str]:
    """Every revision, the first one first, as they refer to each other."""
    return [script.revision for script in scripts().walk_revisions()][::-1]


def bring(database: Database, revision: str) -> None:
    """Take a database up or down to a revision, `base` for none."""
    order = ["base", *revisions()]
    is_up = order.index(revision) > order.index(inspect_schema(database).revision or "base")
    config = _configured()
    with database.writing() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if is_up else command.downgrade)(config, revision)


def _configured() -> Config:
    made = Config()
    made.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    return made
