"""What registries are charged by is kept month by month"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from auditor.store.columns import RowId, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "kept_price",
        sa.Column("registry_id", RowId, nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registry.id"], name=op.f("fk_kept_price_registry_id")
        ),
        sa.PrimaryKeyConstraint("registry_id", "since", name=op.f("pk_kept_price")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("kept_price")
