"""Records as rows: every statement that the registry says to its database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ..errors import UsageError
from ..evidence import Media
from .record import MARK, Binding, Record, now
from .tables import bindings, blobs, clock, payloads, records, tombstones

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

_HEAD = 64  # hex digits of a binding's value that the index holds


def insert(connection: Connection, record: Record) -> None:
    """Store a record with its bindings, payloads and manifest.

    Raises:
        UsageError: the id is taken or was deleted, or a payload belongs to another record.
    """
    seq = _tick(connection)
    if connection.execute(sa.select(records.c.seq).where(records.c.id == record.id)).first():
        raise UsageError(f"record {record.id} is already in the registry")
    if connection.execute(sa.select(tombstones.c.seq).where(tombstones.c.record_id == record.id)).first():
        raise UsageError(f"record {record.id} was deleted from this registry and cannot come back; give it a new id")
    connection.execute(records.insert().values(seq=seq, **_columns(connection, record)))
    if record.bindings:
        connection.execute(bindings.insert(), [_binding(seq, i, b) for i, b in enumerate(record.bindings)])
    for binding in record.bindings:
        if binding.algorithm.startswith(MARK):
            _claim(connection, binding.algorithm.removeprefix(MARK), binding.value_hex, record.id)


def _tick(connection: Connection) -> int:
    """The next number; no other writer gets one before this transaction ends."""
    connection.execute(clock.update().values(seq=clock.c.seq + 1))
    return int(connection.execute(sa.select(clock.c.seq)).scalar_one())


def _columns(connection: Connection, record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "created_at": record.created_at,
        "sha256": record.sha256,
        "media": record.media.value,
        "format": record.format,
        "origin": record.origin,
        "title": record.title,
        "creation": json.dumps(record.creation, ensure_ascii=True, sort_keys=True),
        "manifest_label": record.manifest_label,
        "manifest_sha256": None if record.manifest is None else _keep(connection, record.manifest),
        "produce_id": record.produce_id,
        "parents": json.dumps(record.parents),
    }


def _keep(connection: Connection, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    if not connection.execute(sa.select(blobs.c.sha256).where(blobs.c.sha256 == digest)).first():
        connection.execute(blobs.insert().values(sha256=digest, data=data))
    return digest


def _binding(seq: int, position: int, binding: Binding) -> dict[str, Any]:
    return {
        "record_seq": seq,
        "position": position,
        "algorithm": binding.algorithm,
        "scope": binding.scope,
        "head": binding.value_hex[:_HEAD],
        "value": binding.value_hex,
    }


def _claim(connection: Connection, method: str, payload: str, owner: str) -> None:
    key = sa.and_(payloads.c.method == method, payloads.c.payload == _shortest(payload))
    row = connection.execute(sa.select(payloads.c.record_id).where(key)).first()
    if row is None:
        new = {"method": method, "payload": _shortest(payload), "record_id": owner, "reserved_at": now()}
        connection.execute(payloads.insert().values(new))
    elif row.record_id is None:
        connection.execute(payloads.update().where(key).values(record_id=owner))
    elif row.record_id != owner:
        raise UsageError(f"payload {payload} of {method} belongs to another record; take one from new_payload")


def reserve(connection: Connection, method: str, payload: int) -> bool:
    """Whether `payload` was free and is now reserved."""
    _tick(connection)
    key = sa.and_(payloads.c.method == method, payloads.c.payload == f"{payload:x}")
    if connection.execute(sa.select(payloads.c.method).where(key)).first():
        return False
    connection.execute(payloads.insert().values(method=method, payload=f"{payload:x}", reserved_at=now()))
    return True


def uses(connection: Connection, method: str) -> bool:
    """Whether any payload of that method was ever reserved."""
    return (
        connection.execute(sa.select(payloads.c.method).where(payloads.c.method == method).limit(1)).first() is not None
    )


def binds(connection: Connection, algorithm: str) -> bool:
    """Whether any record is bound to a value of that algorithm."""
    query = sa.select(bindings.c.record_seq).where(bindings.c.algorithm == algorithm).limit(1)
    return connection.execute(query).first() is not None


def _shortest(payload: str) -> str:
    """The hex number without leading zeros: methods differ in how many they write."""
    return payload.lower().lstrip("0") or "0"


def by_id(record_id: str) -> ColumnElement[bool]:
    """Selects the record of that id."""
    return records.c.id == record_id


def by_digest(sha256: str) -> ColumnElement[bool]:
    """Selects records whose final file has that digest."""
    return records.c.sha256 == sha256.lower()


def by_manifest(label: str) -> ColumnElement[bool]:
    """Selects records whose active manifest bears that label."""
    return sa.and_(records.c.manifest_label == label, records.c.manifest_label != "")


def by_payload(method: str, payload: str) -> ColumnElement[bool]:
    """Selects the record that the payload of a watermark leads to."""
    owner = sa.select(payloads.c.record_id).where(
        payloads.c.method == method.removeprefix(MARK), payloads.c.payload == _shortest(payload)
    )
    return records.c.id.in_(owner)


def by_binding(algorithm: str, value: str) -> ColumnElement[bool]:
    """Selects records that are bound to exactly that value."""
    owner = sa.select(bindings.c.record_seq).where(
        bindings.c.algorithm == algorithm, bindings.c.head == value[:_HEAD], bindings.c.value == value
    )
    return records.c.seq.in_(owner)


def after(connection: Connection, record_id: str) -> ColumnElement[bool]:
    """Selects records stored after that one, which may have been deleted since.

    Raises:
        UsageError: there never was such a record.
    """
    if not record_id:
        return sa.true()
    seq = connection.execute(sa.select(records.c.seq).where(records.c.id == record_id)).scalar()
    if seq is None:
        gone = sa.select(tombstones.c.record_seq).where(tombstones.c.record_id == record_id)
        seq = connection.execute(gone).scalar()
    if seq is None:
        raise UsageError(f"no record {record_id} in the registry to go on after")
    return records.c.seq > int(seq)


def select(connection: Connection, which: ColumnElement[bool], *, limit: int = 1000) -> tuple[Record, ...]:
    """Whole records, oldest first."""
    query = sa.select(records, blobs.c.data).outerjoin(blobs, records.c.manifest_sha256 == blobs.c.sha256)
    rows = connection.execute(query.where(which).order_by(records.c.seq).limit(limit)).all()
    bound: dict[int, list[Binding]] = {row.seq: [] for row in rows}
    found = sa.select(bindings).where(bindings.c.record_seq.in_(list(bound)))
    for row in connection.execute(found.order_by(bindings.c.record_seq, bindings.c.position)):
        bound[row.record_seq].append(Binding(row.algorithm, row.value, row.scope))
    return tuple(_record(row, bound[row.seq]) for row in rows)


def _record(row: Row[Any], bound: Sequence[Binding]) -> Record:
    return Record(
        id=row.id,
        created_at=row.created_at,
        sha256=row.sha256,
        media=Media(row.media),
        format=row.format,
        origin=row.origin,
        title=row.title,
        creation=json.loads(row.creation),
        bindings=tuple(bound),
        manifest_label=row.manifest_label,
        manifest=None if row.data is None else bytes(row.data),
        produce_id=row.produce_id,
        parents=tuple(json.loads(row.parents)),
    )


def ids(connection: Connection, seqs: Iterable[int]) -> dict[int, str]:
    """The ids of the records of those numbers that are still there."""
    wanted, found = sorted(seqs), {}
    for start in range(0, len(wanted), 500):  # databases limit the values of one statement
        query = sa.select(records.c.seq, records.c.id).where(records.c.seq.in_(wanted[start : start + 500]))
        found.update({int(row.seq): str(row.id) for row in connection.execute(query)})
    return found


def delete(connection: Connection, record_id: str) -> bool:
    """Remove a record and what only it refers to; its id and payloads stay taken. False when there is none."""
    seq = _tick(connection)
    row = connection.execute(sa.select(records.c.seq, records.c.manifest_sha256).where(by_id(record_id))).first()
    if row is None:
        return False
    connection.execute(bindings.delete().where(bindings.c.record_seq == row.seq))
    connection.execute(records.delete().where(records.c.seq == row.seq))
    used = sa.select(records.c.seq).where(records.c.manifest_sha256 == blobs.c.sha256)
    connection.execute(blobs.delete().where(blobs.c.sha256 == row.manifest_sha256, ~sa.exists(used)))
    gone = {"seq": seq, "record_seq": row.seq, "record_id": record_id, "deleted_at": now()}
    connection.execute(tombstones.insert().values(gone))
    return True


def count(connection: Connection) -> int:
    """How many records there are."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(records)).scalar_one())


def tally(connection: Connection) -> dict[str, Any]:
    """Numbers of records by media and origin, of bindings by algorithm, of payloads, manifests and deletions."""

    def by(column: sa.Column[Any]) -> dict[str, int]:
        query = sa.select(column, sa.func.count()).group_by(column).order_by(column)
        return {str(name): int(n) for name, n in connection.execute(query)}

    def size(table: sa.Table) -> int:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())

    return {
        "records": count(connection),
        "media": by(records.c.media),
        "origins": by(records.c.origin),
        "bindings": by(bindings.c.algorithm),
        "payloads": size(payloads),
        "manifests": size(blobs),
        "deleted": size(tombstones),
    }


def fingerprints_after(connection: Connection, seq: int, algorithm: str, limit: int) -> list[tuple[int, str, str]]:
    """(record number, value, scope) of fingerprints of records numbered above `seq`, in that order.

    At most about `limit`, but never half of a record's.
    """
    query = sa.select(bindings.c.record_seq, bindings.c.value, bindings.c.scope).where(
        bindings.c.algorithm == algorithm, bindings.c.record_seq > seq
    )
    found = [tuple(row) for row in connection.execute(query.order_by(bindings.c.record_seq).limit(limit))]
    if len(found) == limit:
        whole = [row for row in found if row[0] != found[-1][0]]
        found = whole or found
    return found


def deletions_after(connection: Connection, seq: int) -> list[tuple[int, int]]:
    """(number of the deletion, number of the deleted record) above `seq`, in order."""
    query = sa.select(tombstones.c.seq, tombstones.c.record_seq).where(tombstones.c.seq > seq)
    return [(row.seq, row.record_seq) for row in connection.execute(query.order_by(tombstones.c.seq))]
