"""Digests that are sent once, and people who want none"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from auditor.store.columns import RowId, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('waiting', 'sending')")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Apply; the release before knows nothing of these tables and never looks."""
    op.create_table(
        "outbox",
        sa.Column("id", RowId, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("recipient", "audience", "week", "state")
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        _moment("created_at"),
        _moment("give_up_at"),
        _moment("next_attempt_at", nullable=True),
        _moment("changed_at"),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "recipient", "audience", "week", name=op.f("uq_outbox_recipient_audience_week")
        ),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["state", "next_attempt_at"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "unsubscribed",
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        _moment("since"),
        sa.PrimaryKeyConstraint("recipient", "audience", name=op.f("pk_unsubscribed")),
    )


def downgrade() -> None:
    """Undo; who was sent what is forgotten."""
    op.drop_table("unsubscribed")
    op.drop_index("ix_outbox_open", "outbox")
    op.drop_table("outbox")
