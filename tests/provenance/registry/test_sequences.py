"""Sequences in the registry: seen by running searches as they come and go, beside rows of an earlier version."""

import sqlite3
from pathlib import Path

import pytest
from recordings import melody, sound_bytes
from records import record

from indicia.provenance.asset import Asset
from indicia.provenance.evidence import Media
from indicia.provenance.fingerprints import Fingerprint, methods
from indicia.provenance.registry import Binding, Record, Registry
from indicia.provenance.registry.enrol import enrol

(SOUND,) = methods(Media.AUDIO)
PDQ = "0123456789abcdef" * 4


def heard(seed: int) -> Asset:
    return Asset.of(sound_bytes(melody(seed)))


def kept(seed: int) -> Record:
    asset = heard(seed)
    return Record(sha256=asset.ref.sha256, media=asset.media, format=asset.format, bindings=enrol(asset))


def test_a_running_search_sees_what_another_process_stores_and_deletes(tmp_path: Path) -> None:
    url, one, two = str(tmp_path / "registry.db"), kept(1), kept(2)
    asked = SOUND.query(heard(2))
    with Registry.open(url) as writer, Registry.open(url) as reader:
        assert not reader.binds("sound@1")
        writer.add(one)
        before = reader.near(asked)
        writer.add(two)
        after = reader.near(asked)
        writer.delete(two.id)

        assert () == before
        assert [two.id] == [near.record_id for near in after]
        assert reader.binds("sound@1")
        assert () == reader.near(asked)


def test_a_sequence_comes_back_as_it_was_stored_and_in_json(tmp_path: Path) -> None:
    long = record(bindings=(Binding("sound@1", "0123456789abcdef" * 40_000, "final"),))

    with Registry.open(str(tmp_path / "registry.db")) as registry:
        registry.add(long)

        assert long == registry.get(long.id)
        assert long == Record.from_json(long.to_json())


@pytest.mark.parametrize("value", ["00", "f" * 24, "0" * 800])
def test_values_that_are_no_sequence_of_the_method_meet_nothing(tmp_path: Path, value: str) -> None:
    with Registry.open(str(tmp_path / "registry.db")) as registry:
        registry.add(record(bindings=(Binding("sound@1", value), Binding("video@1", value))))
        registry.add(kept(1))

        assert 1 == len(registry.near(SOUND.query(heard(1))))


def test_a_database_of_the_first_version_takes_sequences_without_a_migration(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    Registry.open(str(path)).close()
    old = record()
    with sqlite3.connect(path) as connection:  # rows as the first version wrote them
        connection.execute("UPDATE indicia_clock SET seq = 1")
        connection.execute(
            "INSERT INTO indicia_records VALUES "
            "(1, ?, ?, ?, 'image', 'png', 'synthetic', '', '{}', '', NULL, '', '[]')",
            (old.id, old.created_at, old.sha256),
        )
        connection.execute("INSERT INTO indicia_bindings VALUES (1, 0, 'pdq@1', 'final', ?, ?)", (PDQ, PDQ))
    connection.close()

    with Registry.open(str(path)) as registry:
        new = kept(3)
        registry.add(new)

        assert "0001" == registry.revision
        assert [old.id] == [near.record_id for near in registry.near([Fingerprint("pdq@1", PDQ)])]
        assert [new.id] == [near.record_id for near in registry.near(SOUND.query(heard(3)))]
        assert [old.id, new.id] == [each.id for each in registry]
