"""Runs of schedules: asked for, begun once, kept alive, ended; and what was paused.

Everything here is one statement against the state a row has: who comes second changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from auditor.domain.schedules import Kind, Run, RunState, Trigger
from auditor.store.batches import insert_new, insert_one_new, table_of
from auditor.store.tables.places import CrawlRow
from auditor.store.tables.schedules import SchedulePauseRow, ScheduleRow, ScheduleRunRow

_RUN = table_of(ScheduleRunRow)
_ENDED = (RunState.DONE, RunState.FAILED, RunState.SKIPPED, RunState.LOST)
Key = tuple[Kind, str]


def load_ticks(connection: Connection) -> dict[Key, datetime]:
    """Up to when each known schedule's due times are dealt with."""
    table = table_of(ScheduleRow)
    rows = connection.execute(select(table.c.kind, table.c.subject, table.c.ticked_at)).all()
    known = set(Kind)
    return {(Kind(kind), subject): at for kind, subject, at in rows if kind in known}


def lock_tick(connection: Connection, key: Key) -> datetime | None:
    """The same of one, kept from others until the end of the transaction."""
    table = table_of(ScheduleRow)
    query = select(table.c.ticked_at).where(*_of(table, key)).with_for_update()
    return connection.execute(query).scalar()


def note_tick(connection: Connection, key: Key, now: datetime) -> None:
    """Everything due up to `now` is dealt with."""
    insert_new(connection, ScheduleRow, [{"kind": key[0], "subject": key[1], "ticked_at": now}])
    table = table_of(ScheduleRow)
    connection.execute(
        update(table).where(*_of(table, key), table.c.ticked_at < now).values(ticked_at=now)
    )


def _of(table: Any, key: Key) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 - a table
    return table.c.kind == key[0].value, table.c.subject == key[1]


def add_run(
    connection: Connection,
    key: Key,
    due_at: datetime,
    trigger: Trigger,
    *,
    now: datetime,
    missed: int = 0,
    skipped: str = "",
) -> int | None:
    """The number of a new run; None where it is there already or another one waits.

    `skipped`: why it is not to be run, and then it has ended.
    """
    values: dict[str, Any] = {
        "kind": key[0].value,
        "subject": key[1],
        "due_at": due_at,
        "trigger": trigger.value,
        "state": RunState.SKIPPED.value if skipped else RunState.WAITING.value,
        "not_before": now,
        "missed": missed,
        **dict.fromkeys(("attempts", "losses", "failures"), 0),
        "holder": "",
        "outcome": skipped,
        "ended_at": now if skipped else None,
    }
    return insert_one_new(connection, ScheduleRunRow, values)


def open_runs(connection: Connection, key: Key) -> tuple[Run, ...]:
    """The run that waits and the one that runs, oldest first; at most these two."""
    query = (
        select(_RUN)
        .where(*_of(_RUN, key), _RUN.c.state.in_([RunState.WAITING, RunState.RUNNING]))
        .order_by(_RUN.c.id)
    )
    return tuple(_run(row) for row in connection.execute(query))


def waiting_runs(connection: Connection, now: datetime) -> tuple[Run, ...]:
    """Runs that may begin, the one due first, first; those whose kind is at it are left out."""
    other = _RUN.alias()
    at_it = exists().where(
        other.c.kind == _RUN.c.kind,
        other.c.subject == _RUN.c.subject,
        other.c.state == RunState.RUNNING.value,
    )
    query = (
        select(_RUN)
        .where(_RUN.c.state == RunState.WAITING.value, _RUN.c.not_before <= now, ~at_it)
        .order_by(_RUN.c.due_at, _RUN.c.id)
    )
    return tuple(_run(row) for row in connection.execute(query))


def begin_run(connection: Connection, run_id: int, holder: str, now: datetime) -> Run | None:
    """The run, now `holder`'s; None where somebody else has it, or it may not begin yet."""
    statement = (
        update(_RUN)
        .where(
            _RUN.c.id == run_id,
            _RUN.c.state == RunState.WAITING.value,
            _RUN.c.not_before <= now,
        )
        .values(
            state=RunState.RUNNING.value,
            attempts=_RUN.c.attempts + 1,
            started_at=now,
            heartbeat_at=now,
            holder=holder,
            outcome="",
        )
        .returning(*_RUN.c)
    )
    try:
        with connection.begin_nested():
            row = connection.execute(statement).first()
    except IntegrityError:  # another of its kind and registry is at it
        return None
    return _run(row) if row is not None else None


def keep_alive(connection: Connection, run: Run, now: datetime) -> bool:
    """Say that the run is still being worked at; False where it is not its holder's any more."""
    statement = update(_RUN).where(_held(run)).values(heartbeat_at=now)
    return connection.execute(statement).rowcount == 1


def note_crawl(connection: Connection, run: Run, crawl_id: int) -> bool:
    """Keep which crawl the run makes; False where it is not its holder's any more."""
    statement = update(_RUN).where(_held(run)).values(crawl_id=crawl_id)
    return connection.execute(statement).rowcount == 1


def end_run(connection: Connection, run: Run, state: RunState, outcome: str, now: datetime) -> bool:
    """End the run; False, and nothing, where it is not its holder's any more."""
    statement = (
        update(_RUN)
        .where(_held(run))
        .values(state=state.value, outcome=outcome, ended_at=now, heartbeat_at=now)
    )
    return connection.execute(statement).rowcount == 1


def put_back(
    connection: Connection, run: Run, not_before: datetime, outcome: str, *, is_failure: bool
) -> bool:
    """Let the run wait again, where it is still its holder's and no other waits.

    Where another waits, that one does its work too, and this one ends as skipped.
    """
    values = {
        "outcome": outcome,
        "not_before": not_before,
        "failures": _RUN.c.failures + int(is_failure),
        "holder": "",
    }
    return _wait_again(connection, _held(run), values, not_before)


def running_runs(connection: Connection) -> tuple[Run, ...]:
    """Every run that somebody is at, or was before it died."""
    query = select(_RUN).where(_RUN.c.state == RunState.RUNNING.value).order_by(_RUN.c.id)
    return tuple(_run(row) for row in connection.execute(query))


def lose_runs(
    connection: Connection, silent: Sequence[Run], *, most_losses: int, now: datetime
) -> tuple[Run, ...]:
    """Take runs from their holders; they wait again, or are lost for good the last time.

    Returns those that were: one that was heard of since it was read stays whose it is.
    """
    lost = []
    for run in silent:
        outcome = f"{run.holder.partition('#')[0]} died or was cut off while it ran"
        values = {"losses": run.losses + 1, "outcome": outcome, "holder": ""}
        same = and_(_held(run), _RUN.c.heartbeat_at == run.heartbeat_at)
        if run.losses + 1 < most_losses:
            changed = _wait_again(connection, same, {**values, "not_before": now}, now)
        else:
            final = {**values, "state": RunState.LOST.value, "ended_at": now}
            changed = connection.execute(update(_RUN).where(same).values(final)).rowcount == 1
        if changed:
            lost.append(run)
    return tuple(lost)


def _wait_again(
    connection: Connection, held: ColumnElement[bool], values: Mapping[str, Any], now: datetime
) -> bool:
    waiting = update(_RUN).where(held).values({**values, "state": RunState.WAITING.value})
    try:
        with connection.begin_nested():
            return connection.execute(waiting).rowcount == 1
    except IntegrityError:
        joined = {
            **values,
            "state": RunState.SKIPPED.value,
            "ended_at": now,
            "outcome": f"{values['outcome']}; another run was waiting to do the same",
        }
        return connection.execute(update(_RUN).where(held).values(joined)).rowcount == 1


def _held(run: Run) -> ColumnElement[bool]:
    return and_(
        _RUN.c.id == run.id,
        _RUN.c.state == RunState.RUNNING.value,
        _RUN.c.attempts == run.attempts,
        _RUN.c.holder == run.holder,
    )


def hurry(connection: Connection, run: Run, now: datetime) -> None:
    """Let a run that waits for a while begin at once."""
    connection.execute(
        update(_RUN)
        .where(_RUN.c.id == run.id, _RUN.c.state == RunState.WAITING.value)
        .values(not_before=now)
    )


def last_runs(connection: Connection, kind: Kind, count: int) -> tuple[Run, ...]:
    """The newest runs of a kind, newest first."""
    query = select(_RUN).where(_RUN.c.kind == kind.value).order_by(_RUN.c.id.desc()).limit(count)
    return tuple(_run(row) for row in connection.execute(query))


def forget_old_runs(connection: Connection, before: datetime) -> None:
    """Remove runs that ended before then."""
    connection.execute(delete(_RUN).where(_RUN.c.state.in_(_ENDED), _RUN.c.ended_at < before))


def paused_since(connection: Connection) -> dict[Kind, datetime]:
    """The kinds that are paused, and since when."""
    table = table_of(SchedulePauseRow)
    known = set(Kind)
    rows = connection.execute(select(table.c.kind, table.c.since)).all()
    return {Kind(kind): since for kind, since in rows if kind in known}


def pause(connection: Connection, kind: Kind, now: datetime) -> None:
    """Pause a kind; nothing where it is."""
    insert_new(connection, SchedulePauseRow, [{"kind": kind.value, "since": now}])


def resume(connection: Connection, kind: Kind, now: datetime) -> None:
    """Let a kind go on; what was due meanwhile is not made up for."""
    table = table_of(SchedulePauseRow)
    gone = connection.execute(delete(table).where(table.c.kind == kind.value)).rowcount
    if gone:
        ticks = table_of(ScheduleRow)
        connection.execute(update(ticks).where(ticks.c.kind == kind.value).values(ticked_at=now))


def crawl_outcome(connection: Connection, crawl_id: int) -> str | None:
    """How a crawl went, as it is stored; None for one that is forgotten or never was."""
    table = table_of(CrawlRow)
    return connection.execute(select(table.c.outcome).where(table.c.id == crawl_id)).scalar()


def _run(row: Row[Any]) -> Run:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public way
    return Run(
        **{
            **{name: value for name, value in values.items() if name != "subject"},
            "registry": values["subject"],
            "kind": Kind(values["kind"]),
            "trigger": Trigger(values["trigger"]),
            "state": RunState(values["state"]),
        }
    )
