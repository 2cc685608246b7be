"""The check of schedules: whether somebody still looks at them."""

from __future__ import annotations

from datetime import datetime, timedelta

from auditor.store.engine import Database
from auditor.store.runs import load_ticks
from auditor.usecases.checked import OK, WARNING, Finding

# A scheduler notes at least every ten minutes that it is there.
SILENT = timedelta(minutes=30)
_NEXT_STEP = "start `auditor serve`, or `auditor scheduler` and `auditor worker`"


def check_schedules(database: Database, now: datetime) -> Finding:
    """When a scheduler looked last; where none ever did, crawls are commands, and that is fine."""
    with database.reading() as connection:
        last = max(load_ticks(connection).values(), default=None)
    if last is None:
        return Finding("schedules", OK, "no scheduler has run yet; crawls are commands")
    if now - last > SILENT:
        since = f"{last:%Y-%m-%d %H:%M} UTC"
        return Finding("schedules", WARNING, f"no scheduler has looked since {since}", _NEXT_STEP)
    return Finding("schedules", OK, "a scheduler looked within the last half hour")
