"""Looking at an asset: every reader is heard, and what fails is a gap."""

import datetime
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media import XMP, picture
from strategies import evidence_lists

from indicia.provenance import Asset, Dossier, Limits
from indicia.provenance.errors import (
    BadContent,
    IndiciaError,
    KeyTrouble,
    MissingExtra,
    TooLarge,
    UnreadableFile,
    Unsupported,
)  # fmt: skip
from indicia.provenance.evidence import Evidence, Gap, Label, Media, Reason, Trace
from indicia.provenance.inspect import EVERY_MEDIA, MAX_ITEMS, MAX_TEXT, Look, built_in, inspect, inspect_path

TEXT = Asset.of(b"words", name="words.txt")


def fails_with(error: BaseException) -> Look:
    def read(_: Asset) -> Iterator[Evidence]:
        yield Trace("before", "x", "found before the failure")
        raise error

    return Look("frail", EVERY_MEDIA, read)


def finds(*items: Evidence, media: frozenset[Media] = EVERY_MEDIA) -> Look:
    return Look("finder", media, lambda _: items)


class Panic(BaseException):
    """As native code raises it, beside Exception."""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MissingExtra("mark", "watermark"), Reason.MISSING_EXTRA),
        (TooLarge("too large"), Reason.TOO_LARGE),
        (BadContent("damaged"), Reason.DAMAGED),
        (UnreadableFile("gone"), Reason.UNREADABLE),
        (Unsupported("no"), Reason.UNKNOWN_FORMAT),
        (KeyTrouble("no key"), Reason.NO_KEY),
        (MemoryError(), Reason.FAULT),
        (RecursionError("deep"), Reason.FAULT),
        (ZeroDivisionError("division by zero"), Reason.FAULT),
        (Panic("index out of bounds"), Reason.FAULT),
    ],
)
def test_a_failing_reader_is_a_gap_and_what_it_found_before_stays(error: BaseException, reason: Reason) -> None:
    dossier = inspect(TEXT, readers=[fails_with(error), finds(Trace("after", "y", "z"))])

    assert ["frail"] == [g.reader for g in dossier.gaps]
    assert reason is dossier.gaps[0].reason
    assert isinstance(error, IndiciaError) or dossier.gaps[0].detail.startswith(type(error).__name__)
    assert ["before", "after"] == [e.reader for e in dossier.evidence]


def test_an_interrupt_is_not_a_gap() -> None:
    with pytest.raises(KeyboardInterrupt):
        inspect(TEXT, readers=[fails_with(KeyboardInterrupt())])


def test_a_reader_is_asked_only_about_its_media() -> None:
    assert () == inspect(TEXT, readers=[finds(Trace("r", "x", "y"), media=frozenset({Media.IMAGE}))]).evidence


@given(evidence_lists)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_readers_find_stands_once_and_in_their_order(found: list[Evidence]) -> None:
    dossier = inspect(TEXT, readers=[finds(*found), finds(*found)])

    assert tuple(dict.fromkeys(found)) == dossier.evidence
    assert dossier == Dossier.from_json(dossier.to_line())


def test_what_json_cannot_hold_is_replaced() -> None:
    label = Label("r", "aigc", False, fields=(("key\ud800", "v"),), wording="\udcff")

    dossier = inspect(TEXT, readers=[finds(label)])

    assert (Label("r", "aigc", False, fields=(("key\\ud800", "v"),), wording="\\udcff"),) == dossier.evidence
    assert dossier == Dossier.from_json(dossier.to_line().encode())


def test_endless_fields_and_lists_are_cut() -> None:
    long = inspect(TEXT, readers=[finds(Trace("r", "x", "y", value="a" * 10**7))])
    many = inspect(TEXT, readers=[finds(*(Trace("r", str(n), "y") for n in range(MAX_ITEMS + 5)))])

    assert len(long.to_line()) < MAX_TEXT + 2000
    assert MAX_ITEMS == len(many.evidence)
    assert [Reason.TOO_LARGE] == [g.reason for g in many.gaps]


def test_a_reader_that_gives_no_evidence_is_at_fault() -> None:
    dossier = inspect(TEXT, readers=[Look("odd", EVERY_MEDIA, lambda _: ["words"])])  # type: ignore[list-item]

    assert [Gap("odd", Reason.FAULT, "TypeError: a reader gave a str, which is no evidence")] == list(dossier.gaps)


def test_readers_that_come_too_late_are_gaps() -> None:
    slow = Look("slow", EVERY_MEDIA, lambda _: time.sleep(0.05) or ())  # type: ignore[func-returns-value]

    dossier = inspect(TEXT, readers=[slow, finds(Trace("r", "x", "y"))], seconds=0.01)

    assert [("finder", Reason.TIMED_OUT)] == [(g.reader, g.reason) for g in dossier.gaps]


def test_extra_readers_come_after_the_others() -> None:
    last = Trace("extra", "x", "y")

    dossier = inspect(Asset.of(picture("jpeg", xmp=XMP)), extra_readers=[finds(last)], deep=False)

    assert last == dossier.evidence[-1]
    assert "iptc" in [e.standard for e in dossier.evidence if isinstance(e, Label)]


def test_the_bytes_are_read_and_the_picture_decoded_once(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(picture("png"))
    asset = Asset.open(file)
    same: list[bool] = []

    def look(a: Asset) -> tuple[()]:
        same.extend([a.data is a.data, a.image() is a.image()])
        return ()

    inspect(asset, readers=[Look("a", EVERY_MEDIA, look)])
    look(asset)

    assert [True, True, False, False] == same


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "loop", "null", "device", "long"])
def test_what_is_no_readable_file_has_a_dossier_too(kind: str, tmp_path: Path) -> None:
    path = _make(kind, tmp_path)

    dossier = inspect_path(path)

    assert [Reason.UNREADABLE] == [g.reason for g in dossier.gaps]
    assert ("", 0) == (dossier.asset.sha256, dossier.asset.size)
    assert dossier == Dossier.from_json(dossier.to_line())


def test_a_file_above_the_limit_has_a_dossier_too(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 100)

    dossier = inspect_path(tmp_path / "large", limits=Limits(file_bytes=10))

    assert [Reason.TOO_LARGE] == [g.reason for g in dossier.gaps]


def test_a_file_that_vanishes_while_it_is_read_is_a_gap(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(picture("jpeg"))
    asset = Asset.open(file)
    file.unlink()

    dossier = inspect(asset)

    assert {Reason.UNREADABLE} == {g.reason for g in dossier.gaps}
    assert () == dossier.evidence


def test_a_dossier_names_the_time_and_the_tool() -> None:
    now = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))

    dossier = inspect(TEXT, readers=[], now=now)

    assert "2026-03-01T04:00:00Z" == dossier.scanned_at
    assert dossier.tool.startswith("indicia/")


def test_looking_twice_finds_the_same() -> None:
    asset = Asset.of(picture("jpeg", xmp=XMP))
    now = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)

    assert inspect(asset, now=now) == inspect(asset, now=now)


def test_the_built_in_readers_have_names_of_their_own() -> None:
    names = [reader.name for reader in built_in()]

    assert sorted(set(names)) == sorted(names)
    assert {"c2pa", "traces"} < set(names)


def test_an_undecodable_file_name_can_be_written_as_json(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.txt"
    Path(os.fsdecode(path)).write_bytes(b"words")

    dossier = inspect_path(os.fsdecode(path))

    assert "\\xff.txt" == dossier.asset.name
    assert dossier == Dossier.from_json(dossier.to_line().encode())


@given(st.text(max_size=8))
def test_any_name_of_bytes_in_memory_will_do(name: str) -> None:
    dossier = inspect(Asset.of(b"words", name=name), readers=[])

    assert dossier == Dossier.from_json(dossier.to_line().encode())


def _make(kind: str, folder: Path) -> str:
    made: dict[str, Callable[[Path], object]] = {
        "folder": Path.mkdir,
        "fifo": os.mkfifo,
        "loop": lambda p: p.symlink_to(p),
        "device": lambda p: p.symlink_to("/dev/zero"),
    }
    path = folder / kind
    if kind in made:
        made[kind](path)
    return {"null": "a\0b", "long": str(folder / ("x" * 300))}.get(kind, str(path))


def test_a_file_that_is_held_from_its_opening_is_looked_at_as_it_was_hashed(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(picture("jpeg"))
    whole = inspect_path(file)
    asset = Asset.open(file, hold=True)
    file.unlink()

    dossier = inspect(asset)

    assert (whole.asset.sha256, whole.evidence, whole.gaps) == (dossier.asset.sha256, dossier.evidence, dossier.gaps)
