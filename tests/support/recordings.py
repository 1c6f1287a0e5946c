"""Videos and sounds as they are made: pictures that move, melodies with a beat; no two seeds alike."""

import functools
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scenes import scene

from indicia.provenance.media import Clip, Sound, audio, video

RATE = 16000  # Hz


@functools.lru_cache(32)
def frames(seed: int, seconds: float = 4.0, rate: int = 8) -> NDArray[np.uint8]:
    """A camera that moves over two scenes, one after the other, 192 x 144 pixels."""
    count = round(seconds * rate)
    shots = [scene(1000 + seed, (400, 300)), scene(2000 + seed, (400, 300))]
    made = []
    for number in range(count):
        share = number / max(1, count)
        left, top = round(200 * (share * 2 % 1)), round(150 * share)
        window = shots[int(share * 2)].crop((left, top, left + 200, top + 150))
        made.append(np.asarray(window.resize((192, 144), Image.Resampling.BILINEAR)))
    return np.stack(made)


@functools.lru_cache(32)
def melody(seed: int, seconds: float = 8.0) -> NDArray[np.float32]:
    """Notes of a quarter to half a second with overtones and some breath, one channel at 16 kHz."""
    rng = np.random.default_rng(seed)
    whole = np.zeros(round(seconds * RATE))
    at = 0
    while at < len(whole):
        count = min(round(rng.uniform(0.22, 0.5) * RATE), len(whole) - at)
        t = np.arange(count) / RATE
        for pitch in 220 * 2 ** (rng.integers(0, 30, 3) / 12):
            for overtone in range(1, 6):
                tone = np.sin(2 * np.pi * pitch * overtone * t + rng.uniform(0, 6))
                whole[at : at + count] += tone * rng.uniform(0.1, 1) / overtone * np.exp(-3 * t)
        at += count
    whole += rng.normal(0, 0.01, len(whole))
    made: NDArray[np.float32] = (0.5 * whole / np.abs(whole).max()).astype(np.float32)
    return made


@functools.lru_cache(64)
def video_file(
    seed: int, *, seconds: float = 4.0, sound: bool = False, quality: int = 23, format: str = "mp4"
) -> bytes:
    """A video of that seed."""
    voice = Sound(melody(seed, seconds)[:, None], RATE) if sound else None
    return video_bytes(frames(seed, seconds), 8, quality=quality, format=format, sound=voice)


def video_bytes(
    pictures: NDArray[np.uint8], rate: int, *, quality: int = 23, format: str = "mp4", sound: Sound | None = None
) -> bytes:
    """Those frames as a file."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"clip.{format}"
        video.encode(Clip(pictures, Fraction(rate), sound), target, format=format, quality=quality)
        return target.read_bytes()


def sound_bytes(samples: NDArray[np.float32], *, rate: int = RATE, format: str = "wav") -> bytes:
    """Those samples of one channel as a file."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"sound.{format}"
        audio.encode(Sound(np.ascontiguousarray(samples)[:, None], rate), target, format=format)
        return target.read_bytes()
