"""Short videos and sounds with known content, encoded for real."""

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from indicia.provenance.media import Clip, Sound, video


def scene(count: int, size: tuple[int, int] = (160, 120), seed: int = 0) -> NDArray[np.uint8]:
    """Frames (width x height) of a smooth ground and a bright square that moves to the right."""
    width, height = size
    rows, columns = np.mgrid[0:height, 0:width]
    frames = np.empty((count, height, width, 3), np.uint8)
    for k in range(count):
        frames[k] = np.stack([60 + columns * 100 // width, 90 + rows * 90 // height, np.full_like(rows, 80)], -1)
        at = (seed * 7 + 3 * k) % (width - 20)
        frames[k, height // 3 : height // 3 + 20, at : at + 20] = (240, 220, 40)
    return frames


def tone(seconds: float = 1.0, rate: int = 48_000, channels: int = 2, pitch: float = 440.0) -> Sound:
    """A tone that swells, other in each channel."""
    time = np.arange(round(seconds * rate)) / rate
    swell = 0.2 + 0.1 * np.sin(2 * np.pi * time)
    samples = np.stack([swell * np.sin(2 * np.pi * pitch * (k + 1) * time) for k in range(channels)], -1)
    return Sound(samples.astype(np.float32), rate)


def film(
    path: Path, seconds: float = 1.0, *, rate: int = 25, size: tuple[int, int] = (160, 120), sound: bool = True
) -> Path:
    """A video file of the format that its name tells."""
    voice = tone(seconds) if sound else None
    clip = Clip(scene(round(seconds * rate), size), Fraction(rate), voice)
    video.encode(clip, path, format=path.suffix[1:])
    return path


def ffmpeg(*arguments: str | Path) -> str:
    """What the independent decoder says; empty when it has nothing to object to."""
    ran = subprocess.run(
        ["ffmpeg", "-v", "error", "-y", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return ran.stderr + (f"exit {ran.returncode}" if ran.returncode else "")


def objections(path: Path) -> str:
    """What ffmpeg objects to when it decodes all of a file."""
    return ffmpeg("-i", path, "-map", "0:v?", "-map", "0:a?", "-f", "null", "-")


def frame_hashes(path: Path) -> list[str]:
    """One line a frame of the video, from ffmpeg: its time and a digest of its pixels."""
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-map",
        "0:v:0",
        "-vsync",
        "passthrough",
        "-f",
        "framehash",
        "-",
    ]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if not line.startswith("#")]


def turned(source: Path, target: Path, degrees: int, mirrored: bool = False) -> Path:
    """A copy of `source` that asks to be shown turned to the left, and then mirrored."""
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        copies = {s.index: made.add_stream_from_template(s) for s in given.streams}
        next(s for s in copies.values() if isinstance(s, av.VideoStream)).set_display_rotation(degrees, hflip=mirrored)
        for packet in given.demux():
            if packet.size:
                packet.stream = copies[packet.stream.index]
                made.mux(packet)
    return target
