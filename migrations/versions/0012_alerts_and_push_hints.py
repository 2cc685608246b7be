"""What alerts found, whom they told, and what registries hint at"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from auditor.store.columns import Binary, ByteOrderedText, RowId, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _events_and_notices()
    _messages()
    _hints()


def downgrade() -> None:
    """Undo."""
    for table in ("push_seen", "push_hint", "alert_message", "alert_notice", "alert_event"):
        op.drop_table(table)


def _events_and_notices() -> None:
    op.create_table(
        "alert_event",
        sa.Column("id", RowId, nullable=False),
        sa.Column("rule", ByteOrderedText, nullable=False),
        sa.Column("key", ByteOrderedText, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("episode", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.BigInteger(), nullable=False),
        sa.Column("first_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_event")),
    )
    op.create_index("uq_alert_event_rule_key", "alert_event", ["rule", "key"], unique=True)
    op.create_index("ix_alert_event_state", "alert_event", ["state", "last_at"])
    op.create_table(
        "alert_notice",
        sa.Column("event_id", RowId, nullable=False),
        sa.Column("channel", ByteOrderedText, nullable=False),
        sa.Column("episode", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("notified_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["alert_event.id"], name=op.f("fk_alert_notice_event_id")
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "channel", "episode", "kind", "number", name=op.f("pk_alert_notice")
        ),
    )
    op.create_index("ix_alert_notice_message", "alert_notice", ["message_key"])


def _messages() -> None:
    op.create_table(
        "alert_message",
        sa.Column("id", RowId, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel", ByteOrderedText, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("not_before", UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_message")),
    )
    op.create_index(
        "uq_alert_message_key_recipient", "alert_message", ["key", "recipient"], unique=True
    )
    op.create_index("ix_alert_message_status", "alert_message", ["status", "not_before"])


def _hints() -> None:
    op.create_table(
        "push_hint",
        sa.Column("registry_name", ByteOrderedText, nullable=False),
        sa.Column("repository", ByteOrderedText, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("first_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registry_name", "repository", name=op.f("pk_push_hint")),
    )
    op.create_table(
        "push_seen",
        sa.Column("source", ByteOrderedText, nullable=False),
        sa.Column("digest", Binary, nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "digest", name=op.f("pk_push_seen")),
    )
    op.create_index("ix_push_seen_at", "push_seen", ["at"])
