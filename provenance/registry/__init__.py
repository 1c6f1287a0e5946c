"""The registry: records of what was made, and every way back to them from a copy."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import home
from ..errors import UsageError
from ..fingerprints import Fingerprint, FingerprintMethod, Overlap, SequenceMethod, methods
from .record import Binding, Record, checked, new_id

if TYPE_CHECKING:
    from types import TracebackType

    from sqlalchemy import ColumnElement

    from .database import Database
    from .index import Hit, Tail

__all__ = ["Binding", "Near", "Record", "Registry", "new_id"]

_PAGE = 1000  # records held at once when all are gone through
_BATCH = 200_000  # fingerprints fetched at once into an index
_SEQUENCES = 200  # sequences fetched at once: one of an hour has 300 kB
_TRIES = 64  # random payloads tried before a method's numbers are said to be used up


@dataclass(frozen=True, slots=True)
class Near:
    """A record with a fingerprint near one that was looked for: the nearest one of each algorithm."""

    record_id: str
    algorithm: str
    distance: int  # bits; of a sequence, the mean of its elements
    scope: str
    overlap: Overlap | None = None  # of a sequence


class Registry:
    """Records in a database; several processes may use one at the same time. Open it with `Registry.open`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._indexes: dict[str, Tail] = {}

    @classmethod
    def open(cls, url: str | None = None, *, create: bool = True) -> Registry:
        """The registry at `url` (any SQLAlchemy URL, or the path of a SQLite file), else at `home.registry_url()`.

        A SQLite file is made if there is none (0600, unless `create` is false), and an older schema is brought up to
        date.

        Raises:
            UsageError: not a registry, or one that a newer indicia wrote.
            UnreadableFile: there is none, and `create` is false.
            MissingExtra: the database driver is not installed.
            WriteFailed: it cannot be made or brought up to date.
        """
        from .database import open_database

        return cls(open_database(url or home.registry_url(), create=create))

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. A registry that is used again opens new ones."""
        self._database.engine.dispose()

    @property
    def name(self) -> str:
        """The URL, without its password."""
        return self._database.name

    @property
    def revision(self) -> str:
        """The migration that the schema stands at."""
        from .database import revision_of

        with self._database.reading() as connection:
            return revision_of(connection)

    def add(self, record: Record) -> None:
        """Store a record: all of it, in one transaction, or nothing.

        Raises:
            UsageError: the id is taken, or a payload belongs to another record.
            BadContent: a field is not what it should be.
            WriteFailed: the database refuses.
        """
        from . import rows

        checked(record)
        with self._database.writing() as connection:
            rows.insert(connection, record)

    def get(self, id: str) -> Record | None:
        """The record of that id, or None."""
        from . import rows

        return _first(self._select(rows.by_id(id)))

    def by_digest(self, sha256: str) -> tuple[Record, ...]:
        """Records whose final file has that SHA-256 (hex), oldest first: a short text may be made twice."""
        from . import rows

        return self._select(rows.by_digest(sha256))

    def by_manifest(self, label: str) -> Record | None:
        """The record whose active manifest bears that label, or None."""
        from . import rows

        return _first(self._select(rows.by_manifest(label)))

    def by_payload(self, method: str, payload: str) -> Record | None:
        """The record that a watermark's payload (hex) leads to, or None; `method` is name@version."""
        from . import rows

        return _first(self._select(rows.by_payload(method, payload)))

    def uses(self, method: str) -> bool:
        """Whether any record can be found by that watermark (name@version); if not, it need not be looked for."""
        from . import rows

        with self._database.reading() as connection:
            return rows.uses(connection, method)

    def binds(self, algorithm: str) -> bool:
        """Whether any record is bound to a value of that algorithm (name@version)."""
        from . import rows

        with self._database.reading() as connection:
            return rows.binds(connection, algorithm)

    def by_binding(self, algorithm: str, value: str) -> tuple[Record, ...]:
        """Records bound to exactly that value, oldest first."""
        from . import rows

        return self._select(rows.by_binding(algorithm, value))

    def near(self, fingerprints: Sequence[Fingerprint], *, radius: int | None = None) -> tuple[Near, ...]:
        """Records with a fingerprint within `radius` bits (default: the method's `radius_near`), nearest first.

        Of sequences: records that overlap with them enough to count, whatever the radius. The search sees what any
        process stored or deleted before the call; of fingerprints that are no sequences it misses none.
        """
        from . import rows

        known = {f"{m.name}@{m.version}": m for m in methods()}
        found: dict[tuple[int, str], Hit] = {}
        for algorithm in dict.fromkeys(f.algorithm for f in fingerprints if f.algorithm in known):
            asked = [f for f in fingerprints if f.algorithm == algorithm]
            for hit in self._hits(algorithm, known[algorithm], asked, radius):
                found.setdefault((hit.record_seq, algorithm), hit)
        with self._database.reading() as connection:
            ids = rows.ids(connection, {seq for seq, _ in found})
        near = [
            Near(ids[seq], algorithm, hit.distance, hit.scope, hit.overlap)
            for (seq, algorithm), hit in found.items()
            if seq in ids
        ]
        return tuple(sorted(near, key=lambda hit: (hit.distance, hit.record_id)))

    def _hits(
        self, algorithm: str, method: FingerprintMethod, asked: Sequence[Fingerprint], radius: int | None
    ) -> tuple[Hit, ...]:
        """The stored fingerprints of one algorithm that are near, nearest first."""
        from .index import HammingIndex, SequenceIndex

        index: Tail
        if isinstance(method, SequenceMethod):
            index = self._indexes.setdefault(algorithm, SequenceIndex(method.bank()))
        else:
            index = self._indexes.setdefault(algorithm, HammingIndex(method.bits))
        self._refresh(index, algorithm)
        if isinstance(index, SequenceIndex):
            return index.overlaps(asked)
        assert isinstance(index, HammingIndex)  # noqa: S101 - made above
        return index.search([f.value for f in asked], method.radius_near if radius is None else radius)

    def _refresh(self, index: Tail, algorithm: str) -> None:
        from . import rows
        from .index import HammingIndex

        batch = _BATCH if isinstance(index, HammingIndex) else _SEQUENCES
        with self._database.reading() as connection:
            index.refresh(
                lambda seq: rows.fingerprints_after(connection, seq, algorithm, batch),
                lambda seq: rows.deletions_after(connection, seq),
            )

    def new_payload(self, method: str, bits: int) -> int:
        """A random number of at most `bits` bits that no record of `method` (name@version) had or will have.

        It is reserved at once; `add` gives it to the record that binds it as "mark:<method>".

        Raises:
            UsageError: the numbers of so short a payload are used up.
            WriteFailed: the database refuses.
        """
        from . import rows

        with self._database.writing() as connection:
            for _ in range(_TRIES):
                payload = secrets.randbelow((1 << bits) - 1) + 1  # never 0: the payload that damage makes most easily
                if rows.reserve(connection, method, payload):
                    return payload
        raise UsageError(f"nearly all {bits}-bit payloads of {method} are taken; use a method with a longer payload")

    def records(self, *, after: str = "", limit: int = _PAGE) -> tuple[Record, ...]:
        """Up to `limit` records in the order they were stored, from the one after the id `after`.

        Raises:
            UsageError: there never was a record `after`.
        """
        from . import rows

        with self._database.reading() as connection:
            return rows.select(connection, rows.after(connection, after), limit=limit)

    def __iter__(self) -> Iterator[Record]:
        page = self.records()
        while page:
            yield from page
            page = self.records(after=page[-1].id)

    def count(self) -> int:
        """How many records there are."""
        from . import rows

        with self._database.reading() as connection:
            return rows.count(connection)

    def stats(self) -> Mapping[str, Any]:
        """Counts of records by media and origin, of bindings by algorithm, of payloads, manifests and deletions."""
        from . import rows

        with self._database.reading() as connection:
            return rows.tally(connection)

    def delete(self, id: str) -> bool:
        """Remove a record for good, and tell running searches; False when there is none.

        Its id and its payloads stay taken, so that an old mark never leads to a new record.

        Raises:
            WriteFailed: the database refuses.
        """
        from . import rows

        with self._database.writing() as connection:
            return rows.delete(connection, id)

    def _select(self, which: ColumnElement[bool]) -> tuple[Record, ...]:
        from . import rows

        with self._database.reading() as connection:
            return rows.select(connection, which)


def _first(records: Sequence[Record]) -> Record | None:
    return records[0] if records else None
