"""A registry may be a reference: known as a source of bases, and counted nowhere"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    # False in rows that the previous release writes: whatever it crawls is counted.
    op.add_column(
        "registry",
        sa.Column("is_reference", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    """Undo; references are counted again."""
    # Not by a copy of the table, which others refer to.
    op.drop_column("registry", "is_reference")
