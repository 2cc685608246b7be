"""Rankings of one registry, with many ties or by prices that differ are found by index"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from auditor.store.columns import ByteOrderedText

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLE = "repository_total"
_INDEXES: dict[str, list[str | sa.TextClause]] = {
    "ix_repository_total_most_tags": ["registry_id", sa.text("tags DESC"), "name"],
    "ix_repository_total_fewest_tags": ["registry_id", "tags", "name"],
    "ix_repository_total_registry_image": ["registry_id", "image_bytes"],
    "ix_repository_total_registry_growth": ["registry_id", "growth_bytes"],
    "ix_repository_total_registry_logical": ["registry_id", "logical_bytes"],
    "ix_repository_total_registry_stored": ["registry_id", "stored_bytes"],
    "ix_repository_total_registry_exclusive": ["registry_id", "exclusive_bytes"],
    "ix_repository_total_registry_fair": ["registry_id", "fair_share_bytes"],
}

_UNNAMED, _NO_NAME = "ix_repository_total_unnamed", sa.text("name IS NULL")
_NULLS_LAST = {"image_bytes": "DESC NULLS LAST", "growth_bytes": "DESC NULLS LAST"}


def upgrade() -> None:
    """Apply."""
    # Null in rows that the previous release writes.
    op.add_column(_TABLE, sa.Column("name", ByteOrderedText(), nullable=True))
    op.execute(
        "UPDATE repository_total SET name = "
        "(SELECT name FROM repository WHERE repository.id = repository_total.repository_id)"
    )
    for index, columns in _INDEXES.items():
        op.create_index(index, _TABLE, columns, postgresql_ops=_NULLS_LAST)
    op.create_index(_UNNAMED, _TABLE, ["name"], sqlite_where=_NO_NAME, postgresql_where=_NO_NAME)


def downgrade() -> None:
    """Undo."""
    op.drop_index(_UNNAMED, _TABLE)
    for index in reversed(_INDEXES):
        op.drop_index(index, _TABLE)
    with op.batch_alter_table(_TABLE) as table:
        table.drop_column("name")
