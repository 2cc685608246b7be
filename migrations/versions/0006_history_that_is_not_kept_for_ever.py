"""History can be removed: months that stay as sums, and indexes that find what ended"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from auditor.store.columns import UtcDateTime, WholeNumber

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENTS = ("history_from", "pruned_to")
_INTERVALS = ("presence", "tag")
_ENDED = sa.text("until IS NOT NULL")
_ABOUT = sa.text("subject_id IS NOT NULL")
_SIZES = ("logical", "stored", "exclusive", "fair_share")


def upgrade() -> None:
    """Apply."""
    for name in _MOMENTS:
        # Null in rows that the previous release writes: nothing was removed.
        op.add_column("registry", sa.Column(name, UtcDateTime(timezone=True), nullable=True))
    op.create_table(
        "repository_month",
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("month", UtcDateTime(timezone=True), nullable=False),
        *(sa.Column(name, WholeNumber(), nullable=False) for name in _SIZES),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_repository_month_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "month", name=op.f("pk_repository_month")),
    )
    op.create_table(
        "loose_manifest",
        sa.Column("manifest_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("manifest_id", name=op.f("pk_loose_manifest")),
    )
    for name in _INTERVALS:
        op.create_index(
            f"ix_{name}_ended", name, ["until", "id"], sqlite_where=_ENDED, postgresql_where=_ENDED
        )
    op.create_index(
        "ix_manifest_subject",
        "manifest",
        ["subject_id"],
        sqlite_where=_ABOUT,
        postgresql_where=_ABOUT,
    )
    # The other way round it finds a blob without its scope too, as does every foreign key.
    op.create_index("ix_repository_blob_holders", "repository_blob", ["blob_id", "scope_id"])
    op.drop_index("ix_repository_blob_scope", "repository_blob")
    op.create_index("ix_scope_blob_blob", "scope_blob", ["blob_id"])


def downgrade() -> None:
    """Undo; months that were removed stay removed."""
    op.drop_index("ix_scope_blob_blob", "scope_blob")
    op.create_index("ix_repository_blob_scope", "repository_blob", ["scope_id", "blob_id"])
    op.drop_index("ix_repository_blob_holders", "repository_blob")
    op.drop_index("ix_manifest_subject", "manifest")
    for name in reversed(_INTERVALS):
        op.drop_index(f"ix_{name}_ended", name)
    op.drop_table("loose_manifest")
    op.drop_table("repository_month")
    for name in reversed(_MOMENTS):
        # Not by a copy of the table, which others refer to.
        op.drop_column("registry", name)
