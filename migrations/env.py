"""Runs revisions on the connection the caller opened: `auditor.store.schema` is the way in."""

from __future__ import annotations

from alembic import context

from auditor.store.tables.metadata import METADATA


def _run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
