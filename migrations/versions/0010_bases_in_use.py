"""On which bases repositories build, and what moving them frees"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from auditor.store.columns import ByteOrderedText

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ORDERS = {
    "freed": ["freed_bytes", "repositories", "chain"],
    "repositories": ["repositories", "size_bytes", "chain"],
    "size": ["size_bytes", "repositories", "chain"],
}
_TABLES = (
    *("repository_base", "base_use", "base_name", "base_layer", "base_family"),
    *("dirty_base", "dirty_base_family"),
)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _refers(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([f"{of}_id"], [f"{of}.id"], name=op.f(f"fk_{table}_{of}_id"))
        for of in columns
    ]


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "repository_base",
        sa.Column("repository_id", _row_id(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("registry_id", _row_id(), nullable=False),
        sa.Column("manifest_id", _row_id(), nullable=False),
        sa.Column("layer_count", sa.Integer(), nullable=False),
        sa.Column("images", sa.BigInteger(), nullable=False),
        sa.Column("releases", sa.JSON(), nullable=False),
        sa.Column("builds", sa.Boolean(), nullable=False),
        *_refers("repository_base", "repository", "registry", "manifest"),
        sa.PrimaryKeyConstraint("repository_id", "chain", name=op.f("pk_repository_base")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_repository_base_chain", "repository_base", ["registry_id", "chain", "repository_id"]
    )
    op.create_index("ix_repository_base_manifest", "repository_base", ["manifest_id"])
    op.create_table(
        "base_use",
        sa.Column("registry_id", _row_id(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("name", ByteOrderedText(), nullable=False),
        sa.Column("family", ByteOrderedText(), nullable=False),
        *_counts("size_bytes", "repositories", "images", "freed_bytes"),
        sa.Column("body", sa.JSON(), nullable=False),
        *_refers("base_use", "registry"),
        sa.PrimaryKeyConstraint("registry_id", "chain", name=op.f("pk_base_use")),
    )
    for name, columns in _ORDERS.items():
        op.create_index(f"ix_base_use_{name}", "base_use", columns)
        op.create_index(f"ix_base_use_registry_{name}", "base_use", ["registry_id", *columns])
    op.create_index("ix_base_use_family", "base_use", ["family"])
    op.create_index("ix_base_use_chain", "base_use", ["chain"])
    op.create_table(
        "base_name",
        sa.Column("name", ByteOrderedText(), nullable=False),
        sa.Column("registry_id", _row_id(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        *_refers("base_name", "registry"),
        sa.PrimaryKeyConstraint("name", "registry_id", "chain", name=op.f("pk_base_name")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "base_layer",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("registry_id", _row_id(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        *_refers("base_layer", "registry"),
        sa.PrimaryKeyConstraint("digest", "registry_id", "chain", name=op.f("pk_base_layer")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_base_layer_use", "base_layer", ["registry_id", "chain"])
    op.create_table(
        "base_family",
        sa.Column("family", ByteOrderedText(), nullable=False),
        *_counts("versions", "repositories", "stored_bytes", "excess_bytes"),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("family", name=op.f("pk_base_family")),
    )
    op.create_index("ix_base_family_excess", "base_family", ["excess_bytes", "family"])
    op.create_table(
        "dirty_base",
        sa.Column("registry_id", _row_id(), nullable=False, autoincrement=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("registry_id", "chain", name=op.f("pk_dirty_base")),
    )
    op.create_table(
        "dirty_base_family",
        sa.Column("family", ByteOrderedText(), nullable=False),
        sa.PrimaryKeyConstraint("family", name=op.f("pk_dirty_base_family")),
    )


def downgrade() -> None:
    """Undo; the next analysis of this release makes all of it again."""
    for name in reversed(_TABLES):
        op.drop_table(name)
