"""From a copy of a video, sound, text or document back to its record: how much of it, from where, and by what."""

import io
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from documents import letter, repacked
from numpy.typing import NDArray
from PIL import Image
from recordings import RATE, frames, melody, sound_bytes, video_bytes, video_file
from scenes import encoded, scene

from indicia.provenance.asset import Asset
from indicia.provenance.evidence import Match, Media, Reason
from indicia.provenance.fingerprints import methods
from indicia.provenance.inspect import inspect
from indicia.provenance.media import Sound
from indicia.provenance.recover import recover, search
from indicia.provenance.registry import Record, Registry
from indicia.provenance.registry.enrol import enrol

SEEDS = (1, 2)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(str(tmp_path / "registry.db")) as opened:
        yield opened


def store(registry: Registry, data: bytes) -> Record:
    asset = Asset.of(data)
    record = Record(sha256=asset.ref.sha256, media=asset.media, format=asset.format, bindings=enrol(asset))
    registry.add(record)
    return record


def stored(registry: Registry, make: object) -> Record:
    """Several things of one kind; the record of the last."""
    return [store(registry, make(seed)) for seed in SEEDS][-1]  # type: ignore[operator]


def halved(shown: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At half the size, each pixel the mean of four."""
    count, height, width, _ = shown.shape
    mean: NDArray[np.uint8] = shown.reshape(count, height // 2, 2, width // 2, 2, 3).mean(axis=(2, 4)).astype(np.uint8)
    return mean


def told(found: Match) -> tuple[float, ...]:
    """What a match says: seconds that agree, their share, and the seconds of copy and original where they begin."""
    parts = re.search(r"([\d.]+) s \((\d+)%.*: (\d+):([\d.]+) of the copy is (\d+):([\d.]+) of", found.detail)
    assert parts
    seconds, share, *clocks = map(float, parts.groups())
    return seconds, share / 100, 60 * clocks[0] + clocks[1], 60 * clocks[2] + clocks[3]


@pytest.mark.parametrize(
    "copy",
    [
        lambda shown: video_bytes(shown, 8, quality=32),
        lambda shown: video_bytes(shown, 8, quality=40, format="webm"),
        lambda shown: video_bytes(halved(shown), 8),
        lambda shown: video_bytes(shown[:, :, ::-1], 8),
        lambda shown: video_bytes(np.pad(shown, ((0, 0), (40, 40), (0, 0), (0, 0))), 8),
    ],
    ids=["H.264 at 32", "VP9", "half the size", "mirrored", "bars"],
)
def test_a_copy_of_a_video_is_found_by_its_pictures(registry: Registry, copy: object) -> None:
    record = stored(registry, video_file)

    (found,) = recover(Asset.of(copy(frames(SEEDS[-1]))), registry=registry)  # type: ignore[operator]

    assert (record.id, "video", "copy") == (found.record, found.by, found.sureness)
    seconds, share, copy_at, original_at = told(found)
    assert (4.0, 1.0, 0.0, 0.0) == pytest.approx((seconds, share, copy_at, original_at), abs=0.3)


def test_a_piece_of_a_video_says_where_it_comes_from(registry: Registry) -> None:
    record = stored(registry, lambda seed: video_bytes(frames(seed, 12.0), 8))

    (found,) = recover(Asset.of(video_bytes(frames(SEEDS[-1], 12.0)[40:80], 8)), registry=registry)

    assert (record.id, "video") == (found.record, found.by)
    assert (5.0, 0.0, 5.0) == pytest.approx((told(found)[0], *told(found)[2:]), abs=0.3)


def test_a_video_that_was_never_recorded_leads_nowhere(registry: Registry) -> None:
    stored(registry, video_file)

    assert () == recover(Asset.of(video_file(90, sound=True)), registry=registry)


@pytest.mark.parametrize("format", ["mp3", "opus"])
def test_a_piece_of_a_sound_is_found_and_says_where_it_comes_from(registry: Registry, format: str) -> None:
    record = stored(registry, lambda seed: sound_bytes(melody(seed, 20.0)))
    piece = melody(SEEDS[-1], 20.0)[RATE * 10 + 123 : RATE * 16]

    (found,) = recover(Asset.of(sound_bytes(piece, format=format)), registry=registry)

    assert (record.id, "sound", "copy") == (found.record, found.by, found.sureness)
    assert (5.6, 0.0, 10.0) == pytest.approx((told(found)[0], *told(found)[2:]), abs=0.3)


@pytest.mark.parametrize("speed", [0.9, 0.95, 1.05, 1.1])
def test_a_sound_that_runs_faster_or_slower_is_found_with_its_speed(registry: Registry, speed: float) -> None:
    record = stored(registry, lambda seed: sound_bytes(melody(seed, 12.0)))
    heard = melody(SEEDS[-1], 12.0)
    places = np.arange(0, len(heard) - 1, speed)
    played = np.interp(places, np.arange(len(heard)), heard).astype(np.float32)

    (found,) = recover(Asset.of(sound_bytes(played)), registry=registry)

    assert record.id == found.record
    assert speed == pytest.approx(float(found.detail.split(", at ")[1].split(" times")[0]), abs=0.02)


def test_a_sound_that_was_never_recorded_leads_nowhere(registry: Registry) -> None:
    stored(registry, lambda seed: sound_bytes(melody(seed, 12.0)))

    assert () == recover(Asset.of(sound_bytes(melody(77, 12.0))), registry=registry)


def test_a_video_is_found_by_its_sound_when_its_pictures_were_replaced(registry: Registry) -> None:
    record = store(registry, video_file(1, seconds=8.0, sound=True))
    dubbed = video_bytes(frames(50, 8.0), 8, sound=Sound(melody(1, 8.0)[:, None], RATE))

    (found,) = recover(Asset.of(dubbed), registry=registry)

    assert (record.id, "sound", "copy") == (found.record, found.by, found.sureness)


def test_the_sound_of_a_record_of_another_kind_makes_no_more_than_a_near_copy(registry: Registry) -> None:
    record = store(registry, sound_bytes(melody(1, 8.0)))

    (found,) = recover(Asset.of(video_file(1, seconds=8.0, sound=True)), registry=registry)

    assert (record.id, "sound", "near_copy") == (found.record, found.by, found.sureness)
    assert found.detail.endswith("; the record is of audio")


def prose(seed: int, count: int = 400, letters: str = "") -> str:
    """Words of a language of its own, or characters out of `letters`."""
    rng = random.Random(seed)
    if letters:
        return "".join(rng.choice(letters) for _ in range(count))
    return " ".join("".join(rng.choice("abcdefghij") for _ in range(rng.randint(2, 7))) for _ in range(count))


CHINESE = "".join(map(chr, range(0x4E00, 0x4E00 + 600)))


def edited(text: str, share: float) -> str:
    rng, parts = random.Random(0), text.split()
    return " ".join("new" if rng.random() < share else part for part in parts)


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_text_with_many_words_changed_is_found(registry: Registry, share: float) -> None:
    record = stored(registry, lambda seed: prose(seed).encode())

    (found,) = recover(Asset.of(edited(prose(SEEDS[-1]), share).encode()), registry=registry)

    assert (record.id, "minhash", "near_copy") == (found.record, found.by, found.sureness)
    assert "of the runs of words are the same" in found.detail


@pytest.mark.parametrize("letters", ["", CHINESE])
def test_an_excerpt_of_a_text_is_found(registry: Registry, letters: str) -> None:
    record = stored(registry, lambda seed: prose(seed, 2000, letters).encode())
    whole = prose(SEEDS[-1], 2000, letters)

    (found,) = recover(Asset.of(whole[len(whole) // 2 : len(whole) * 2 // 3].encode()), registry=registry)

    assert (record.id, "minhash") == (found.record, found.by)


def test_texts_that_share_no_words_lead_nowhere(registry: Registry) -> None:
    stored(registry, lambda seed: prose(seed).encode())

    assert () == recover(Asset.of(prose(99).encode()), registry=registry)


def document(text: str) -> bytes:
    body = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
        f"<w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
    )
    return letter(**{"word/document.xml": body.encode()})


def test_a_document_is_found_by_its_words_as_a_document_and_as_plain_text(registry: Registry) -> None:
    record = stored(registry, lambda seed: document(prose(seed)))

    copies = [document(edited(prose(SEEDS[-1]), 0.2)), prose(SEEDS[-1]).replace(" ", "\n").encode()]
    found = [recover(Asset.of(copy), registry=registry)[0] for copy in copies]

    assert [(record.id, "minhash"), (record.id, "text-sha256")] == [(match.record, match.by) for match in found]


def illustrated(text: str, seeds: Sequence[int], quality: int = 90) -> bytes:
    """A Word document with pictures."""
    media: dict[str, bytes | None] = {
        f"word/media/image{n}.jpeg": encoded(scene(seed), quality=quality) for n, seed in enumerate(seeds)
    }
    return repacked(document(text), media)


def jpeg_pdf(seeds: Sequence[int], quality: int = 90) -> bytes:
    """A PDF with a page for each picture."""
    pages = [Image.open(io.BytesIO(encoded(scene(seed), quality=quality))) for seed in seeds]
    buffer = io.BytesIO()
    pages[0].save(buffer, "PDF", save_all=True, append_images=pages[1:])
    return buffer.getvalue()


@pytest.mark.parametrize(
    "make", [lambda seeds, q: illustrated(prose(sum(seeds)), seeds, q), jpeg_pdf], ids=["docx", "pdf"]
)
def test_a_document_whose_words_were_replaced_is_found_by_its_pictures(registry: Registry, make: object) -> None:
    record = store(registry, make([11, 12, 13, 14], 90))  # type: ignore[operator]
    store(registry, make([21, 22, 23, 24], 90))  # type: ignore[operator]

    whole = recover(Asset.of(illustrated(prose(7), [11, 12, 13, 14], 60)), registry=registry)
    part = recover(Asset.of(jpeg_pdf([12, 13, 90], 60)), registry=registry)

    assert [(record.id, "pictures", "copy")] == [(m.record, m.by, m.sureness) for m in whole]
    assert [(record.id, "pictures", "near_copy")] == [(m.record, m.by, m.sureness) for m in part]
    assert "4 pictures (100% of those in the copy) agree" in whole[0].detail


def test_documents_that_share_a_logo_alone_do_not_meet(registry: Registry) -> None:
    store(registry, illustrated(prose(1), [5, 11, 12]))

    assert () == recover(Asset.of(illustrated(prose(2), [5, 21, 22])), registry=registry)


def test_a_picture_in_a_document_that_cannot_be_shown_does_not_hide_the_others(registry: Registry) -> None:
    record = store(registry, illustrated(prose(1), [11, 12, 13]))
    broken = repacked(illustrated(prose(2), [11, 12, 13]), {"word/media/image9.png": b"no picture"})

    assert [record.id] == [match.record for match in recover(Asset.of(broken), registry=registry)]


def still(frame: int, count: int) -> bytes:
    return video_bytes(frames(1)[frame : frame + 1].repeat(count, axis=0), 8)


@pytest.mark.parametrize(
    "data",
    [
        still(0, 1),
        video_bytes(np.full((40, 64, 64, 3), 90, np.uint8), 8),
        sound_bytes(np.zeros(0, np.float32)),
        sound_bytes(np.zeros(RATE * 8, np.float32)),
        sound_bytes(np.sin(np.arange(RATE * 8) * 0.3).astype(np.float32)),
        sound_bytes(melody(1, 8.0)[: RATE * 2]),
    ],
    ids=["one frame", "uniform", "no samples", "silence", "a steady tone", "two seconds"],
)
def test_what_has_too_little_in_it_has_no_fingerprint_and_meets_nothing(registry: Registry, data: bytes) -> None:
    for seed in SEEDS:
        store(registry, video_file(seed, sound=True))
        store(registry, sound_bytes(melody(seed)))
    asset = Asset.of(data)

    made = [m.enrol(asset) for m in methods(asset.media)]

    assert {()} == set(made)
    assert () == recover(asset, registry=registry)


def test_silence_between_two_sounds_leads_from_none_to_the_other(registry: Registry) -> None:
    silence = np.zeros(RATE * 30, np.float32)
    store(registry, sound_bytes(np.concatenate([melody(1), silence])))

    assert () == recover(Asset.of(sound_bytes(np.concatenate([silence, melody(2)]))), registry=registry)


def test_damage_closes_one_way_and_is_said_and_the_other_ways_stay_open(registry: Registry) -> None:
    record = store(registry, sound_bytes(melody(1)))
    data = sound_bytes(melody(1))

    cut = search(Asset.of(data[: len(data) * 3 // 4]), registry=registry)
    broken = search(Asset.of(b"fLaC" + data[4:4000]), registry=registry)

    assert record.id == cut.matches[0].record
    assert () == broken.matches
    assert ("registry.fingerprint", Reason.DAMAGED) in {(gap.reader, gap.reason) for gap in broken.gaps}


def test_a_video_is_not_decoded_when_no_record_could_be_met(registry: Registry) -> None:
    store(registry, prose(1).encode())
    garbled = bytearray(video_file(1))
    garbled[len(garbled) // 4 :] = bytes(len(garbled) - len(garbled) // 4)

    assert () == search(Asset.of(bytes(garbled)), registry=registry).matches


def test_a_scan_reports_the_record_and_the_seconds(registry: Registry) -> None:
    record = stored(registry, lambda seed: sound_bytes(melody(seed)))
    copy = Asset.of(sound_bytes(melody(SEEDS[-1]), format="mp3"))

    dossier = inspect(copy, readers=(), registry=registry)

    (match,) = [e for e in dossier.evidence if e.kind == "match"]
    assert (record.id, Media.AUDIO) == (match.record, copy.media)
    assert " s (" in match.detail
