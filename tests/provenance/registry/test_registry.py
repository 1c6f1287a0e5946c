"""The registry: everything back as it was stored, found by every binding, with databases that refuse."""

import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import record, writer

from indicia.provenance.errors import (
    BadContent,
    IndiciaError,
    MissingExtra,
    UnreadableFile,
    UsageError,
    WriteFailed,
)
from indicia.provenance.fingerprints import Fingerprint
from indicia.provenance.registry import Binding, Near, Record, Registry
from indicia.provenance.registry.database import HEAD, open_database

PDQ = "0123456789abcdef" * 4


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'folder' / 'registry.db'}"


def test_a_record_comes_back_by_every_way(url: str) -> None:
    with Registry.open(url) as registry:
        payload = registry.new_payload("tile@1", 64)
        one = record(
            title="山水 🎨",
            creation={"model": "m", "seed": 7, "parameters": {"steps": [1, 2.5, None]}},
            bindings=(Binding("mark:tile@1", f"{payload:016x}"), Binding("pdq@1", PDQ, "final")),
            manifest_label="urn:c2pa:1",
            manifest=b"\0jumb",
            parents=("0" * 26,),
        )
        registry.add(one)

        assert one == registry.get(one.id)
        assert (one,) == registry.by_digest("A" * 64)
        assert one == registry.by_manifest("urn:c2pa:1")
        assert one == registry.by_payload("tile@1", f"{payload:x}")
        assert one == registry.by_payload("mark:tile@1", f"{payload:020X}")
        assert (one,) == registry.by_binding("pdq@1", PDQ)
        assert (Near(one.id, "pdq@1", 0, "final"),) == registry.near([Fingerprint("pdq@1", PDQ)])
        assert [one] == list(registry)


def test_what_is_not_there_is_none(url: str) -> None:
    with Registry.open(url) as registry:
        registry.add(record())

        assert registry.get("0" * 26) is None
        assert registry.by_manifest("") is None
        assert registry.by_payload("tile@1", "ff") is None
        assert () == registry.by_digest("b" * 64)
        assert () == registry.near([Fingerprint("pdq@1", PDQ)])
        assert () == registry.near([Fingerprint("unheard-of@1", PDQ)])
        assert not registry.delete("0" * 26)


def test_a_registry_is_for_its_owner_alone(url: str, tmp_path: Path) -> None:
    Registry.open(url).close()

    assert 0o600 == stat.S_IMODE((tmp_path / "folder" / "registry.db").stat().st_mode)
    assert 0o700 == stat.S_IMODE((tmp_path / "folder").stat().st_mode)


def test_a_plain_path_names_a_registry_too(tmp_path: Path) -> None:
    with Registry.open(str(tmp_path / "r.db")) as registry:
        registry.add(record())

    with Registry.open(f"sqlite:///{tmp_path / 'r.db'}") as again:
        assert 1 == again.count()


def test_the_user_s_own_registry_is_the_default(home: Path) -> None:
    Registry.open().close()

    assert (home / "registry.db").is_file()


def test_reading_makes_no_registry(home: Path) -> None:
    with pytest.raises(UnreadableFile, match="there is none yet"):
        Registry.open(create=False)

    assert not home.exists()


def test_an_id_is_taken_once_and_for_ever(url: str) -> None:
    one = record()
    with Registry.open(url) as registry:
        registry.add(one)
        with pytest.raises(UsageError, match="already"):
            registry.add(one)

        assert registry.delete(one.id)

        with pytest.raises(UsageError, match="was deleted"):
            registry.add(one)
        assert 0 == registry.count()


def test_a_payload_leads_to_one_record_and_never_to_another(url: str) -> None:
    with Registry.open(url) as registry:
        bound = (Binding("mark:tile@1", f"{registry.new_payload('tile@1', 32):x}"),)
        first = record(bindings=bound)
        registry.add(first)

        with pytest.raises(UsageError, match="belongs to another record"):
            registry.add(record(bindings=bound))
        assert 1 == registry.count()  # nothing of the second one stayed

        registry.delete(first.id)
        assert registry.by_payload("tile@1", bound[0].value_hex) is None
        with pytest.raises(UsageError, match="belongs to another record"):
            registry.add(record(bindings=bound))


def test_short_payloads_run_out_with_a_word(url: str) -> None:
    with Registry.open(url) as registry:
        given_out = {registry.new_payload("tiny@1", 2) for _ in range(3)}

        assert {1, 2, 3} == given_out
        with pytest.raises(UsageError, match="taken"):
            registry.new_payload("tiny@1", 2)


def test_a_bad_record_leaves_nothing(url: str) -> None:
    with Registry.open(url) as registry:
        with pytest.raises(BadContent):
            registry.add(record(origin="human"))

        assert 0 == registry.count()


def test_deleting_takes_the_manifest_only_when_nobody_else_has_it(url: str) -> None:
    with Registry.open(url) as registry:
        first, second = record(manifest=b"one manifest"), record(manifest=b"one manifest")
        registry.add(first)
        registry.add(second)
        assert 1 == registry.stats()["manifests"]

        registry.delete(first.id)
        assert second == registry.get(second.id)

        registry.delete(second.id)
        assert 0 == registry.stats()["manifests"]


def test_pages_go_on_after_a_record_even_when_it_is_deleted(url: str) -> None:
    with Registry.open(url) as registry:
        stored = [record(title=str(n)) for n in range(5)]
        for one in stored:
            registry.add(one)
        registry.delete(stored[1].id)

        assert stored[2:4] == list(registry.records(after=stored[1].id, limit=2))
        with pytest.raises(UsageError, match="no record"):
            registry.records(after="0" * 26)


OPERATIONS = st.lists(st.tuples(st.sampled_from(["add", "delete"]), st.integers(0, 5), st.integers(0, 3)), max_size=25)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPERATIONS)
def test_the_registry_is_what_a_dictionary_would_be(
    tmp_path_factory: Any, operations: list[tuple[str, int, int]]
) -> None:
    model: dict[str, Record] = {}
    path = tmp_path_factory.mktemp("law") / "r.db"
    with Registry.open(str(path)) as registry, Registry.open(str(path)) as watcher:
        for verb, n, bits in operations:
            if verb == "add":
                value = f"{(1 << bits) - 1:064x}"
                one = record(sha256=f"{n:064x}", bindings=(Binding("pdq@1", value, "final"),))
                registry.add(one)
                model[one.id] = one
            elif model:
                victim = sorted(model)[n % len(model)]
                assert registry.delete(victim)
                del model[victim]
            near = watcher.near([Fingerprint("pdq@1", "0" * 64)], radius=2)
            expected = {i: int(r.bindings[0].value_hex, 16).bit_count() for i, r in model.items()}
            assert {i: d for i, d in expected.items() if d <= 2} == {hit.record_id: hit.distance for hit in near}

        assert model == {one.id: one for one in registry}


def test_a_new_record_and_a_deletion_are_seen_by_a_search_that_runs_already(url: str) -> None:
    with Registry.open(url) as writer, Registry.open(url) as reader:
        assert () == reader.near([Fingerprint("pdq@1", PDQ)])

        one = record(bindings=(Binding("pdq@1", PDQ, "before_visible"), Binding("pdq@1", "f" * 64, "after_visible")))
        writer.add(one)
        assert (Near(one.id, "pdq@1", 0, "before_visible"),) == reader.near([Fingerprint("pdq@1", PDQ)])

        writer.delete(one.id)
        assert () == reader.near([Fingerprint("pdq@1", PDQ)])


def test_processes_that_start_together_share_one_registry(url: str) -> None:
    processes = [writer(url, f"p{n}", 25) for n in range(3)]

    failures = [process.communicate(timeout=120)[1].decode() for process in processes]

    assert ["", "", ""] == failures
    with Registry.open(url) as registry:
        stored = list(registry)
        assert {"p0": 25, "p1": 25, "p2": 25} == {
            name: [r.title for r in stored].count(name) for name in ("p0", "p1", "p2")
        }
        payloads = [r.values("mark:small@1")[0] for r in stored]
        assert 75 == len(set(payloads))  # of 255 possible ones, so that a race would show
        assert 3 == len(registry.near([Fingerprint("pdq@1", "0" * 64)], radius=0))


def test_a_killed_writer_leaves_a_whole_registry(url: str) -> None:
    Registry.open(url).close()
    process = writer(url, "x", 200)
    with Registry.open(url) as registry:
        while registry.count() < 3:
            assert process.poll() is None
    process.kill()
    process.communicate()

    with Registry.open(url) as registry:
        assert all(2 == len(one.bindings) for one in registry)
        registry.add(record())


def test_a_newer_schema_is_refused_and_left_alone(url: str, tmp_path: Path) -> None:
    Registry.open(url).close()
    path = tmp_path / "folder" / "registry.db"
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE indicia_version SET version_num = '9999'")
    raw.close()
    before = path.read_bytes()

    with pytest.raises(UsageError, match=r"a newer indicia wrote it .*upgrade indicia"):
        Registry.open(url)

    assert before == path.read_bytes()


def test_another_program_s_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"dear diary " * 100)

    with pytest.raises(UsageError, match="another program wrote that file"):
        Registry.open(str(path))

    assert b"dear diary " * 100 == path.read_bytes()


def test_a_full_disk_is_said_and_the_record_is_not_half_there(url: str) -> None:
    with Registry.open(url) as registry:
        registry.add(record())
        engine = registry._database.engine
        sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 1"))

        with pytest.raises(WriteFailed, match=r"full.*free some space"):
            registry.add(record(manifest=b"x" * 500_000))
    with Registry.open(url) as registry:
        assert 1 == registry.count()


def test_a_read_only_registry_is_read_and_refuses_to_write(url: str, tmp_path: Path) -> None:
    one = record(bindings=(Binding("pdq@1", PDQ),))
    with Registry.open(url) as registry:
        registry.add(one)

    with Registry.open(f"sqlite:///file:{tmp_path / 'folder' / 'registry.db'}?mode=ro&uri=true") as registry:
        assert one == registry.get(one.id)
        assert 1 == len(registry.near([Fingerprint("pdq@1", PDQ)]))
        with pytest.raises(WriteFailed, match="readonly"):
            registry.add(record())


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [
        ("nonsense://x", UsageError, "no such kind of database"),
        ("://", UsageError, "not a database URL"),
        ("sqlite:////proc/none/r.db", WriteFailed, "cannot be made"),
        ("postgresql://joe:secret@127.0.0.1:1/none", IndiciaError, "cannot be read|optional package"),
    ],
)
def test_a_registry_that_cannot_be_opened_says_why_and_no_password(
    url: str, kind: type[IndiciaError], words: str
) -> None:
    with pytest.raises(kind, match=words) as raised:
        Registry.open(url)

    assert "secret" not in str(raised.value)


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(MissingExtra, match="postgres"):
        open_database("postgresql://localhost/x")


def test_the_newest_migration_is_the_one_the_code_speaks(url: str) -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    import indicia.provenance.registry.migrations as migrations

    config = Config()
    config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))
    config.set_main_option("path_separator", "os")

    assert (HEAD,) == tuple(ScriptDirectory.from_config(config).get_heads())
    with Registry.open(url) as registry:
        assert HEAD == registry.revision


def test_the_migrations_make_the_tables_that_the_code_declares(url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from indicia.provenance.registry.tables import VERSION_TABLE, metadata

    with Registry.open(url) as registry, registry._database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})

        assert [] == compare_metadata(context, metadata)


def test_a_registry_in_memory_works_while_it_is_open() -> None:
    with Registry.open("sqlite://") as registry:
        registry.add(record())

        assert 1 == registry.count()
