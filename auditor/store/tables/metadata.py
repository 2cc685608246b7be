"""What the database consists of: every table of every group."""

from __future__ import annotations

from sqlalchemy import MetaData

from auditor.store.tables import (
    alerts,
    bases,
    facts,
    findings,
    outbox,
    places,
    prices,
    schedules,
    totals,
)
from auditor.store.tables.base import Base

GROUPS = (facts, places, prices, totals, findings, bases, outbox, alerts, schedules)
METADATA: MetaData = Base.metadata
"""Whole only because all groups were imported: a table is known once its class exists."""
