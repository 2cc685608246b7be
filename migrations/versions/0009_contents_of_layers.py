"""What content each layer has, so that one stored in two compressions is found anywhere"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; the next analysis fills it."""
    # No foreign key: the previous release forgets blobs without knowing of this table.
    op.create_table(
        "layer_content",
        sa.Column(
            "blob_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("diff_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("blob_id", name=op.f("pk_layer_content")),
    )
    op.create_index("ix_layer_content_diff_id", "layer_content", ["diff_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("layer_content")
