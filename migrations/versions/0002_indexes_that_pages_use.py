"""Indexes that pages use: names in order, and the few incomplete repositories"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLE, _INDEX = "repository", "ix_repository_incomplete"
_POSTGRESQL = sa.text("is_incomplete")
# As the queries write it: SQLite uses a partial index for its very words only.
_SQLITE = sa.text("is_incomplete = 1")
_SQLITE_BEFORE = sa.text("is_incomplete")


def upgrade() -> None:
    """Apply."""
    op.drop_index(_INDEX, _TABLE)
    op.create_index(
        _INDEX,
        _TABLE,
        ["registry_id", "scope_id"],
        sqlite_where=_SQLITE,
        postgresql_where=_POSTGRESQL,
    )
    op.create_index("ix_repository_name", _TABLE, ["name"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_repository_name", _TABLE)
    op.drop_index(_INDEX, _TABLE)
    op.create_index(
        _INDEX, _TABLE, ["scope_id"], sqlite_where=_SQLITE_BEFORE, postgresql_where=_POSTGRESQL
    )
