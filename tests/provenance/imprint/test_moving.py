"""Video, sound and documents go through all layers as files: whole, in their order, or not at all."""

import hashlib
import io
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from movies import movie, movies, packets
from streams import everything

from indicia.provenance.asset import Asset
from indicia.provenance.credentials.sidecar import beside
from indicia.provenance.credentials.verify import read as read_claims
from indicia.provenance.errors import UsageError, WriteFailed
from indicia.provenance.evidence import ClaimState, Media
from indicia.provenance.formats.isobmff import IsoBmff
from indicia.provenance.imprint import Layer, Making, Press, Settings, Work, from_elsewhere, held
from indicia.provenance.labels import aigc, iptc
from indicia.provenance.media import Clip, Sound
from indicia.provenance.media.video import encode
from indicia.provenance.registry import Registry

MOVIES = movies()
WRITTEN = frozenset({Layer.METADATA, Layer.SIGNATURE, Layer.RECORD})
BESIDE = {
    name: sample for name, sample in everything().items() if sample[0] in ("matroska", "webm", "flv", "ogg", "opus")
}


@pytest.fixture
def press(home: Path) -> Iterator[Press]:
    with Press.open(Settings(provider="TestStudio", layers=WRITTEN)) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "work"
    path.mkdir()
    return path


def put(folder: Path, data: bytes, name: str = "x.mp4") -> Asset:
    (folder / name).write_bytes(data)
    return Asset.open(folder / name)


# --- what comes out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MOVIES)
def test_a_film_leaves_labelled_signed_and_recorded_with_its_streams_untouched(
    press: Press, folder: Path, name: str
) -> None:
    kind, data = MOVIES[name]
    target = folder / f"out.{kind}"

    made = press.imprint(Work(put(folder, data), Making(model="acme/film")), target=target)

    out = Asset.open(target)
    assert (Layer.METADATA, Layer.SIGNATURE, Layer.RECORD) == made.layers
    assert made.data == target.read_bytes()
    assert target == made.path
    assert made.sha256 == out.ref.sha256
    assert packets(data) == packets(made.data)
    (claim,) = read_claims(out)
    assert claim.state in (ClaimState.UNTRUSTED, ClaimState.TRUSTED)
    assert ("c2pa.created",) == tuple(a.name for a in claim.actions)
    (label,) = aigc.read(out)
    assert () == label.findings
    with out.stream() as stream:
        assert dict(label.fields)["ReservedCode1"] == aigc.reserved_code_of(stream, kind)
    assert 1 == len(iptc.read(out))
    (record,) = press.means.registry.by_digest(made.sha256)  # type: ignore[union-attr]
    assert (made.record, claim.label, Media(out.media)) == (record.id, record.manifest_label, record.media)
    assert record.manifest is not None
    assert record.manifest in made.data
    assert {target.name, "x.mp4"} == {p.name for p in folder.iterdir()}


@pytest.mark.parametrize("name", BESIDE)
def test_what_carries_no_manifest_gets_it_beside(press: Press, folder: Path, name: str) -> None:
    kind, data = BESIDE[name]
    target = folder / f"out.{kind}"

    made = press.imprint(Work(put(folder, data, "x")), target=target)

    (claim,) = read_claims(Asset.open(target))
    assert claim.sidecar
    assert claim.state in (ClaimState.UNTRUSTED, ClaimState.TRUSTED)
    assert made.sidecar == beside(target).read_bytes()
    assert 1 == len(aigc.read(Asset.open(target)))
    target.write_bytes(target.read_bytes() + b"x")
    assert [ClaimState.ALTERED] == [c.state for c in read_claims(Asset.open(target))]


def test_the_label_that_is_seen_keeps_what_the_file_said_before(home: Path, folder: Path) -> None:
    frames = np.full((30, 120, 160, 3), 90, np.uint8)
    encode(Clip(frames, Fraction(10)), folder / "plain.mp4")
    packet = iptc.write((folder / "plain.mp4").read_bytes(), "mp4", iptc.Iptc(creator="Ann"))
    data = aigc.write(packet, "mp4", aigc.Aigc("1", "ACME", "n1"))

    with Press.open(Settings(provider="Platform", layers=WRITTEN | {Layer.VISIBLE})) as press:
        made = press.imprint(Work(put(folder, data)), target=folder / "out.mp4")

    assert made.layers[0] is Layer.VISIBLE
    assert "bottom_right" == made.place
    assert "encoded anew" in made.note
    (label,) = aigc.read(Asset.of(made.data))
    assert "ACME" == dict(label.fields)["ContentProducer"]
    assert "Platform" == dict(label.fields)["ContentPropagator"]
    assert b"Ann" in (IsoBmff().read_xmp(made.data) or b"")
    assert ClaimState.ALTERED not in {c.state for c in read_claims(Asset.of(made.data))}


def test_what_cannot_be_decoded_is_still_signed_and_told(home: Path, folder: Path) -> None:
    data = IsoBmff().blank("mp4")

    with Press.open(Settings(provider="ACME", layers=WRITTEN | {Layer.FINGERPRINT})) as press:
        made = press.imprint(Work(put(folder, data)), target=folder / "out.mp4")

    assert (Layer.METADATA, Layer.SIGNATURE, Layer.RECORD) == made.layers
    assert made.note.startswith("no fingerprint")


def test_a_sound_too_large_for_memory_has_its_manifest_beside_it(
    press: Press, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "MAX_MEMORY", 1000)

    made = press.imprint(Work(put(folder, everything()["wav"][1], "x.wav")), target=folder / "out.wav")

    assert made.sidecar == beside(folder / "out.wav").read_bytes()
    assert "beside" in made.note
    assert 1 == len(read_claims(Asset.open(folder / "out.wav")))


def test_without_a_target_everything_comes_back_in_memory(press: Press) -> None:
    made = press.imprint(Work(Asset.of(movie())))

    assert None is made.path
    assert hashlib.sha256(made.data).hexdigest() == made.sha256
    assert 1 == len(read_claims(Asset.of(made.data)))


def test_a_clip_and_a_sound_become_files(press: Press, folder: Path) -> None:
    rate = Fraction(10)
    noise = np.random.default_rng(0)
    sound = Sound((noise.random((4000, 1)) / 4).astype(np.float32), 8000)
    clip = Clip(noise.integers(0, 256, (6, 32, 48, 3), dtype=np.uint8), rate, sound)

    film = press.imprint(Work(clip), target=folder / "film.mp4")
    tone = press.imprint(Work(sound), target=folder / "tone.wav")

    assert ("mp4", "wav") == (film.format, tone.format)
    assert {0, 1} == {number for number, *_ in packets(film.data)}
    for path in (folder / "film.mp4", folder / "tone.wav"):
        assert 1 == len(aigc.read(Asset.open(path))) == len(read_claims(Asset.open(path)))


def test_a_film_that_was_signed_keeps_its_chain_and_its_producer(press: Press, home: Path, folder: Path) -> None:
    first = folder / "first.mp4"
    press.imprint(Work(put(folder, movie())), target=first)

    with Press.open(replace(press.means.settings, provider="Platform")) as other:
        other.imprint(from_elsewhere(Asset.open(first)), target=folder / "second.mp4")

    second = Asset.open(folder / "second.mp4")
    assert [0, 1] == [c.depth for c in read_claims(second)]
    assert not any(c.laundered for c in read_claims(second))
    (label,) = aigc.read(second)
    fields = dict(label.fields)
    assert ("TestStudio", "Platform") == (fields["ContentProducer"], fields["ContentPropagator"])
    assert 1 == second.data.count(b"jumdc2pa")  # the older store is in the new one, and not in the file any more


def test_a_manifest_beside_a_file_is_the_parent_of_the_next(press: Press, folder: Path) -> None:
    data = BESIDE["matroska"][1]
    press.imprint(Work(put(folder, data, "x")), target=folder / "first.mkv")

    with Press.open(replace(press.means.settings, provider="Platform")) as other:
        other.imprint(from_elsewhere(Asset.open(folder / "first.mkv")), target=folder / "second.mkv")

    claims = read_claims(Asset.open(folder / "second.mkv"))
    assert [(0, True), (1, True)] == [(c.depth, c.sidecar) for c in claims]
    assert not any(c.laundered or c.state is ClaimState.ALTERED for c in claims)


# --- all or nothing -------------------------------------------------------------------------------------------------


def test_progress_is_told_and_what_it_raises_leaves_nothing(press: Press, folder: Path) -> None:
    source, target = put(folder, movie()), folder / "out.mp4"
    target.write_bytes(b"what stood there")
    told: list[tuple[str, int, int]] = []

    press.imprint(Work(source), target=folder / "other.mp4", progress=lambda *what: told.append(what))

    steps = list(dict.fromkeys(doing for doing, _, _ in told))
    assert ["writing", "signing", "checking"] == steps
    assert all(0 <= done <= total for _, done, total in told)
    for step in steps:
        before = sorted(os.listdir(folder))
        with pytest.raises(InterruptedError):
            press.imprint(Work(source), target=target, progress=raising(step))
        assert b"what stood there" == target.read_bytes()
        assert before == sorted(os.listdir(folder))
    assert 1 == records(press)


def raising(step: str) -> Callable[[str, int, int], None]:
    def tell(doing: str, done: int, total: int) -> None:
        if doing == step:
            raise InterruptedError(doing)

    return tell


def records(press: Press) -> int:
    registry = press.means.registry
    assert isinstance(registry, Registry)
    return len(list(registry.records()))


def test_an_interrupt_while_native_code_runs_is_not_taken_for_the_end_of_the_file(press: Press, folder: Path) -> None:
    source, target = put(folder, movie()), folder / "out.mp4"

    def interrupt(doing: str, done: int, total: int) -> None:
        if doing == "signing":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        press.imprint(Work(source), target=target, progress=interrupt)
    assert not target.exists()
    assert 0 == records(press)
    assert ["x.mp4"] == os.listdir(folder)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_sidecar_does_not_outlive_the_file_it_was_for(
    press: Press, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, data = next(iter(BESIDE.values()))
    target = folder / f"out.{kind}"
    beside(target).write_bytes(b"an older manifest")
    registry = press.means.registry

    def full(record: object) -> None:
        raise WriteFailed("the disk is full")

    monkeypatch.setattr(registry, "add", full)
    with pytest.raises(WriteFailed):
        press.imprint(Work(put(folder, data, "x")), target=target)

    assert b"an older manifest" == beside(target).read_bytes()
    assert not target.exists()


def test_a_label_is_not_weakened(press: Press, folder: Path) -> None:
    data = aigc.write(movie(), "mp4", aigc.Aigc("1", "ACME", "n1"))
    with Press.open(replace(press.means.settings, label="2")) as weaker, pytest.raises(UsageError, match="weakened"):
        weaker.imprint(from_elsewhere(put(folder, data), label="2"), target=folder / "out.mp4")


def test_a_file_is_marked_in_its_own_place(press: Press, folder: Path) -> None:
    asset = put(folder, movie())

    made = press.imprint(Work(asset), target=folder / "x.mp4")

    assert made.data == (folder / "x.mp4").read_bytes()
    assert packets(movie()) == packets(made.data)
    assert ["x.mp4"] == os.listdir(folder)
    assert io.BytesIO(made.data).read(8)[4:] == b"ftyp"
