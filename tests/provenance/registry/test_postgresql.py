"""The registry in PostgreSQL, on a server of the test's own: the same laws, and writers of several processes."""

import glob
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from records import record, writer

from indicia.provenance.errors import UsageError
from indicia.provenance.fingerprints import Fingerprint
from indicia.provenance.registry import Binding, Near, Registry

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def postgresql_server() -> Iterator[str]:
    """The URL of a fresh server that listens on a socket in a folder of its own; it ends with the module."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    initdb = shutil.which("initdb") or (programs[-1] if programs else "")
    if not initdb:
        pytest.skip("PostgreSQL IS NOT INSTALLED: the registry was not tested on it (apt-get install postgresql)")
    # PostgreSQL refuses to run as root; the package made a user for it.
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    try:
        if user:
            shutil.chown(folder, "postgres")
        data = folder / "data"
        subprocess.run([*user, initdb, "-D", str(data), "-U", "indicia", "-A", "trust", "-E", "UTF8", "--no-sync"],
                       check=True, capture_output=True)  # fmt: skip
        control = [*user, str(Path(initdb).with_name("pg_ctl")), "-D", str(data), "-w"]
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run(
            [*control, "-o", options, "-l", str(folder / "log"), "start"], check=True, stdout=subprocess.DEVNULL
        )
        try:
            yield f"postgresql://indicia@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(postgresql_server: str) -> str:
    """The server's database, emptied."""
    engine = sa.create_engine(postgresql_server.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    return postgresql_server


def test_a_record_comes_back_by_every_way(url: str) -> None:
    with Registry.open(url) as registry:
        payload = registry.new_payload("tile@1", 64)
        one = record(
            title="山水 🎨",
            creation={"model": "m\0x", "seed": 7},
            bindings=(Binding("mark:tile@1", f"{payload:016x}"), Binding("sketch@1", "0f" * 1028, "final")),
            manifest_label="urn:c2pa:1",
            manifest=b"\0jumb" * 1000,
        )
        registry.add(one)

        assert one == registry.get(one.id)
        assert (one,) == registry.by_digest("A" * 64)
        assert one == registry.by_manifest("urn:c2pa:1")
        assert one == registry.by_payload("tile@1", f"{payload:x}")
        assert (one,) == registry.by_binding("sketch@1", "0f" * 1028)
        with pytest.raises(UsageError, match="already"):
            registry.add(one)


def test_a_search_that_runs_sees_what_others_add_and_delete(url: str) -> None:
    query = [Fingerprint("pdq@1", "0" * 64)]
    with Registry.open(url) as reader, Registry.open(url) as other:
        assert () == reader.near(query)

        one = record(bindings=(Binding("pdq@1", "0" * 63 + "1", "final"),))
        other.add(one)
        assert (Near(one.id, "pdq@1", 1, "final"),) == reader.near(query)

        other.delete(one.id)
        assert () == reader.near(query)


def test_processes_that_start_together_share_one_registry(url: str) -> None:
    processes = [writer(url, f"p{n}", 40) for n in range(3)]
    with Registry.open(url) as watcher:
        while any(process.poll() is None for process in processes):
            watcher.near([Fingerprint("pdq@1", "0" * 64)])  # the index tails while rows are being committed

        failures = [process.communicate(timeout=120)[1].decode() for process in processes]

        assert ["", "", ""] == failures
        stored = list(watcher)
        assert 120 == len(stored)
        assert 120 == len({one.values("mark:small@1")[0] for one in stored})
        assert 120 == len(watcher.near([Fingerprint("pdq@1", "0" * 64)], radius=6))  # and missed none of them


def test_a_shared_database_keeps_its_other_tables(url: str) -> None:
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num varchar(32))"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('theirs')"))

    with Registry.open(url) as registry:
        registry.add(record())

    with engine.begin() as connection:
        assert "theirs" == connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    engine.dispose()
