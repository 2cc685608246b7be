"""Figures that only monitoring asks for."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from auditor.domain.metrics import RuleFigures
from auditor.store.counted import IS_COUNTED
from auditor.store.tables.findings import FindingRow, StaleRepositoryRow
from auditor.store.tables.places import RegistryRow, RepositoryRow


def load_rule_figures(connection: Connection) -> tuple[RuleFigures, ...]:
    """One per rule that found something, by name; goes through every open finding."""
    query = (
        select(
            FindingRow.rule,
            func.count(),
            func.sum(FindingRow.pull_saving_bytes),
            func.sum(FindingRow.stored_saving_bytes),
        )
        .join(RegistryRow, RegistryRow.id == FindingRow.registry_id)
        .where(IS_COUNTED, FindingRow.until.is_(None))
        .group_by(FindingRow.rule)
        .order_by(FindingRow.rule)
    )
    return tuple(
        RuleFigures(rule, count, int(pull), int(stored))
        for rule, count, pull, stored in connection.execute(query)
    )


def count_waiting_repositories(connection: Connection) -> int:
    """Repositories of counted registries that are to be analysed again."""
    query = (
        select(func.count())
        .select_from(StaleRepositoryRow)
        .join(RepositoryRow, RepositoryRow.id == StaleRepositoryRow.repository_id)
        .join(RegistryRow, RegistryRow.id == RepositoryRow.registry_id)
        .where(IS_COUNTED)
    )
    return connection.execute(query).scalar_one()
