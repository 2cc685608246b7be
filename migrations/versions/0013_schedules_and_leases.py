"""Schedules, their runs, and leases that keep two crawls of one registry apart"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from auditor.store.columns import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NAMES = ("kind", "subject")
_COUNTS = ("missed", "attempts", "losses", "failures")
_MOMENTS = ("started_at", "ended_at", "heartbeat_at")


def upgrade() -> None:
    """Apply; the previous release knows none of these, and crawls without a lease as before."""
    op.create_table(
        "schedule",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _NAMES),
        sa.Column("ticked_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*_NAMES, name=op.f("pk_schedule")),
    )
    op.create_table(
        "schedule_pause",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_schedule_pause")),
    )
    op.create_table(
        "schedule_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _NAMES),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("trigger", "state")),
        sa.Column("not_before", UtcDateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTS),
        *(sa.Column(name, UtcDateTime(timezone=True), nullable=True) for name in _MOMENTS),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("crawl_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'skipped', 'lost')",
            name=op.f("ck_schedule_run_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_run")),
        sa.UniqueConstraint("kind", "subject", "due_at", name=op.f("uq_schedule_run_due")),
    )
    for state in ("waiting", "running"):
        where = sa.text(f"state = '{state}'")
        op.create_index(
            f"ix_schedule_run_{state}",
            "schedule_run",
            [*_NAMES],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_index("ix_schedule_run_kind_id", "schedule_run", ["kind", "id"])
    op.create_table(
        "lease",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "holder")),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, UtcDateTime(timezone=True), nullable=False)
            for name in ("since", "expires_at")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )


def downgrade() -> None:
    """Undo; what ran is forgotten."""
    for name in ("lease", "schedule_run", "schedule_pause", "schedule"):
        op.drop_table(name)
