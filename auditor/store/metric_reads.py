"""Figures that only monitoring asks for."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from auditor.domain.alerts import AlertState
from auditor.domain.metrics import RuleFigures, RunFigures
from auditor.store.counted import IS_COUNTED
from auditor.store.tables.alerts import AlertEventRow
from auditor.store.tables.findings import FindingRow, StaleRepositoryRow
from auditor.store.tables.places import RegistryRow, RepositoryRow
from auditor.store.tables.schedules import ScheduleRunRow


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


def load_run_figures(connection: Connection) -> tuple[RunFigures, ...]:
    """The runs of schedules that are kept, by kind and state."""
    kind, state = ScheduleRunRow.kind, ScheduleRunRow.state
    query = select(kind, state, func.count(), func.max(ScheduleRunRow.ended_at))
    rows = connection.execute(query.group_by(kind, state).order_by(kind, state))
    return tuple(RunFigures(*row) for row in rows)


def count_firing(connection: Connection) -> dict[str, int]:
    """How many alerts go on, by rule; rules without any are left out."""
    rule = AlertEventRow.rule
    query = select(rule, func.count()).where(AlertEventRow.state == AlertState.FIRING.value)
    rows = connection.execute(query.group_by(rule).order_by(rule))
    return {row.rule: int(row[1]) for row in rows}
