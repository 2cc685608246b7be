"""What to change in images, and what that would save"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from auditor.store.columns import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OPEN = sa.text("until IS NULL")
_BASED = sa.text("base_id IS NOT NULL")
_SAVINGS = ("pull_saving_bytes", "stored_saving_bytes")
_ORDERS = (("priority", "priority_bytes"), ("pull", "pull_saving_bytes"))


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "image_analysis",
        sa.Column("manifest_id", _row_id(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("base_id", _row_id(), nullable=True),
        sa.Column("base_layers", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manifest_id"], ["manifest.id"], name=op.f("fk_image_analysis_manifest_id")
        ),
        sa.ForeignKeyConstraint(
            ["base_id"], ["manifest.id"], name=op.f("fk_image_analysis_base_id")
        ),
        sa.PrimaryKeyConstraint("manifest_id", name=op.f("pk_image_analysis")),
    )
    op.create_index(
        "ix_image_analysis_base",
        "image_analysis",
        ["base_id"],
        sqlite_where=_BASED,
        postgresql_where=_BASED,
    )
    op.create_table(
        "image_finding",
        sa.Column("manifest_id", _row_id(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("first_layer", sa.SmallInteger(), nullable=False),
        sa.Column("added_bytes", sa.BigInteger(), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manifest_id"], ["manifest.id"], name=op.f("fk_image_finding_manifest_id")
        ),
        sa.PrimaryKeyConstraint("manifest_id", "position", name=op.f("pk_image_finding")),
        sqlite_with_rowid=False,
    )
    _create_finding()
    op.create_table(
        "repository_potential",
        sa.Column("repository_id", _row_id(), nullable=False),
        sa.Column("pull_saving_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_saving_bytes", sa.BigInteger(), nullable=False),
        sa.Column("priority_bytes", sa.BigInteger(), nullable=False),
        sa.Column("analysed_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_repository_potential_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_repository_potential")),
    )
    op.create_table(
        "stale_repository",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("is_moved", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_stale_repository")),
    )
    op.create_table(
        "ruleset",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruleset")),
    )
    for name in _SAVINGS:
        # Null in rows that the previous release writes: not analysed.
        op.add_column("repository_total", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column(
        "repository_total",
        sa.Column("potential_bytes", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.add_column(
        "registry_total", sa.Column("stored_saving_bytes", sa.BigInteger(), nullable=True)
    )
    op.create_index(
        "ix_repository_total_least_potential",
        "repository_total",
        ["registry_id", "potential_bytes", "name"],
    )
    op.create_index(
        "ix_repository_total_most_potential",
        "repository_total",
        ["registry_id", sa.text("potential_bytes DESC"), "name"],
    )


def _create_finding() -> None:
    op.create_table(
        "finding",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("repository_id", _row_id(), nullable=False),
        sa.Column("registry_id", _row_id(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("manifest_id", _row_id(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("confidence", sa.SmallInteger(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("images", "pull_saving_bytes", "stored_saving_bytes", "priority_bytes")
        ),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([f"{of}_id"], [f"{of}.id"], name=op.f(f"fk_finding_{of}_id"))
            for of in ("repository", "registry", "manifest")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(
        "uq_finding_open",
        "finding",
        ["repository_id", "rule", "key"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    for name, column in (*_ORDERS, ("stored", "stored_saving_bytes")):
        op.create_index(
            f"ix_finding_{name}",
            "finding",
            [column, "id"],
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )
    op.create_index("ix_finding_manifest", "finding", ["manifest_id"])
    op.create_index("ix_finding_registry", "finding", ["registry_id"])


def downgrade() -> None:
    """Undo; what was found is found again by the next analysis."""
    op.drop_index("ix_repository_total_most_potential", "repository_total")
    op.drop_index("ix_repository_total_least_potential", "repository_total")
    op.drop_column("registry_total", "stored_saving_bytes")
    op.drop_column("repository_total", "potential_bytes")
    for name in reversed(_SAVINGS):
        # Not by a copy of the table, which others refer to.
        op.drop_column("repository_total", name)
    for name in ("ruleset", "stale_repository", "repository_potential"):
        op.drop_table(name)
    for name in ("finding", "image_finding", "image_analysis"):
        op.drop_table(name)
