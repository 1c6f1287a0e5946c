"""The tables of the registry: portable SQL, names of our own so that a database may be shared."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION_TABLE = "indicia_version"

metadata = MetaData()

# One row. Every writing transaction raises `seq` first and so holds the row until it commits: rows become visible
# in the order of their numbers, in any database, and a reader that asks for "all after n" misses none.
clock = Table(
    "indicia_clock",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)

# Content-addressed bytes: manifests and sidecars.
blobs = Table(
    "indicia_blobs",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("data", LargeBinary(1 << 30), nullable=False),
)

records = Table(
    "indicia_records",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False, unique=True),
    Column("created_at", String(40), nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("media", String(16), nullable=False),
    Column("format", String(32), nullable=False),
    Column("origin", String(32), nullable=False),
    Column("title", Text, nullable=False),
    Column("creation", Text, nullable=False),  # JSON
    Column("manifest_label", String(255), nullable=False, index=True),
    Column("manifest_sha256", String(64), ForeignKey("indicia_blobs.sha256"), index=True),
    Column("produce_id", String(255), nullable=False, index=True),
    Column("parents", Text, nullable=False),  # JSON
)

bindings = Table(
    "indicia_bindings",
    metadata,
    Column("record_seq", BigInteger, ForeignKey("indicia_records.seq"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("algorithm", String(64), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("head", String(64), nullable=False),  # the first 64 digits of the value: what an index may hold anywhere
    Column("value", Text, nullable=False),
    Index("ix_indicia_bindings_algorithm_head", "algorithm", "head"),
    Index("ix_indicia_bindings_algorithm_record_seq", "algorithm", "record_seq"),  # what an index in memory tails
)

# A payload is the number of a record and nothing else. Reserved before the mark is embedded, never given twice, not
# even after its record is deleted.
payloads = Table(
    "indicia_payloads",
    metadata,
    Column("method", String(64), primary_key=True),
    Column("payload", String(128), primary_key=True),  # hex without leading zeros
    Column("record_id", String(36), index=True),
    Column("reserved_at", String(40), nullable=False),
)

# What was deleted: only the numbers stay, so that running indexes and later imports learn of it.
tombstones = Table(
    "indicia_tombstones",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("record_seq", BigInteger, nullable=False),
    Column("record_id", String(36), nullable=False),
    Column("deleted_at", String(40), nullable=False),
    UniqueConstraint("record_id", name="uq_indicia_tombstones_record_id"),
)
