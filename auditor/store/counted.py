"""Which registries count: a reference serves as a source of bases and is part of no sum.

Every module that reads over several registries takes one of these conditions, or is named
with its reason in `tests/store/test_counted.py`.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select

from auditor.store.tables.places import RegistryRow

IS_COUNTED: ColumnElement[bool] = RegistryRow.is_reference.is_(False)
"""For queries that know the table `registry`."""

IN_COUNTED = "{registry} NOT IN (SELECT id FROM registry WHERE is_reference)"
"""SQL for those that know a registry's id alone."""


def list_reference_names(connection: Connection) -> tuple[str, ...]:
    """Names of the registries that are not counted, sorted."""
    query = select(RegistryRow.name).where(~IS_COUNTED).order_by(RegistryRow.name)
    return tuple(connection.execute(query).scalars())
