"""Histories say all that a ranking shows, and intervals are found by repository"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Null where a row was written before these columns were: unknown, not zero.
_REPOSITORY = ("tags", "images", "image_bytes")
_REGISTRY = ("repositories", "tags", "images")
_INTERVALS = ("presence", "tag")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("repository_history") as table:
        for name in _REPOSITORY:
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("image_tag", sa.Text(), nullable=True))
        table.add_column(
            sa.Column("is_present", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    with op.batch_alter_table("registry_history") as table:
        for name in _REGISTRY:
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
    for name in _INTERVALS:
        op.create_index(f"ix_{name}_repository_since", name, ["repository_id", "since"])


def downgrade() -> None:
    """Undo."""
    for name in _INTERVALS:
        op.drop_index(f"ix_{name}_repository_since", name)
    with op.batch_alter_table("registry_history") as table:
        for name in reversed(_REGISTRY):
            table.drop_column(name)
    with op.batch_alter_table("repository_history") as table:
        table.drop_column("is_present")
        table.drop_column("image_tag")
        for name in reversed(_REPOSITORY):
            table.drop_column(name)
