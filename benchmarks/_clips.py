"""Videos and sounds for the benchmark of recovery: out of folders, and made."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from indicia.provenance.media import Clip

RATE = 24000  # Hz, as in `recovery_media`
_WIDTH = 320  # pixels of a clip: what is told apart needs no more, and the coding of copies takes most of the time
_CLIP, _SOUND = 8.0, 20.0  # seconds
_VIDEOS = (".mp4", ".webm", ".mkv", ".mov", ".avi")
_SOUNDS = (".ogg", ".oga", ".wav", ".mp3", ".flac", ".opus")


def real_clips(folder: Path | None) -> Iterator[Clip]:
    """The first 8 seconds of every video of the folder, 320 pixels wide. Later ones may show the same scene."""
    from indicia.provenance.media import Clip, video

    for path in sorted(folder.rglob("*")) if folder else ():
        if path.suffix.lower() not in _VIDEOS:
            continue
        info = video.probe(path)
        rate = min(info.rate, Fraction(25))
        size = (_WIDTH, 2 * round(_WIDTH * info.height / info.width / 2))
        frames = [
            np.asarray(f.picture.resize(size, Image.Resampling.BOX))
            for f in video.frames(path, every=float(1 / rate) - 1e-4, end=_CLIP)
        ]
        yield Clip(np.stack(frames), rate)


def made_clips(count: int) -> Iterator[Clip]:
    """A camera that pans and zooms over two built scenes."""
    from benchmarks.recovery import _built
    from indicia.provenance.media import Clip

    for seed in range(count):
        rng = np.random.default_rng(seed)
        frames = []
        for shot in (_built(2 * seed), _built(2 * seed + 1)):
            x, y, dx, dy, zoom = rng.uniform((0, 0, -12, -12, -0.05), (200, 150, 12, 12, 0.05))
            for n in range(32):
                left, top = np.clip((x + dx * n / 8 * 4, y + dy * n / 8 * 4), 0, 250)
                wide = 480 * (1 + zoom * n / 16)
                box = (left, top, min(768, left + wide), min(576, top + wide * 3 / 4))
                frames.append(np.asarray(shot.resize((320, 240), Image.Resampling.BILINEAR, box=box)))
        yield Clip(np.stack(frames), Fraction(8))


def real_sounds(folder: Path | None) -> Iterator[NDArray[np.float32]]:
    """Every sound of the folder of at least 12 seconds: 20 of them, from second 20 of a long one."""
    from indicia.provenance.errors import IndiciaError
    from indicia.provenance.media import audio

    for path in sorted(folder.rglob("*")) if folder else ():
        if path.suffix.lower() not in _SOUNDS:
            continue
        try:
            samples = audio.decode(path, rate=RATE, mono=True, most_seconds=2 * _SOUND).samples[:, 0]
        except IndiciaError as error:
            print(f"passed over: {error}")
            continue
        if len(samples) >= 12 * RATE:
            yield samples[-round(_SOUND * RATE) :]


def made_sounds(count: int) -> Iterator[NDArray[np.float32]]:
    """Melodies with a beat."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        whole, at = np.zeros(round(_SOUND * RATE)), 0
        while at < len(whole):
            number = min(round(rng.uniform(0.15, 0.5) * RATE), len(whole) - at)
            t = np.arange(number) / RATE
            for pitch in 110 * 2 ** (rng.integers(0, 36, 3) / 12):
                for overtone in range(1, 5):
                    whole[at : at + number] += np.sin(2 * np.pi * pitch * overtone * t) / overtone * np.exp(-3 * t)
            at += number
        yield (0.4 * whole / np.abs(whole).max()).astype(np.float32)
