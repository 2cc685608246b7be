"""Initial schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from auditor.store.columns import ByteOrderedText, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "blob",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("is_measured", sa.Boolean(), nullable=False),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_blob_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blob")),
        sa.UniqueConstraint("digest", name=op.f("uq_blob_digest")),
    )
    op.create_table(
        "dirty_blob",
        sa.Column("scope_id", sa.BigInteger(), nullable=False),
        sa.Column("blob_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope_id", "blob_id", name=op.f("pk_dirty_blob")),
    )
    op.create_table(
        "dirty_repository",
        sa.Column("repository_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_dirty_repository")),
    )
    op.create_table(
        "media_type",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_type")),
        sa.UniqueConstraint("name", name=op.f("uq_media_type_name")),
    )
    op.create_table(
        "registry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", ByteOrderedText(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("lists_untagged", sa.Boolean(), nullable=False),
        sa.Column("lists_repositories", sa.Boolean(), nullable=False),
        sa.Column("first_complete_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_complete_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("guarded_tags", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry")),
        sa.UniqueConstraint("name", name=op.f("uq_registry_name")),
    )
    op.create_table(
        "crawl",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "registry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("repositories", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.BigInteger(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("bytes_fetched", sa.BigInteger(), nullable=False),
        sa.Column("problem_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registry.id"], name=op.f("fk_crawl_registry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crawl")),
    )
    with op.batch_alter_table("crawl", schema=None) as batch_op:
        batch_op.create_index(
            "ix_crawl_registry_started", ["registry_id", "started_at"], unique=False
        )

    op.create_table(
        "image_config",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("os", sa.Text(), nullable=False),
        sa.Column("architecture", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("os_version", sa.Text(), nullable=False),
        sa.Column("diff_ids", sa.JSON(), nullable=False),
        sa.Column("history", sa.JSON(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["blob.id"], name=op.f("fk_image_config_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_config")),
    )
    op.create_table(
        "manifest",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "media_type_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("config_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "config_media_type_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("artifact_type", sa.Text(), nullable=False),
        sa.Column("annotations", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["config_id"], ["blob.id"], name=op.f("fk_manifest_config_id")),
        sa.ForeignKeyConstraint(
            ["config_media_type_id"],
            ["media_type.id"],
            name=op.f("fk_manifest_config_media_type_id"),
        ),
        sa.ForeignKeyConstraint(["id"], ["blob.id"], name=op.f("fk_manifest_id")),
        sa.ForeignKeyConstraint(
            ["media_type_id"], ["media_type.id"], name=op.f("fk_manifest_media_type_id")
        ),
        sa.ForeignKeyConstraint(["subject_id"], ["blob.id"], name=op.f("fk_manifest_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest")),
    )
    with op.batch_alter_table("manifest", schema=None) as batch_op:
        batch_op.create_index("ix_manifest_config", ["config_id"], unique=False)

    op.create_table(
        "registry_history",
        sa.Column(
            "registry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("logical_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registry.id"], name=op.f("fk_registry_history_registry_id")
        ),
        sa.PrimaryKeyConstraint("registry_id", "since", name=op.f("pk_registry_history")),
    )
    op.create_table(
        "registry_total",
        sa.Column(
            "registry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("repositories", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.BigInteger(), nullable=False),
        sa.Column("images", sa.BigInteger(), nullable=False),
        sa.Column("logical_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.Column("growth_as_of", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registry.id"], name=op.f("fk_registry_total_registry_id")
        ),
        sa.PrimaryKeyConstraint("registry_id", name=op.f("pk_registry_total")),
    )
    op.create_table(
        "size_claim",
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_size_claim_blob_id")),
        sa.PrimaryKeyConstraint("blob_id", "size_bytes", name=op.f("pk_size_claim")),
    )
    op.create_table(
        "storage_scope",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "registry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", ByteOrderedText(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registry.id"], name=op.f("fk_storage_scope_registry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_scope")),
    )
    with op.batch_alter_table("storage_scope", schema=None) as batch_op:
        batch_op.create_index(
            "uq_storage_scope_registry_name", ["registry_id", "name"], unique=True
        )

    op.create_table(
        "absence",
        sa.Column("crawl_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_tag", sa.Boolean(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawl.id"], name=op.f("fk_absence_crawl_id")),
        sa.PrimaryKeyConstraint("crawl_id", "is_tag", "row_id", name=op.f("pk_absence")),
    )
    op.create_table(
        "image",
        sa.Column(
            "manifest_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("os", sa.Text(), nullable=False),
        sa.Column("architecture", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("layer_count", sa.BigInteger(), nullable=False),
        sa.Column("layer_chain", sa.LargeBinary(), nullable=True),
        sa.Column("diff_chain", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["manifest_id"], ["manifest.id"], name=op.f("fk_image_manifest_id")
        ),
        sa.PrimaryKeyConstraint("manifest_id", name=op.f("pk_image")),
    )
    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.create_index("ix_image_diff_chain", ["diff_chain"], unique=False)
        batch_op.create_index("ix_image_layer_chain", ["layer_chain"], unique=False)

    op.create_table(
        "manifest_blob",
        sa.Column(
            "manifest_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "media_type_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("is_foreign", sa.Boolean(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_manifest_blob_position")),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_manifest_blob_blob_id")),
        sa.ForeignKeyConstraint(
            ["manifest_id"], ["manifest.id"], name=op.f("fk_manifest_blob_manifest_id")
        ),
        sa.ForeignKeyConstraint(
            ["media_type_id"], ["media_type.id"], name=op.f("fk_manifest_blob_media_type_id")
        ),
        sa.PrimaryKeyConstraint("manifest_id", "role", "position", name=op.f("pk_manifest_blob")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("manifest_blob", schema=None) as batch_op:
        batch_op.create_index("ix_manifest_blob_blob", ["blob_id"], unique=False)

    op.create_table(
        "manifest_child",
        sa.Column(
            "manifest_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("child_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "media_type_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("os", sa.Text(), nullable=False),
        sa.Column("architecture", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("os_version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["child_id"], ["blob.id"], name=op.f("fk_manifest_child_child_id")),
        sa.ForeignKeyConstraint(
            ["manifest_id"], ["manifest.id"], name=op.f("fk_manifest_child_manifest_id")
        ),
        sa.ForeignKeyConstraint(
            ["media_type_id"], ["media_type.id"], name=op.f("fk_manifest_child_media_type_id")
        ),
        sa.PrimaryKeyConstraint("manifest_id", "position", name=op.f("pk_manifest_child")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("manifest_child", schema=None) as batch_op:
        batch_op.create_index("ix_manifest_child_child", ["child_id"], unique=False)

    op.create_table(
        "problem",
        sa.Column("crawl_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["crawl_id"], ["crawl.id"], name=op.f("fk_problem_crawl_id")),
        sa.PrimaryKeyConstraint("crawl_id", "position", name=op.f("pk_problem")),
    )
    op.create_table(
        "repository",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "registry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("scope_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", ByteOrderedText(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("removed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("missing_since", UtcDateTime(timezone=True), nullable=True),
        sa.Column("is_incomplete", sa.Boolean(), nullable=False),
        sa.Column("last_crawl_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registry.id"], name=op.f("fk_repository_registry_id")
        ),
        sa.ForeignKeyConstraint(
            ["scope_id"], ["storage_scope.id"], name=op.f("fk_repository_scope_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository")),
    )
    with op.batch_alter_table("repository", schema=None) as batch_op:
        batch_op.create_index(
            "ix_repository_incomplete",
            ["scope_id"],
            unique=False,
            sqlite_where=sa.text("is_incomplete"),
            postgresql_where=sa.text("is_incomplete"),
        )
        batch_op.create_index("uq_repository_registry_name", ["registry_id", "name"], unique=True)

    op.create_table(
        "scope_blob",
        sa.Column("scope_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("repositories", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("is_image", sa.Boolean(), nullable=False),
        sa.CheckConstraint("repositories > 0", name=op.f("ck_scope_blob_repositories")),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_scope_blob_blob_id")),
        sa.ForeignKeyConstraint(
            ["scope_id"], ["storage_scope.id"], name=op.f("fk_scope_blob_scope_id")
        ),
        sa.PrimaryKeyConstraint("scope_id", "blob_id", name=op.f("pk_scope_blob")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scope_total",
        sa.Column("scope_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "registry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("repositories", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.BigInteger(), nullable=False),
        sa.Column("images", sa.BigInteger(), nullable=False),
        sa.Column("logical_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registry.id"], name=op.f("fk_scope_total_registry_id")
        ),
        sa.ForeignKeyConstraint(
            ["scope_id"], ["storage_scope.id"], name=op.f("fk_scope_total_scope_id")
        ),
        sa.PrimaryKeyConstraint("scope_id", name=op.f("pk_scope_total")),
    )
    with op.batch_alter_table("scope_total", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_scope_total_registry_id"), ["registry_id"], unique=False
        )

    op.create_table(
        "presence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "manifest_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("missing_since", UtcDateTime(timezone=True), nullable=True),
        sa.Column("checked_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("is_rooted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manifest_id"], ["manifest.id"], name=op.f("fk_presence_manifest_id")
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_presence_repository_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
    )
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.create_index("ix_presence_manifest", ["manifest_id"], unique=False)
        batch_op.create_index(
            "uq_presence_open",
            ["repository_id", "manifest_id"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.create_table(
        "repository_blob",
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("blob_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("manifest_count", sa.BigInteger(), nullable=False),
        sa.Column("share_bytes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("manifest_count >= 0", name=op.f("ck_repository_blob_manifest_count")),
        sa.CheckConstraint("share_bytes >= 0", name=op.f("ck_repository_blob_share")),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_repository_blob_blob_id")),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_repository_blob_repository_id")
        ),
        sa.ForeignKeyConstraint(
            ["scope_id"], ["storage_scope.id"], name=op.f("fk_repository_blob_scope_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "blob_id", name=op.f("pk_repository_blob")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("repository_blob", schema=None) as batch_op:
        batch_op.create_index("ix_repository_blob_scope", ["scope_id", "blob_id"], unique=False)

    op.create_table(
        "repository_history",
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("logical_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.Column("exclusive_bytes", sa.BigInteger(), nullable=False),
        sa.Column("fair_share_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_repository_history_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "since", name=op.f("pk_repository_history")),
    )
    with op.batch_alter_table("repository_history", schema=None) as batch_op:
        batch_op.create_index("ix_repository_history_since", ["since"], unique=False)

    op.create_table(
        "repository_total",
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "registry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("scope_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tags", sa.BigInteger(), nullable=False),
        sa.Column("images", sa.BigInteger(), nullable=False),
        sa.Column("image_bytes", sa.BigInteger(), nullable=True),
        sa.Column("image_tag", sa.Text(), nullable=True),
        sa.Column("logical_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.Column("exclusive_bytes", sa.BigInteger(), nullable=False),
        sa.Column("fair_share_bytes", sa.BigInteger(), nullable=False),
        sa.Column("growth_bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registry_id"], ["registry.id"], name=op.f("fk_repository_total_registry_id")
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_repository_total_repository_id")
        ),
        sa.ForeignKeyConstraint(
            ["scope_id"], ["storage_scope.id"], name=op.f("fk_repository_total_scope_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_repository_total")),
    )
    with op.batch_alter_table("repository_total", schema=None) as batch_op:
        batch_op.create_index("ix_repository_total_exclusive", ["exclusive_bytes"], unique=False)
        batch_op.create_index("ix_repository_total_fair", ["fair_share_bytes"], unique=False)
        batch_op.create_index(
            "ix_repository_total_growth",
            ["growth_bytes"],
            unique=False,
            postgresql_ops={"growth_bytes": "DESC NULLS LAST"},
        )
        batch_op.create_index(
            "ix_repository_total_image",
            ["image_bytes"],
            unique=False,
            postgresql_ops={"image_bytes": "DESC NULLS LAST"},
        )
        batch_op.create_index("ix_repository_total_logical", ["logical_bytes"], unique=False)
        batch_op.create_index("ix_repository_total_registry", ["registry_id"], unique=False)
        batch_op.create_index("ix_repository_total_scope", ["scope_id"], unique=False)
        batch_op.create_index("ix_repository_total_stored", ["stored_bytes"], unique=False)
        batch_op.create_index("ix_repository_total_tags", ["tags"], unique=False)

    op.create_table(
        "tag",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "repository_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", ByteOrderedText(), nullable=False),
        sa.Column(
            "manifest_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("missing_since", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name=op.f("fk_tag_manifest_id")),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_tag_repository_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
    )
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.create_index("ix_tag_manifest", ["manifest_id"], unique=False)
        batch_op.create_index(
            "uq_tag_open",
            ["repository_id", "name"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("tag", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_tag_open",
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )
        batch_op.drop_index("ix_tag_manifest")

    op.drop_table("tag")
    with op.batch_alter_table("repository_total", schema=None) as batch_op:
        batch_op.drop_index("ix_repository_total_tags")
        batch_op.drop_index("ix_repository_total_stored")
        batch_op.drop_index("ix_repository_total_scope")
        batch_op.drop_index("ix_repository_total_registry")
        batch_op.drop_index("ix_repository_total_logical")
        batch_op.drop_index(
            "ix_repository_total_image", postgresql_ops={"image_bytes": "DESC NULLS LAST"}
        )
        batch_op.drop_index(
            "ix_repository_total_growth", postgresql_ops={"growth_bytes": "DESC NULLS LAST"}
        )
        batch_op.drop_index("ix_repository_total_fair")
        batch_op.drop_index("ix_repository_total_exclusive")

    op.drop_table("repository_total")
    with op.batch_alter_table("repository_history", schema=None) as batch_op:
        batch_op.drop_index("ix_repository_history_since")

    op.drop_table("repository_history")
    with op.batch_alter_table("repository_blob", schema=None) as batch_op:
        batch_op.drop_index("ix_repository_blob_scope")

    op.drop_table("repository_blob")
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_presence_open",
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )
        batch_op.drop_index("ix_presence_manifest")

    op.drop_table("presence")
    with op.batch_alter_table("scope_total", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scope_total_registry_id"))

    op.drop_table("scope_total")
    op.drop_table("scope_blob")
    with op.batch_alter_table("repository", schema=None) as batch_op:
        batch_op.drop_index("uq_repository_registry_name")
        batch_op.drop_index(
            "ix_repository_incomplete",
            sqlite_where=sa.text("is_incomplete"),
            postgresql_where=sa.text("is_incomplete"),
        )

    op.drop_table("repository")
    op.drop_table("problem")
    with op.batch_alter_table("manifest_child", schema=None) as batch_op:
        batch_op.drop_index("ix_manifest_child_child")

    op.drop_table("manifest_child")
    with op.batch_alter_table("manifest_blob", schema=None) as batch_op:
        batch_op.drop_index("ix_manifest_blob_blob")

    op.drop_table("manifest_blob")
    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.drop_index("ix_image_layer_chain")
        batch_op.drop_index("ix_image_diff_chain")

    op.drop_table("image")
    op.drop_table("absence")
    with op.batch_alter_table("storage_scope", schema=None) as batch_op:
        batch_op.drop_index("uq_storage_scope_registry_name")

    op.drop_table("storage_scope")
    op.drop_table("size_claim")
    op.drop_table("registry_total")
    op.drop_table("registry_history")
    with op.batch_alter_table("manifest", schema=None) as batch_op:
        batch_op.drop_index("ix_manifest_config")

    op.drop_table("manifest")
    op.drop_table("image_config")
    with op.batch_alter_table("crawl", schema=None) as batch_op:
        batch_op.drop_index("ix_crawl_registry_started")

    op.drop_table("crawl")
    op.drop_table("registry")
    op.drop_table("media_type")
    op.drop_table("dirty_repository")
    op.drop_table("dirty_blob")
    op.drop_table("blob")
