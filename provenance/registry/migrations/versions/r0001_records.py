"""The first tables: records, bindings, payloads, blobs, tombstones and the clock."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and start the clock."""
    clock = op.create_table(
        "indicia_clock",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "indicia_blobs",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("data", sa.LargeBinary(1 << 30), nullable=False),
    )
    _records()
    op.create_table(
        "indicia_bindings",
        sa.Column("record_seq", sa.BigInteger, sa.ForeignKey("indicia_records.seq"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("algorithm", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_index("ix_indicia_bindings_algorithm_head", "indicia_bindings", ["algorithm", "head"])
    op.create_index("ix_indicia_bindings_algorithm_record_seq", "indicia_bindings", ["algorithm", "record_seq"])
    op.create_table(
        "indicia_payloads",
        sa.Column("method", sa.String(64), primary_key=True),
        sa.Column("payload", sa.String(128), primary_key=True),
        sa.Column("record_id", sa.String(36), index=True),
        sa.Column("reserved_at", sa.String(40), nullable=False),
    )
    op.create_table(
        "indicia_tombstones",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("record_seq", sa.BigInteger, nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("deleted_at", sa.String(40), nullable=False),
        sa.UniqueConstraint("record_id", name="uq_indicia_tombstones_record_id"),
    )
    op.bulk_insert(clock, [{"id": 1, "seq": 0}])


def _records() -> None:
    op.create_table(
        "indicia_records",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, index=True),
        sa.Column("media", sa.String(16), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("creation", sa.Text, nullable=False),
        sa.Column("manifest_label", sa.String(255), nullable=False, index=True),
        sa.Column("manifest_sha256", sa.String(64), sa.ForeignKey("indicia_blobs.sha256"), index=True),
        sa.Column("produce_id", sa.String(255), nullable=False, index=True),
        sa.Column("parents", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop all tables of the registry."""
    for table in ("tombstones", "payloads", "bindings", "records", "blobs", "clock"):
        op.drop_table(f"indicia_{table}")
