"""A connection to the registry's database: opened, migrated, and with its errors put in words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool, StaticPool

from ..errors import IndiciaError, MissingExtra, UnreadableFile, UsageError, WriteFailed
from .tables import VERSION_TABLE

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HEAD = "0001"  # the newest migration; a test holds it to the files in migrations/versions
BUSY_SECONDS = 30  # how long a writer waits for another one
_MIGRATION_LOCK = 0x1D1C1A  # any number that no other program uses for its PostgreSQL advisory locks


@dataclass(frozen=True, slots=True)
class Database:
    """An engine and the name to call it by: its URL without the password."""

    engine: Engine
    name: str

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the registry."""
        with self._said(UsageError, "cannot be read"), self.engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of what is done in it is kept, or nothing."""
        writer = self.engine.execution_options(indicia_begin="BEGIN IMMEDIATE")
        with self._said(WriteFailed, "not written"), writer.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _said(self, kind: type[IndiciaError], what: str) -> Iterator[None]:
        try:
            yield
        except exc.SQLAlchemyError as error:
            raise kind(f"registry {self.name}: {what} ({_cause(error)})") from error


def open_database(url: str, *, create: bool = True) -> Database:
    """The database at `url` (or a SQLite file at a plain path), at the newest migration.

    Raises:
        UsageError: not a URL, not a registry, or one that a newer indicia wrote.
        UnreadableFile: `create` is false and there is no file.
        MissingExtra: the driver is not installed.
        WriteFailed: it cannot be made or migrated.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        _make_file(parsed, create)
    database = Database(_engine(parsed), parsed.render_as_string(hide_password=True))
    try:
        with database.reading() as connection:
            revision = revision_of(connection)
        if revision != HEAD:
            _migrate(database)
    except BaseException:
        database.engine.dispose()
        raise
    return database


def revision_of(connection: Connection) -> str:
    """The migration the database stands at; empty when it holds no registry yet."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return ""
    return str(connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() or "")  # noqa: S608


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url if "://" in url else f"sqlite:///{url}")
    except exc.ArgumentError as error:
        raise UsageError(f"registry {url!r}: not a database URL; write sqlite:///PATH or postgresql://...") from error
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() != "sqlite":
            return sa.create_engine(url, pool_pre_ping=True)
        # A connection a use: nothing is left open, and a process that forks shares none with its child.
        pool = StaticPool if _sqlite_path(url) is None else NullPool
        engine = sa.create_engine(url, poolclass=pool, connect_args={"timeout": BUSY_SECONDS})
    except ModuleNotFoundError as error:
        if url.get_backend_name() == "postgresql":
            raise MissingExtra("a registry in PostgreSQL", "postgres") from error
        raise UsageError(f"the registry's database driver is not installed: pip install {error.name}") from error
    except exc.SQLAlchemyError as error:
        raise UsageError(f"no such kind of database: {url.drivername} ({error})") from error
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _: Any) -> None:
    """Take transactions out of the driver's hands: it would begin them too late, and not at all before DDL."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _on_begin(connection: Connection) -> None:
    # A transaction that reads first and writes later may fail for a lock at once; a writer asks for it at the start.
    connection.exec_driver_sql(str(connection.get_execution_options().get("indicia_begin", "BEGIN")))


def _sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite URL; None in memory or where SQLite itself parses a file: URI."""
    name = url.database or ""
    return None if name in ("", ":memory:") or name.startswith("file:") else Path(name)


def _make_file(url: URL, create: bool) -> None:
    """An empty file that only its owner may read, in a folder of its own, before SQLite would make an open one."""
    path = _sqlite_path(url)
    if path is None or path.exists():
        return
    if not create:
        raise UnreadableFile(f"registry {path}: there is none yet; it is made when the first record is added")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):  # another process was first
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise WriteFailed(f"registry {path}: cannot be made ({error.strerror}); set INDICIA_REGISTRY") from error


def _migrate(database: Database) -> None:
    """Bring the schema to `HEAD`, in one transaction; one process at a time."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    _write_ahead(database)
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        revision = revision_of(connection)
        if revision and revision not in known:
            raise UsageError(
                f"registry {database.name}: a newer indicia wrote it (schema {revision}, this one knows {HEAD}); "
                "upgrade indicia, or name another registry in INDICIA_REGISTRY"
            )
        if revision != HEAD:
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)


def _write_ahead(database: Database) -> None:
    """Switch a SQLite file to its write-ahead log: many readers beside one writer. The file remembers it."""
    if database.engine.dialect.name != "sqlite":
        return
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            with contextlib.closing(database.engine.raw_connection()) as raw:
                raw.cursor().execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.Error as error:  # the switch needs the file alone, and SQLite does not wait for that
            if "locked" not in str(error) or time.monotonic() > end:
                raise WriteFailed(f"registry {database.name}: not written ({_advised(str(error))})") from error
            time.sleep(0.05)


_ADVICE = {
    "readonly": "make the file and its folder writable, or set INDICIA_REGISTRY",
    "is full": "free some space",
    "locked": f"another process held it for {BUSY_SECONDS} seconds",
    "not a database": "another program wrote that file; set INDICIA_REGISTRY",
    "unable to open": "check the path and its permissions, or set INDICIA_REGISTRY",
}


def _cause(error: exc.SQLAlchemyError) -> str:
    """What went wrong, in the database's own words: not the statement, whose values are the user's."""
    return _advised(str(error.orig) if isinstance(error, exc.DBAPIError) else str(error))


def _advised(text: str) -> str:
    hint = next((advice for sign, advice in _ADVICE.items() if sign in text), "")
    return "; ".join(part for part in (*text.strip().splitlines()[:1], hint) if part)
